const NO_DESCRIPTOR_COUNTS =
  "an event can cause several descriptor operations, which are not counted; n_fds is the number of open descriptors";

/** Falco metrics that Eyas does not have, with the reason. */
export const absentMetrics: Readonly<Record<string, string>> = {
  falcosecurity_scap_n_added_fds_total: NO_DESCRIPTOR_COUNTS,
  falcosecurity_scap_n_removed_fds_total: NO_DESCRIPTOR_COUNTS,
  falcosecurity_scap_n_cached_fd_lookups_total: NO_DESCRIPTOR_COUNTS,
  falcosecurity_scap_n_noncached_fd_lookups_total: NO_DESCRIPTOR_COUNTS,
  falcosecurity_scap_n_drops_page_faults_total:
    "on a page fault, the sensor writes the readable part of an event instead of dropping it; Falco's modern_ebpf driver does not have this metric either",
};

/** Falco metrics that differ in Eyas. */
export const differentMetrics: Readonly<Record<string, string>> = {
  falcosecurity_falco_host_boot_timestamp_nanoseconds: notByDefault("eyas_host_boot_timestamp_seconds"),
  falcosecurity_falco_reload_timestamp_nanoseconds: notByDefault("eyas_rules_loaded_timestamp_seconds"),
  falcosecurity_falco_start_timestamp_nanoseconds: notByDefault("process_start_time_seconds"),
  falcosecurity_scap_n_drops_buffer_total:
    "one series for all kinds of calls: `drop` is `any`. The series of `clone_fork`, `execve`, `connect`, `open`, `dir_file`, " +
    "`other_interest`, `close` and `proc` are absent: the sensor counts dropped events by reason, not by call",
  falcosecurity_scap_n_retrieve_evts_drops_total:
    "stored enter events that are not followed by their exit event. Calls without an enter event, such as all calls from the sensor, are not counted",
  falcosecurity_scap_n_failed_fd_lookups_total: "events with an unknown descriptor; other lookups are not counted",
  falcosecurity_scap_n_drops_scratch_map_total: "events that were too large",
  falcosecurity_scap_n_drops_bug_total:
    "events dropped because another event on the CPU was still being recorded, or the CPU has no ring buffer",
  falcosecurity_falco_outputs_queue_num_drops_total: "alerts that were not delivered, summed over all outputs",
  falcosecurity_scap_engine_name_info: "`modern_bpf` for the kernel, `savefile` for a capture",
};

/** Returns the difference of a metric in nanoseconds, which `choices.default` excludes. */
function notByDefault(equivalent: string): string {
  return `served only with \`names=falco\` or \`names=all\`; by default, use \`${equivalent}\``;
}
