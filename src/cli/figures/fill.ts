import { availableParallelism, release } from "node:os";
import { eventTypes } from "../../event/types.ts";
import type { Machine } from "../../machine/machine.ts";
import { isMainThread } from "../../machine/thread.ts";
import { priorities } from "../../rule/rule.ts";
import type { LiveCounts } from "../../source/syscall/live.ts";
import { hostFigures, type ProcessFigures } from "../../telemetry/process.ts";
import type { Sheet } from "../../telemetry/sheet.ts";
import { version } from "../home.ts";
import { hostRoot } from "../live.ts";
import type { Observed } from "./watched.ts";

/** When this process began: milliseconds since the epoch. */
export const processBegan = performance.timeOrigin;

const SOURCE = "syscall";

/** Reasons for lost events as labels, by the sensor's counter. */
const reasons = {
  ringFull: "ring_full",
  tooLarge: "too_large",
  scratchBusy: "scratch_busy",
  noRing: "no_ring",
} as const;

/** States our own figures. */
export function fillOwn(sheet: Sheet, { watched, inForce, alerts, reloads }: Observed): void {
  const { engine, machine, live, delivery } = watched;
  sheet.put("eyas_build_info", { version: version(), node_version: process.versions.node }, 1);
  sheet.put("eyas_events_total", { source: SOURCE }, engine.events);
  for (const [type, count] of eventsByName(engine.seen))
    sheet.put("eyas_events_by_type_total", { source: SOURCE, type }, count);
  const lost = live?.counts();
  if (lost !== undefined)
    for (const name of ["ringFull", "tooLarge", "scratchBusy", "noRing"] as const)
      sheet.put("eyas_events_lost_total", { source: SOURCE, reason: reasons[name] }, lost[name]);
  sheet.put("eyas_judging_seconds_total", { source: SOURCE }, engine.busy / 1000);

  sheet.put("eyas_rules", {}, inForce.rules.length);
  sheet.put("eyas_rule_loads_total", { outcome: "done" }, reloads.done);
  sheet.put("eyas_rule_loads_total", { outcome: "refused" }, reloads.refused);
  sheet.put("eyas_rules_loaded_timestamp_seconds", {}, inForce.since / 1000);
  for (const [i, { name, priority, source }] of inForce.rules.entries())
    sheet.put("eyas_rule_matches_total", { rule: name, priority, source }, engine.matches[i] ?? 0);

  for (const { rule, samples, seconds } of inForce.times?.rules ?? []) {
    sheet.put("eyas_rule_sampled_evaluations_total", { rule: rule.name }, samples);
    sheet.put("eyas_rule_sampled_seconds_total", { rule: rule.name }, seconds);
  }

  for (const [[rule, priority, source], count] of alerts.byRule.entries())
    sheet.put("eyas_alerts_total", { rule, priority, source }, count);
  for (const [[namespace, pod, priority], count] of alerts.byPod.entries())
    sheet.put("eyas_pod_alerts_total", { namespace, pod, priority }, count);
  sheet.put("eyas_folded_label_sets_total", { metric: "eyas_alerts_total" }, alerts.byRule.folded);
  sheet.put("eyas_folded_label_sets_total", { metric: "eyas_pod_alerts_total" }, alerts.byPod.folded);
  if (live !== undefined) sheet.put("eyas_alert_latency_seconds", {}, alerts.latency);
  for (const { name: output, alerts, lost, retries, waiting, first } of delivery.outputs()) {
    sheet.put("eyas_output_alerts_total", { output }, alerts);
    sheet.put("eyas_output_lost_total", { output }, lost);
    sheet.put("eyas_output_retries_total", { output }, retries);
    sheet.put("eyas_output_waiting", { output }, waiting);
    const lag = first === undefined ? 0 : Math.max(0, Date.now() - Number(first / 1_000_000n)) / 1000;
    sheet.put("eyas_output_lag_seconds", { output }, lag);
  }
  const journal = delivery.journal?.();
  sheet.put("eyas_journal_alerts_total", { outcome: "kept" }, journal?.kept);
  sheet.put("eyas_journal_alerts_total", { outcome: "missed" }, journal?.missed);
  sheet.put("eyas_journal_size_bytes", {}, journal?.size);

  sheet.put("eyas_threads", {}, machine.threads.size);
  sheet.put("eyas_threads_refused_total", {}, machine.threads.refused);
  sheet.put("eyas_file_descriptors", {}, descriptorsOf(machine));
  const { heapTotal, heapUsed } = process.memoryUsage();
  sheet.put("eyas_heap_used_bytes", {}, heapUsed);
  sheet.put("eyas_heap_size_bytes", {}, heapTotal);
}

/** States what all programs do. */
export function fillProcess(sheet: Sheet, own: ProcessFigures): void {
  sheet.put("process_cpu_seconds_total", {}, own.cpuSeconds);
  sheet.put("process_resident_memory_bytes", {}, own.rss);
  sheet.put("process_virtual_memory_bytes", {}, own.vsz);
  sheet.put("process_open_fds", {}, own.openFds);
  sheet.put("process_max_fds", {}, own.maxFds);
  sheet.put("process_start_time_seconds", {}, processBegan / 1000);
}

