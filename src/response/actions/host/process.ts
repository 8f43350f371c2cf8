import type { AlertRecord } from "../../../alert/record.ts";
import type { ActionRequest, ActionResult } from "../../action.ts";
import { numberOf, textOf } from "../../fields.ts";
import { fromOtherHost } from "../../host.ts";
import { isNear, latestOf, openBootTimes } from "./boot-times.ts";
import { Clock, clock, closeDescriptor, hasEnded, openPidfd, SystemError, signalPidfd } from "./libc.ts";
import { ancestorsOf, type ProcessFacts, programOf, readFacts, seesAllProcesses, TICK } from "./proc.ts";
import { elapsedOf } from "./taskstats.ts";

/** A process with its pidfd, which keeps referring to the process even if its PID is reused. */
export interface OpenProcess {
  readonly pid: number;
  readonly pidfd: number;
  readonly facts: ProcessFacts;
  close(): void;
}

export type OpenResult = { readonly process: OpenProcess } | { readonly result: ActionResult };

/** Boot times since this program started. Event times are based on the same clock. */
const bootTimes = openBootTimes(() => clock(Clock.REALTIME) - clock(Clock.BOOTTIME));

/** Maximum error of the start time in an alert if the boot time is known, in nanoseconds. */
const PRECISION = 100_000_000n;

const most = 4_194_304;

/** Returns the PID of the alert's process, or the reason if there is none. */
export function pidOf(alert: AlertRecord): number | { readonly missing: string } {
  const pid = numberOf(alert, "proc.pid");
  return pid !== undefined && Number.isInteger(pid) && pid > 0 && pid <= most
    ? pid
    : { missing: "The alert has no proc.pid." };
}

/** Returns the alert's process as a target. */
export function processTarget(alert: AlertRecord): { readonly target: string } | { readonly missing: string } {
  const pid = pidOf(alert);
  if (typeof pid !== "number") return pid;
  const [name, born] = [textOf(alert, "proc.name"), alert.fields.get("proc.pid.ts")];
  const since = typeof born === "number" || typeof born === "string" ? ` started at ${born}` : "";
  return { target: `process ${pid}${name === undefined ? "" : ` ${name}`}${since}` };
}

/**
 * Opens the alert's process. A process with the alert's PID that started before the event must be the alert's process,
 * because two processes cannot have the same PID at the same time.
 */
export function openProcess({ alert, host }: Pick<ActionRequest, "alert" | "host">): OpenResult {
  const pid = pidOf(alert);
  if (typeof pid !== "number") return failed(pid.missing);
  const otherHost = fromOtherHost({ alert, host });
  if (otherHost !== undefined) return skipped(otherHost);
  const never = whyProtected(pid);
  if (never !== undefined) return skipped(never);
  let pidfd: number | undefined;
  let opened: OpenResult | undefined;
  try {
    pidfd = openPidfd(pid);
    opened = examine(alert, pid, pidfd);
    return opened;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code === "ESRCH") return skipped(`Process ${pid} has exited.`);
    return failed(`Process ${pid} cannot be opened: ${error.message}.`);
  } finally {
    if (pidfd !== undefined && (opened === undefined || "result" in opened)) closeDescriptor(pidfd);
  }
}

/** @throws SystemError ESRCH if the process has exited */
function examine(alert: AlertRecord, pid: number, pidfd: number): OpenResult {
  const facts = readFacts(pid);
  const other = facts === undefined ? undefined : whyOther(alert, facts, bootTimes.read());
  // A PID is not reused before its process is reaped, so the values read from `/proc` belong to this process. The state
  // in `/proc` is that of the main thread; other threads may still run after it has exited.
  signalPidfd(pidfd, 0);
  if (facts === undefined || hasEnded(pidfd)) return skipped(`Process ${pid} has exited.`);
  if (facts.isKernelThread) return skipped(`Process ${pid} is a kernel thread.`);
  if (other !== undefined) return skipped(other);
  return { process: { pid, pidfd, facts, close: () => closeDescriptor(pidfd) } };
}

