/**
 * System calls of 32-bit programs on x86-64. Each row begins with the number of its first call. `-` marks a call
 * without an ID, which exists only for 32-bit programs.
 */
export const ia32Calls = `
0: restart_syscall exit fork read write open close - creat link unlink execve chdir time mknod chmod lchown
18: - lseek getpid mount umount2 setuid getuid - ptrace alarm - pause utime
33: access
36: sync kill rename mkdir rmdir dup pipe times
45: brk setgid getgid - geteuid getegid acct umount2
54: ioctl fcntl
57: setpgid
59: - umask chroot ustat dup2 getppid getpgrp setsid - - - setreuid setregid - - sethostname setrlimit getrlimit
    getrusage gettimeofday settimeofday getgroups setgroups select symlink - readlink
87: swapon reboot - mmap munmap truncate ftruncate fchmod fchown getpriority setpriority
99: statfs fstatfs ioperm - syslog setitimer getitimer stat lstat fstat - iopl vhangup
113: - wait4 swapoff sysinfo - fsync - clone setdomainname uname modify_ldt adjtimex mprotect
128: init_module delete_module
131: quotactl getpgid fchdir
135: sysfs personality
138: setfsuid setfsgid lseek getdents - flock msync readv writev getsid fdatasync
150: mlock munlock mlockall munlockall sched_setparam sched_getparam sched_setscheduler sched_getscheduler
    sched_yield sched_get_priority_max sched_get_priority_min sched_rr_get_interval nanosleep mremap setresuid
    getresuid
168: poll
170: setresgid getresgid prctl rt_sigreturn rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait
    rt_sigqueueinfo rt_sigsuspend pread64 pwrite64 chown getcwd capget capset sigaltstack sendfile
190: vfork getrlimit mmap - - stat lstat fstat - getuid getgid geteuid getegid - - - - - setresuid getresuid
    setresgid getresgid - setuid setgid - - pivot_root mincore madvise getdents64 fcntl
224: gettid readahead setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    removexattr lremovexattr fremovexattr tkill sendfile futex sched_setaffinity sched_getaffinity set_thread_area
    get_thread_area io_setup io_destroy io_getevents io_submit io_cancel fadvise64
252: exit_group lookup_dcookie epoll_create epoll_ctl epoll_wait remap_file_pages set_tid_address timer_create
    timer_settime timer_gettime timer_getoverrun timer_delete clock_settime clock_gettime clock_getres
    clock_nanosleep - - tgkill utimes
274: mbind get_mempolicy set_mempolicy mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
    kexec_load waitid
286: add_key request_key keyctl ioprio_set ioprio_get inotify_init inotify_add_watch inotify_rm_watch migrate_pages
    openat mkdirat mknodat fchownat futimesat - unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat
    pselect6 ppoll unshare set_robust_list get_robust_list splice sync_file_range tee vmsplice move_pages getcpu
    epoll_pwait utimensat signalfd timerfd_create eventfd fallocate timerfd_settime timerfd_gettime signalfd4
    eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev rt_tgsigqueueinfo perf_event_open recvmmsg
    fanotify_init fanotify_mark prlimit64 name_to_handle_at open_by_handle_at clock_adjtime syncfs sendmmsg setns
    process_vm_readv process_vm_writev kcmp finit_module sched_setattr sched_getattr renameat2 seccomp getrandom
    memfd_create bpf execveat socket socketpair bind connect listen accept4 getsockopt setsockopt getsockname
    getpeername sendto sendmsg recvfrom recvmsg shutdown userfaultfd membarrier mlock2 copy_file_range preadv2
    pwritev2 pkey_mprotect pkey_alloc pkey_free statx arch_prctl io_pgetevents rseq
393: semget semctl shmget shmctl shmat shmdt msgget msgsnd msgrcv msgctl
416: - - - - - - - - pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen
    fsconfig fsmount fspick pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise
    epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset landlock_add_rule landlock_restrict_self
    memfd_secret process_mrelease futex_waitv set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack
    futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules
    mseal setxattrat getxattrat listxattrat removexattrat open_tree_attr file_getattr file_setattr listns
    rseq_slice_yield
`;
