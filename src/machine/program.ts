import type { Machine } from "./machine.ts";
import type { Thread } from "./thread.ts";

/** Maximum number of stored executables. Above this limit, the oldest are dropped. */
const MAX_PROGRAMS = 16_384;
/**
 * Maximum number of stored executables with the same inode number, such as a file that is repeatedly written and run.
 */
const MAX_SAME_INODE = 16;

/**
 * State of the examination of an executable: `pending`, it is in progress; `done`, it is complete; `missed`, it was not
 * requested, or the worker failed; `skipped`, too many were waiting; `gone`, the file was removed or replaced before
 * the examination.
 */
export type Examination = "pending" | "done" | "missed" | "skipped" | "gone";

/** Facts about the content and origin of an executable. They are undefined until known. */
export interface ProgramFacts {
  /** SHA-256 of the content in hexadecimal. */
  readonly sha256: string | undefined;
  /** Name of the installed package that owns the path; "" if no package owns the path. */
  readonly package: string | undefined;
  /** Whether a package owns the path and records this content. */
  readonly isFromPackage: boolean | undefined;
  /** Whether only root can change or replace the file. */
  readonly isRootOnly: boolean | undefined;
}

const UNKNOWN: ProgramFacts = {
  sha256: undefined,
  package: undefined,
  isFromPackage: undefined,
  isRootOnly: undefined,
};

/**
 * Facts about an executable that is not installed. Conditions are evaluated with these facts until the facts about the
 * executable are known.
 */
export const NOT_INSTALLED: ProgramFacts = {
  sha256: undefined,
  package: "",
  isFromPackage: false,
  isRootOnly: false,
};

/**
 * An executable, identified by path, inode number, change time, and whether it runs in a container: a file on an overlay
 * can have the path, inode number and change time of a file of the machine.
 */
export class Program {
  readonly path: string;
  readonly ino: bigint;
  readonly ctime: bigint;
  readonly isInContainer: boolean;
  /** The last component of the path. */
  readonly name: string;
  facts: ProgramFacts = UNKNOWN;
  examination: Examination = "missed";
  /** Time until which events wait for the examination, in milliseconds on the clock of `performance.now`. */
  awaitedUntil = 0;
  /** Another program with the same inode number. */
  next: Program | undefined = undefined;

  constructor(path: string, ino: bigint, ctime: bigint, isInContainer = false) {
    this.path = path;
    this.ino = ino;
    this.ctime = ctime;
    this.isInContainer = isInContainer;
    this.name = path.slice(path.lastIndexOf("/") + 1);
  }
}

/** Starts the examination of a thread's program. @returns false if it cannot be examined at the moment */
export type Examine = (program: Program, thread: Thread, isStarting: boolean) => boolean;

/** The executables of the processes on a machine. */
export class Programs {
  /** How long an event that starts a program waits for the examination of the executable, in milliseconds. */
  patience = 0;
  /** Additional waiting time if the examination worker must be started first, in milliseconds. */
  startDelay = 0;
  private readonly examine: Examine;
  /** Executables by inode number. */
  private readonly byInode = new Map<bigint, Program>();
  private count = 0;

  constructor(examine: Examine) {
    this.examine = examine;
  }

  get size(): number {
    return this.count;
  }

  /** Sets the program of a thread that has called exec. */
  started(thread: Thread): void {
    this.run(thread, true);
  }

  /** Sets the program of a thread that was already running. */
  found(thread: Thread): void {
    this.run(thread, false);
  }

  private run(thread: Thread, isStarting: boolean): void {
    const { exepath, exeIno, exeInoCtime } = thread;
    thread.program = undefined;
    if (exeIno === 0n) return;
    let program = this.byInode.get(exeIno);
    const isInContainer = thread.containerId !== "";
    while (program !== undefined && !isProgram(program, thread, isInContainer)) program = program.next;
    program ??= this.add(new Program(exepath, exeIno, exeInoCtime, isInContainer));
    thread.program = program;
    const { examination } = program;
    if (examination === "pending" || examination === "done" || !this.examine(program, thread, isStarting)) return;
    program.examination = "pending";
    program.awaitedUntil = performance.now() + this.patience + this.startDelay;
  }

  private add(program: Program): Program {
    program.next = this.byInode.get(program.ino);
    this.byInode.delete(program.ino);
    this.byInode.set(program.ino, program);
    this.count++;
    let last: Program | undefined = program;
    for (let i = 1; i < MAX_SAME_INODE && last !== undefined; i++) last = last.next;
    if (last?.next !== undefined) {
      last.next = undefined;
      this.count--;
    }
    if (this.count > MAX_PROGRAMS) this.dropOldest();
    return program;
  }

  /** Drops all executables that have the least recently added inode number. */
  private dropOldest(): void {
    for (const [ino, program] of this.byInode) {
      this.byInode.delete(ino);
      for (let at: Program | undefined = program; at !== undefined; at = at.next) this.count--;
      return;
    }
  }

  /** Sets the programs of all known threads, which were already running. */
  foundAll(machine: Machine): void {
    for (const thread of machine.threads.values()) this.found(thread);
  }
}

function isProgram(program: Program, { exepath, exeInoCtime }: Thread, isInContainer: boolean): boolean {
  return program.ctime === exeInoCtime && program.path === exepath && program.isInContainer === isInContainer;
}

/** Whether a program is still being examined and its package status is unknown. */
export function isUnknown({ examination, facts }: Program): boolean {
  return examination === "pending" && facts.isFromPackage === undefined;
}

/** Whether events need not wait for the examination, because it is complete or has timed out. */
export function isExamined(program: Program): boolean {
  return program.examination !== "pending" || performance.now() >= program.awaitedUntil;
}
