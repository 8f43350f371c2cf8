import { availableParallelism, release } from "node:os";
import type { Machine } from "../../machine/machine.ts";
import { priorities } from "../../rule/rule.ts";
import { type LiveCounts, unreadLosses } from "../../source/syscall/counts.ts";
import { hostMetrics, type ProcessMetrics } from "../../telemetry/process.ts";
import type { Samples } from "../../telemetry/samples.ts";
import { version } from "../home.ts";
import { hostRoot } from "../sensor/host-root.ts";
import { descriptorsOf, processBegan } from "./fill.ts";
import type { EvaluatedSource, MetricsInput } from "./state.ts";

/** Adds metrics with Falco's names, as selected by `metrics.*_enabled`. */
export function fillReference(sheet: Samples, observed: MetricsInput, own: ProcessMetrics): void {
  const { session, active, sources, hostname } = observed;
  const { machine, live, delivery } = session;
  const { config, ruleFiles, configFiles, since } = active;
  const now = Date.now();
  sheet.set("falcosecurity_falco_version_info", { version: version() }, 1);
  sheet.set("falcosecurity_falco_kernel_release_info", { kernel_release: release() }, 1);
  for (const { name, sha256 } of ruleFiles)
    sheet.set("falcosecurity_falco_sha256_rules_files_info", { file_name: name, sha256 }, 1);
  for (const { name, sha256 } of configFiles)
    sheet.set("falcosecurity_falco_sha256_config_files_info", { file_name: name, sha256 }, 1);
  sheet.set("falcosecurity_evt_hostname_info", { hostname }, 1);
  for (const { source, stream } of sources) {
    const engine_name = stream === undefined ? engineName(live) : "source_plugin";
    sheet.set("falcosecurity_scap_engine_name_info", { engine_name, evt_source: source }, 1);
  }
  sheet.set("falcosecurity_falco_start_timestamp_nanoseconds", {}, nanoseconds(processBegan));
  sheet.set("falcosecurity_falco_reload_timestamp_nanoseconds", {}, nanoseconds(since));
  const boot = Number(machine.bootTime);
  sheet.set("falcosecurity_falco_host_boot_timestamp_nanoseconds", {}, boot === 0 ? undefined : boot);
  sheet.set("falcosecurity_falco_duration_seconds_total", {}, Math.floor((now - processBegan) / 1000));
  sheet.set("falcosecurity_falco_host_num_cpus_total", {}, availableParallelism());
  const undelivered = [...delivery.lost.values()].reduce((sum, each) => sum + each, 0);
  sheet.set("falcosecurity_falco_outputs_queue_num_drops_total", {}, undelivered);

  const { metrics } = config;
  if (metrics.rules_counters_enabled) for (const each of sources) fillMatches(sheet, each);
  if (metrics.resource_utilization_enabled) fillResources(sheet, now, own);
  if (metrics.state_counters_enabled) {
    sheet.set("falcosecurity_scap_n_threads_total", {}, machine.threads.size);
    sheet.set("falcosecurity_scap_n_added_threads_total", {}, machine.threads.added);
    sheet.set("falcosecurity_scap_n_removed_threads_total", {}, machine.threads.removed);
    sheet.set("falcosecurity_scap_n_cached_thread_lookups_total", {}, machine.threads.repeatedLookups);
    sheet.set("falcosecurity_scap_n_noncached_thread_lookups_total", {}, machine.threads.lookups);
    sheet.set("falcosecurity_scap_n_failed_thread_lookups_total", {}, machine.threads.failedLookups);
    sheet.set("falcosecurity_scap_n_fds_total", {}, descriptorsOf(machine));
    sheet.set("falcosecurity_scap_n_failed_fd_lookups_total", {}, machine.failedFdLookups);
    sheet.set("falcosecurity_scap_n_drops_full_threadtable_total", {}, machine.threads.rejected);
    sheet.set("falcosecurity_scap_n_stored_evts_total", {}, machine.enters.stored);
    sheet.set("falcosecurity_scap_n_store_evts_drops_total", {}, machine.enters.notStored);
    sheet.set("falcosecurity_scap_n_retrieved_evts_total", {}, machine.enters.retrieved);
    sheet.set("falcosecurity_scap_n_retrieve_evts_drops_total", {}, machine.enters.notRetrieved);
  }
  if (metrics.plugins_metrics_enabled) fillContainers(sheet, machine.containerTable);
  if (live === undefined) return;
  if (metrics.kernel_event_counters_enabled) fillKernel(sheet, live.counts());
  if (metrics.kernel_event_counters_per_cpu_enabled)
    for (const [cpu, { events, lost }] of live.countsByCpu().entries()) {
      sheet.set("falcosecurity_scap_n_evts_cpu_total", { cpu: String(cpu) }, events + lost);
      sheet.set("falcosecurity_scap_n_drops_cpu_total", { cpu: String(cpu) }, lost);
    }
}

