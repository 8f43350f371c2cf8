/**
 * Event types that are not system calls, such as tracepoints, notifications and plugin events. See `parse.ts` for the
 * format of a row.
 */
export const metaTypes = `
[process tracepoint]
16 PROCEXIT_E procexit state old converted from sched_process_exit
186 PROCEXIT_1_E procexit state from sched_process_exit: status ERRNO, ret ERRNO, sig SIGTYPE, core UINT8,
    reaper_tid PID
[scheduler tracepoint]
146 SCHEDSWITCH_1_E switch keeps old converted from sched_switch: next PID
152 SCHEDSWITCH_6_E switch from sched_switch: next PID, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss
    UINT32, vm_swap UINT32
[internal meta]
148 DROP_E drop keeps: ratio UINT32
149 DROP_X drop keeps: ratio UINT32
196 SCAPEVENT_E scapevent keeps: event_type UINT32, event_data UINT64
228 CONTAINER_E container state keeps old converted: id CHARBUF, type UINT32, name CHARBUF, image CHARBUF
234 PROCINFO_E procinfo keeps: cpu_usr UINT64, cpu_sys UINT64
260 K8S_E k8s state keeps old: json CHARBUF
270 MESOS_E mesos state keeps old: json CHARBUF
286 INFRASTRUCTURE_EVENT_E infra keeps: source CHARBUF dec, name CHARBUF, description CHARBUF, scope CHARBUF
[signal tracepoint]
232 SIGNALDELIVER_E signaldeliver from signal_deliver: spid PID, dpid PID, sig SIGTYPE
[system meta]
244 CPU_HOTPLUG_E cpu_hotplug state keeps: cpu UINT32, action UINT32
[other meta]
268 TRACER_E tracer old: id INT64, tags CHARBUFARRAY, args CHARBUF_PAIR_ARRAY
280 NOTIFICATION_E notification keeps: id CHARBUF dec, desc CHARBUF
402 ASYNCEVENT_E asyncevent large: plugin_id UINT32, name CHARBUF, data BYTEBUF
[unknown]
269 TRACER_X NA unused: id INT64, tags CHARBUFARRAY, args CHARBUF_PAIR_ARRAY
[process meta]
272 CONTAINER_JSON_E container state old converted: json CHARBUF
324 CONTAINER_JSON_2_E container state large: json CHARBUF
354 USER_ADDED_E useradded state: uid UINT32, gid UINT32, name CHARBUF, home CHARBUF, shell CHARBUF, container_id
    CHARBUF
356 USER_DELETED_E userdeleted state: uid UINT32, gid UINT32, name CHARBUF, home CHARBUF, shell CHARBUF,
    container_id CHARBUF
358 GROUP_ADDED_E groupadded state: gid UINT32, name CHARBUF, container_id CHARBUF
360 GROUP_DELETED_E groupdeleted state: gid UINT32, name CHARBUF, container_id CHARBUF
[other tracepoint]
290 PAGE_FAULT_E page_fault keeps from page_fault_user,page_fault_kernel: addr UINT64 hex, ip UINT64 hex, error
    FLAGS32 pf_flags
[other plugin]
322 PLUGINEVENT_E pluginevent large: plugin_id UINT32, event_data BYTEBUF
[process iter]
430 ITER_TASK_E task state: ppid PID32, pgid PID32, vpgid PID32, sid PID32, comm CHARBUF, argv CHARBUFARRAY, exepath
    FSPATH, flags FLAGS32 execve_flags, env CHARBUFARRAY, cwd CHARBUF, fdlimit UINT64, euid UID, egid GID,
    cap_permitted UINT64 hex, cap_effective UINT64 hex, cap_inheritable UINT64 hex, exe_ino_num UINT64,
    exe_ino_ctime ABSTIME, exe_ino_mtime ABSTIME, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, pgft_maj UINT64,
    pgft_min UINT64, vtgid PID32, vpid PID32, pidns_init_start_ts UINT64, cgroups CHARBUFARRAY, root FSPATH,
    start_time ABSTIME, tty UINT32, loginuid UID
[file iter]
432 ITER_TASK_FILE_PIPE_E task_file_pipe state: fd FD32, path FSPATH, ino_num UINT64
434 ITER_TASK_FILE_MEMFD_E task_file_memfd state: fd FD32, path FSPATH, ino_num UINT64
436 ITER_TASK_FILE_REGULAR_E task_file_regular state: fd FD32, path FSPATH, flags FLAGS32 file_flags, mnt_id UINT32,
    ino_num UINT64
438 ITER_TASK_FILE_DIRECTORY_E task_file_directory state: fd FD32, path FSPATH, ino_num UINT64
440 ITER_TASK_FILE_SOCKET_INET_E task_file_socket_inet state: fd FD32, sk_type UINT16, sk_proto UINT16, local_ip
    IPV4ADDR, local_port PORT, remote_ip IPV4ADDR, remote_port PORT, ino_num UINT64
442 ITER_TASK_FILE_SOCKET_INET6_E task_file_socket_inet6 state: fd FD32, sk_type UINT16, sk_proto UINT16, local_ip
    IPV6ADDR, local_port PORT, remote_ip IPV6ADDR, remote_port PORT, ino_num UINT64
444 ITER_TASK_FILE_SOCKET_UNIX_E task_file_socket_unix state: fd FD32, sk_type UINT16, sk_proto UINT16, sk_pointer
    UINT64 na, sun_path FSPATH, ino_num UINT64
446 ITER_TASK_FILE_SOCKET_NETLINK_E task_file_socket_netlink state: fd FD32, sk_type UINT16, sk_proto UINT16,
    ino_num UINT64
448 ITER_TASK_FILE_ANON_INODE_E task_file_anon_inode state: fd FD32, fd_type FLAGS8 anon_inode_fd_types, path
    FSPATH, ino_num UINT64
`;
