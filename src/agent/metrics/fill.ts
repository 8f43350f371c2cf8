import { SYSCALL } from "../../field/sources.ts";
import type { Machine } from "../../machine/machine.ts";
import { isMainThread } from "../../machine/thread.ts";
import type { RecorderCounts } from "../../recorder/recorder.ts";
import { lossLabel, lossNames } from "../../source/syscall/counts.ts";
import type { ProcessMetrics } from "../../telemetry/process.ts";
import type { Samples } from "../../telemetry/samples.ts";
import { version } from "../home.ts";
import { indicatorStore } from "../load/indicators.ts";
import { latencyOf } from "./count-alerts.ts";
import { fillOutputs } from "./fill-outputs.ts";
import { fillResponses } from "./fill-responses.ts";
import { fillSource } from "./fill-source.ts";
import type { MetricsInput, SessionState } from "./state.ts";

/** Start time of this process, in milliseconds since the epoch. */
export const processBegan = performance.timeOrigin;

/** Adds the metrics named eyas_*, except the metrics about health, the web server and configured labels. */
export function fillOwn(sheet: Samples, { session, active, sources, alerts, missing, reloads }: MetricsInput): void {
  const { machine, live, delivery } = session;
  sheet.set("eyas_build_info", { version: version(), node_version: process.versions.node }, 1);
  for (const each of sources) fillSource(sheet, each);
  const lost = live?.counts();
  if (lost !== undefined)
    for (const name of lossNames)
      sheet.set("eyas_events_dropped_total", { source: SYSCALL, reason: lossLabel(name) }, lost[name]);

  const checks = session.checks?.();
  sheet.set("eyas_canaries_total", { outcome: "arrived" }, checks?.arrived);
  sheet.set("eyas_canaries_total", { outcome: "missed" }, checks?.missed);
  sheet.set("eyas_sensor_changes_total", {}, checks?.changes);
  sheet.set("eyas_sensor_reattached_total", {}, checks?.reattached);
  for (const { source, rules } of sources) sheet.set("eyas_rules", { source }, rules.length);
  sheet.set("eyas_rule_loads_total", { outcome: "done" }, reloads.done);
  sheet.set("eyas_rule_loads_total", { outcome: "rejected" }, reloads.rejected);
  sheet.set("eyas_rules_loaded_timestamp_seconds", {}, active.since / 1000);

  for (const [[rule = "", priority = "", source = ""], count] of alerts.byRule.entries())
    sheet.set("eyas_alerts_total", { rule, priority, source }, count);
  for (const [[rule = "", priority = "", source = ""], count] of alerts.repeats.entries())
    sheet.set("eyas_alert_repeats_total", { rule, priority, source }, count);
  fillRecorder(sheet, session.recorder?.counts());
  const folding = session.folding?.counts();
  sheet.set("eyas_alert_folding_entries", {}, folding?.entries);
  sheet.set("eyas_alert_folding_evictions_total", {}, folding?.evicted);
  for (const [
    [rule = "", priority = "", source = "", namespace = "", pod = "", app = ""],
    count,
  ] of alerts.byWorkload.entries())
    sheet.set("eyas_workload_alerts_total", { rule, priority, source, namespace, pod, app }, count);
  for (const [[field = "", reason = ""], count] of missing.counts.entries())
    sheet.set("eyas_fields_missing_total", { field, reason }, count);
  sheet.set("eyas_metrics_overflow_increments_total", { metric: "eyas_alerts_total" }, alerts.byRule.overflow);
  sheet.set("eyas_metrics_overflow_increments_total", { metric: "eyas_alert_repeats_total" }, alerts.repeats.overflow);
  sheet.set(
    "eyas_metrics_overflow_increments_total",
    { metric: "eyas_workload_alerts_total" },
    alerts.byWorkload.overflow,
  );
  for (const { source, lag } of sources)
    if (lag !== undefined) sheet.set("eyas_alert_latency_seconds", { source }, latencyOf(alerts, source));
  fillOutputs(sheet, delivery.outputs());
  for (const { listener, answers, evicted } of session.listeners?.() ?? []) {
    sheet.set("eyas_listener_connections_closed_total", { listener }, evicted);
    for (const [status, count] of answers)
      sheet.set("eyas_listener_requests_total", { listener, status: String(status) }, count);
  }
  fillResponses(sheet, session.responses?.counts());
  for (const [outcome, count] of session.received?.() ?? [])
    sheet.set("eyas_received_alerts_total", { outcome }, count);
  const journal = delivery.journal?.();
  sheet.set("eyas_journal_alerts_total", { outcome: "stored" }, journal?.kept);
  sheet.set("eyas_journal_alerts_total", { outcome: "lost" }, journal?.missed);
  sheet.set("eyas_journal_waiting_alerts", {}, journal?.waiting);
  sheet.set("eyas_journal_reserved_alerts", {}, journal?.reserved);
  sheet.set("eyas_journal_reserve_bytes", {}, journal?.reserve);
  sheet.set("eyas_journal_dropped_total", {}, journal?.dropped);
  sheet.set("eyas_journal_damaged_alerts", {}, journal?.damaged);
  sheet.set("eyas_journal_replaced_total", {}, journal?.replaced);
  sheet.set("eyas_journal_size_bytes", {}, journal?.size);
  const oldest = journal?.oldest;
  sheet.set("eyas_journal_oldest_timestamp_seconds", {}, oldest === undefined ? undefined : oldest / 1000);

  const boot = Number(machine.bootTime);
  sheet.set("eyas_host_boot_timestamp_seconds", {}, boot === 0 ? undefined : boot / 1e9);
  sheet.set("eyas_containers", {}, machine.containerTable.size);
  fillContext(sheet, session);
  sheet.set("eyas_threads", {}, machine.threads.size);
  sheet.set("eyas_flow_entries", {}, machine.flows?.size);
  sheet.set("eyas_dns_answers_total", { outcome: "used" }, machine.names?.answers);
  sheet.set("eyas_dns_answers_total", { outcome: "unsolicited" }, machine.names?.unsolicited);
  sheet.set("eyas_dns_addresses", {}, machine.names?.addresses);
  sheet.set("eyas_threads_rejected_total", {}, machine.threads.rejected);
  sheet.set("eyas_file_descriptors", {}, descriptorsOf(machine));
  sheet.set("eyas_file_descriptors_dropped_total", {}, machine.descriptorLimit.dropped);
  const { heapTotal, heapUsed } = process.memoryUsage();
  sheet.set("eyas_heap_used_bytes", {}, heapUsed);
  sheet.set("eyas_heap_size_bytes", {}, heapTotal);
}

