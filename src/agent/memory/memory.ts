import type { Config } from "../../config/load.ts";
import { onlineCpus } from "../../source/syscall/cpus.ts";
import { kernelSettings } from "../../source/syscall/describe.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import {
  addressSpaceLimit,
  addressSpaceTooSmall,
  addressSpaceUsed,
  WORKER_ADDRESS_SPACE,
} from "../../worker/address-space.ts";
import { limitHeaps } from "../../worker/heap.ts";
import { Failure } from "../failure.ts";
import { isLive } from "../sensor/sensor.ts";
import { setAlertShare } from "./alert-memory.ts";
import { memoryLimit } from "./limit.ts";
import { type MemoryPlan, planMemory, ringSize } from "./plan.ts";

/**
 * Adjusts buffers, caches and heaps to the memory that this process may use, and logs a message if sizes are reduced.
 * @param limitHeap limits the heap of the main thread, in MiB
 * @returns undefined if no memory limit is known
 * @throws Failure if the address space is too small for the workers
 */
export async function fitMemory(
  config: Config,
  log: Log,
  limitHeap: (megabytes: number) => void = () => {},
): Promise<MemoryPlan | undefined> {
  requireAddressSpace(config);
  const limit =
    config.memory_limit > 0 ? { bytes: config.memory_limit, from: "memory_limit in the configuration" } : memoryLimit();
  if (limit === undefined) return undefined;
  const { buf_size_preset: preset, cpus_for_each_buffer: cpusPerRing } = kernelSettings(config.engine);
  const live = isLive(config);
  const wanted = {
    ...{ ringSize: ringSize(preset), cpusPerRing, page: config.web_page.enabled },
    onlineCpus: live ? onlineCpus().length : 1,
  };
  const plan = planMemory(limit.bytes, wanted);
  if (plan.mainHeap !== undefined) limitHeap(plan.mainHeap);
  limitHeaps(plan.heaps);
  setAlertShare(plan.alertShare);
  if (plan.sqlite !== undefined) await limitCaches(plan.sqlite);
  if (plan.isSmall) {
    log(logLines.memoryLimited(plan.needed, plan.limit, limit.from));
    if (plan.needed > plan.limit) log(logLines.memoryTooSmall(plan.needed, plan.limit));
  }
  if (live && (plan.ringSize !== wanted.ringSize || plan.cpusPerRing !== cpusPerRing))
    log(logLines.ringsReduced(wanted.ringSize, plan.ringSize, plan.cpusPerRing));
  return plan;
}

/** Sets the health component `memory`: `degraded` if the program or the web UI needs more memory than the limit. */
export function observeMemory(health: Health, plan: MemoryPlan, { web_page: page }: Config): void {
  if (plan.needed > plan.limit) health.set("memory", "degraded", "the program needs more memory than the limit allows");
  else if (page.enabled && !plan.page)
    health.set("memory", "degraded", "the web UI is disabled: it needs more memory than the limit allows");
  else health.set("memory", "ok");
}

/** Limits the memory that SQLite uses in the whole process. */
async function limitCaches(bytes: number): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(":memory:");
  database.exec(`PRAGMA soft_heap_limit = ${bytes}`);
  database.close();
}

/** Checks that the address space is large enough for the workers of the journal and the outputs. */
function requireAddressSpace({ journal }: Config): void {
  const limit = addressSpaceLimit();
  if (limit === undefined) return;
  const needed = addressSpaceUsed() + (journal.enabled ? 2 : 0) * WORKER_ADDRESS_SPACE;
  if (needed > limit) throw new Failure(`The program ${addressSpaceTooSmall(needed, limit)}.`);
}