/** Returns the reason why a process is protected; undefined if it is not. */
export function whyProtected(pid: number): string | undefined {
  if (!seesAllProcesses())
    return "Eyas runs in its own PID namespace and cannot resolve process IDs of the host: set hostPID.";
  if (pid === 1) return "Process 1 is protected.";
  if (pid === process.pid) return `Process ${pid} is Eyas itself.`;
  if (ancestorsOf(process.pid).has(pid)) return `Process ${pid} is an ancestor of Eyas.`;
  return undefined;
}

/**
 * Returns the reason why a process is not the one that caused the alert, judging by its start time; undefined if it is.
 * @param boots all known boot times
 */
export function whyOther(alert: AlertRecord, facts: ProcessFacts, boots: readonly bigint[]): string | undefined {
  if (isOlder(alert, facts, latestOf(boots))) return undefined;
  if (boots.length === 1) return `Process ${facts.pid} is not the alert's process, which has exited.`;
  const birth = birthOf(alert);
  const since = facts.startTicks * TICK;
  if (birth !== undefined && boots.some((boot) => isNear(birth, boot + since, PRECISION))) return undefined;
  return `The clock was set, so it is unknown whether process ${facts.pid} is the alert's process.`;
}

/**
 * Whether a process is at least as old as the alert's process.
 * @param boot the latest of the boot times before and after changes of the clock, so that a process may appear younger
 *   than it is, but never older
 */
function isOlder(alert: AlertRecord, facts: ProcessFacts, boot: bigint): boolean {
  const latest = latestBirth(alert);
  if (latest === undefined) return false;
  const born = boot + facts.startTicks * TICK; // the process may have started up to one tick later
  if (born + TICK <= latest) return true;
  if (born > latest) return false;
  const exactly = bornBefore(facts.pid, boot);
  return exactly === undefined ? matchesAlert(alert, facts) : exactly <= latest;
}

/** Start time of the alert's process according to the alert. */
function birthOf(alert: AlertRecord): bigint | undefined {
  const birth = alert.fields.get("proc.pid.ts");
  const isKnown = Number.isSafeInteger(birth) || (typeof birth === "string" && /^\d{1,19}$/.test(birth));
  return isKnown ? BigInt(String(birth)) : undefined;
}

/** Latest possible start time of the alert's process. */
function latestBirth(alert: AlertRecord): bigint | undefined {
  const birth = birthOf(alert);
  const event = alert.source === "syscall" ? alert.time : undefined;
  if (birth === undefined) return event;
  const latest = birth + 2n * TICK; // the field may be rounded to ticks
  return event === undefined || latest < event ? latest : event;
}

/**
 * Start time of a process, possibly too late by a few microseconds, or by the time that the machine was suspended;
 * undefined if the kernel does not report it.
 */
function bornBefore(pid: number, boot: bigint): bigint | undefined {
  const TRIES = 3;
  let earliest: bigint | undefined;
  for (let i = 0; i < TRIES; i++) {
    const elapsed = elapsedOf(pid);
    if (elapsed === undefined) continue;
    const born = boot + clock(Clock.BOOTTIME) - elapsed * 1000n;
    if (earliest === undefined || born < earliest) earliest = born;
  }
  return earliest;
}

/**
 * Whether name, executable and parent of a process match the alert. Used if the kernel reports start times only in
 * ticks.
 */
function matchesAlert(alert: AlertRecord, facts: ProcessFacts): boolean {
  const expected = [textOf(alert, "proc.name"), textOf(alert, "proc.exepath"), numberOf(alert, "proc.ppid")];
  const seen = [facts.name, programOf(facts.pid), facts.parent];
  return (
    expected.some((each) => each !== undefined) && expected.every((each, i) => each === undefined || each === seen[i])
  );
}

function skipped(reason: string): OpenResult {
  return { result: { outcome: "skipped", reason } };
}

function failed(reason: string): OpenResult {
  return { result: { outcome: "failed", reason } };
}
