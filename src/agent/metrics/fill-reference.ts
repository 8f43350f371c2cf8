import { availableParallelism, release } from "node:os";
import type { Machine } from "../../machine/machine.ts";
import { priorities } from "../../rule/rule.ts";
import type { LiveCounts } from "../../source/syscall/live.ts";
import { hostFigures, type ProcessFigures } from "../../telemetry/process.ts";
import type { Sheet } from "../../telemetry/sheet.ts";
import { version } from "../home.ts";
import { hostRoot } from "../sensor/live.ts";
import { descriptorsOf, processBegan } from "./fill.ts";
import type { Judged, Observed } from "./watched.ts";

/** States figures under the reference's names, as far as `metrics.*_enabled` wants them. */
export function fillReference(sheet: Sheet, observed: Observed, own: ProcessFigures): void {
  const { watched, inForce, judged, hostname } = observed;
  const { machine, live, delivery } = watched;
  const { config, ruleFiles, configFiles, since } = inForce;
  const now = Date.now();
  sheet.put("falcosecurity_falco_version_info", { version: version() }, 1);
  sheet.put("falcosecurity_falco_kernel_release_info", { kernel_release: release() }, 1);
  for (const { name, sha256 } of ruleFiles)
    sheet.put("falcosecurity_falco_sha256_rules_files_info", { file_name: name, sha256 }, 1);
  for (const { name, sha256 } of configFiles)
    sheet.put("falcosecurity_falco_sha256_config_files_info", { file_name: name, sha256 }, 1);
  sheet.put("falcosecurity_evt_hostname_info", { hostname }, 1);
  for (const { source, stream } of judged) {
    const engine_name = stream === undefined ? engineName(live) : "source_plugin";
    sheet.put("falcosecurity_scap_engine_name_info", { engine_name, evt_source: source }, 1);
  }
  sheet.put("falcosecurity_falco_start_timestamp_nanoseconds", {}, nanoseconds(processBegan));
  sheet.put("falcosecurity_falco_reload_timestamp_nanoseconds", {}, nanoseconds(since));
  const boot = Number(machine.bootTime);
  sheet.put("falcosecurity_falco_host_boot_timestamp_nanoseconds", {}, boot === 0 ? undefined : boot);
  sheet.put("falcosecurity_falco_duration_seconds_total", {}, Math.floor((now - processBegan) / 1000));
  sheet.put("falcosecurity_falco_host_num_cpus_total", {}, availableParallelism());
  const undelivered = [...delivery.lost.values()].reduce((sum, each) => sum + each, 0);
  sheet.put("falcosecurity_falco_outputs_queue_num_drops_total", {}, undelivered);

  const { metrics } = config;
  if (metrics.rules_counters_enabled) for (const each of judged) fillMatches(sheet, each);
  if (metrics.resource_utilization_enabled) fillResources(sheet, now, own);
  if (metrics.state_counters_enabled) {
    sheet.put("falcosecurity_scap_n_threads_total", {}, machine.threads.size);
    sheet.put("falcosecurity_scap_n_added_threads_total", {}, machine.threads.added);
    sheet.put("falcosecurity_scap_n_removed_threads_total", {}, machine.threads.removed);
    sheet.put("falcosecurity_scap_n_fds_total", {}, descriptorsOf(machine));
    sheet.put("falcosecurity_scap_n_drops_full_threadtable_total", {}, machine.threads.rejected);
  }
  if (metrics.plugins_metrics_enabled) fillContainers(sheet, machine.containerTable);
  if (live === undefined) return;
  if (metrics.kernel_event_counters_enabled) fillKernel(sheet, live.counts());
  if (metrics.kernel_event_counters_per_cpu_enabled)
    for (const [cpu, { events, lost }] of live.countsByCpu().entries()) {
      sheet.put("falcosecurity_scap_n_evts_cpu_total", { cpu: String(cpu) }, events + lost);
      sheet.put("falcosecurity_scap_n_drops_cpu_total", { cpu: String(cpu) }, lost);
    }
}

function fillMatches(sheet: Sheet, { engine, rules }: Judged): void {
  for (const [i, { name, priority, source, tags }] of rules.entries()) {
    const count = engine.matches[i] ?? 0;
    if (count === 0) continue;
    const more = Object.fromEntries(tags.map((tag) => [`tag_${tag}`, "true"]));
    const labels = { rule_name: name, priority: String(priorities.indexOf(priority)), source };
    sheet.putOpen("falcosecurity_falco_rules_matches_total", labels, more, count);
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

function fillContainers(sheet: Sheet, containers: Machine["containerTable"]): void {
  let imageless = 0;
  for (const { image, isSandbox } of containers.values()) if (image === "" && !isSandbox) imageless++;
  sheet.put("falcosecurity_plugins_container_n_containers_total", {}, containers.size);
  sheet.put("falcosecurity_plugins_container_n_missing_container_images_total", {}, imageless);
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

export function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds) * 1e6;
}
