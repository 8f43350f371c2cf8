import type { LaneAlert } from "./lanes.ts";

let count = 0;
/** An alert at a time in milliseconds since the epoch. */
export function alertAt(at: number, changes: Partial<LaneAlert> = {}): LaneAlert {
  const id = `id-${++count}`;
  const common = { id, at, rule: "File read", priority: "Warning", source: "syscall", hostname: "node-1" } as const;
  return { ...common, isSubject: false, ...changes };
}
export const ofProcess = (at: number, pid: number, name: string, changes: Partial<LaneAlert> = {}): LaneAlert =>
  alertAt(at, { process: { pid, name }, ...changes });
export const inContainer = (at: number, id: string, name: string): LaneAlert =>
  alertAt(at, { container: { id, name } });
