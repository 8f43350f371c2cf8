import { readFileSync, readlinkSync } from "node:fs";

/** A process as described by `/proc/<pid>/stat`. */
export interface ProcessFacts {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly parent: number;
  readonly isKernelThread: boolean;
  /** Start time since boot, in ticks of 10 ms. */
  readonly startTicks: bigint;
}

/** Nanoseconds per tick (USER_HZ), identical on all machines. */
export const TICK = 10_000_000n;

const KERNEL_THREAD = 0x0020_0000;

/** @returns undefined if the process does not exist */
export function readFacts(pid: number): ProcessFacts | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name may contain spaces and parentheses. Other fields follow the last parenthesis.
  const end = text.lastIndexOf(")");
  const rest = text.slice(end + 2).split(" ");
  return {
    pid,
    name: text.slice(text.indexOf("(") + 1, end),
    state: rest[0] ?? "",
    parent: Number(rest[1]),
    isKernelThread: (Number(rest[6]) & KERNEL_THREAD) !== 0,
    startTicks: BigInt(rest[19] ?? 0),
  };
}

/** Path of a process's executable; undefined if it cannot be read. */
export function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** PIDs of the children of all threads of a process. */
export function childrenOf(pid: number, threads: readonly string[]): number[] {
  return threads.flatMap((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}

/** PIDs of a process and its ancestors up to process 1. */
export function ancestorsOf(pid: number): Set<number> {
  const line = new Set<number>();
  for (let at = pid; at > 0 && !line.has(at); at = readFacts(at)?.parent ?? 0) line.add(at);
  return line;
}

/** Whether this process runs in the initial PID namespace. */
export function seesAllProcesses(): boolean {
  const FIRST = "pid:[4026531836]";
  try {
    return readlinkSync("/proc/self/ns/pid") === FIRST;
  } catch {
    return false;
  }
}
