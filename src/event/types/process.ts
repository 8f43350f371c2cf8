/** Event types of calls for processes, sleeping and signals. See `parse.ts` for the format of a row. */
export const processTypes = `
[process syscall]
12 EXECVE_8_E execve state old converted
13 EXECVE_8_X execve state old converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64
14 CLONE_11_E clone state old
15 CLONE_11_X clone state old converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit INT64, flags FLAGS32 clone_flags, uid UINT32, gid UINT32
140 GETRLIMIT_E getrlimit old converted from getrlimit,ugetrlimit: resource ENUMFLAGS8 rlimit_resources
141 GETRLIMIT_X getrlimit converted from getrlimit,ugetrlimit: res ERRNO, cur INT64, max INT64, resource ENUMFLAGS8
    rlimit_resources
142 SETRLIMIT_E setrlimit old converted: resource ENUMFLAGS8 rlimit_resources
143 SETRLIMIT_X setrlimit converted: res ERRNO, cur INT64, max INT64, resource ENUMFLAGS8 rlimit_resources
144 PRLIMIT_E prlimit old converted from prlimit64: pid PID, resource ENUMFLAGS8 rlimit_resources
145 PRLIMIT_X prlimit converted from prlimit64: res ERRNO, newcur INT64, newmax INT64, oldcur INT64, oldmax INT64,
    pid INT64, resource ENUMFLAGS8 rlimit_resources
154 EXECVE_13_E execve state old converted
155 EXECVE_13_X execve state old converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32
156 CLONE_16_E clone state old
157 CLONE_16_X clone state old converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, flags
    FLAGS32 clone_flags, uid UINT32, gid UINT32
168 PTRACE_E ptrace old converted: request ENUMFLAGS16 ptrace_requests, pid PID
169 PTRACE_X ptrace converted: res ERRNO, addr DYN hex ptrace_dynamic_param, data DYN hex ptrace_dynamic_param,
    request ENUMFLAGS16 ptrace_requests, pid PID
172 EXECVE_14_E execve state old converted
173 EXECVE_14_X execve state old converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, env
    BYTEBUF
182 FORK_E fork state old
183 FORK_X fork state old converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd CHARBUF,
    fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, flags FLAGS32
    clone_flags, uid UINT32, gid UINT32
184 VFORK_E vfork state old
185 VFORK_X vfork state old converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd CHARBUF,
    fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, flags FLAGS32
    clone_flags, uid UINT32, gid UINT32
214 EXECVE_15_E execve state old converted
215 EXECVE_15_X execve state old converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm
    CHARBUF, env BYTEBUF
216 CLONE_17_E clone state old
217 CLONE_17_X clone state old converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm
    CHARBUF, flags FLAGS32 clone_flags, uid UINT32, gid UINT32
218 FORK_17_E fork state old
219 FORK_17_X fork state old converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd CHARBUF,
    fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm CHARBUF,
    flags FLAGS32 clone_flags, uid UINT32, gid UINT32
220 VFORK_17_E vfork state old
221 VFORK_17_X vfork state old converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm
    CHARBUF, flags FLAGS32 clone_flags, uid UINT32, gid UINT32
222 CLONE_20_E clone state old
223 CLONE_20_X clone state converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd CHARBUF,
    fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm CHARBUF,
    cgroups BYTEBUF, flags FLAGS32 clone_flags, uid UINT32, gid UINT32, vtid PID, vpid PID, pidns_init_start_ts
    UINT64
224 FORK_20_E fork state old
225 FORK_20_X fork state converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd CHARBUF,
    fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm CHARBUF,
    cgroups BYTEBUF, flags FLAGS32 clone_flags, uid UINT32, gid UINT32, vtid PID, vpid PID, pidns_init_start_ts
    UINT64
226 VFORK_20_E vfork state old
227 VFORK_20_X vfork state converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd CHARBUF,
    fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm CHARBUF,
    cgroups BYTEBUF, flags FLAGS32 clone_flags, uid UINT32, gid UINT32, vtid PID, vpid PID, pidns_init_start_ts
    UINT64
230 EXECVE_16_E execve state old converted
231 EXECVE_16_X execve state old converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm
    CHARBUF, cgroups BYTEBUF, env BYTEBUF
240 SETNS_E setns uses old converted: fd FD na, nstype FLAGS32 clone_flags
241 SETNS_X setns uses converted: res ERRNO, fd FD na, nstype FLAGS32 clone_flags
250 SEMOP_E semop old converted: semid INT32
251 SEMOP_X semop converted: res ERRNO, nsops UINT32, sem_num_0 UINT16, sem_op_0 INT16, sem_flg_0 FLAGS16
    semop_flags, sem_num_1 UINT16, sem_op_1 INT16, sem_flg_1 FLAGS16 semop_flags, semid INT32
252 SEMCTL_E semctl old converted: semid INT32, semnum INT32, cmd FLAGS16 semctl_commands, val INT32
253 SEMCTL_X semctl converted: res ERRNO, semid INT32, semnum INT32, cmd FLAGS16 semctl_commands, val INT32
262 SEMGET_E semget old converted: key INT32 hex, nsems INT32, semflg FLAGS32 semget_flags
263 SEMGET_X semget converted: res ERRNO, key INT32 hex, nsems INT32, semflg FLAGS32 semget_flags
266 CHROOT_E chroot state old
267 CHROOT_X chroot state: res ERRNO, path FSPATH
274 SETSID_E setsid state old
275 SETSID_X setsid state: res PID
282 EXECVE_17_E execve state old converted
283 EXECVE_17_X execve state old converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm
    CHARBUF, cgroups BYTEBUF, env BYTEBUF, tty INT32
284 UNSHARE_E unshare old converted: flags FLAGS32 clone_flags
285 UNSHARE_X unshare converted: res ERRNO, flags FLAGS32 clone_flags
288 EXECVE_18_E execve state old converted: filename FSPATH
289 EXECVE_18_X execve state old converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm
    CHARBUF, cgroups BYTEBUF, env BYTEBUF, tty INT32
292 EXECVE_19_E execve state old converted: filename FSPATH
293 EXECVE_19_X execve state converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm
    CHARBUF, cgroups BYTEBUF, env BYTEBUF, tty UINT32, vpgid PID, loginuid UID, flags FLAGS32 execve_flags,
    cap_inheritable UINT64 hex, cap_permitted UINT64 hex, cap_effective UINT64 hex, exe_ino UINT64, exe_ino_ctime
    ABSTIME, exe_ino_mtime ABSTIME, uid UID, trusted_exepath FSPATH, pgid PID na, gid GID, filename FSPATH
294 SETPGID_E setpgid old converted: pid PID, pgid PID
295 SETPGID_X setpgid converted: res ERRNO, pid PID, pgid PID
330 EXECVEAT_E execveat state old converted: dirfd FD, pathname FSRELPATH, flags FLAGS32 execveat_flags
331 EXECVEAT_X execveat state converted: res ERRNO, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd
    CHARBUF, fdlimit UINT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm
    CHARBUF, cgroups BYTEBUF, env BYTEBUF, tty UINT32, vpgid PID, loginuid UID, flags FLAGS32 execve_flags,
    cap_inheritable UINT64 hex, cap_permitted UINT64 hex, cap_effective UINT64 hex, exe_ino UINT64, exe_ino_ctime
    ABSTIME, exe_ino_mtime ABSTIME, uid UID, trusted_exepath FSPATH, pgid PID na, gid GID
334 CLONE3_E clone3 state old
335 CLONE3_X clone3 state converted: res PID, exe CHARBUF, args BYTEBUF, tid PID, pid PID, ptid PID, cwd CHARBUF,
    fdlimit INT64, pgft_maj UINT64, pgft_min UINT64, vm_size UINT32, vm_rss UINT32, vm_swap UINT32, comm CHARBUF,
    cgroups BYTEBUF, flags FLAGS32 clone_flags, uid UINT32, gid UINT32, vtid PID, vpid PID, pidns_init_start_ts
    UINT64
352 CAPSET_E capset state old
353 CAPSET_X capset state: res ERRNO, cap_inheritable UINT64 hex, cap_permitted UINT64 hex, cap_effective UINT64 hex
400 PRCTL_E prctl state old
401 PRCTL_X prctl state: res ERRNO, option ENUMFLAGS32 prctl_options, arg2_str CHARBUF, arg2_int INT64
406 PIDFD_GETFD_E pidfd_getfd creates state old
407 PIDFD_GETFD_X pidfd_getfd creates state: fd FD, pid_fd FD, target_fd FD, flags UINT32 hex
408 PIDFD_OPEN_E pidfd_open creates state old
409 PIDFD_OPEN_X pidfd_open creates state: fd FD, pid PID, flags FLAGS32 pidfd_open_flags
[signal syscall]
126 SIGNALFD_E signalfd creates state old converted: fd FD, mask UINT32 hex, flags UINT8 hex
127 SIGNALFD_X signalfd creates state converted: res FD, fd FD, mask UINT32 hex, flags UINT8 hex
128 KILL_E kill old converted: pid PID, sig SIGTYPE
129 KILL_X kill converted: res ERRNO, pid PID, sig SIGTYPE
130 TKILL_E tkill old converted: tid PID, sig SIGTYPE
131 TKILL_X tkill converted: res ERRNO, tid PID, sig SIGTYPE
132 TGKILL_E tgkill old converted: pid PID, tid PID, sig SIGTYPE
133 TGKILL_X tgkill converted: res ERRNO, pid PID, tid PID, sig SIGTYPE
398 SIGNALFD4_E signalfd4 creates state old converted: fd FD, mask UINT32 hex
399 SIGNALFD4_X signalfd4 creates state converted: res FD, flags FLAGS16 file_flags, fd FD, mask UINT32 hex
[sleep syscall]
134 NANOSLEEP_E nanosleep waits old converted: interval RELTIME
135 NANOSLEEP_X nanosleep waits converted: res ERRNO, interval RELTIME
`;
