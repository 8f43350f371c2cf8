/**
 * Conversion rules from event forms in old captures to current forms. A row consists of the old event type, its number
 * of parameters, and the result: `+` appends parameters; `> TYPE` lists all parameters of another type. Parameters:
 *
 *     3, 0-7    parameters of the old event, by index
 *     e1        parameter 1 of the stored enter event of the call; the default of its kind if there is none
 *     e1?       parameter 1 of the stored enter event of the call; empty if there is none
 *     =         the default of its kind: 0, or "no ID" for UIDs and GIDs
 *     _         empty (unknown)
 *     json      container metadata, composed of ID, type, name and image
 *
 * `x*5` repeats `x` five times. Enter events that are marked as converted, have no row and are not in
 * {@link visibleEnters} are used only for `e`.
 */
export const conversions = `
GENERIC_X 1 + e1?
OPEN_E 0 + _*3
OPEN_X 4 + _*2
OPEN_X 5 + _
CLOSE_X 1 + e0
READ_X 2 + e0 e1
WRITE_X 2 + e0 e1
BRK_1_X 1 > BRK_4_X 0 e0? _*3
EXECVE_8_E 0 > EXECVE_19_E _
EXECVE_8_X 8 > EXECVE_19_X 0-7 _*22 e0?
CLONE_11_X 11 > CLONE_20_X 0-7 _*7 8-10 _*3
PROCEXIT_E 0 > PROCEXIT_1_E _*5
SOCKET_X 1 + e0 e1 e2 =
SOCKET_X 4 + =
BIND_X 2 + e0
CONNECT_E 1 + =
CONNECT_X 2 + e0 =
CONNECT_X 3 + e1
LISTEN_X 1 + e0 e1
ACCEPT_X 3 > ACCEPT_5_X 0-2 =*2
SEND_X 2 + e0 e1 =
SENDTO_X 2 + e0 e1 e2
RECV_X 2 + e0 e1 =
RECVFROM_X 3 + e0 e1
SHUTDOWN_X 1 + e0 e1
SOCKETPAIR_X 5 + e0 e1 e2
SENDMSG_X 2 + e0 e1 e2
SENDMMSG_X 0 + = _*4
RECVMSG_X 4 + = e0
RECVMSG_X 5 + e0
RECVMMSG_X 0 + = _*5
ACCEPT4_X 3 > ACCEPT4_6_X 0-2 =*2 e0
CREAT_E 0 + _*2
CREAT_X 3 + _*3
CREAT_X 4 + _*2
CREAT_X 5 + _
EVENTFD_X 1 + e0 e1
FUTEX_X 1 + e0 e1 e2
FSTAT_X 1 + e0
EPOLLWAIT_X 1 + e0
POLL_X 2 + e1
NEWSELECT_X 1 > SELECT_X 0
LSEEK_X 1 + e0 e1 e2
LLSEEK_X 1 + e0 e1 e2
IOCTL_2_X 1 > IOCTL_3_X 0 e0? e1? _
FCHDIR_X 1 + e0?
MKDIR_X 1 > MKDIR_2_X 0 e0? e1?
RMDIR_X 1 > RMDIR_2_X 0 e0?
OPENAT_X 1 > OPENAT_2_X 0 e0? e1? e2? e3? _*2
LINK_X 1 > LINK_2_X 0 e0? e1?
LINKAT_X 1 > LINKAT_2_X 0 e0? e1? e2? e3? _
UNLINK_X 1 > UNLINK_2_X 0 e0?
UNLINKAT_X 1 > UNLINKAT_2_X 0 e0? e1? _
PREAD_X 2 + e0 e1 e2
PWRITE_X 2 + e0 e1 e2
READV_X 3 + e0
WRITEV_X 2 + e0 e1
PREADV_X 3 + e0 e1
PWRITEV_X 2 + e0 e1 e2
DUP_X 1 > DUP_1_X 0 e0?
SIGNALFD_X 1 + e0 e1 e2
KILL_X 1 + e0 e1
TKILL_X 1 + e0 e1
TGKILL_X 1 + e0 e1 e2
NANOSLEEP_X 1 + e0
TIMERFD_CREATE_X 1 + e0 e1
INOTIFY_INIT_X 1 + e0
GETRLIMIT_X 3 + e0
SETRLIMIT_X 3 + e0
PRLIMIT_X 5 + e0? e1?
SCHEDSWITCH_1_E 1 > SCHEDSWITCH_6_E 0 _*5
FCNTL_X 1 + e0 e1 =
FCNTL_X 3 + =
EXECVE_13_E 0 > EXECVE_19_E _
EXECVE_13_X 13 > EXECVE_19_X 0-12 _*17 e0?
CLONE_16_X 16 > CLONE_20_X 0-12 _*2 13-15 _*3
BRK_4_X 4 + e0?
MMAP_X 4 + e0 e1 e2 e3 e4 e5
MMAP2_X 4 + e0 e1 e2 e3 e4 e5
MUNMAP_X 4 + e0 e1
SPLICE_X 1 + e0 e1 e2 e3
PTRACE_X 0 + _*3 e0? e1?
PTRACE_X 3 + e0? e1?
IOCTL_3_X 1 + e0 e1 e2
EXECVE_14_E 0 > EXECVE_19_E _
EXECVE_14_X 14 > EXECVE_19_X 0-12 _*2 13 _*14 e0?
FORK_X 16 > FORK_20_X 0-12 _*2 13-15 _*3
VFORK_X 16 > VFORK_20_X 0-12 _*2 13-15 _*3
SENDFILE_X 2 + e0 e1 e3
QUOTACTL_X 14 + e0 e1 e2 e3
SETRESUID_X 1 + e0? e1? e2?
SETRESGID_X 1 + e0? e1? e2?
SETUID_X 1 + e0?
SETGID_X 1 + e0?
EXECVE_15_E 0 > EXECVE_19_E _
EXECVE_15_X 15 > EXECVE_19_X 0-13 _ 14 _*14 e0?
CLONE_17_X 17 > CLONE_20_X 0-13 _ 14-16 _*3
FORK_17_X 17 > FORK_20_X 0-13 _ 14-16 _*3
VFORK_17_X 17 > VFORK_20_X 0-13 _ 14-16 _*3
CLONE_20_X 20 + _
FORK_20_X 20 + _
VFORK_20_X 20 + _
CONTAINER_E 4 > CONTAINER_JSON_2_E json
EXECVE_16_E 0 > EXECVE_19_E _
EXECVE_16_X 16 > EXECVE_19_X 0-15 _*14 e0?
GETDENTS_X 1 + e0
GETDENTS64_X 1 + e0
SETNS_X 1 + e0? e1?
FLOCK_X 1 + e0 e1
ACCEPT4_5_X 5 > ACCEPT4_6_X 0-4 e0
SEMOP_X 8 + e0
SEMCTL_X 1 + e0 e1 e2 e3
PPOLL_X 2 + e1 e2
MOUNT_X 4 + e0
UMOUNT_X 2 > UMOUNT_1_X 0-1
SEMGET_X 1 + e0 e1 e2
ACCESS_X 2 + e0
CONTAINER_JSON_E 1 > CONTAINER_JSON_2_E 0
MKDIR_2_X 2 + e0?
EXECVE_17_E 0 > EXECVE_19_E _
EXECVE_17_X 17 > EXECVE_19_X 0-16 _*13 e0?
UNSHARE_X 1 + e0
EXECVE_18_E 1 > EXECVE_19_E 0
EXECVE_18_X 17 > EXECVE_19_X 0-16 _*13 e0?
EXECVE_19_X 18 + _*12 e0?
EXECVE_19_X 19 + _*11 e0?
EXECVE_19_X 20 + _*10 e0?
EXECVE_19_X 23 + _*7 e0?
EXECVE_19_X 26 + _*4 e0?
EXECVE_19_X 27 + _*3 e0?
EXECVE_19_X 28 + _*2 e0?
EXECVE_19_X 29 + _ e0?
EXECVE_19_X 30 + e0?
SETPGID_X 1 + e0? e1?
BPF_X 1 > BPF_2_X 0 e0?
SECCOMP_X 1 + e0 e1
OPENAT_2_E 0 + _*4
OPENAT_2_X 5 + _*2
OPENAT_2_X 6 + _
OPENAT2_E 0 + _*5
OPENAT2_X 6 + _*2
MPROTECT_X 1 + e0 e1 e2
EXECVEAT_X 19 + _*11
EXECVEAT_X 20 + _*10
EXECVEAT_X 23 + _*7
EXECVEAT_X 26 + _*4
EXECVEAT_X 27 + _*3
EXECVEAT_X 28 + _*2
EXECVEAT_X 29 + _
COPY_FILE_RANGE_X 3 + e0 e1 e2
CLONE3_X 20 + _
EPOLL_CREATE_X 1 + e0
EPOLL_CREATE1_X 1 + e0
ACCEPT4_6_X 5 + e0
UMOUNT2_X 2 + e0
EVENTFD2_X 2 + e0
SIGNALFD4_X 2 + e0 e1
`;

/** Enter events that the reader also returns as events, since rules and the state depend on them. */
export const visibleEnters = "OPEN_E CREAT_E OPENAT_2_E OPENAT2_E EXECVEAT_E EXECVE_19_E CONNECT_E";

/** Visible enter events that also provide parameters for their exit events. */
export const keptEnters = "EXECVE_19_E CONNECT_E";
