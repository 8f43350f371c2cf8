import { counter, gauge, histogram, type Metric, untyped } from "./metric.ts";

/**
 * All metrics. Metrics named `falcosecurity_…` have the units and meaning of Falco's metrics, except for the
 * differences in falco-differences.ts, so that Falco's dashboards and alerting rules work unchanged. Metrics named
 * `process_…` are the process metrics of Prometheus client libraries.
 */
export const metrics = {
  eyas_build_info: gauge("Always 1; the version is a label.", "version", "node_version"),
  eyas_events_total: counter("Events read from a source.", "source"),
  eyas_events_by_type_total: counter(
    "Events by type: the name of the system call or of another event. System calls without a separate event type are counted as `syscall`.",
    "source",
    "type",
  ),
  eyas_events_dropped_total: counter(
    "Dropped events by reason: `ring_full`, `too_large`, `scratch_busy` (another event on the CPU was still being recorded), `no_ring` (the CPU has no ring buffer), `over_share` (the process or user had used its share of a ring buffer that was more than half full).",
    "source",
    "reason",
  ),
  eyas_canaries_total: counter(
    "System calls that the agent makes to check itself: `arrived` at the engine within a second, or `missed`.",
    "outcome",
  ),
  eyas_sensor_changes_total: counter(
    "Changes that other processes made to the probe's settings, links or ring buffers.",
  ),
  eyas_sensor_reattached_total: counter("Reattachments of the probe after events failed to arrive."),
  eyas_evaluation_seconds_total: counter("Time spent reading events and evaluating them against rules.", "source"),
  eyas_source_lag_seconds: gauge(
    "Sampled time between an event and its evaluation; 0 if there was no recent event. Live sources only.",
    "source",
  ),
  eyas_source_last_event_timestamp_seconds: gauge("Time of the most recently sampled event.", "source"),
  eyas_source_waiting_events: gauge("Events received but not evaluated yet.", "source"),
  eyas_source_evicted_identities_total: counter(
    "Events whose identities were evicted less than 100 s after arrival because there were too many events. If one of these events is delivered again, it is evaluated again.",
    "source",
  ),
  eyas_source_joined_events_total: counter(
    "Network events that were matched to the local process that owns the flow.",
    "source",
  ),
  eyas_feed_up: gauge(
    "Whether a file, address or socket of a source delivers events: 1 or 0. `from` is the configured value.",
    "source",
    "from",
  ),
  eyas_feed_events_total: counter("Events received, by feed.", "source", "from"),
  eyas_feed_bytes_total: counter("Bytes received, including rejected input.", "source", "from"),
  eyas_feed_rejected_total: counter(
    "Rejected input by reason: `too_large`, `not_json`, `body_too_large` (an HTTP request, which may contain several events), …",
    "source",
    "from",
    "reason",
  ),
  eyas_feed_lag_bytes: gauge("Bytes available but not read yet, if known.", "source", "from"),
  eyas_rule_matches_total: counter(
    "Matches of each rule; 0 for a rule that has never matched.",
    "rule",
    "priority",
    "source",
  ),
  eyas_shadow_rule_matches_total: counter(
    "Number of matches of each shadow rule. Shadow rules raise no alerts.",
    "rule",
    "priority",
    "source",
  ),
  eyas_captures_total: counter(
    "Captures of events around alerts, by reason for ending: `duration`, `events`, `process`, `size`, `disk` (a write failed), `overload` (writing could not keep up with the events), `stopped`. See docs/flight-recorder.md.",
    "reason",
  ),
  eyas_capture_matches_total: counter(
    "Matches of rules whose events are recorded: `started` a capture, `joined` a running one, or were not recorded: `interval` (the rule started another capture shortly before), `busy` (earlier captures are still being written), `disk` (captures cannot be written).",
    "outcome",
  ),
  eyas_capture_written_bytes_total: counter("Bytes written to captures."),
  eyas_capture_buffer_bytes: gauge("Compressed size of the events in memory for the next capture."),
  eyas_rule_sampled_evaluations_total: counter(
    "Measured evaluations of each rule, if `metrics.rule_times_enabled` is set.",
    "rule",
    "source",
  ),
  eyas_rule_sampled_seconds_total: counter(
    "Total time of measured evaluations. Rules are measured individually; a regular evaluation takes less time, since common parts of conditions are evaluated once.",
    "rule",
    "source",
  ),
  eyas_rules: gauge("Active rules.", "source"),
  eyas_rule_loads_total: counter(
    "Loads of configuration and rules: `done`, or `rejected` because of an error, in which case the previous configuration and rules stay active.",
    "outcome",
  ),
  eyas_rules_loaded_timestamp_seconds: gauge("Time when the active rules were loaded."),
  eyas_alerts_total: counter("Alerts raised.", "rule", "priority", "source"),
  eyas_alert_repeats_total: counter(
    "Repeated matches that are counted in an alert instead of raising one. See docs/alert-folding.md.",
    "rule",
    "priority",
    "source",
  ),
  eyas_alert_folding_entries: gauge(
    "Number of entries (accounts, users, programs, processes and subjects) for which repeated matches are currently counted.",
  ),
  eyas_alert_folding_evictions_total: counter(
    "Entries evicted before they were idle. Their repeats are counted at the next higher level.",
  ),
  eyas_workload_alerts_total: counter(
    "Alerts whose fields name a namespace, a pod or an app (of Kubernetes, Marathon, Mesos or Cloud Foundry). Up to 1,000 label sets have separate series; additional alerts are counted under `_other` by rule.",
    "rule",
    "priority",
    "source",
    "namespace",
    "pod",
    "app",
  ),
  eyas_alert_latency_seconds: histogram(
    "Time from an event until its alert is handed to the outputs. Live sources only.",
    "source",
  ),
  eyas_fields_missing_total: counter(
    "Fields of containers, pods, tasks and apps that had no value (`<NA>`) in alerts, by reason: `host` (not in a container), `no_pod`, `no_source` (no runtime or API server to query), `late` (no response in time), `unknown` (the object is unknown to the runtime or API server), `not_provided` (the object lacks this field), `no_process`.",
    "field",
    "reason",
  ),
  eyas_delayed_events_total: counter(
    "Events delayed for metadata of their container or pod: `enriched`, `unenriched` (evaluated without metadata), `buffer_full` (the memory for delayed events was full, so the event was not delayed or not evaluated a second time).",
    "outcome",
  ),
  eyas_delayed_events: gauge("Events currently waiting for metadata."),
  eyas_pods: gauge("Pods reported by the API server; absent without an API server."),
  eyas_kubernetes_requests_total: counter("Requests to the API server by response status; 0: no response.", "status"),
  eyas_kubernetes_last_message_timestamp_seconds: gauge("Time of the last message about pods from the API server."),
  eyas_exec_sessions_total: counter(
    "Exec and attach requests in audit events: `matched` to a local process, or `unmatched`, such as requests to other nodes.",
    "outcome",
  ),
  eyas_metrics_overflow_increments_total: counter(
    "Increments counted under `_other` because a metric had reached its series limit.",
    "metric",
  ),
  eyas_output_alerts_total: counter("Alerts for each output: delivered, lost or in the backlog.", "output"),
  eyas_output_delivered_total: counter("Alerts delivered to an output.", "output"),
  eyas_output_rejected_total: counter(
    "Alerts that an output rejected permanently. With the journal, these alerts are dead letters: `eyas outputs dead` lists them.",
    "output",
  ),
  eyas_output_lost_total: counter(
    "Alerts that will not be delivered to an output, including rejected alerts.",
    "output",
  ),
  eyas_output_retries_total: counter("Deliveries that were retried.", "output"),
  eyas_output_backlog_alerts: gauge("Backlog of an output, in alerts.", "output"),
  eyas_output_interval_seconds: gauge(
    "Interval over which an output collects alerts; 0 if the output delivers immediately.",
    "output",
  ),
  eyas_output_state: gauge(
    "1 for the current state of an output, otherwise 0. See docs/outputs.md for the states; outputs that a reload removed have no state.",
    ...["output", "state"],
  ),
  eyas_output_lag_seconds: gauge("Age of the oldest alert in the backlog of an output; 0 without a backlog.", "output"),
  eyas_responses_total: counter(
    "Actions by outcome: `done`, `failed`, `skipped`, or `unknown` if Eyas stopped during the action.",
    "action",
    "outcome",
  ),
  eyas_responses_skipped_total: counter(
    "Skipped actions by reason: `dry_run`, `paused`, `elsewhere` (an alert from another installation), `old`, `missing` (the alert does not name the target), `never` (a protected target), `cooldown`, `budget`, `nothing` (nothing to do), `gone` (the rule or alert no longer exists after a restart).",
    "action",
    "reason",
  ),
  eyas_responses_over_budget_total: counter(
    "Actions that a budget suppressed, by budget (`all`, `scope`, `calls`, `rule`) and by its exhausted part (`total`, `priority`, `workload`, `subject`).",
    "budget",
    "part",
  ),
  eyas_responses_exhausted_budgets: gauge("Exhausted budgets and parts of budgets; the value is at most 20."),
  eyas_responses_running: gauge("Actions in progress."),
  eyas_responses_waiting: gauge("Actions that are queued because of the concurrency limit."),
  eyas_response_seconds_total: counter("Time spent in actions.", "action"),
  eyas_response_runs_total: counter("Actions that ran.", "action"),
  eyas_responses_paused: gauge("Whether responses are paused: 1 or 0."),
  eyas_journal_alerts_total: counter(
    "Alerts `stored` in the journal, or `lost` because it could not be written.",
    "outcome",
  ),
  eyas_journal_waiting_alerts: gauge("Alerts kept in memory until the journal can be written again."),
  eyas_journal_reserved_alerts: gauge(
    "Waiting alerts that are also in the reserve on disk: they are not lost if the agent is killed.",
  ),
  eyas_journal_reserve_bytes: gauge("Disk space that is allocated for waiting alerts. 0: no reserve."),
  eyas_journal_dropped_total: counter("Alerts removed from the journal because of its age and size limits."),
  eyas_journal_damaged_alerts: gauge(
    "Damaged alerts that could not be read, in the journal and in files that it replaced since startup.",
  ),
  eyas_journal_replaced_total: counter("Journal files that were replaced because they were damaged or removed."),
  eyas_journal_size_bytes: gauge("Size of the journal on disk."),
  eyas_journal_oldest_timestamp_seconds: gauge("Time of the oldest alert in the journal."),
  eyas_component_health: gauge(
    "Health of a component (docs/health.md): 1 for its current state (`ok`, `degraded` or `failed`), 0 for the other states.",
    "component",
    "state",
  ),
  eyas_host_boot_timestamp_seconds: gauge("Time when the machine booted."),
  eyas_containers: gauge("Containers reported by runtimes."),
  eyas_threads: gauge("Threads in the thread table."),
  eyas_indicators: gauge("Active indicators, by list and file.", "list", "file"),
  eyas_indicators_invalid: gauge("Invalid lines or objects in indicator files.", "list", "file"),
  eyas_executables_total: counter(
    "Examined executables by outcome: `hashed`, or why there is no hash: `too_large`, `gone`, `changed` while it was read, `remote` (a network or FUSE file system), `unreadable`, `skipped` (too many were waiting). Absent if no rule needs them.",
    "outcome",
  ),
  eyas_package_paths: gauge("Paths that belong to installed packages; absent if no rule needs them."),
  eyas_flow_entries: gauge(
    "Endpoints of network flows in memory, with their processes; absent if no source requires them.",
  ),
  eyas_dns_answers_total: counter(
    "DNS answers that watched processes received, by outcome: `used`, or `unsolicited` (no matching query on the same socket, or a late answer). Absent if no rule needs names of addresses.",
    "outcome",
  ),
  eyas_dns_addresses: gauge("Addresses with a name from a DNS answer; absent if no rule needs them."),
  eyas_threads_rejected_total: counter(
    "Threads that were not added since the sensor started, because the thread table (falco_libs.thread_table_size) was full.",
  ),
  eyas_file_descriptors: gauge("Open file descriptors tracked in memory, for all processes."),
  eyas_file_descriptors_dropped_total: counter(
    "File descriptors that are no longer tracked, because processes had more than 1048576 descriptors with numbers of 128 or higher. Descriptors of the processes with the most descriptors are removed first.",
  ),
  eyas_heap_used_bytes: gauge("Memory used by JavaScript values."),
  eyas_heap_size_bytes: gauge("Memory reserved for JavaScript values."),
  eyas_http_requests_total: counter("Requests to the web server by response status.", "status"),
  eyas_listener_connections_closed_total: counter(
    "Connections to endpoints for events and alerts that were closed because there were too many connections. Idle connections without credentials are closed first.",
    "listener",
  ),
  eyas_listener_requests_total: counter(
    "Requests to endpoints for events and alerts by response status. `listener` is the configured address, `alert_intake` or `admission`.",
    "listener",
    "status",
  ),
  eyas_received_alerts_total: counter(
    "Alerts from other installations received on `alert_intake`: `stored`, or rejected as `not_json`, `incomplete`, `unusable`, `too_large`, `full` (too many in memory) or `not_stored` (the journal could not be written).",
    "outcome",
  ),

  process_cpu_seconds_total: counter("User and system CPU time of the process."),
  process_resident_memory_bytes: gauge("Resident memory of the process."),
  process_virtual_memory_bytes: gauge("Virtual memory of the process."),
  process_open_fds: gauge("Open file descriptors of the process."),
  process_max_fds: gauge("Maximum number of open file descriptors of the process."),
  process_start_time_seconds: gauge("Start time of the process."),

  falcosecurity_falco_version_info: gauge("Always 1; the version of Eyas is a label.", "version"),
  falcosecurity_falco_kernel_release_info: gauge("Always 1; the kernel release is a label.", "kernel_release"),
  falcosecurity_falco_sha256_rules_files_info: gauge(
    "Always 1; an active rule file and the hash of its content.",
    "file_name",
    "sha256",
  ),
  falcosecurity_falco_sha256_config_files_info: gauge(
    "Always 1; an active configuration file and the hash of its content.",
    "file_name",
    "sha256",
  ),
  falcosecurity_evt_hostname_info: gauge("Always 1; the name of the machine is a label.", "hostname"),
  falcosecurity_scap_engine_name_info: gauge(
    "Always 1; the engine of each source: `modern_bpf` for the kernel, `savefile` for a capture, `source_plugin` for others.",
    "engine_name",
    "evt_source",
  ),
  falcosecurity_falco_start_timestamp_nanoseconds: gauge("Start time of the process."),
  falcosecurity_falco_reload_timestamp_nanoseconds: gauge("Time when configuration and rules were last loaded."),
  falcosecurity_falco_host_boot_timestamp_nanoseconds: gauge("Time when the machine booted."),
  falcosecurity_falco_duration_seconds_total: counter("Time since the process started."),
  falcosecurity_falco_host_num_cpus_total: untyped("CPUs of the machine."),
  falcosecurity_falco_outputs_queue_num_drops_total: counter(
    "Alerts that were not delivered, summed over all outputs.",
  ),
  falcosecurity_falco_rules_matches_total: counter(
    'Matches of each rule that has matched. `priority` is a number from 0 (Emergency) to 7 (Debug). Each tag of the rule is a label: `tag_network` is "true".',
    "rule_name",
    "priority",
    "source",
  ),
  falcosecurity_falco_cpu_usage_ratio: gauge("CPU time of the process divided by the time since its start."),
  falcosecurity_falco_memory_rss_bytes: gauge("Resident memory of the process."),
  falcosecurity_falco_memory_vsz_bytes: gauge("Virtual memory of the process."),
  falcosecurity_falco_memory_pss_bytes: gauge("Proportional set size of the process, with its share of shared memory."),
  falcosecurity_falco_container_memory_used_bytes: gauge(
    "Memory used by the container in which Eyas runs, from FALCO_CGROUP_MEM_PATH or its cgroup.",
  ),
  falcosecurity_falco_host_cpu_usage_ratio: gauge("CPU usage of the machine since it booted."),
  falcosecurity_falco_host_memory_used_bytes: gauge("Memory used on the machine, without buffers and cache."),
  falcosecurity_falco_host_procs_running_total: untyped("Runnable threads on the machine."),
  falcosecurity_falco_host_open_fds_total: untyped("Open files on the machine."),
  falcosecurity_scap_n_evts_total: counter("Kernel events, including dropped events."),
  falcosecurity_scap_n_drops_total: counter("Dropped events."),
  falcosecurity_scap_n_drops_buffer_total: counter(
    "Events of any type that were dropped because the ring buffer was full, or the share of the process or user was used up: `drop` is `any`, `dir` is `exit`.",
    "drop",
    "dir",
  ),
  falcosecurity_scap_n_drops_scratch_map_total: counter("Events dropped because they were too large."),
  falcosecurity_scap_n_drops_bug_total: counter("Events dropped for another reason."),
  falcosecurity_scap_n_evts_cpu_total: counter("Kernel events of each CPU, including dropped events.", "cpu"),
  falcosecurity_scap_n_drops_cpu_total: counter("Dropped events of each CPU.", "cpu"),
  falcosecurity_scap_n_threads_total: untyped("Threads in the thread table."),
  falcosecurity_scap_n_added_threads_total: counter("Threads added to the thread table."),
  falcosecurity_scap_n_removed_threads_total: counter("Threads removed from the thread table, usually at their exit."),
  falcosecurity_scap_n_cached_thread_lookups_total: counter("Lookups of the same thread as the previous lookup."),
  falcosecurity_scap_n_noncached_thread_lookups_total: counter("Lookups of another thread in the thread table."),
  falcosecurity_scap_n_failed_thread_lookups_total: counter("Lookups of threads that are not in the thread table."),
  falcosecurity_scap_n_fds_total: untyped("Open file descriptors in memory."),
  falcosecurity_scap_n_failed_fd_lookups_total: counter("Events whose file descriptor is not in memory."),
  falcosecurity_scap_n_stored_evts_total: counter(
    "Enter events stored until the matching exit event. Only captures contain enter events.",
  ),
  falcosecurity_scap_n_store_evts_drops_total: counter("Enter events of unknown threads."),
  falcosecurity_scap_n_retrieved_evts_total: counter("Stored enter events that were combined with their exit event."),
  falcosecurity_scap_n_retrieve_evts_drops_total: counter(
    "Stored enter events that were not followed by their exit event.",
  ),
  falcosecurity_plugins_container_n_containers_total: untyped("Containers reported by runtimes."),
  falcosecurity_plugins_container_n_missing_container_images_total: untyped(
    "Containers reported without an image, except pod sandboxes.",
  ),
  falcosecurity_scap_n_drops_full_threadtable_total: counter(
    "Threads that were not added because the thread table was full.",
  ),
  falcosecurity_falcosidekick_falco_events_total: counter(
    "Alerts with the fields of `outputs.customfields`, `outputs.templatedfields` and `outputs.prometheus.extralabels` as labels; absent if none is configured. `priority` is a number from 1 (Debug) to 8 (Emergency). Up to 1,000 label sets have separate series; additional alerts are counted under `_other` by rule.",
    "rule",
    "priority",
    "priority_raw",
    "source",
    "hostname",
    "k8s_ns_name",
    "k8s_pod_name",
  ),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;

/** The labels of a metric, with their values. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metrics)[Name]["labels"][number], string>>;

/** All metric names in the order of the table. */
export const metricNames = Object.keys(metrics).filter((name): name is MetricName => Object.hasOwn(metrics, name));
