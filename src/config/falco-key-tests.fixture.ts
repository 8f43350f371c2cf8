/**
 * Tests of the effect of Falco's keys: test file, title of the test, and keys. `*` stands for all keys of a section.
 */
export const keyTests: readonly (readonly [file: string, title: string, keys: string])[] = [
  [
    "src/config/load.test.ts",
    "included files append by default, override or only add",
    "config_files config_files[].path config_files[].strategy",
  ],
  [
    "src/cli/run.live.test.ts",
    "SIGUSR1 reopens the file; SIGHUP reloads rules and keeps them if they are invalid",
    "watch_config_files",
  ],
  [
    "src/agent/load/plugin-rules.test.ts",
    "in a directory with rule files for all plugins, other files are loaded, and a message names each skipped file",
    "rules_files",
  ],
  ["src/config/load.test.ts", "rule_files is read as rules_files, with a warning", "rule_files"],
  ["src/config/load.test.ts", "options of the command line apply after the file, in order", "rules"],
  [
    "src/rule/select.test.ts",
    "applies selections in their order",
    "rules[].disable.rule rules[].disable.tag rules[].enable.rule rules[].enable.tag",
  ],
  ["test/falco-keys.test.ts", "engine.kmod applies to kmod, engine.modern_ebpf to modern_ebpf", "engine.kind"],
  ["test/falco-keys.test.ts", "engine.kmod applies to kmod, engine.modern_ebpf to modern_ebpf", "engine.kmod.*"],
  [
    "test/falco-keys.test.ts",
    "engine.kmod applies to kmod, engine.modern_ebpf to modern_ebpf",
    "engine.modern_ebpf.cpus_for_each_buffer engine.modern_ebpf.buf_size_preset engine.modern_ebpf.drop_failed_exit",
  ],
  [
    "src/cli/falco.test.ts",
    "an alert reports rules of an available source that are left out (generated capture)",
    "engine.replay.capture_file",
  ],
  [
    "src/agent/sensor/flight-recorder.test.ts",
    "the page's recent events are all events in memory, with and without captures",
    "capture.enabled",
  ],
  [
    "src/agent/sensor/flight-recorder.test.ts",
    "each alert contains the name of its capture, and replaying the capture raises the same alert",
    "capture.path_prefix capture.default_duration",
  ],
  [
    "src/agent/sensor/flight-recorder.test.ts",
    "in the mode rules, matches of rules without capture are not recorded",
    "capture.mode",
  ],
  [
    "src/agent/sensor/flight-recorder.test.ts",
    "max_file_size_mb ends a capture with Falco's alert",
    "capture.max_file_size_mb",
  ],
  ["src/config/sources.test.ts", "a plugin that is not loaded or has no open_params enables no source", "load_plugins"],
  ["src/config/sources.test.ts", "unknown plugins cause a warning", "plugins[].name plugins[].library_path"],
  [
    "src/config/sources.test.ts",
    "options of the plugin can be JSON text, and files are read from the same position as in Falco",
    "plugins[].init_config",
  ],
  [
    "src/config/sources.test.ts",
    "the configuration of Falco's k8saudit plugin enables the source",
    "plugins[].open_params",
  ],
  [
    "test/sources.test.ts",
    "Falco's plugins section opens the audit webhook on all addresses, which is logged",
    "plugins",
  ],
  [
    "test/falco-keys.test.ts",
    "time_format_iso_8601 and the json_include keys select the form of alerts",
    "time_format_iso_8601 json_output json_include_message_property json_include_output_property json_include_output_fields_property json_include_tags_property",
  ],
  ["test/falco-keys.test.ts", "buffer_format_base64 prints data in base64", "buffer_format_base64"],
  ["test/falco-keys.test.ts", "priority excludes rules that are less severe", "priority"],
  [
    "test/falco-keys.test.ts",
    "rule_matching decides whether an event raises an alert of each rule that matches",
    "rule_matching",
  ],
  [
    "test/buffered-outputs.test.ts",
    "with buffered_outputs, an alert waits until a second has passed since the previous alert",
    "buffered_outputs",
  ],
  [
    "src/output/dispatch/keys.test.ts",
    "outputs_queue.capacity limits the number of alerts in memory; additional alerts are lost and counted",
    "outputs_queue.capacity",
  ],
  [
    "src/output/dispatch/keys.test.ts",
    "an output that has not responded within output_timeout is reported once",
    "output_timeout",
  ],
  [
    "test/falco-keys.test.ts",
    "append_output adds text and fields to the alerts of the rules that it selects, and static_fields can be used in them",
    "append_output append_output[].match.rule append_output[].match.source append_output[].match.tags append_output[].extra_output append_output[].extra_fields static_fields",
  ],
  [
    "test/falco-keys.test.ts",
    "append_output with suggested_output adds the fields that are suggested for a source",
    "append_output[].suggested_output",
  ],
  [
    "test/falco-keys.test.ts",
    "each output section of Falco is enabled only by its own key",
    "stdout_output.enabled syslog_output.enabled file_output.enabled program_output.enabled http_output.enabled",
  ],
  ["src/output/receiver/file.test.ts", "alerts are appended to a file", "file_output.filename"],
  [
    "src/cli/run.live.test.ts",
    "SIGUSR1 reopens the file; SIGHUP reloads rules and keeps them if they are invalid",
    "file_output.keep_alive",
  ],
  [
    "src/output/receiver/program/output.test.ts",
    "the program runs once for each alert, or once for all alerts with keep_alive",
    "program_output.program program_output.keep_alive",
  ],
  [
    "src/output/receiver/http/output.test.ts",
    "each alert is sent in one request, as a line in the configured format (stand-in)",
    "http_output.url http_output.user_agent http_output.compress_uploads",
  ],
  [
    "src/output/receiver/http/output.test.ts",
    "connections are reused with keep_alive (stand-in)",
    "http_output.keep_alive",
  ],
  [
    "src/output/receiver/http/output.test.ts",
    "each key for certificates has an effect",
    "http_output.insecure http_output.ca_cert http_output.ca_bundle http_output.ca_path http_output.mtls http_output.client_cert http_output.client_key",
  ],
  [
    "src/output/receiver/http/output.test.ts",
    "the responses of the receiver are printed only with echo (stand-in)",
    "http_output.echo",
  ],
  [
    "src/output/receiver/http/output.test.ts",
    "a request that times out is sent again max_consecutive_timeouts times (stand-in)",
    "http_output.max_consecutive_timeouts",
  ],
  ["src/agent/metrics/metrics.test.ts", "/metrics is 404 if metrics are disabled", "webserver.enabled"],
  [
    "src/agent/metrics/metrics.test.ts",
    "/metrics is 404 if metrics are disabled",
    "webserver.prometheus_metrics_enabled",
  ],
  [
    "src/agent/metrics/metrics.test.ts",
    "the server follows the configuration and logs failures",
    "webserver.k8s_healthz_endpoint webserver.listen_address",
  ],
  ["src/server/server.test.ts", "an unavailable address is reported in one sentence", "webserver.listen_port"],
  [
    "src/server/server.test.ts",
    "a PEM file with key and certificate enables HTTPS",
    "webserver.ssl_enabled webserver.ssl_certificate",
  ],
  ["test/falco-keys.test.ts", "log_stderr selects whether the log goes to standard error", "log_stderr"],
  ["test/falco-keys.test.ts", "log_syslog sends the log to the system log", "log_syslog"],
  ["src/cli/falco.test.ts", "-v sets the log level debug", "log_level"],
  [
    "test/falco-keys.test.ts",
    "syscall_event_timeouts.max_consecutives is absent by default",
    "syscall_event_timeouts.max_consecutives",
  ],
  [
    "src/agent/sensor/watch/drops.test.ts",
    "a fraction of dropped events up to the threshold raises no alert",
    "syscall_event_drops.threshold",
  ],
  [
    "src/agent/sensor/watch/drops.test.ts",
    "the action exit ends the program, and ignore does nothing",
    "syscall_event_drops.actions",
  ],
  [
    "src/agent/sensor/watch/drops.test.ts",
    "rate and max_burst limit the actions",
    "syscall_event_drops.rate syscall_event_drops.max_burst",
  ],
  [
    "src/agent/sensor/watch/drops.test.ts",
    "simulated drops raise the alert regardless of the threshold",
    "syscall_event_drops.simulate_drops",
  ],
  [
    "src/agent/metrics/metrics.test.ts",
    "a snapshot is written to a file and raised as an alert once per interval",
    "metrics.enabled metrics.interval metrics.output_file metrics.convert_memory_to_mb metrics.include_empty_values",
  ],
  ["src/agent/metrics/metrics.test.ts", "metrics.output_rule raises the alert", "metrics.output_rule"],
  [
    "src/agent/metrics/metrics.test.ts",
    "a snapshot has the groups of metrics that the configuration enables",
    "metrics.rules_counters_enabled metrics.resource_utilization_enabled metrics.state_counters_enabled metrics.kernel_event_counters_enabled metrics.plugins_metrics_enabled",
  ],
  [
    "src/agent/metrics/metrics.test.ts",
    "each metric of Falco is served or listed as absent in a notice",
    "metrics.kernel_event_counters_per_cpu_enabled",
  ],
  [
    "test/falco-keys.test.ts",
    "base_syscalls selects the system calls that are monitored in addition to those that rules need",
    "base_syscalls.*",
  ],
  [
    "test/falco-keys.test.ts",
    "falco_libs limits the number of threads in memory",
    "falco_libs.thread_table_size falco_libs.thread_table_auto_purging_interval_s falco_libs.thread_table_auto_purging_thread_timeout_s",
  ],
  [
    "test/falco-keys.test.ts",
    "falco_libs.snaplen and the keys of the engine are options of the sensor",
    "falco_libs.snaplen",
  ],
];
