import { availableParallelism, networkInterfaces, release } from "node:os";
import { unreadLosses } from "../../source/syscall/counts.ts";
import { hostMetrics, processMetrics } from "../../telemetry/process.ts";
import { version } from "../home.ts";
import { hostRoot } from "../sensor/host-root.ts";
import { descriptorsOf, processBegan } from "./fill.ts";
import { engineName, nanoseconds, withoutImage } from "./fill-reference.ts";
import type { MetricsInput } from "./state.ts";

/** Falco's rule name and message for metrics snapshots. */
export const SNAPSHOT = { rule: "Falco internal: metrics snapshot", message: "Falco metrics snapshot" } as const;

export type Fields = Readonly<Record<string, string | number>>;

/** Counters of the previous snapshot, from which rates are computed. */
export interface PreviousSnapshot {
  readonly time: number;
  readonly events: number;
  readonly kernelEvents: number;
  readonly lost: number;
}

export const noSnapshot: PreviousSnapshot = { time: 0, events: 0, kernelEvents: 0, lost: 0 };

/**
 * Fields of a snapshot with Falco's names, sorted.
 * @param now milliseconds since the epoch
 */
export function snapshotFields(
  observed: MetricsInput,
  before: PreviousSnapshot,
  now: number,
): { fields: Fields; after: PreviousSnapshot } {
  const { session, active, hostname } = observed;
  const { engine, machine, live, delivery } = session;
  const { metrics } = active.config;
  const seconds = before.time === 0 ? 0 : (now - before.time) / 1000;
  const rate = (now: number, before: number): number => (seconds > 0 ? tenth((now - before) / seconds) : 0);
  const fields: Record<string, string | number> = {
    "evt.time": nanoseconds(now),
    "evt.hostname": hostname,
    "evt.source": "syscall",
    "falco.version": version(),
    "falco.start_ts": nanoseconds(processBegan),
    "falco.reload_ts": nanoseconds(active.since),
    "falco.duration_sec": Math.floor((now - processBegan) / 1000),
    "falco.kernel_release": release(),
    "falco.host_boot_ts": Number(machine.bootTime),
    "falco.host_num_cpus": availableParallelism(),
    "falco.outputs_queue_num_drops": [...delivery.lost.values()].reduce((sum, each) => sum + each, 0),
    "falco.num_evts": engine.events,
    "falco.num_evts_prev": before.events,
    "scap.engine_name": engineName(live),
    ...(before.events > 0 && seconds > 0 && { "falco.evts_rate_sec": rate(engine.events, before.events) }),
  };
  for (const { name, sha256 } of active.ruleFiles) fields[`falco.sha256_rules_file.${keyOf(name)}`] = sha256;
  for (const { name, sha256 } of active.configFiles) fields[`falco.sha256_config_file.${keyOf(name)}`] = sha256;
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    for (const family of ["IPv4", "IPv6"]) {
      const own = addresses.filter((each) => each.family === family && !each.internal).map(({ address }) => address);
      if (own.length > 0)
        fields[`falco.host_netinfo.interfaces.${name}.protocols.${family.toLowerCase()}.addresses`] = own.join(",");
    }
  }

  /** Adds a field. Values of 0 are omitted unless `include_empty_values` is set. */
  const put = (name: string, value: number | undefined): void => {
    if (value !== undefined && (value !== 0 || metrics.include_empty_values)) fields[name] = value;
  };
  if (metrics.rules_counters_enabled) {
    const raising = engine.matches.subarray(0, engine.raising);
    fields["falco.rules.matches_total"] = raising.reduce((sum, each) => sum + each, 0);
    for (const [i, { name }] of active.rules.slice(0, engine.raising).entries())
      put(`falco.rules.${keyOf(name)}`, raising[i]);
  }
  if (metrics.resource_utilization_enabled) {
    const own = processMetrics();
    const host = hostMetrics(hostRoot);
    const memory = (name: string, bytes: number | undefined, unit: "kb" | "bytes"): void => {
      if (metrics.convert_memory_to_mb) put(`${name}_mb`, bytes && tenth(bytes / 1024 / 1024));
      else put(`${name}_${unit}`, bytes && (unit === "kb" ? Math.round(bytes / 1024) : bytes));
    };
    put("falco.cpu_usage_perc", tenth((100 * own.cpuSeconds) / ((now - processBegan) / 1000)));
    memory("falco.memory_rss", own.rss, "kb");
    memory("falco.memory_vsz", own.vsz, "kb");
    memory("falco.memory_pss", own.pss, "kb");
    memory("falco.container_memory_used", own.containerMemory, "bytes");
    put("falco.host_cpu_usage_perc", host.cpuUsage && tenth(100 * host.cpuUsage));
    memory("falco.host_memory_used", host.memoryUsed, "kb");
    put("falco.host_procs_running", host.running);
    put("falco.host_open_fds", host.openFds);
  }
  if (metrics.state_counters_enabled) {
    put("falco.n_threads", machine.threads.size);
    put("falco.n_added_threads", machine.threads.added);
    put("falco.n_removed_threads", machine.threads.removed);
    put("falco.n_cached_thread_lookups", machine.threads.repeatedLookups);
    put("falco.n_noncached_thread_lookups", machine.threads.lookups);
    put("falco.n_failed_thread_lookups", machine.threads.failedLookups);
    put("falco.n_fds", descriptorsOf(machine));
    put("falco.n_failed_fd_lookups", machine.failedFdLookups);
    put("falco.n_drops_full_threadtable", machine.threads.rejected);
    put("falco.n_stored_evts", machine.enters.stored);
    put("falco.n_store_evts_drops", machine.enters.notStored);
    put("falco.n_retrieved_evts", machine.enters.retrieved);
    put("falco.n_retrieve_evts_drops", machine.enters.notRetrieved);
  }
  if (metrics.plugins_metrics_enabled) {
    put("plugins.container.n_containers", machine.containerTable.size);
    put("plugins.container.n_missing_container_images", withoutImage(machine.containerTable));
  }
  const counts = live?.counts();
  const kernelEvents = counts === undefined ? 0 : counts.events + counts.lost;
  const lost = counts?.lost ?? 0;
  if (counts !== undefined && metrics.kernel_event_counters_enabled) {
    fields["scap.n_evts"] = kernelEvents;
    fields["scap.n_evts_prev"] = before.kernelEvents;
    fields["scap.evts_rate_sec"] = rate(kernelEvents, before.kernelEvents);
    fields["scap.n_drops"] = lost;
    fields["scap.n_drops_prev"] = before.lost;
    fields["scap.evts_drop_rate_sec"] = rate(lost, before.lost);
    fields["scap.n_drops_perc"] =
      kernelEvents > before.kernelEvents ? (100 * (lost - before.lost)) / (kernelEvents - before.kernelEvents) : 0;
    put("scap.n_drops_buffer_total", unreadLosses(counts));
    put("scap.n_drops_scratch_map", counts.tooLarge);
    put("scap.n_drops_bug", counts.scratchBusy + counts.noRing);
  }
  if (live !== undefined && metrics.kernel_event_counters_per_cpu_enabled)
    for (const [cpu, each] of live.countsByCpu().entries()) {
      put(`scap.n_evts_cpu_${cpu}`, each.events + each.lost);
      put(`scap.n_drops_cpu_${cpu}`, each.lost);
    }
  const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { fields: sorted, after: { time: now, events: engine.events, kernelEvents, lost } };
}

/** Converts the name of a rule or file to the key that Falco uses for the rule or file. */
function keyOf(name: string): string {
  return name
    .replace(/[^a-zA-Z0-9_:]/g, "_")
    .replace(/_+/g, "_")
    .replace(/_$/, "");
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