/** States figures under the reference's names, as far as `metrics.*_enabled` wants them. */
export function fillReference(sheet: Sheet, { watched, inForce, hostname }: Observed, own: ProcessFigures): void {
  const { engine, machine, live, delivery } = watched;
  const { config, rules, ruleFiles, configFiles, since } = inForce;
  const now = Date.now();
  sheet.put("falcosecurity_falco_version_info", { version: version() }, 1);
  sheet.put("falcosecurity_falco_kernel_release_info", { kernel_release: release() }, 1);
  for (const { name, sha256 } of ruleFiles)
    sheet.put("falcosecurity_falco_sha256_rules_files_info", { file_name: name, sha256 }, 1);
  for (const { name, sha256 } of configFiles)
    sheet.put("falcosecurity_falco_sha256_config_files_info", { file_name: name, sha256 }, 1);
  sheet.put("falcosecurity_evt_hostname_info", { hostname }, 1);
  sheet.put("falcosecurity_scap_engine_name_info", { engine_name: engineName(live), evt_source: SOURCE }, 1);
  sheet.put("falcosecurity_falco_start_timestamp_nanoseconds", {}, nanoseconds(processBegan));
  sheet.put("falcosecurity_falco_reload_timestamp_nanoseconds", {}, nanoseconds(since));
  const boot = Number(machine.bootTime);
  sheet.put("falcosecurity_falco_host_boot_timestamp_nanoseconds", {}, boot === 0 ? undefined : boot);
  sheet.put("falcosecurity_falco_duration_seconds_total", {}, Math.floor((now - processBegan) / 1000));
  sheet.put("falcosecurity_falco_host_num_cpus_total", {}, availableParallelism());
  const undelivered = [...delivery.lost.values()].reduce((sum, each) => sum + each, 0);
  sheet.put("falcosecurity_falco_outputs_queue_num_drops_total", {}, undelivered);

  const { metrics } = config;
  if (metrics.rules_counters_enabled)
    for (const [i, { name, priority, source, tags }] of rules.entries()) {
      const count = engine.matches[i] ?? 0;
      if (count === 0) continue;
      const more = Object.fromEntries(tags.map((tag) => [`tag_${tag}`, "true"]));
      const labels = { rule_name: name, priority: String(priorities.indexOf(priority)), source };
      sheet.putOpen("falcosecurity_falco_rules_matches_total", labels, more, count);
    }
  if (metrics.resource_utilization_enabled) fillResources(sheet, now, own);
  if (metrics.state_counters_enabled) {
    sheet.put("falcosecurity_scap_n_threads_total", {}, machine.threads.size);
    sheet.put("falcosecurity_scap_n_fds_total", {}, descriptorsOf(machine));
    sheet.put("falcosecurity_scap_n_drops_full_threadtable_total", {}, machine.threads.refused);
  }
  if (live === undefined) return;
  if (metrics.kernel_event_counters_enabled) fillKernel(sheet, live.counts());
  if (metrics.kernel_event_counters_per_cpu_enabled)
    for (const [cpu, { events, lost }] of live.countsByCpu().entries()) {
      sheet.put("falcosecurity_scap_n_evts_cpu_total", { cpu: String(cpu) }, events + lost);
      sheet.put("falcosecurity_scap_n_drops_cpu_total", { cpu: String(cpu) }, lost);
    }
}

function fillResources(sheet: Sheet, now: number, own: ProcessFigures): void {
  const host = hostFigures(hostRoot);
  sheet.put("falcosecurity_falco_cpu_usage_ratio", {}, own.cpuSeconds / ((now - processBegan) / 1000));
  sheet.put("falcosecurity_falco_memory_rss_bytes", {}, own.rss);
  sheet.put("falcosecurity_falco_memory_vsz_bytes", {}, own.vsz);
  sheet.put("falcosecurity_falco_memory_pss_bytes", {}, own.pss);
  sheet.put("falcosecurity_falco_container_memory_used_bytes", {}, own.containerMemory);
  sheet.put("falcosecurity_falco_host_cpu_usage_ratio", {}, host.cpuUsage);
  sheet.put("falcosecurity_falco_host_memory_used_bytes", {}, host.memoryUsed);
  sheet.put("falcosecurity_falco_host_procs_running_total", {}, host.running);
  sheet.put("falcosecurity_falco_host_open_fds_total", {}, host.openFds);
}

function fillKernel(sheet: Sheet, { events, lost, ringFull, tooLarge, scratchBusy, noRing }: LiveCounts): void {
  sheet.put("falcosecurity_scap_n_evts_total", {}, events + lost);
  sheet.put("falcosecurity_scap_n_drops_total", {}, lost);
  sheet.put("falcosecurity_scap_n_drops_buffer_total", { drop: "any", dir: "exit" }, ringFull);
  sheet.put("falcosecurity_scap_n_drops_scratch_map_total", {}, tooLarge);
  sheet.put("falcosecurity_scap_n_drops_bug_total", {}, scratchBusy + noRing);
}

/** The reference's word for where events come from. */
export function engineName(live: unknown): string {
  return live === undefined ? "savefile" : "modern_bpf";
}

/** Descriptors of all processes; threads that share a table count it once. */
export function descriptorsOf(machine: Machine): number {
  let count = 0;
  for (const thread of machine.threads.values()) if (isMainThread(thread)) count += thread.fds.size;
  return count;
}

export function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds) * 1e6;
}

/** Several types have the same name: both halves of a call, and older forms. */
function eventsByName(seen: Float64Array): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [code, count] of seen.entries()) {
    if (count === 0) continue;
    const { name } = eventTypes[code];
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}
