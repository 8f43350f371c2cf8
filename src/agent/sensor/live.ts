import type { Config } from "../../config/load.ts";
import { partsOf } from "../../event/narrowed.ts";
import { syscallId, syscallName } from "../../event/syscalls.ts";
import { eventTypes } from "../../event/types.ts";
import type { MachineHooks } from "../../machine/machine.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { DEFAULT_SNAPLEN, DEFAULT_THREADS, kernelSettings } from "../../source/syscall/describe.ts";
import { kernelRemarks } from "../../source/syscall/kernel.ts";
import { type LiveOptions, LiveSource } from "../../source/syscall/live.ts";
import type { Probe } from "../../source/syscall/probe.ts";
import { dnsMessages, flowCalls, selectCalls } from "../../source/syscall/select.ts";
import { SensorError } from "../../source/syscall/sensor-error.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { enabledSources, hasFlows } from "../documents/settings.ts";
import { CannotWatch } from "../failure.ts";
import { type MemoryPlan, ringSize } from "../memory/plan.ts";
import { hostRoot } from "./host-root.ts";
import { needsOf } from "./needs.ts";
import { accessTypes } from "./watch/access.ts";
import { journalCalls, journalTypes } from "./watch/journal-files.ts";

/**
 * Starts to watch the running kernel.
 * @param calls IDs of the system calls to watch
 * @param options.memory buffer sizes that fit within the memory limit, which replace the configured sizes
 * @param options.watched tables of watched objects
 * @throws CannotWatch with a sentence about the missing requirement
 */
export function openLive(
  calls: ReadonlySet<number>,
  config: Config,
  { memory, watched }: { memory?: MemoryPlan | undefined; watched?: Uint8Array } = {},
): LiveSource {
  try {
    return new LiveSource({
      ...sensorOptions(config, memory),
      calls,
      notes: true,
      ...(watched && { watched }),
      hostRoot,
    });
  } catch (error) {
    throw error instanceof SensorError ? new CannotWatch(error.message) : error;
  }
}

/** Sensor options from the configuration. Sizes are from the memory plan, if there is one. */
export function sensorOptions({ engine, falco_libs }: Config, memory?: MemoryPlan): Omit<LiveOptions, "calls"> {
  const { buf_size_preset, cpus_for_each_buffer, drop_failed_exit, btf_file } = kernelSettings(engine);
  return {
    ringSize: memory?.ringSize ?? ringSize(buf_size_preset),
    cpusPerRing: memory?.cpusPerRing ?? cpus_for_each_buffer,
    ...(memory?.relief !== undefined && { setAside: memory.relief }),
    snaplen: falco_libs.snaplen || DEFAULT_SNAPLEN,
    dropFailed: drop_failed_exit,
    ...(btf_file !== "" && { btfFile: btf_file }),
  };
}

/** Logs what the kernel limits, without loading the probe. */
export function logKernelRemarks(config: Config, log: Log): void {
  const { obstacle, portable, uring } = kernelRemarks(sensorOptions(config).btfFile);
  if (obstacle !== undefined) log(logLines.systemCallsUnwatched(obstacle));
  if (portable !== undefined) log(logLines.portableProbe(portable));
  if (uring !== undefined) log(logLines.uringUnwatched(uring));
}

/** Logs what the kernel limits, with the results of loading the probe. */
export function logProbe({ variant, uringMissing }: Probe, log: Log): void {
  if (variant.kind === "portable") log(logLines.portableProbe(variant.reason));
  if (uringMissing !== undefined) log(logLines.uringUnwatched(uringMissing));
}

/** The parts of the loaded rules that determine which system calls are watched. */
export interface RulesToWatch {
  readonly ruleset: { readonly rules: readonly LoadedRule[] };
  /** Whether the names of IP addresses are needed. */
  readonly wantsNames: boolean;
}

/**
 * Returns the IDs of the system calls to watch: the calls that rules and the state of the machine need, adjusted by
 * `base_syscalls`. Logs unknown names in `base_syscalls`, and system calls that rules need but `base_syscalls`
 * excludes.
 */
export function callsFor({ ruleset, wantsNames }: RulesToWatch, config: Config, log: Log): ReadonlySet<number> {
  const needed = new Set(needsOf(ruleset.rules).calls);
  const { custom_set: customSet, repair, all } = config.base_syscalls;
  // Without `repair`, these calls are either always watched for the state, or excluded by the configuration.
  if (repair && enabledSources(config).some(hasFlows)) for (const id of flowCalls) needed.add(id);
  if (wantsNames) for (const id of dnsMessages) needed.add(id);
  const ofRules = new Set(needed);
  for (const id of accessCalls()) needed.add(id);
  const { calls, unwatched: without, unknownNames } = selectCalls(needed, { customSet, repair, all });
  const unwatched = without.filter((id) => ofRules.has(id) || partsOf(id).some((part) => ofRules.has(part)));
  for (const name of unknownNames) log(logLines.syscallUnknown(name));
  if (unwatched.length > 0)
    log(logLines.syscallsUnwatched([...new Set(unwatched.map((id) => syscallName[id] ?? String(id)))].sort()));
  return calls;
}

/** Returns the IDs of system calls with which other processes can access the agent or its journal. */
function accessCalls(): number[] {
  const types = [...accessTypes, ...journalTypes];
  return [
    ...types.flatMap((type) => eventTypes[type]?.syscalls ?? []),
    syscallId.get("bpf") ?? [],
    journalCalls,
  ].flat();
}

/** Returns the limits of the thread table from the configuration, reduced to fit the memory plan. */
export function threadLimits({ falco_libs: limits }: Config, memory?: MemoryPlan): MachineHooks {
  const configured = limits.thread_table_size || DEFAULT_THREADS;
  return {
    maxThreads: Math.min(configured, memory?.maxThreads ?? configured),
    purgeInterval: limits.thread_table_auto_purging_interval_s * 1e9,
    quietTime: limits.thread_table_auto_purging_thread_timeout_s * 1e9,
  };
}
