import type { ContainerKind } from "./cgroup.ts";

/** A directory that the operator creates and adds to `sources.file_integrity.paths` for the drill. */
export const WATCHED_FOLDER = "/srv/eyas-drill";

/** Requirements of a drill action. */
export type Need =
  /** Permission to read password files, change user and create cgroups. */
  | "root"
  /** A writable cgroup hierarchy, to give processes the cgroup path of a container. */
  | "cgroup"
  /** A temporary directory and /dev/shm without noexec. */
  | "exec"
  /** A shell that works under other names, such as bash or dash. The behavior of some shells depends on the name. */
  | "shell"
  /** Bash, whose redirections can open network connections. */
  | "bash"
  /** An init process other than Node.js, because orphaned processes become children of the init process. */
  | "init"
  /** A machine rather than a container, because rules for hosts do not match inside containers. */
  | "host"
  /** A session that is not a login session of root, because rules exclude processes in a login session of root. */
  | "login"
  /** The directory {@link WATCHED_FOLDER}, listed in `sources.file_integrity.paths`. */
  | "watched"
  /** A directory that must exist: its path. */
  | `/${string}`
  /** The address to which the drill sends events of the source. */
  | "endpoint";

export interface RunOptions {
  /**
   * Kind of container. The program runs in a cgroup whose path looks like one of this kind; `host`: outside containers.
   */
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
 * Operations available to an action. The stage removes everything that they create when the drill ends, even after an
 * error or a signal. Programs run as separate processes, because the sensor does not watch its own process.
 */
export interface Stage {
  /** A new directory in the system's temporary directory, with `eyas-drill-` in its name. */
  readonly folder: string;
  /** Returns a path in `folder`, or in /dev/shm if the name begins with `/dev/shm`. Creates parent directories. */
  path(name: string): string;
  /** Returns a path in /dev whose name contains `eyas-drill-`. */
  device(name: string): string;
  /** Returns a path in a system directory. The name of the file contains `eyas-drill-`. */
  system(directory: string, name: string): string;
  /** Registers a path for removal at the end of the drill, and returns it. No file may exist at the path. */
  owned(path: string): string;
  /** Returns the path of a hidden file in /dev/shm, whose name contains `eyas-drill-`. */
  hidden(name: string): string;
  /** Creates a file in `folder`, or in /dev/shm if the name begins with `/dev/shm`, and returns its path. */
  file(name: string, content: string): string;
  /** Copies a program to `folder`, or to /dev/shm if the name begins with `/dev/shm`, and returns its path. */
  copy(name: string, program: string): string;
  /** Creates a link to a program, so that it runs under another name, and returns its path. */
  alias(name: string, program: string): string;
  /** Path of a shell that behaves the same under any name. */
  readonly shell: string;
  /** Path of bash. */
  readonly bash: string;
  /** A service account, which cannot log in. */
  readonly serviceUser: { readonly name: string; readonly uid: number };
  /** Runs a program until it ends. Rejects if it cannot be started. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Starts a program that runs until the action ends; returns its process ID. */
  start(argv: readonly string[]): number;
  /** Starts a call of `call.ts` that runs until the action ends; returns the first line that the call prints. */
  hold(name: string, args: readonly string[], options?: RunOptions & { readonly as?: string }): Promise<string>;
  /** Sends an event to the event source of the action. Rejects if the source does not accept it. */
  send(event: object): Promise<void>;
  /** Runs a call of `call.ts` in a separate process named `as`. Rejects if the call reports an error. */
  call(name: string, args: readonly string[], options?: RunOptions & { readonly as?: string }): Promise<Ran>;
  /** Opens a TCP port on the loopback address until the action ends. */
  listen(): Promise<number>;
}

/** A harmless action that triggers a rule, and a benign twin: a similar action that triggers no rule. */
export interface DrillAction {
  /** Name of the action on the command line. */
  readonly name: string;
  /** Event source to which the rule applies. Default: syscall. */
  readonly source?: string;
  /** Name of the default rule that the action triggers. */
  readonly rule: string;
  /** Names of other default rules that the action also triggers. */
  readonly also?: readonly string[];
  /** Description of the action, one sentence. */
  readonly does: string;
  /** Reason why the action is harmless. */
  readonly harmless: string;
  /** Cleanup by the drill after the action, in complete sentences. */
  readonly cleanUp: string;
  /** Description of the benign twin. */
  readonly twin: string;
  readonly needs: readonly Need[];
  /** Expected fields of the alert; `*` matches any string. */
  readonly shows: Readonly<Record<string, string>>;
  readonly act: (stage: Stage) => Promise<unknown>;
  readonly benign: (stage: Stage) => Promise<unknown>;
}
