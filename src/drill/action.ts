import type { ContainerKind } from "./cgroup.ts";

/** What a drill action needs of the machine. */
export type Need =
  /** May read the password files, change user and make cgroups. */
  | "root"
  /** A cgroup hierarchy in which folders can be made, to give processes a container's cgroup path. */
  | "cgroup"
  /** A temporary folder and a /dev/shm from which programs may run: neither is mounted noexec. */
  | "exec"
  /** A shell that takes part in the drill under other names: bash or dash, not one that goes by the name it is called by. */
  | "shell";

export interface RunOptions {
  /** Runs the program in a cgroup with the path of a container of that kind. */
  readonly container?: ContainerKind;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
}

export interface Ran {
  readonly pid: number;
  /** The exit code, or null when a signal ended it. */
  readonly code: number | null;
  /** The first kilobyte of what it wrote to standard output and standard error. */
  readonly output: string;
}

/**
 * What an action may use. Everything made through it is removed when the drill ends, however it ends.
 * Programs run as processes of their own: the sensor doesn't watch the process it lives in.
 */
export interface Stage {
  /** A new empty folder under the system's temporary folder, with `eyas-drill-` in its name. */
  readonly folder: string;
  /** Makes a file in `folder`, or under /dev/shm when the name starts so, and returns its path. */
  file(name: string, content: string): string;
  /** Copies a program into `folder`, or under /dev/shm when the name starts so, and returns its path. */
  copy(name: string, program: string): string;
  /** Makes a link called `name` to a program, so that the program runs under that name, and returns its path. */
  alias(name: string, program: string): string;
  /** The path of a shell that behaves the same under every name. */
  readonly shell: string;
  /** A user that isn't meant for log-in. */
  readonly serviceUser: { readonly name: string; readonly uid: number };
  /** Runs a program to its end. Rejects when it can't be started. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Starts a program and lets it run until the action ends; returns its process id. */
  start(argv: readonly string[]): number;
  /** Makes one of the raw system calls of `call.ts` in a process of its own; `as` is the program's name there. Rejects when it reports an error. */
  call(name: string, args: readonly string[], options?: RunOptions & { readonly as?: string }): Promise<Ran>;
  /** A TCP port on the loopback address that accepts connections until the action ends. */
  listen(): Promise<number>;
}

/** One harmless thing that looks hostile, and one that doesn't. */
export interface DrillAction {
  /** What the command line calls it. */
  readonly name: string;
  /** The default rule that fires. */
  readonly rule: string;
  /** What it does, as a sentence. */
  readonly does: string;
  /** Why nothing can come to harm. */
  readonly harmless: string;
  /** What is removed afterwards. */
  readonly cleanUp: string;
  /** What its benign twin does: nearly the same, and no rule fires. */
  readonly twin: string;
  readonly needs: readonly Need[];
  /** Fields of the alert and what they hold; `*` stands for anything. */
  readonly shows: Readonly<Record<string, string>>;
  readonly act: (stage: Stage) => Promise<unknown>;
  readonly benign: (stage: Stage) => Promise<unknown>;
}
