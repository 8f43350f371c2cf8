const NO_DESCRIPTOR_COUNTS =
  "operations on descriptors are not counted one by one, since there are several per event; n_fds is their number";

/** Metrics of Falco that Eyas does not have, and why. */
export const absentMetrics: Readonly<Record<string, string>> = {
  falcosecurity_scap_n_added_fds_total: NO_DESCRIPTOR_COUNTS,
  falcosecurity_scap_n_removed_fds_total: NO_DESCRIPTOR_COUNTS,
  falcosecurity_scap_n_cached_fd_lookups_total: NO_DESCRIPTOR_COUNTS,
  falcosecurity_scap_n_noncached_fd_lookups_total: NO_DESCRIPTOR_COUNTS,
  falcosecurity_scap_n_drops_page_faults_total:
    "the sensor writes what it could read of an event instead of dropping it; Falco's modern_ebpf does not have it either",
};

/** How metrics of Falco differ here. */
export const differentMetrics: Readonly<Record<string, string>> = {
  falcosecurity_scap_n_drops_buffer_total:
    "one series for all kinds of calls: `drop` is `any`. The series of `clone_fork`, `execve`, `connect`, `open`, `dir_file`, " +
    "`other_interest`, `close` and `proc` are absent: the sensor counts dropped events by reason, not by call",
  falcosecurity_scap_n_retrieve_evts_drops_total:
    "stored enter halves whose exit half is not the next one. A call without an enter half, as all of the sensor are, is not counted",
  falcosecurity_scap_n_failed_fd_lookups_total: "events whose descriptor is not known; other lookups are not counted",
  falcosecurity_scap_n_drops_scratch_map_total: "events that were too large",
  falcosecurity_scap_n_drops_bug_total: "events dropped because an interrupt used the buffer, or the CPU has no ring",
  falcosecurity_falco_outputs_queue_num_drops_total: "alerts that were not delivered, of all outputs",
  falcosecurity_scap_engine_name_info: "`modern_bpf` for the kernel, `savefile` for a capture",
};
