import type { ActionRequest, ActionResult, ResponseAlert } from "../../action.ts";
import { numberOf, textOf } from "../../fields.ts";
import { Clock, clock, closeDescriptor, hasEnded, openPidfd, SystemError, signalPidfd } from "./libc.ts";
import { lineOf, type ProcessFacts, programOf, readFacts, seesAllProcesses, TICK } from "./proc.ts";
import { elapsedOf } from "./taskstats.ts";

/** A process that can't be mistaken for another: its pidfd means it alone, whoever gets its number later. */
export interface HeldProcess {
  readonly pid: number;
  readonly pidfd: number;
  readonly facts: ProcessFacts;
  close(): void;
}

export type Holding = { readonly held: HeldProcess } | { readonly result: ActionResult };

/** The time of events is told from the machine's start, by the clock as it was when the program began. */
const firstBootTime = bootTimeNow();

const most = 4_194_304;

/** The id of the alert's process, or the sentence that says that it has none. */
export function pidOf(alert: ResponseAlert): number | { readonly missing: string } {
  const pid = numberOf(alert, "proc.pid");
  return pid !== undefined && Number.isInteger(pid) && pid > 0 && pid <= most
    ? pid
    : { missing: "The alert does not say which process it is about: its rule's output has no %proc.pid." };
}

/** What an action about the alert's process would be done to. */
export function processOf(alert: ResponseAlert): { readonly target: string } | { readonly missing: string } {
  const pid = pidOf(alert);
  if (typeof pid !== "number") return pid;
  const [name, born] = [textOf(alert, "proc.name"), alert.fields.get("proc.pid.ts")];
  const since = typeof born === "number" || typeof born === "string" ? ` born ${born}` : "";
  return { target: `process ${pid}${name === undefined ? "" : ` ${name}`}${since}` };
}

/**
 * Takes hold of the process of an alert. A process is the alert's if it has been there since before the event: its number
 * can't have been another's then.
 */
export function holdProcess({ alert, host }: Pick<ActionRequest, "alert" | "host">): Holding {
  const pid = pidOf(alert);
  if (typeof pid !== "number") return failed(pid.missing);
  if (alert.hostname !== host.hostname)
    return skipped(`The alert is of the machine ${alert.hostname}, not of this one.`);
  const never = whyNever(pid);
  if (never !== undefined) return skipped(never);
  let pidfd: number | undefined;
  let holding: Holding | undefined;
  try {
    pidfd = openPidfd(pid);
    holding = examine(alert, pid, pidfd);
    return holding;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code === "ESRCH") return skipped(`Process ${pid} has ended.`);
    return failed(`Process ${pid} can't be held: ${error.message}.`);
  } finally {
    if (pidfd !== undefined && (holding === undefined || "result" in holding)) closeDescriptor(pidfd);
  }
}

/** @throws SystemError: ESRCH where it has ended */
function examine(alert: ResponseAlert, pid: number, pidfd: number): Holding {
  const facts = readFacts(pid);
  const isIts = facts !== undefined && wasThere(alert, facts);
  signalPidfd(pidfd, 0); // Until it is reaped, nobody else has its number: what was read is about it.
  // Not by the state in `/proc`: that is its first thread's, and others may go on after that.
  if (facts === undefined || hasEnded(pidfd)) return skipped(`Process ${pid} has ended.`);
  if (facts.isKernelThread) return skipped(`Process ${pid} is a thread of the kernel.`);
  if (!isIts) return skipped(`Process ${pid} is another one than the alert's, which has ended.`);
  return { held: { pid, pidfd, facts, close: () => closeDescriptor(pidfd) } };
}

/** Why nothing is ever done to a process with this id. */
export function whyNever(pid: number): string | undefined {
  if (!seesAllProcesses())
    return "Eyas runs in a pid namespace of its own, where ids of processes mean others: give it the host's (hostPID).";
  if (pid === 1) return "Process 1 is what the machine runs on.";
  if (pid === process.pid) return `Process ${pid} is Eyas itself.`;
  if (lineOf(process.pid).has(pid)) return `Process ${pid} is one that Eyas was started by.`;
  return undefined;
}

/** Where the clock has been set since, the later of both: a process may seem too young to be the alert's, and never too old. */
function bootTime(): bigint {
  const now = bootTimeNow();
  if (now < firstBootTime) return firstBootTime;
  return now;
}

function bootTimeNow(): bigint {
  return clock(Clock.REALTIME) - clock(Clock.BOOTTIME);
}

/** Whether a process is the one that an alert tells of. */
function wasThere(alert: ResponseAlert, facts: ProcessFacts): boolean {
  const latest = latestBirth(alert);
  if (latest === undefined) return false;
  const born = bootTime() + facts.startTicks * TICK; // or up to a tick later
  if (born + TICK <= latest) return true;
  if (born > latest) return false;
  const exactly = bornBefore(facts.pid);
  return exactly === undefined ? looksAlike(alert, facts) : exactly <= latest;
}

/** The time by which the alert's process was there. */
function latestBirth(alert: ResponseAlert): bigint | undefined {
  const told = alert.fields.get("proc.pid.ts");
  const known = Number.isSafeInteger(told) || (typeof told === "string" && /^\d{1,19}$/.test(told));
  const birth = known ? BigInt(String(told)) + 2n * TICK : undefined; // it may be known in ticks only
  // Only of system calls is the event's time one at which the process was there. Others are told of later.
  const event = alert.source === "syscall" ? alert.time : undefined;
  if (birth === undefined || event === undefined) return birth ?? event;
  return birth < event ? birth : event;
}

/** A time at which a process was there, some microseconds after its birth; undefined where the kernel doesn't tell. */
function bornBefore(pid: number): bigint | undefined {
  const TRIES = 3;
  let earliest: bigint | undefined;
  for (let i = 0; i < TRIES; i++) {
    const elapsed = elapsedOf(pid);
    if (elapsed === undefined) continue;
    const born = bootTime() + clock(Clock.BOOTTIME) - elapsed * 1000n;
    if (earliest === undefined || born < earliest) earliest = born;
  }
  return earliest;
}

/** For kernels that tell births in ticks alone: whether what the alert says of its process is true of this one. */
function looksAlike(alert: ResponseAlert, facts: ProcessFacts): boolean {
  const said = [textOf(alert, "proc.name"), textOf(alert, "proc.exepath"), numberOf(alert, "proc.ppid")];
  const seen = [facts.name, programOf(facts.pid), facts.parent];
  return said.some((each) => each !== undefined) && said.every((each, i) => each === undefined || each === seen[i]);
}

function skipped(reason: string): Holding {
  return { result: { outcome: "skipped", reason } };
}

function failed(reason: string): Holding {
  return { result: { outcome: "failed", reason } };
}
