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
  /** A shell that works under other names: bash or dash, not one whose behaviour depends on its name. */
  | "shell"
  /** Bash, whose redirections connect to the network. */
  | "bash"
  /** A first process other than Node.js: it adopts processes whose parent has ended. */
  | "init"
  /** A machine, not a container: rules for hosts do not match inside containers. */
  | "host"
  /** A session that is not root's: rules trust what root does after login. */
  | "login"
  /** The folder {@link WATCHED_FOLDER}, which is to be among the paths that file integrity watches. */
  | "watched"
  /** An address to which events can be sent. */
  | "door";

export interface RunOptions {
  /** Kind of container whose cgroup path the program gets; `host` is a path outside containers. */
  readonly container?: ContainerKind;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
}

export interface Ran {
  readonly pid: number;
  /** Exit code; null after a signal. */
  readonly code: number | null;
  /** First kilobyte of standard output and standard error. */
  readonly output: string;
}

/**
 * Tools of an action. Everything created through it is removed when the drill ends, however it ends.
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
  /** Declares that a path, at which there is no file, belongs to the drill, and returns it. */
  owned(path: string): string;
  /** A path directly in /dev/shm that begins with a dot, with `eyas-drill-` in its name. */
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
  /** A user without login. */
  readonly serviceUser: { readonly name: string; readonly uid: number };
  /** Runs a program to its end. Rejects if it cannot be started. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Starts a program that runs until the action ends; returns its process id. */
  start(argv: readonly string[]): number;
  /** Starts a call of `call.ts` that runs until the action ends; returns the first line that it prints. */
  hold(name: string, args: readonly string[], options?: RunOptions & { readonly as?: string }): Promise<string>;
  /** Sends an event to the source that is drilled. Rejects if it is not accepted. */
  send(event: object): Promise<void>;
  /** Makes a raw system call of `call.ts` in a separate process called `as`. Rejects if it reports an error. */
  call(name: string, args: readonly string[], options?: RunOptions & { readonly as?: string }): Promise<Ran>;
  /** Opens a TCP port on the loopback address until the action ends. */
  listen(): Promise<number>;
}

/** A harmless action that looks hostile, and a benign twin. */
export interface DrillAction {
  /** Name on the command line. */
  readonly name: string;
  /** Event source of the rule. Default: syscall. */
  readonly source?: string;
  /** The default rule that matches. */
  readonly rule: string;
  /** Other default rules that match too. */
  readonly also?: readonly string[];
  /** Description, one sentence. */
  readonly does: string;
  /** Why it is harmless. */
  readonly harmless: string;
  /** Clean-up after the action. */
  readonly cleanUp: string;
  /** Description of its benign twin: a similar action that matches no rule. */
  readonly twin: string;
  readonly needs: readonly Need[];
  /** Expected fields of the alert; `*` is any text. */
  readonly shows: Readonly<Record<string, string>>;
  readonly act: (stage: Stage) => Promise<unknown>;
  readonly benign: (stage: Stage) => Promise<unknown>;
}
