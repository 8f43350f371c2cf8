import { readdirSync, readlinkSync, statSync } from "node:fs";
import type { Manager, ManagerRun } from "./messages.ts";
import { hasMachineRoot } from "./process-root.ts";

/** Finds managers that are already running, by the inode of their executable. Kernel events report later executions. */
export function runningManagers(managers: readonly Manager[], hostRoot: string): readonly ManagerRun[] {
  const prefix = hostRoot === "/" ? "" : hostRoot.replace(/\/$/, "");
  const byPath = new Map(managers.flatMap((manager) => manager.paths.map((path) => [path, manager])));
  const runs: ManagerRun[] = [];
  for (const name of readdirSync(`${prefix}/proc`)) {
    const tid = Number(name);
    if (!Number.isInteger(tid)) continue;
    try {
      const exe = `${prefix}/proc/${name}/exe`;
      const path = readlinkSync(exe, "latin1");
      const manager = byPath.get(path);
      if (manager === undefined || hasMachineRoot(hostRoot, tid) !== true) continue;
      const [running, trusted] = [statSync(exe), statSync(Buffer.from(prefix + path, "latin1"))];
      if (running.dev === trusted.dev && running.ino === trusted.ino)
        runs.push({ tid, time: performance.timeOrigin + performance.now(), isEarlier: true, manager });
    } catch {
      // The process is a kernel thread or has exited.
    }
  }
  return runs;
}
