import { counter, gauge, histogram, type Metric, untyped } from "./metric.ts";

/**
 * Every metric there is. Those that begin with `eyas_` are ours; those with `falcosecurity_` have the names, units and
 * meaning of Falco's, so that its dashboards and alert rules go on working; `process_` is what all programs have.
 */
export const metrics = {
  eyas_build_info: gauge("Always 1; the version is a label.", "version", "node_version"),
  eyas_events_total: counter("Events that were taken from a source.", "source"),
  eyas_events_by_type_total: counter(
    "The same, by what happened: the name of the system call, or of another event. Calls without an event type of their own are `syscall`.",
    "source",
    "type",
  ),
  eyas_events_lost_total: counter(
    "Events that never arrived, by reason: `ring_full`, `too_large`, `scratch_busy` (an interrupt came between), `no_ring`.",
    "source",
    "reason",
  ),
  eyas_judging_seconds_total: counter("Time spent on taking events and holding them against the rules.", "source"),
  eyas_source_lag_seconds: gauge(
    "How long after an event had happened it was judged, at the last look; 0 where nothing came lately. Not of recordings.",
    "source",
  ),
  eyas_source_last_event_timestamp_seconds: gauge("When the event at the last look had happened.", "source"),
  eyas_source_waiting_events: gauge("Events that others have brought and that are not judged yet.", "source"),
  eyas_source_joined_events_total: counter(
    "Events of networks that carry the process of this machine whose flow they are about.",
    "source",
  ),
  eyas_feed_up: gauge(
    "Whether events can come by a way of a source (a file, an address, a socket): 1 or 0. `from` is what the configuration has.",
    "source",
    "from",
  ),
  eyas_feed_events_total: counter("Events that were taken, by the way they came.", "source", "from"),
  eyas_feed_bytes_total: counter("Bytes that came, also those of what was refused.", "source", "from"),
  eyas_feed_refused_total: counter(
    "What was not taken, by reason: `too_large`, `not_json`, …",
    "source",
    "from",
    "reason",
  ),
  eyas_feed_behind_bytes: gauge("What is there and not read yet, where that is known.", "source", "from"),
  eyas_rule_matches_total: counter(
    "How often each rule matched. A rule that never did has 0.",
    "rule",
    "priority",
    "source",
  ),
  eyas_rule_sampled_evaluations_total: counter(
    "How often the time of each rule was measured, where `metrics.rule_times_enabled` is set.",
    "rule",
    "source",
  ),
  eyas_rule_sampled_seconds_total: counter(
    "What it took in all those times; by the number of times, what it takes for an event. Rules are measured one by one: together they take less, since equal parts are asked once.",
    "rule",
    "source",
  ),
  eyas_rules: gauge("Rules in force.", "source"),
  eyas_rule_loads_total: counter(
    "How often configuration and rules were loaded again: `done`, or `refused` for a mistake (then the old ones stay).",
    "outcome",
  ),
  eyas_rules_loaded_timestamp_seconds: gauge("When the rules in force were loaded."),
  eyas_alerts_total: counter("Alerts that were raised.", "rule", "priority", "source"),
  eyas_workload_alerts_total: counter(
    "Alerts whose fields name a namespace, a pod or an app (of Kubernetes, Marathon, Mesos or Cloud Foundry). 1,000 sets of labels have series of their own; what comes later counts under `_other`, still by rule.",
    "rule",
    "priority",
    "source",
    "namespace",
    "pod",
    "app",
  ),
  eyas_alert_latency_seconds: histogram(
    "From the event to the moment its alert is handed to the outputs. Only of what is watched as it happens.",
    "source",
  ),
  eyas_fields_missing_total: counter(
    "Fields of containers, pods, tasks and apps that alerts have no value for (`<NA>`), by reason: `host` (it is in no container), `no_pod`, `nobody` (there was nobody to ask), `late` (no answer in time), `unknown` (whoever was asked does not know it), `untold` (it is known, but not that of it), `no_process`.",
    "field",
    "reason",
  ),
  eyas_parked_events_total: counter(
    "Events that had to wait for what is told of their container or pod: `answered`, `unanswered` (judged without), `no_room` (not kept waiting, because too many were).",
    "outcome",
  ),
  eyas_parked_events: gauge("Events that wait so at the moment."),
  eyas_pods: gauge("Pods that the API server has told of; absent where none is asked."),
  eyas_kubernetes_requests_total: counter(
    "Requests to the API server, by status of the answer; 0 is for none.",
    "status",
  ),
  eyas_kubernetes_heard_timestamp_seconds: gauge("When the API server last told something of pods."),
  eyas_exec_sessions_total: counter(
    "Requests to come into a pod that audit events told of: `joined` to a process of this machine, or `unmatched`, as those to other nodes are.",
    "outcome",
  ),
  eyas_folded_label_sets_total: counter(
    "Additions that went to `_other` because a metric had as many series as it may have.",
    "metric",
  ),
  eyas_output_alerts_total: counter(
    "Alerts for each output. Those that are neither lost nor waiting have arrived.",
    "output",
  ),
  eyas_output_delivered_total: counter("Alerts that an output has taken.", "output"),
  eyas_output_refused_total: counter(
    "Alerts that an output refused for good. With the journal they are dead letters: `eyas outputs dead` lists them.",
    "output",
  ),
  eyas_output_lost_total: counter("Alerts that an output did not take, and will not; refused ones too.", "output"),
  eyas_output_retries_total: counter("How often an output asked for a repetition.", "output"),
  eyas_output_waiting: gauge("Alerts that stand in line for an output.", "output"),
  eyas_output_interval_seconds: gauge(
    "How long alerts may wait for others at an output that collects them; 0 at all others.",
    "output",
  ),
  eyas_output_lag_seconds: gauge("Age of the event whose alert stands there longest; 0 where none does.", "output"),
  eyas_responses_total: counter(
    "Actions that alerts asked for, by what became of them: `done`, `failed`, `skipped`, or `unknown` where the program ended meanwhile.",
    "action",
    "outcome",
  ),
  eyas_responses_skipped_total: counter(
    "Those that were skipped, by what held them back: `dry_run`, `paused`, `elsewhere` (the alert was posted by others), `old`, `missing` (the alert doesn't tell the target), `never`, `cooldown`, `budget`, `nothing` (there was nothing to do), `gone` (the rule or the alert was, after a restart).",
    "action",
    "reason",
  ),
  eyas_responses_running: gauge("Actions that are under way."),
  eyas_responses_waiting: gauge("Actions that wait until others of their kind have ended."),
  eyas_response_seconds_total: counter("What actions took, all together.", "action"),
  eyas_response_runs_total: counter("How many actions that is.", "action"),
  eyas_responses_paused: gauge("Whether all responses are stopped: 1 or 0."),
  eyas_journal_alerts_total: counter(
    "Alerts that the journal has `kept`, or `missed` because it could not be written.",
    "outcome",
  ),
  eyas_journal_dropped_total: counter("Alerts that were taken out of the journal again: too old, or too many."),
  eyas_journal_size_bytes: gauge("What the journal takes on disk."),
  eyas_journal_oldest_timestamp_seconds: gauge("When the oldest alert in the journal was kept."),
  eyas_host_boot_timestamp_seconds: gauge("When the machine booted."),
  eyas_containers: gauge("Containers that runtimes have told of."),
  eyas_threads: gauge("Threads that are remembered."),
  eyas_flow_entries: gauge("Ends of network flows that are remembered with their processes; absent where nobody asks."),
  eyas_threads_refused_total: counter(
    "Threads that were not remembered because of falco_libs.thread_table_size, since watching began.",
  ),
  eyas_file_descriptors: gauge("Open descriptors that are remembered of all processes."),
  eyas_heap_used_bytes: gauge("Memory that JavaScript values take."),
  eyas_heap_size_bytes: gauge("Memory set aside for JavaScript values."),
  eyas_http_requests_total: counter("Requests to the web server, by status of the answer.", "status"),
  eyas_door_requests_total: counter(
    "Requests where events and alerts are posted, by status of the answer. `door` is the address that the configuration has, or `alert_intake`.",
    "door",
    "status",
  ),
  eyas_received_alerts_total: counter(
    "Alerts of other installations that came over `alert_intake`: `kept`, or why not: `not_json`, `incomplete`, `unusable`, `too_large`, `full` (too many waited), `not_kept` (the journal could not be written).",
    "outcome",
  ),

  process_cpu_seconds_total: counter("Processor time of this process, of users and kernel."),
  process_resident_memory_bytes: gauge("Memory of this process that is in RAM."),
  process_virtual_memory_bytes: gauge("Address space of this process."),
  process_open_fds: gauge("Descriptors that this process has open."),
  process_max_fds: gauge("Descriptors that this process may have open."),
  process_start_time_seconds: gauge("When this process began."),

  falcosecurity_falco_version_info: gauge("Always 1; the version of Eyas is a label.", "version"),
  falcosecurity_falco_kernel_release_info: gauge("Always 1; the release of the kernel is a label.", "kernel_release"),
  falcosecurity_falco_sha256_rules_files_info: gauge(
    "Always 1; a rule file in force and what its content hashes to.",
    "file_name",
    "sha256",
  ),
  falcosecurity_falco_sha256_config_files_info: gauge(
    "Always 1; a configuration file in force and what its content hashes to.",
    "file_name",
    "sha256",
  ),
  falcosecurity_evt_hostname_info: gauge("Always 1; the name of the machine is a label.", "hostname"),
  falcosecurity_scap_engine_name_info: gauge(
    "Always 1; how each source gets its events: `modern_bpf` from the kernel, `savefile` from a capture.",
    "engine_name",
    "evt_source",
  ),
  falcosecurity_falco_start_timestamp_nanoseconds: gauge("When this process began."),
  falcosecurity_falco_reload_timestamp_nanoseconds: gauge("When configuration and rules were loaded last."),
  falcosecurity_falco_host_boot_timestamp_nanoseconds: gauge("When the machine booted."),
  falcosecurity_falco_duration_seconds_total: counter("How long this process has been running."),
  falcosecurity_falco_host_num_cpus_total: untyped("Processors of the machine."),
  falcosecurity_falco_outputs_queue_num_drops_total: counter("Alerts that an output did not take, of all outputs."),
  falcosecurity_falco_rules_matches_total: counter(
    'How often each rule matched, if ever. `priority` is a number from 0 (Emergency) to 7 (Debug). Each tag of the rule is a label: `tag_network` is "true".',
    "rule_name",
    "priority",
    "source",
  ),
  falcosecurity_falco_cpu_usage_ratio: gauge("Processor time of this process since it began, by the time it ran."),
  falcosecurity_falco_memory_rss_bytes: gauge("Memory of this process that is in RAM."),
  falcosecurity_falco_memory_vsz_bytes: gauge("Address space of this process."),
  falcosecurity_falco_memory_pss_bytes: gauge("The same in RAM, of what is shared only its share."),
  falcosecurity_falco_container_memory_used_bytes: gauge(
    "Memory of the container that Eyas runs in, from FALCO_CGROUP_MEM_PATH or where cgroups have it.",
  ),
  falcosecurity_falco_host_cpu_usage_ratio: gauge(
    "Share of the machine's processor time that was used since it booted.",
  ),
  falcosecurity_falco_host_memory_used_bytes: gauge("Memory of the machine in use, without buffers and cache."),
  falcosecurity_falco_host_procs_running_total: untyped("Threads of the machine that run or could."),
  falcosecurity_falco_host_open_fds_total: untyped("Open files of the machine."),
  falcosecurity_scap_n_evts_total: counter("Events that the kernel half had to tell, lost ones too."),
  falcosecurity_scap_n_drops_total: counter("Events that never arrived."),
  falcosecurity_scap_n_drops_buffer_total: counter(
    "Those for which the ring was full. They are not told apart: `drop` is `any`, `dir` is `exit`.",
    "drop",
    "dir",
  ),
  falcosecurity_scap_n_drops_scratch_map_total: counter("Those that were too large."),
  falcosecurity_scap_n_drops_bug_total: counter("Those lost for another reason."),
  falcosecurity_scap_n_evts_cpu_total: counter("Events of each processor, lost ones too.", "cpu"),
  falcosecurity_scap_n_drops_cpu_total: counter("Events of each processor that never arrived.", "cpu"),
  falcosecurity_scap_n_threads_total: untyped("Threads that are remembered."),
  falcosecurity_scap_n_added_threads_total: counter("Threads that came to be remembered."),
  falcosecurity_scap_n_removed_threads_total: counter("Threads that were forgotten, most often at their end."),
  falcosecurity_scap_n_fds_total: untyped("Open descriptors that are remembered."),
  falcosecurity_plugins_container_n_containers_total: untyped("Containers that runtimes have told of."),
  falcosecurity_plugins_container_n_missing_container_images_total: untyped(
    "Those of them whose image they did not tell, sandboxes of pods excepted.",
  ),
  falcosecurity_scap_n_drops_full_threadtable_total: counter("Threads that were not remembered: the table was full."),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;

/** The labels that a metric has, each with its value. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metrics)[Name]["labels"][number], string>>;

/** All names, in the order of the table. */
export const metricNames = Object.keys(metrics).filter((name): name is MetricName => Object.hasOwn(metrics, name));
