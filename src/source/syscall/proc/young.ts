import { readdirSync } from "node:fs";
import type { ThreadRecord } from "../../../event/snapshot.ts";
import { ControlGroups } from "./cgroups.ts";
import { readProcess, startOf } from "./process.ts";

/** Maximum age of a process that is read, in nanoseconds. */
const YOUNG = 10_000_000_000n;
/** Maximum time to read processes, in milliseconds. */
const BUDGET = 100;

/**
 * Reads processes that have just started, in descending order of process ID. They may end before a scan reads them, and
 * their children would then lack an executable and a parent. Call this immediately before and after the probe is
 * attached.
 * @param root mount point of the watched machine's root: `/`, or a path like `/host`
 */
export function readYoung(root: string): ThreadRecord[] {
  const proc = `${root === "/" ? "" : root.replace(/\/+$/, "")}/proc`;
  const end = performance.now() + BUDGET;
  const now = BigInt(Date.now()) * 1_000_000n;
  const cgroups = new ControlGroups(proc);
  const pids = readdirSync(proc).map(Number).filter(Number.isInteger);
  const found: ThreadRecord[] = [];
  for (const pid of pids.reverse()) {
    if (performance.now() > end) break;
    const start = startOf(`${proc}/${pid}`);
    if (start !== undefined && now - start < YOUNG) found.push(...readProcess(proc, pid, cgroups));
  }
  return found;
}
