import { fromByteString } from "../event/bytes.ts";
import { userOf } from "../field/account.ts";
import { commandLine } from "../field/line.ts";
import type { Machine } from "../machine/machine.ts";
import { mainThread, type Thread } from "../machine/thread.ts";

/** A process in the lineage of an alert, as it was at the time of the alert. */
export interface LineageProcess {
  readonly pid: number;
  /** Start time: nanoseconds since the epoch; 0 if unknown. */
  readonly began: bigint;
  readonly name: string;
  readonly cmdline: string;
  readonly exepath: string;
  /** The name of the user, or the user ID. */
  readonly account: string;
}

/** Details of an alert that are stored in the journal but not printed. */
export interface Background {
  /** The process that caused the event, followed by its ancestors. */
  readonly lineage: readonly LineageProcess[];
  /** The explanation of the match. */
  readonly explained?: Explained;
}

/** An explanation in two parts: the plan, which is shared by all alerts of a rule and stored once, and the results. */
export interface Explained {
  /** ID of the plan, which is unique within this process. */
  readonly plan: number;
  /** The plan as JSON; undefined if the journal has already stored the plan. */
  readonly text: string | undefined;
  readonly marks: string;
}

/** Maximum number of processes in a lineage. More distant ancestors are omitted. */
const GENERATIONS = 16;
/** Maximum length of a stored name, command line or path, in bytes. */
const MAX_TEXT = 1024;

/** Returns the current state of the process that a thread belongs to, followed by the ancestors of the process. */
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
  return fromByteString(text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text);
}
