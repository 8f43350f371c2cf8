import { fromByteString } from "../event/bytes.ts";
import { userOf } from "../field/account.ts";
import { commandLine } from "../field/line.ts";
import type { Machine } from "../machine/machine.ts";
import { mainThread, type Thread } from "../machine/thread.ts";

/** A process as it was when an alert was raised. */
export interface LineageProcess {
  readonly pid: number;
  /** When it began: nanoseconds since the epoch; 0 where that is not known. */
  readonly began: bigint;
  readonly name: string;
  readonly cmdline: string;
  readonly exepath: string;
  /** The name of the user, or its number. */
  readonly account: string;
}

/** What stands behind an alert and is not printed with it; the journal keeps it. */
export interface Background {
  /** The process that did it, its parent, and so on. */
  readonly lineage: readonly LineageProcess[];
  /** What of the rule's condition matched. */
  readonly explained?: Explained;
}

/** An explanation in halves: what is the same for all alerts of a rule is told once in a while. */
export interface Explained {
  /** The number of the plan, of this process. */
  readonly plan: number;
  /** Its text, where the journal may not have it yet. */
  readonly text: string | undefined;
  readonly marks: string;
}

/** Ancestors that are kept; deeper trees begin at the one that is so far up. */
const GENERATIONS = 16;
/** Characters of a command line that are kept. */
const MOST_TEXT = 1024;

/** The process of a thread, its parent, and so on: as they are now. */
export function lineageOf(machine: Machine, thread: Thread | undefined): readonly LineageProcess[] {
  const lineage: LineageProcess[] = [];
  let at = thread === undefined ? undefined : (mainThread(thread) ?? thread);
  while (at !== undefined && at.pid > 0 && lineage.length < GENERATIONS) {
    lineage.push(processOf(machine, at));
    const parent = machine.threads.get(at.ptid);
    const next: Thread | undefined = parent === undefined ? undefined : mainThread(parent);
    if (next === at || lineage.some(({ pid }) => pid === next?.pid)) break;
    at = next;
  }
  return lineage;
}

function processOf(machine: Machine, thread: Thread): LineageProcess {
  const user = userOf(machine, thread, thread.uid);
  return {
    pid: thread.pid,
    began: thread.cloneTime,
    name: readable(thread.comm),
    cmdline: readable(commandLine(thread)),
    exepath: readable(thread.exepath),
    account: user === undefined ? (thread.uid === 0 ? "root" : String(thread.uid)) : readable(user.name),
  };
}

function readable(text: string): string {
  return fromByteString(text.length > MOST_TEXT ? text.slice(0, MOST_TEXT) : text);
}
