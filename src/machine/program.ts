import type { Machine } from "./machine.ts";
import type { Thread } from "./thread.ts";

/** Maximum number of stored executables; then the oldest are dropped. */
const MAX_PROGRAMS = 16_384;
/** Maximum number of stored executables with one inode number, such as a file that is written and run again and again. */
const MAX_SAME_INODE = 16;

/**
 * State of the examination of an executable: `pending` while it is running, `missed` if it could not be requested, `skipped` if too
 * many were waiting, `gone` if the file was removed or replaced before.
 */
export type Examination = "pending" | "done" | "missed" | "skipped" | "gone";

/** Facts about the content and the origin of an executable. Values are undefined until known. */
export interface ProgramFacts {
  /** SHA-256 of the content in hexadecimal. */
  readonly sha256: string | undefined;
  /** The package of the machine that owns the path; "" if none does. */
  readonly package: string | undefined;
  /** Whether a package owns the path and records this content. */
  readonly isFromPackage: boolean | undefined;
  /** Whether only root can replace or change the file. */
  readonly isRootOnly: boolean | undefined;
}

const UNKNOWN: ProgramFacts = {
  sha256: undefined,
  package: undefined,
  isFromPackage: undefined,
  isRootOnly: undefined,
};

/** Facts of an executable that is not installed, for conditions that are evaluated before its own are known. */
export const NOT_INSTALLED: ProgramFacts = {
  sha256: undefined,
  package: "",
  isFromPackage: false,
  isRootOnly: false,
};

/** An executable: the file of an inode and its change time, at a path. */
export class Program {
  readonly path: string;
  readonly ino: bigint;
  readonly ctime: bigint;
  /** The last component of the path. */
  readonly name: string;
  facts: ProgramFacts = UNKNOWN;
  examination: Examination = "missed";
  /** Milliseconds on the clock of `performance.now`, until which events wait for the examination. */
  awaitedUntil = 0;
  /** Another program with the same inode number. */
  next: Program | undefined = undefined;

  constructor(path: string, ino: bigint, ctime: bigint) {
    this.path = path;
    this.ino = ino;
    this.ctime = ctime;
    this.name = path.slice(path.lastIndexOf("/") + 1);
  }
}

/** Starts the examination of a program that a thread runs. @returns false if it cannot be examined now */
export type Examine = (program: Program, thread: Thread, isStarting: boolean) => boolean;

/** The executables of a machine's processes. */
export class Programs {
  /** Milliseconds that the event of a program's start waits for the examination. */
  patience = 0;
  /** Milliseconds that it waits in addition while examinations have to be started. */
  startDelay = 0;
  private readonly examine: Examine;
  /** By inode number. */
  private readonly byInode = new Map<bigint, Program>();
  private count = 0;

  constructor(examine: Examine) {
    this.examine = examine;
  }

  get size(): number {
    return this.count;
  }

  /** Sets the program of a thread that called exec. */
  started(thread: Thread): void {
    this.run(thread, true);
  }

  /** Sets the program of a thread that was found running. */
  found(thread: Thread): void {
    this.run(thread, false);
  }

  private run(thread: Thread, isStarting: boolean): void {
    const { exepath, exeIno, exeInoCtime } = thread;
    thread.program = undefined;
    if (exeIno === 0n) return;
    let program = this.byInode.get(exeIno);
    while (program !== undefined && (program.ctime !== exeInoCtime || program.path !== exepath)) program = program.next;
    program ??= this.add(new Program(exepath, exeIno, exeInoCtime));
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

  /** Drops the executables of the inode number that was added to first. */
  private dropOldest(): void {
    for (const [ino, program] of this.byInode) {
      this.byInode.delete(ino);
      for (let at: Program | undefined = program; at !== undefined; at = at.next) this.count--;
      return;
    }
  }

  /** Sets the programs of all known threads. */
  foundAll(machine: Machine): void {
    for (const thread of machine.threads.values()) this.found(thread);
  }
}

/** Whether it is being examined, and it is not known yet whether a package has it. */
export function isUnknown({ examination, facts }: Program): boolean {
  return examination === "pending" && facts.isFromPackage === undefined;
}

/** Whether the event of a program's start waits for the examination. */
export function isExamined(program: Program): boolean {
  return program.examination !== "pending" || performance.now() >= program.awaitedUntil;
}
