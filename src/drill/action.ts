import type { ContainerKind } from "./cgroup.ts";

/** A folder that the operator creates and adds to `sources.file_integrity.paths` for the drill. */
export const WATCHED_FOLDER = "/srv/eyas-drill";

/** Requirements of a drill action. */
export type Need =
  /** Permission to read password files, change user and create cgroups. */
  | "root"
  /** A writable cgroup hierarchy, to give processes the cgroup path of a container. */
  | "cgroup"
  /** A temporary folder and /dev/shm without noexec. */
  | "exec"
  /** A shell that works under other names, such as bash or dash. The behavior of some shells depends on the name. */
  | "shell"
  /** Bash, whose redirections can open network connections. */
  | "bash"
  /** An init process other than Node.js, since it becomes the parent of orphaned processes. */
  | "init"
  /** A machine rather than a container, because rules for hosts do not match inside containers. */
  | "host"
  /** A login session of a user other than root, because rules trust what root does after login. */
  | "login"
  /** The folder {@link WATCHED_FOLDER} among the watched paths of file integrity. */
  | "watched"
  /** The address of the event source. */
  | "door";

export interface RunOptions {
  /** Kind of container in whose cgroup path the program runs; `host` for a path outside containers. */
  readonly container?: ContainerKind;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
}

export interface Ran {
  readonly pid: number;
  /** Exit code; null if a signal ended the program. */
  readonly code: number | null;
  /** First kilobyte of standard output and standard error. */
  readonly output: string;
}

/**
 * Tools for an action. Everything that they create is removed when the drill ends, even after an error or a signal.
 * Programs run as separate processes, because the sensor does not watch its own process.
 */
export interface Stage {
  /** A new folder in the system's temporary folder, with `eyas-drill-` in its name. */
  readonly folder: string;
  /** A path in `folder`, or in /dev/shm if the name begins with it. Directories in the name are created. */
  path(name: string): string;
  /** A path in /dev, with `eyas-drill-` in its name. */
  device(name: string): string;
  /** A path in a directory of the system, with `eyas-drill-` in its name. */
  system(directory: string, name: string): string;
  /** Registers a path at which no file exists for removal at the end of the drill, and returns the path. */
  owned(path: string): string;
  /** Path of a hidden file directly in /dev/shm, with `eyas-drill-` in its name. */
  hidden(name: string): string;
  /** Creates a file in `folder`, or in /dev/shm if the name begins with it, and returns its path. */
  file(name: string, content: string): string;
  /** Copies a program to `folder`, or to /dev/shm if the name begins with it, and returns its path. */
  copy(name: string, program: string): string;
  /** Creates a link to a program, so that it runs under another name, and returns its path. */
  alias(name: string, program: string): string;
  /** Path of a shell that behaves the same under every name. */
  readonly shell: string;
  /** Path of bash. */
  readonly bash: string;
  /** A service account, which cannot log in. */
  readonly serviceUser: { readonly name: string; readonly uid: number };
  /** Runs a program until it ends. Rejects if it cannot be started. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Starts a program that runs until the action ends; returns its process ID. */
  start(argv: readonly string[]): number;
  /** Starts a call of `call.ts` that runs until the action ends; returns the first line that it prints. */
  hold(name: string, args: readonly string[], options?: RunOptions & { readonly as?: string }): Promise<string>;
  /** Sends an event to the event source of the action. Rejects if the source does not accept it. */
  send(event: object): Promise<void>;
  /** Runs a call of `call.ts` in a separate process named `as`. Rejects if the call reports an error. */
  call(name: string, args: readonly string[], options?: RunOptions & { readonly as?: string }): Promise<Ran>;
  /** Opens a TCP port on the loopback address until the action ends. */
  listen(): Promise<number>;
}

/** A harmless action that looks hostile, and a benign twin. */
export interface DrillAction {
  /** Name of the action on the command line. */
  readonly name: string;
  /** Event source of the rule. Default: syscall. */
  readonly source?: string;
  /** The default rule that matches. */
  readonly rule: string;
  /** Other default rules that match too. */
  readonly also?: readonly string[];
  /** Description of the action, one sentence. */
  readonly does: string;
  /** Why the action is harmless. */
  readonly harmless: string;
  /** The cleanup after the action, as sentences. */
  readonly cleanUp: string;
  /** Description of its benign twin: a similar action that matches no rule. */
  readonly twin: string;
  readonly needs: readonly Need[];
  /** Expected fields of the alert; `*` matches any string. */
  readonly shows: Readonly<Record<string, string>>;
  readonly act: (stage: Stage) => Promise<unknown>;
  readonly benign: (stage: Stage) => Promise<unknown>;
}