function fillMatches(sheet: Samples, { engine, rules }: EvaluatedSource): void {
  for (const [i, { name, priority, source, tags }] of rules.slice(0, engine.raising).entries()) {
    const count = engine.matches[i] ?? 0;
    if (count === 0) continue;
    const more = Object.fromEntries(tags.map((tag) => [`tag_${tag}`, "true"]));
    const labels = { rule_name: name, priority: String(priorities.indexOf(priority)), source };
    sheet.setWith("falcosecurity_falco_rules_matches_total", labels, more, count);
  }
}

function fillResources(sheet: Samples, now: number, own: ProcessMetrics): void {
  const host = hostMetrics(hostRoot);
  sheet.set("falcosecurity_falco_cpu_usage_ratio", {}, own.cpuSeconds / ((now - processBegan) / 1000));
  sheet.set("falcosecurity_falco_memory_rss_bytes", {}, own.rss);
  sheet.set("falcosecurity_falco_memory_vsz_bytes", {}, own.vsz);
  sheet.set("falcosecurity_falco_memory_pss_bytes", {}, own.pss);
  sheet.set("falcosecurity_falco_container_memory_used_bytes", {}, own.containerMemory);
  sheet.set("falcosecurity_falco_host_cpu_usage_ratio", {}, host.cpuUsage);
  sheet.set("falcosecurity_falco_host_memory_used_bytes", {}, host.memoryUsed);
  sheet.set("falcosecurity_falco_host_procs_running_total", {}, host.running);
  sheet.set("falcosecurity_falco_host_open_fds_total", {}, host.openFds);
}

function fillContainers(sheet: Samples, containers: Machine["containerTable"]): void {
  sheet.set("falcosecurity_plugins_container_n_containers_total", {}, containers.size);
  sheet.set("falcosecurity_plugins_container_n_missing_container_images_total", {}, withoutImage(containers));
}

/** Number of containers without a known image, except pod sandboxes. */
export function withoutImage(containers: Machine["containerTable"]): number {
  let count = 0;
  for (const { image, isSandbox } of containers.values()) if (image === "" && !isSandbox) count++;
  return count;
}

function fillKernel(sheet: Samples, counts: LiveCounts): void {
  const { events, lost, tooLarge, scratchBusy, noRing } = counts;
  sheet.set("falcosecurity_scap_n_evts_total", {}, events + lost);
  sheet.set("falcosecurity_scap_n_drops_total", {}, lost);
  sheet.set("falcosecurity_scap_n_drops_buffer_total", { drop: "any", dir: "exit" }, unreadLosses(counts));
  sheet.set("falcosecurity_scap_n_drops_scratch_map_total", {}, tooLarge);
  sheet.set("falcosecurity_scap_n_drops_bug_total", {}, scratchBusy + noRing);
}

/** Falco's name for the kind of engine. */
export function engineName(live: unknown): string {
  return live === undefined ? "savefile" : "modern_bpf";
}

export function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds) * 1e6;
}