/** Adds the metrics of the flight recorder. */
function fillRecorder(sheet: Samples, counts: RecorderCounts | undefined): void {
  if (counts === undefined) return;
  for (const [end, captures] of counts.ends) sheet.set("eyas_captures_total", { reason: end }, captures);
  for (const [outcome, matches] of Object.entries(counts.matches))
    sheet.set("eyas_capture_matches_total", { outcome }, matches);
  sheet.set("eyas_capture_written_bytes_total", {}, counts.bytes);
  sheet.set("eyas_capture_buffer_bytes", {}, counts.stored);
}

/** Adds the metrics of enrichment and of events that wait for enrichment. */
function fillContext(sheet: Samples, { machine, engine, cluster, identity }: SessionState): void {
  for (const { name: list, file, size, invalid } of indicatorStore()?.states() ?? []) {
    sheet.set("eyas_indicators", { list, file }, size);
    sheet.set("eyas_indicators_invalid", { list, file }, invalid);
  }
  const examined = identity?.();
  for (const [outcome, count] of examined?.outcomes ?? []) sheet.set("eyas_executables_total", { outcome }, count);
  sheet.set("eyas_package_paths", {}, examined?.packagePaths);
  const { waiting: delayed } = engine;
  const { answered, unanswered, overflowed, waiting } = delayed;
  sheet.set("eyas_delayed_events_total", { outcome: "enriched" }, answered);
  sheet.set("eyas_delayed_events_total", { outcome: "unenriched" }, unanswered);
  sheet.set("eyas_delayed_events_total", { outcome: "buffer_full" }, overflowed);
  sheet.set("eyas_delayed_events", {}, waiting);
  const { pods, sessions } = machine;
  sheet.set("eyas_pods", {}, pods?.size);
  sheet.set("eyas_exec_sessions_total", { outcome: "matched" }, sessions?.joined);
  sheet.set("eyas_exec_sessions_total", { outcome: "unmatched" }, sessions?.unmatched);
  const counts = cluster?.();
  if (counts === undefined) return;
  for (const [status, count] of counts.answers)
    sheet.set("eyas_kubernetes_requests_total", { status: String(status) }, count);
  sheet.set(
    "eyas_kubernetes_last_message_timestamp_seconds",
    {},
    counts.lastAnswer === 0 ? undefined : counts.lastAnswer / 1000,
  );
}

/** Adds the standard process metrics. */
export function fillProcess(sheet: Samples, own: ProcessMetrics): void {
  sheet.set("process_cpu_seconds_total", {}, own.cpuSeconds);
  sheet.set("process_resident_memory_bytes", {}, own.rss);
  sheet.set("process_virtual_memory_bytes", {}, own.vsz);
  sheet.set("process_open_fds", {}, own.openFds);
  sheet.set("process_max_fds", {}, own.maxFds);
  sheet.set("process_start_time_seconds", {}, processBegan / 1000);
}

/**
 * Number of open file descriptors of all processes. Threads of a process share its descriptors, which are counted once.
 */
export function descriptorsOf(machine: Machine): number {
  let count = 0;
  for (const thread of machine.threads.values()) if (isMainThread(thread)) count += thread.fds.size;
  return count;
}
