import { counter, gauge, histogram, type Metric, untyped } from "./metric.ts";

/**
 * All metrics. Names with `falcosecurity_` have the units and meaning of Falco's, so that its dashboards and alerting rules
 * work unchanged; names with `process_` are those of every Prometheus client.
 */
export const metrics = {
  eyas_build_info: gauge("Always 1; the version is a label.", "version", "node_version"),
  eyas_events_total: counter("Events read from a source.", "source"),
  eyas_events_by_type_total: counter(
    "Events by type: the name of the system call or of another event. System calls without an event type of their own are `syscall`.",
    "source",
    "type",
  ),
  eyas_events_lost_total: counter(
    "Dropped events by reason: `ring_full`, `too_large`, `scratch_busy` (an interrupt used the buffer), `no_ring`.",
    "source",
    "reason",
  ),
  eyas_canaries_total: counter(
    "System calls that the agent makes to check itself: `arrived` at the engine within a second, or `missed`.",
    "outcome",
  ),
  eyas_sensor_changes_total: counter(
    "Changes of the probe by other processes: of its settings, links or ring buffers.",
  ),
  eyas_sensor_reattached_total: counter("Times that the probe was attached again because events did not arrive."),
  eyas_judging_seconds_total: counter("Time spent reading events and evaluating them against rules.", "source"),
  eyas_source_lag_seconds: gauge(
    "Time between an event and its evaluation, sampled; 0 where there was no recent event. Not of captures.",
    "source",
  ),
  eyas_source_last_event_timestamp_seconds: gauge("Time of the event that was sampled last.", "source"),
  eyas_source_waiting_events: gauge("Events received and not evaluated yet.", "source"),
  eyas_source_forgotten_events_total: counter(
    "Events whose identities were forgotten less than 100 s after their arrival, because too many followed: repetitions of them are evaluated again.",
    "source",
  ),
  eyas_source_joined_events_total: counter(
    "Network events that were joined to the process of this machine that owns the flow.",
    "source",
  ),
  eyas_feed_up: gauge(
    "Whether a file, an address or a socket of a source delivers events: 1 or 0. `from` is the configured value.",
    "source",
    "from",
  ),
  eyas_feed_events_total: counter("Events received, by feed.", "source", "from"),
  eyas_feed_bytes_total: counter("Bytes received, rejected ones too.", "source", "from"),
  eyas_feed_refused_total: counter(
    "Rejected input by reason: `too_large`, `not_json`, `body_too_large` (an HTTP request with any number of events), …",
    "source",
    "from",
    "reason",
  ),
  eyas_feed_behind_bytes: gauge("Bytes available and not read yet, where known.", "source", "from"),
  eyas_rule_matches_total: counter(
    "Matches of each rule; 0 for a rule that has never matched.",
    "rule",
    "priority",
    "source",
  ),
  eyas_captures_total: counter(
    "Captures of the events around alerts, by what ended them: `duration`, `events`, `process`, `size`, `disk` (they could not be written), `behind` (the disk was slower than the events), `stopped`. See docs/flight-recorder.md.",
    "end",
  ),
  eyas_capture_matches_total: counter(
    "Matches of rules whose events are recorded: `started` a capture, `joined` a running one, or were not recorded: `interval` (the rule began one shortly before), `busy` (earlier ones are still being written), `disk` (captures cannot be written).",
    "outcome",
  ),
  eyas_capture_written_bytes_total: counter("Bytes written to captures."),
  eyas_capture_buffer_bytes: gauge("Events in memory for the next capture, compressed."),
  eyas_rule_sampled_evaluations_total: counter(
    "Measured evaluations of each rule, where `metrics.rule_times_enabled` is set.",
    "rule",
    "source",
  ),
  eyas_rule_sampled_seconds_total: counter(
    "Time of all measured evaluations; divided by their number, the time of one. Rules are measured one by one; together they take less, since equal parts of conditions are evaluated once.",
    "rule",
    "source",
  ),
  eyas_rules: gauge("Active rules.", "source"),
  eyas_rule_loads_total: counter(
    "Loads of configuration and rules: `done`, or `refused` for an error, in which case the previous ones stay active.",
    "outcome",
  ),
  eyas_rules_loaded_timestamp_seconds: gauge("Time when the active rules were loaded."),
  eyas_alerts_total: counter("Alerts raised.", "rule", "priority", "source"),
  eyas_alert_repeats_total: counter(
    "Matches without an alert of their own: an alert states their number. See docs/alert-folding.md.",
    "rule",
    "priority",
    "source",
  ),
  eyas_alert_folding_entries: gauge(
    "Accounts, users, programs, processes and subjects of rules whose matches are counted now.",
  ),
  eyas_alert_folding_evictions_total: counter(
    "Entries evicted before they were idle; their repeats count for the entry above.",
  ),
  eyas_workload_alerts_total: counter(
    "Alerts whose fields name a namespace, a pod or an app (of Kubernetes, Marathon, Mesos or Cloud Foundry). 1,000 sets of labels have series of their own; further ones count under `_other`, still by rule.",
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
    "Fields of containers, pods, tasks and apps without a value in alerts (`<NA>`), by reason: `host` (not in a container), `no_pod`, `no_source` (no runtime or API server to query), `late` (no answer in time), `unknown` (not known there), `not_provided` (known there without this field), `no_process`.",
    "field",
    "reason",
  ),
  eyas_parked_events_total: counter(
    "Events delayed for metadata of their container or pod: `answered`, `unanswered` (evaluated without), `no_room` (not delayed, since too many were).",
    "outcome",
  ),
  eyas_parked_events: gauge("Events that wait for metadata now."),
  eyas_pods: gauge("Pods reported by the API server; absent without one."),
  eyas_kubernetes_requests_total: counter(
    "Requests to the API server by status of the response; 0: no response.",
    "status",
  ),
  eyas_kubernetes_heard_timestamp_seconds: gauge("Time of the last message of the API server about pods."),
  eyas_exec_sessions_total: counter(
    "Exec and attach requests in audit events: `joined` to a process of this machine, or `unmatched`, such as those to other nodes.",
    "outcome",
  ),
  eyas_folded_label_sets_total: counter(
    "Additions to `_other` because a metric reached its limit of series.",
    "metric",
  ),
  eyas_output_alerts_total: counter("Alerts for each output: delivered, lost or waiting.", "output"),
  eyas_output_delivered_total: counter("Alerts delivered to an output.", "output"),
  eyas_output_refused_total: counter(
    "Alerts that an output rejected permanently. With the journal they are dead letters: `eyas outputs dead` lists them.",
    "output",
  ),
  eyas_output_lost_total: counter("Alerts that will not be delivered to an output, rejected ones included.", "output"),
  eyas_output_retries_total: counter("Deliveries that were retried.", "output"),
  eyas_output_waiting: gauge("Backlog of an output, in alerts.", "output"),
  eyas_output_interval_seconds: gauge(
    "Interval at which an output collects alerts; 0 for outputs that do not.",
    "output",
  ),
  eyas_output_lag_seconds: gauge("Age of the oldest alert in the backlog of an output; 0 without a backlog.", "output"),
  eyas_responses_total: counter(
    "Actions by outcome: `done`, `failed`, `skipped`, or `unknown` where the program ended meanwhile.",
    "action",
    "outcome",
  ),
  eyas_responses_skipped_total: counter(
    "Skipped actions by reason: `dry_run`, `paused`, `elsewhere` (an alert of another installation), `old`, `missing` (the alert does not name the target), `never`, `cooldown`, `budget`, `nothing` (nothing to do), `gone` (rule or alert no longer exist after a restart).",
    "action",
    "reason",
  ),
  eyas_responses_over_budget_total: counter(
    "Actions that a budget suppressed, by budget (`all`, `scope`, `calls`, `rule`) and by the part of it that was used up (`total`, `priority`, `workload`, `subject`).",
    "budget",
    "part",
  ),
  eyas_responses_exhausted_budgets: gauge("Budgets and shares of budgets that are used up; at most 20."),
  eyas_responses_running: gauge("Actions in progress."),
  eyas_responses_waiting: gauge("Actions that wait for others of their kind to end."),
  eyas_response_seconds_total: counter("Time spent in actions.", "action"),
  eyas_response_runs_total: counter("Actions that ran.", "action"),
  eyas_responses_paused: gauge("Whether responses are paused: 1 or 0."),
  eyas_journal_alerts_total: counter(
    "Alerts `kept` in the journal, or `missed` because it could not be written.",
    "outcome",
  ),
  eyas_journal_waiting_alerts: gauge("Alerts in memory until the journal can be written again."),
  eyas_journal_dropped_total: counter("Alerts removed from the journal by its limits of age and size."),
  eyas_journal_damaged_alerts: gauge(
    "Alerts that could not be read because they are damaged: in the journal, and in files that it replaced since the start.",
  ),
  eyas_journal_replaced_total: counter("Journal files that were replaced because they were damaged or removed."),
  eyas_journal_size_bytes: gauge("Size of the journal on disk."),
  eyas_journal_oldest_timestamp_seconds: gauge("Time of the oldest alert in the journal."),
  eyas_component_health: gauge(
    "Health of a component (docs/health.md): 1 for its current state (`ok`, `degraded` or `failed`), 0 for the others.",
    "component",
    "state",
  ),
  eyas_host_boot_timestamp_seconds: gauge("Time when the machine booted."),
  eyas_containers: gauge("Containers reported by runtimes."),
  eyas_threads: gauge("Threads in the thread table."),
  eyas_indicators: gauge("Indicators in use, by list and file.", "list", "file"),
  eyas_indicators_invalid: gauge("Invalid lines or objects in files of indicators.", "list", "file"),
  eyas_executables_total: counter(
    "Examined executables by outcome: `hashed`, or why there is no hash: `too_large`, `gone`, `changed` while it was read, `remote` (a network or FUSE file system), `unreadable`, `skipped` (too many were waiting). Absent if no rule needs them.",
    "outcome",
  ),
  eyas_package_paths: gauge("Paths that packages of the machine own; absent if no rule needs them."),
  eyas_flow_entries: gauge(
    "Endpoints of network flows in memory with their processes; absent if no source requires them.",
  ),
  eyas_dns_answers_total: counter(
    "DNS answers that watched processes received, by outcome: `used`, or `unasked` (no question of the same socket, or a late answer). Absent if no rule needs names of addresses.",
    "outcome",
  ),
  eyas_dns_addresses: gauge("Addresses with a name from a DNS answer; absent if no rule needs them."),
  eyas_threads_refused_total: counter(
    "Threads that exceeded the thread table (falco_libs.thread_table_size) since the sensor started.",
  ),
  eyas_file_descriptors: gauge("Open file descriptors in memory, of all processes."),
  eyas_heap_used_bytes: gauge("Memory used by JavaScript values."),
  eyas_heap_size_bytes: gauge("Memory reserved for JavaScript values."),
  eyas_http_requests_total: counter("Requests to the web server by status of the response.", "status"),
  eyas_door_connections_closed_total: counter(
    "Connections to endpoints for events and alerts that were closed because there were too many: idle ones of clients without credentials first.",
    "door",
  ),
  eyas_door_requests_total: counter(
    "Requests to endpoints for events and alerts by status of the response. `door` is the configured address, or `alert_intake`.",
    "door",
    "status",
  ),
  eyas_received_alerts_total: counter(
    "Alerts of other installations received on `alert_intake`: `kept`, or rejected: `not_json`, `incomplete`, `unusable`, `too_large`, `full` (too many waited), `not_kept` (the journal could not be written).",
    "outcome",
  ),

  process_cpu_seconds_total: counter("User and system CPU time of the process."),
  process_resident_memory_bytes: gauge("Resident memory of the process."),
  process_virtual_memory_bytes: gauge("Virtual memory of the process."),
  process_open_fds: gauge("Open file descriptors of the process."),
  process_max_fds: gauge("Limit of open file descriptors of the process."),
  process_start_time_seconds: gauge("Start time of the process."),

  falcosecurity_falco_version_info: gauge("Always 1; the version of Eyas is a label.", "version"),
  falcosecurity_falco_kernel_release_info: gauge("Always 1; the release of the kernel is a label.", "kernel_release"),
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
    "Always 1; the engine of each source: `modern_bpf` for the kernel, `savefile` for a capture.",
    "engine_name",
    "evt_source",
  ),
  falcosecurity_falco_start_timestamp_nanoseconds: gauge("Start time of the process."),
  falcosecurity_falco_reload_timestamp_nanoseconds: gauge("Time when configuration and rules were last loaded."),
  falcosecurity_falco_host_boot_timestamp_nanoseconds: gauge("Time when the machine booted."),
  falcosecurity_falco_duration_seconds_total: counter("Time since the process started."),
  falcosecurity_falco_host_num_cpus_total: untyped("CPUs of the machine."),
  falcosecurity_falco_outputs_queue_num_drops_total: counter("Alerts that were not delivered, of all outputs."),
  falcosecurity_falco_rules_matches_total: counter(
    'Matches of each rule that has matched. `priority` is a number from 0 (Emergency) to 7 (Debug). Each tag of the rule is a label: `tag_network` is "true".',
    "rule_name",
    "priority",
    "source",
  ),
  falcosecurity_falco_cpu_usage_ratio: gauge("CPU time of the process divided by the time since its start."),
  falcosecurity_falco_memory_rss_bytes: gauge("Resident memory of the process."),
  falcosecurity_falco_memory_vsz_bytes: gauge("Virtual memory of the process."),
  falcosecurity_falco_memory_pss_bytes: gauge("Proportional set size of the process: of shared memory only its share."),
  falcosecurity_falco_container_memory_used_bytes: gauge(
    "Memory used by the container of Eyas, from FALCO_CGROUP_MEM_PATH or its cgroup.",
  ),
  falcosecurity_falco_host_cpu_usage_ratio: gauge("CPU usage of the machine since it booted."),
  falcosecurity_falco_host_memory_used_bytes: gauge("Memory used on the machine, without buffers and cache."),
  falcosecurity_falco_host_procs_running_total: untyped("Runnable threads of the machine."),
  falcosecurity_falco_host_open_fds_total: untyped("Open files of the machine."),
  falcosecurity_scap_n_evts_total: counter("Events of the kernel, dropped ones included."),
  falcosecurity_scap_n_drops_total: counter("Dropped events."),
  falcosecurity_scap_n_drops_buffer_total: counter(
    "Events dropped because the ring was full, of all kinds: `drop` is `any`, `dir` is `exit`.",
    "drop",
    "dir",
  ),
  falcosecurity_scap_n_drops_scratch_map_total: counter("Events dropped because they were too large."),
  falcosecurity_scap_n_drops_bug_total: counter("Events dropped for another reason."),
  falcosecurity_scap_n_evts_cpu_total: counter("Events of each CPU, dropped ones included.", "cpu"),
  falcosecurity_scap_n_drops_cpu_total: counter("Dropped events of each CPU.", "cpu"),
  falcosecurity_scap_n_threads_total: untyped("Threads in the thread table."),
  falcosecurity_scap_n_added_threads_total: counter("Threads added to the thread table."),
  falcosecurity_scap_n_removed_threads_total: counter(
    "Threads removed from the thread table, most often at their end.",
  ),
  falcosecurity_scap_n_cached_thread_lookups_total: counter("Lookups of the same thread as the time before."),
  falcosecurity_scap_n_noncached_thread_lookups_total: counter("Lookups of another thread in the thread table."),
  falcosecurity_scap_n_failed_thread_lookups_total: counter("Lookups of threads that the thread table does not have."),
  falcosecurity_scap_n_fds_total: untyped("Open file descriptors in memory."),
  falcosecurity_scap_n_failed_fd_lookups_total: counter("Events whose file descriptor is not in memory."),
  falcosecurity_scap_n_stored_evts_total: counter(
    "Enter halves of calls that were stored until their exit half; only captures have them.",
  ),
  falcosecurity_scap_n_store_evts_drops_total: counter("Enter halves of calls of unknown threads."),
  falcosecurity_scap_n_retrieved_evts_total: counter("Stored enter halves that were used with their exit half."),
  falcosecurity_scap_n_retrieve_evts_drops_total: counter("Stored enter halves whose exit half is not the next one."),
  falcosecurity_plugins_container_n_containers_total: untyped("Containers reported by runtimes."),
  falcosecurity_plugins_container_n_missing_container_images_total: untyped(
    "Containers reported without an image, sandboxes of pods excepted.",
  ),
  falcosecurity_scap_n_drops_full_threadtable_total: counter("Threads that exceeded the thread table."),
  falcosecurity_falcosidekick_falco_events_total: counter(
    "Alerts by the fields of `outputs.customfields`, `outputs.templatedfields` and `outputs.prometheus.extralabels`, which are labels; absent without any. `priority` is a number from 1 (Debug) to 8 (Emergency). 1,000 sets of labels have series of their own; further ones count under `_other`, still by rule.",
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

/** The labels of a metric with their values. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metrics)[Name]["labels"][number], string>>;

/** All names in the order of the table. */
export const metricNames = Object.keys(metrics).filter((name): name is MetricName => Object.hasOwn(metrics, name));
