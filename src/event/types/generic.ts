/**
 * Eyas-specific parameters of generic events, which follow the two parameters of the capture format and the result. A
 * row is `call: fd, path, target, first, second`. Each parameter has the format of `parse.ts`, or is `-` if absent.
 * `GENERIC` in probe/calls.h has the same rows. For other calls, the result is the last parameter.
 */
export const genericTypes = `
truncate: -, path FSPATH, -, length INT64, -
ftruncate: fd FD, -, -, length INT64, -
fallocate: fd FD, -, -, mode FLAGS32 fallocate_modes, length INT64
fchmodat2: dirfd FD, filename FSRELPATH @3, -, mode MODE chmod_mode, flags UINT32 hex
setxattr: -, path FSPATH, name CHARBUF, size UINT64, flags UINT32 hex
lsetxattr: -, path FSPATH, name CHARBUF, size UINT64, flags UINT32 hex
fsetxattr: fd FD, -, name CHARBUF, size UINT64, flags UINT32 hex
setxattrat: dirfd FD, path FSRELPATH @3, name CHARBUF, -, flags UINT32 hex
removexattr: -, path FSPATH, name CHARBUF, -, -
lremovexattr: -, path FSPATH, name CHARBUF, -, -
fremovexattr: fd FD, -, name CHARBUF, -, -
removexattrat: dirfd FD, path FSRELPATH @3, name CHARBUF, -, flags UINT32 hex
utimensat: dirfd FD, path FSRELPATH @3, -, -, flags UINT32 hex
name_to_handle_at: dirfd FD, path FSRELPATH @3, -, -, flags UINT32 hex
preadv2: fd FD, -, -, offset UINT64, flags UINT32 hex
pwritev2: fd FD, -, -, offset UINT64, flags UINT32 hex
acct: -, path FSPATH, -, -, -
swapon: -, path FSPATH, -, flags UINT32 hex, -
pivot_root: -, path FSPATH, target FSPATH, -, -
mount_setattr: dirfd FD, path FSRELPATH @3, -, flags UINT32 hex, -
open_tree: dirfd FD, path FSRELPATH @3, -, flags UINT32 hex, -
move_mount: olddirfd FD, oldpath FSRELPATH @3, newpath FSRELPATH @6, newdirfd FD, flags UINT32 hex
fsopen: -, -, name CHARBUF, flags UINT32 hex, -
fsmount: fd FD, -, -, flags UINT32 hex, attributes UINT32 hex
fspick: dirfd FD, path FSRELPATH @3, -, flags UINT32 hex, -
kexec_file_load: fd FD, -, cmdline CHARBUF, initrd_fd FD, flags UINT32 hex
pidfd_send_signal: fd FD, -, -, sig SIGTYPE, flags UINT32 hex
process_madvise: fd FD, -, -, advice UINT32, -
process_mrelease: fd FD, -, -, flags UINT32 hex, -
rt_sigqueueinfo: -, -, -, sig SIGTYPE, pid PID
rt_tgsigqueueinfo: -, -, -, sig SIGTYPE, pid PID
perf_event_open: -, -, -, pid PID, flags UINT32 hex
pkey_mprotect: -, path FSPATH, -, prot FLAGS32 prot_flags, origin FLAGS32 code_origins
shmat: -, -, -, shmid UINT32, flags UINT32 hex
personality: -, -, -, persona UINT32 hex, -
syslog: -, -, -, action UINT32, length UINT32
`;
