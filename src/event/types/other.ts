/** Event types of all other calls. See `parse.ts` for the format of a row. */
export const otherTypes = `
[other syscall]
0 GENERIC_E syscall old converted: ID SYSCALLID, nativeID UINT16
1 GENERIC_X syscall converted: ID SYSCALLID, nativeID UINT16
296 BPF_E bpf creates old converted: cmd INT64
297 BPF_X bpf creates old converted: res_or_fd DYN bpf_dynamic_param
298 SECCOMP_E seccomp old converted: op UINT64, flags UINT64 hex
299 SECCOMP_X seccomp converted: res ERRNO, op UINT64, flags UINT64 hex
368 BPF_2_E bpf creates old: cmd INT64
369 BPF_2_X bpf creates: fd FD, cmd ENUMFLAGS32 bpf_commands
410 INIT_MODULE_E init_module old
411 INIT_MODULE_X init_module: res ERRNO, img BYTEBUF, length UINT64, uargs CHARBUF
412 FINIT_MODULE_E finit_module old
413 FINIT_MODULE_X finit_module uses reads: res ERRNO, fd FD, uargs CHARBUF, flags FLAGS32 finit_module_flags
414 MKNOD_E mknod old
415 MKNOD_X mknod: res ERRNO, path FSPATH, mode MODE mknod_mode, dev UINT32
416 MKNODAT_E mknodat old
417 MKNODAT_X mknodat uses: res ERRNO, dirfd FD, path FSRELPATH @1, mode MODE mknod_mode, dev UINT32
424 DELETE_MODULE_E delete_module old
425 DELETE_MODULE_X delete_module: res ERRNO, name CHARBUF, flags FLAGS32 delete_module_flags
453 KEYCTL_X keyctl: res ERRNO, operation ENUMFLAGS32 keyctl_operations, arg2 DYN keyctl_dynamic_param, arg3 DYN
    keyctl_dynamic_param, arg4 DYN keyctl_dynamic_param, arg5 DYN keyctl_dynamic_param
[memory syscall]
10 BRK_1_E brk old converted: size UINT32
11 BRK_1_X brk old converted: res UINT64 hex
158 BRK_4_E brk old converted: addr UINT64 hex
159 BRK_4_X brk converted: res UINT64 hex, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, addr UINT64 hex
160 MMAP_E mmap uses old converted: addr UINT64 hex, length UINT64, prot FLAGS32 prot_flags, flags FLAGS32
    mmap_flags, fd FD, offset UINT64
161 MMAP_X mmap uses converted: res ERRNO hex, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, addr UINT64 hex,
    length UINT64, prot FLAGS32 prot_flags, flags FLAGS32 mmap_flags, fd FD, offset UINT64
162 MMAP2_E mmap2 uses old converted: addr UINT64 hex, length UINT64, prot FLAGS32 prot_flags, flags FLAGS32
    mmap_flags, fd FD, pgoffset UINT64
163 MMAP2_X mmap2 uses converted: res ERRNO hex, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, addr UINT64 hex,
    length UINT64, prot FLAGS32 prot_flags, flags FLAGS32 mmap_flags, fd FD, pgoffset UINT64
164 MUNMAP_E munmap old converted: addr UINT64 hex, length UINT64
165 MUNMAP_X munmap converted: res ERRNO, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, addr UINT64 hex, length
    UINT64
328 MPROTECT_E mprotect old converted: addr UINT64 hex, length UINT64, prot FLAGS32 prot_flags
329 MPROTECT_X mprotect converted: res ERRNO, addr UINT64 hex, length UINT64, prot FLAGS32 prot_flags
344 MLOCK_E mlock old
345 MLOCK_X mlock: res ERRNO, addr UINT64 hex, len UINT64
346 MUNLOCK_E munlock old
347 MUNLOCK_X munlock: res ERRNO, addr UINT64 hex, len UINT64
348 MLOCKALL_E mlockall old
349 MLOCKALL_X mlockall: res ERRNO, flags FLAGS32 mlockall_flags
350 MUNLOCKALL_E munlockall old
351 MUNLOCKALL_X munlockall: res ERRNO
370 MLOCK2_E mlock2 old
371 MLOCK2_X mlock2: res ERRNO, addr UINT64 hex, len UINT64, flags FLAGS32 mlock2_flags
404 MEMFD_CREATE_E memfd_create creates state old
405 MEMFD_CREATE_X memfd_create creates state: fd FD, name CHARBUF, flags FLAGS32 memfd_create_flags
[ipc syscall]
42 SOCKETPAIR_E socketpair creates state old converted: domain ENUMFLAGS32 socket_families, type UINT32, proto
    UINT32
43 SOCKETPAIR_X socketpair creates state converted: res ERRNO, fd1 FD, fd2 FD, source UINT64 hex, peer UINT64 hex,
    domain ENUMFLAGS32 socket_families, type UINT32, proto UINT32
60 PIPE_E pipe creates state old
61 PIPE_X pipe creates state: res ERRNO, fd1 FD, fd2 FD, ino UINT64
62 EVENTFD_E eventfd creates state old converted: initval UINT64, flags UINT32 hex
63 EVENTFD_X eventfd creates state converted: res FD, initval UINT64, flags UINT32 hex
64 FUTEX_E futex old converted: addr UINT64 hex, op FLAGS16 futex_operations, val UINT64
65 FUTEX_X futex converted: res ERRNO, addr UINT64 hex, op FLAGS16 futex_operations, val UINT64
138 INOTIFY_INIT_E inotify_init creates state old converted: flags UINT8 hex
139 INOTIFY_INIT_X inotify_init creates state converted: res FD, flags UINT8 hex
392 PIPE2_E pipe2 creates state old
393 PIPE2_X pipe2 creates state: res ERRNO, fd1 FD, fd2 FD, ino UINT64, flags FLAGS32 file_flags
394 INOTIFY_INIT1_E inotify_init1 creates state old
395 INOTIFY_INIT1_X inotify_init1 creates state: res FD, flags FLAGS16 file_flags
396 EVENTFD2_E eventfd2 creates state old converted: initval UINT64
397 EVENTFD2_X eventfd2 creates state converted: res FD, flags FLAGS16 file_flags, initval UINT64
420 PROCESS_VM_READV_E process_vm_readv old
421 PROCESS_VM_READV_X process_vm_readv: res INT64, pid PID, data BYTEBUF
422 PROCESS_VM_WRITEV_E process_vm_writev old
423 PROCESS_VM_WRITEV_X process_vm_writev: res INT64, pid PID, data BYTEBUF
[time syscall]
136 TIMERFD_CREATE_E timerfd_create creates state old converted: clockid UINT8, flags UINT8 hex
137 TIMERFD_CREATE_X timerfd_create creates state converted: res FD, clockid UINT8, flags UINT8 hex
[system syscall]
372 FSCONFIG_E fsconfig old
373 FSCONFIG_X fsconfig uses: res ERRNO, fd FD, cmd ENUMFLAGS32 fsconfig_cmds, key CHARBUF, value_bytebuf BYTEBUF,
    value_charbuf CHARBUF, aux INT32
`;
