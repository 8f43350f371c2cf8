/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Events of system calls: type, number of parameters, and the steps that write the parameters. Codes and parameters
 * are those of capture files. The event of a call without a row contains only the ID, number and result of the call.
 */
#pragma once

#include "numbers.h"
#include "odd.h"

enum step_kind {
	STEP_END,
	STEP_RESULT, /* the result, s64 */
	STEP_RESULT_32, /* the same, lower 32 bits */
	STEP_RESULT_ID, /* the same, as u32 */
	STEP_SIZE_GOT, /* u32: the result, 0 if negative */
	STEP_DESCRIPTOR, /* s64 of an int argument */
	STEP_U8,
	STEP_U16,
	STEP_U32,
	STEP_U64,
	STEP_UNSIGNED_64, /* u64 of an unsigned int argument */
	STEP_ZERO_8,
	STEP_ZERO_32,
	STEP_ZERO_64,
	STEP_EMPTY,
	STEP_TEXT,
	STEP_TEXT_IF_DONE, /* empty if the call failed */
	STEP_CONVERT_8,
	STEP_CONVERT_16,
	STEP_CONVERT_32,
	STEP_OPEN_FLAGS,
	STEP_OPEN_MODE,
	STEP_CREATE_MODE,
	STEP_DEVICE_INODE,
	STEP_LAYER,
	STEP_OPEN_HOW,
	STEP_GIVEN_PATH,
	STEP_RECEIVED,
	STEP_SENT,
	STEP_MODULE_IMAGE,
	STEP_VECTORS_RECEIVED,
	STEP_VECTORS_SENT,
	STEP_VECTORS_SIZE,
	STEP_MESSAGE,
	STEP_MESSAGES,
	STEP_MESSAGE_RECEIVED,
	STEP_MESSAGE_SENT,
	STEP_MESSAGE_SIZE,
	STEP_MESSAGE_TUPLE,
	STEP_MESSAGE_CONTROL,
	STEP_ADDRESS,
	STEP_TUPLE_OUT,
	STEP_TUPLE_IN,
	STEP_TUPLE_CONNECT,
	STEP_TUPLE_ACCEPT,
	STEP_BACKLOG,
	STEP_OPTION,
	STEP_OPTION_GOT,
	STEP_PIPE,
	STEP_SOCKET_PAIR,
	STEP_MEMORY,
	STEP_CAPABILITIES,
	STEP_PRCTL,
	STEP_PTRACE,
	STEP_QUOTACTL,
	STEP_KEYCTL,
	STEP_FSCONFIG,
	STEP_SEMOP,
	STEP_SEMCTL_VALUE,
	STEP_IO_URING,
	STEP_LIMITS,
	STEP_LIMITS_64,
	STEP_LIMITS_IF_DONE,
	STEP_LIMITS_64_IF_DONE,
	STEP_TIME,
	STEP_SIGNAL_SET,
	STEP_POLL_LIST,
	STEP_ID_AT,
	STEP_OFFSET_AT,
	STEP_GIVEN_ARGUMENTS,
	STEP_GIVEN_ENVIRONMENT,
	STEP_OWN_ARGUMENTS,
	STEP_OWN_IDENTITY,
	STEP_OWN_EXEC_TAIL,
	STEP_OWN_CLONE_TAIL,
	STEP_CALL,
	STEP_ORIGIN,
	STEP_CODE_PATH,
};

struct step {
	u8 kind;
	u8 argument;
	u8 more;
};

#define STEPS 12

struct call {
	u16 event;
	u8 parameters;
	u8 how;
	struct step steps[STEPS];
};

/* If these calls return 0, in a new thread or after an exec, tracepoints of the scheduler report them instead. */
#define HOW_CLONE 1
#define HOW_EXEC 2
/* One event for each message, up to a limit. */
#define HOW_MANY 3
/* The result is a file. If files are watched, its real path and a flag follow the other parameters (object.h). */
#define HOW_OPEN 4

#define RES { STEP_RESULT }
#define FD(n) { STEP_DESCRIPTOR, n }
#define U8(n) { STEP_U8, n }
#define U16(n) { STEP_U16, n }
#define U32(n) { STEP_U32, n }
#define U64(n) { STEP_U64, n }
#define TEXT(n) { STEP_TEXT, n }
#define AS8(n, c) { STEP_CONVERT_8, n, c }
#define AS16(n, c) { STEP_CONVERT_16, n, c }
#define AS32(n, c) { STEP_CONVERT_32, n, c }
#define DO(kind) { STEP_##kind }
#define WITH(kind, n) { STEP_##kind, n }
#define WITH2(kind, n, m) { STEP_##kind, n, m }

#define CALL(nr, event, parameters, ...) [__NR_##nr] = { event, parameters, 0, { __VA_ARGS__ } }
#define CALL_HOW(nr, event, parameters, how, ...) [__NR_##nr] = { event, parameters, how, { __VA_ARGS__ } }

#define NONE { STEP_EMPTY }
/* Parameters of generic events: the rows are those of src/event/types/generic.ts. */
#define GENERIC(nr, fd, path, target, first, second)                                                                   \
	[__NR_##nr] = { EVENT_GENERIC, 8, 0, { DO(CALL), RES, fd, path, target, first, second } }

/* Calls in newer headers; the numbers are the same on every architecture. */
#define __NR_setxattrat 463
#define __NR_removexattrat 466
#undef __NR_fchmodat2
#define __NR_fchmodat2 452

/*
 * Not static: if all constants are static, libbpf 1.2 and newer create a map that cannot be mapped, older versions one that
 * can. With a global constant all create the same map, so the output does not depend on the version of bpftool.
 */
const struct call calls[SYSCALLS] = {
	/* files by path */
	CALL_HOW(open, 3, 6, HOW_OPEN, RES, TEXT(0), WITH(OPEN_FLAGS, 1), WITH2(OPEN_MODE, 1, 2), DO(DEVICE_INODE)),
	CALL_HOW(openat, 307, 7, HOW_OPEN, RES, FD(0), TEXT(1), WITH(OPEN_FLAGS, 2), WITH2(OPEN_MODE, 2, 3),
	     DO(DEVICE_INODE)),
	CALL_HOW(openat2, 327, 8, HOW_OPEN, RES, FD(0), TEXT(1), WITH(OPEN_HOW, 2), DO(DEVICE_INODE)),
	CALL_HOW(creat, 59, 6, HOW_OPEN, RES, TEXT(0), WITH(CREATE_MODE, 1), DO(DEVICE_INODE), DO(LAYER)),
	CALL_HOW(open_by_handle_at, 337, 6, HOW_OPEN, RES, FD(0), WITH(OPEN_FLAGS, 2), DO(GIVEN_PATH), DO(DEVICE_INODE)),
	CALL(memfd_create, 405, 3, RES, TEXT(0), AS32(1, LOW_3_BITS)),
	CALL(stat, 67, 2, RES, TEXT(0)),
	CALL(lstat, 69, 2, RES, TEXT(0)),
	CALL(newfstatat, 419, 4, RES, FD(0), TEXT(1), AS32(3, STATAT)),
	CALL(access, 265, 3, RES, TEXT(0), AS32(1, LOW_3_BITS)),
	CALL(getcwd, 93, 2, RES, WITH(TEXT_IF_DONE, 0)),
	CALL(chdir, 95, 2, RES, TEXT(0)),
	CALL(chroot, 267, 2, RES, TEXT(0)),
	CALL(mkdir, 277, 3, RES, TEXT(0), U32(1)),
	CALL(mkdirat, 305, 4, RES, FD(0), TEXT(1), U32(2)),
	CALL(rmdir, 279, 2, RES, TEXT(0)),
	CALL(link, 309, 3, RES, TEXT(0), TEXT(1)),
	CALL(linkat, 311, 6, RES, FD(0), TEXT(1), FD(2), TEXT(3), AS32(4, LINKAT)),
	CALL(symlink, 179, 3, RES, TEXT(0), TEXT(1)),
	CALL(symlinkat, 181, 4, RES, TEXT(0), FD(1), TEXT(2)),
	CALL(unlink, 301, 2, RES, TEXT(0)),
	CALL(unlinkat, 303, 4, RES, FD(0), TEXT(1), AS32(2, UNLINKAT)),
	CALL(rename, 175, 3, RES, TEXT(0), TEXT(1)),
	CALL(renameat, 177, 5, RES, FD(0), TEXT(1), FD(2), TEXT(3)),
	CALL(renameat2, 319, 6, RES, FD(0), TEXT(1), FD(2), TEXT(3), U32(4)),
	CALL(chmod, 315, 3, RES, TEXT(0), AS32(1, MODE)),
	CALL(fchmod, 317, 3, RES, FD(0), AS32(1, MODE)),
	CALL(fchmodat, 313, 4, RES, FD(0), TEXT(1), AS32(2, MODE)),
	CALL(chown, 379, 4, RES, TEXT(0), U32(1), U32(2)),
	CALL(lchown, 381, 4, RES, TEXT(0), U32(1), U32(2)),
	CALL(fchown, 383, 4, RES, FD(0), U32(1), U32(2)),
	CALL(fchownat, 385, 6, RES, FD(0), TEXT(1), U32(2), U32(3), AS32(4, LINKAT)),
	CALL(mknod, 415, 4, RES, TEXT(0), AS32(1, MKNOD_MODE), AS32(2, DEVICE)),
	CALL(mknodat, 417, 5, RES, FD(0), TEXT(1), AS32(2, MKNOD_MODE), AS32(3, DEVICE)),
	CALL(mount, 257, 5, RES, TEXT(0), TEXT(1), TEXT(2), AS32(3, MOUNT_FLAGS)),
	CALL(umount2, 391, 3, RES, TEXT(0), AS32(1, LOW_4_BITS)),
	CALL(fsconfig, 373, 7, RES, FD(0), U32(1), TEXT(2), DO(FSCONFIG), U32(4)),
	CALL(quotactl, 191, 18, RES, DO(QUOTACTL)),

	/* descriptors */
	CALL(close, 5, 2, RES, FD(0)),
	CALL(close_range, 451, 4, RES, U32(0), U32(1), AS32(2, CLOSE_RANGE)),
	CALL(dup, 367, 2, DO(RESULT_32), FD(0)),
	CALL(dup2, 363, 3, DO(RESULT_32), FD(0), FD(1)),
	CALL(dup3, 365, 4, DO(RESULT_32), FD(0), FD(1), AS32(2, CLOEXEC)),
	CALL(fcntl, 151, 4, RES, FD(0), AS8(1, FCNTL), U64(2)),
	CALL(fchdir, 97, 2, RES, FD(0)),
	CALL(fstat, 71, 2, RES, FD(0)),
	CALL(flock, 243, 3, RES, FD(0), AS32(1, FLOCK)),
	CALL(ioctl, 171, 4, RES, FD(0), U64(1), U64(2)),
	CALL(lseek, 87, 4, RES, FD(0), U64(1), AS8(2, WHENCE)),
	CALL(getdents, 237, 2, RES, FD(0)),
	CALL(getdents64, 239, 2, RES, FD(0)),
	CALL(pipe, 61, 4, RES, WITH(PIPE, 0)),
	CALL(pipe2, 393, 5, RES, WITH(PIPE, 0), AS32(1, PIPE_FLAGS)),
	CALL(eventfd, 63, 3, RES, U64(0), DO(ZERO_32)),
	CALL(eventfd2, 397, 3, RES, AS16(1, CLOEXEC_NONBLOCK), WITH(UNSIGNED_64, 0)),
	CALL(signalfd, 127, 4, RES, FD(0), DO(ZERO_32), DO(ZERO_8)),
	CALL(signalfd4, 399, 4, DO(RESULT_32), AS16(3, CLOEXEC_NONBLOCK), FD(0), DO(ZERO_32)),
	CALL(timerfd_create, 137, 3, RES, U8(0), AS8(1, CLOEXEC_NONBLOCK)),
	CALL(inotify_init, 139, 2, RES, DO(ZERO_8)),
	CALL(inotify_init1, 395, 2, RES, AS16(0, CLOEXEC_NONBLOCK)),
	CALL(epoll_create, 375, 2, RES, U32(0)),
	CALL(epoll_create1, 377, 2, RES, AS32(0, EPOLL_CLOEXEC)),
	CALL(epoll_wait, 79, 2, RES, FD(2)),
	CALL(poll, 81, 3, RES, WITH2(POLL_LIST, 0, 1), WITH(UNSIGNED_64, 2)),
	CALL(ppoll, 255, 4, RES, WITH2(POLL_LIST, 0, 1), WITH(TIME, 2), WITH(SIGNAL_SET, 3)),
	CALL(select, 83, 1, RES),
	CALL(userfaultfd, 321, 2, RES, U32(0)),
	CALL(io_uring_setup, 339, 8, RES, U32(0), WITH(IO_URING, 1)),
	CALL(io_uring_enter, 341, 6, RES, FD(0), U32(1), U32(2), AS32(3, LOW_4_BITS), U32(4)),
	CALL(io_uring_register, 343, 5, RES, FD(0), U16(1), U64(2), U32(3)),
	CALL(pidfd_open, 409, 3, RES, FD(0), AS32(1, NONBLOCK)),
	CALL(pidfd_getfd, 407, 4, RES, FD(0), FD(1), U32(2)),

	/* data */
	CALL(read, 7, 4, RES, WITH(RECEIVED, 1), FD(0), U32(2)),
	CALL(write, 9, 4, RES, WITH2(SENT, 1, 2), FD(0), U32(2)),
	CALL(pread64, 113, 5, RES, WITH(RECEIVED, 1), FD(0), U32(2), U64(3)),
	CALL(pwrite64, 115, 5, RES, WITH2(SENT, 1, 2), FD(0), U32(2), U64(3)),
	CALL(readv, 117, 4, RES, DO(SIZE_GOT), DO(VECTORS_RECEIVED), FD(0)),
	CALL(writev, 119, 4, RES, DO(VECTORS_SENT), FD(0), DO(VECTORS_SIZE)),
	CALL(preadv, 121, 5, RES, DO(SIZE_GOT), DO(VECTORS_RECEIVED), FD(0), U64(3)),
	CALL(pwritev, 123, 5, RES, DO(VECTORS_SENT), FD(0), DO(VECTORS_SIZE), U64(3)),
	CALL(sendfile, 189, 5, RES, WITH(OFFSET_AT, 2), FD(0), FD(1), U64(3)),
	CALL(splice, 167, 5, RES, FD(0), FD(2), U64(4), AS32(5, LOW_4_BITS)),
	CALL(copy_file_range, 333, 6, RES, FD(2), U64(3), FD(0), U64(1), U64(4)),
	CALL(process_vm_readv, 421, 3, RES, U64(0), DO(VECTORS_RECEIVED)),
	CALL(process_vm_writev, 423, 3, RES, U64(0), DO(VECTORS_RECEIVED)),

	/* sockets */
	CALL(socket, 19, 5, RES, AS32(0, FAMILY), U32(1), U32(2), AS32(1, CLOEXEC_NONBLOCK)),
	CALL(bind, 21, 3, RES, WITH2(ADDRESS, 1, 2), FD(0)),
	CALL(connect, 23, 4, RES, WITH2(TUPLE_CONNECT, 0, 1), FD(0), WITH2(ADDRESS, 1, 2)),
	CALL(listen, 25, 3, RES, FD(0), U32(1)),
	CALL(accept, 247, 5, RES, DO(TUPLE_ACCEPT), WITH(BACKLOG, 0)),
	CALL(accept4, 389, 6, RES, DO(TUPLE_ACCEPT), WITH(BACKLOG, 0), AS32(3, CLOEXEC_NONBLOCK)),
	CALL(getsockname, 39, 0),
	CALL(getpeername, 41, 0),
	CALL(socketpair, 43, 8, RES, WITH(SOCKET_PAIR, 3), AS32(0, FAMILY), U32(1), U32(2)),
	CALL(sendto, 31, 5, RES, WITH2(SENT, 1, 2), FD(0), U32(2), WITH2(TUPLE_OUT, 0, 4)),
	CALL(recvfrom, 35, 5, RES, WITH(RECEIVED, 1), WITH2(TUPLE_IN, 0, 4), FD(0), U32(2)),
	CALL(sendmsg, 49, 5, RES, WITH(MESSAGE, 1), DO(MESSAGE_SENT), FD(0), DO(MESSAGE_SIZE),
	     WITH2(MESSAGE_TUPLE, 0, OUTBOUND)),
	CALL(recvmsg, 53, 6, RES, WITH(MESSAGE, 1), DO(SIZE_GOT), DO(MESSAGE_RECEIVED), WITH2(MESSAGE_TUPLE, 0, INBOUND),
	     DO(MESSAGE_CONTROL), FD(0)),
	CALL_HOW(sendmmsg, 51, 5, HOW_MANY, WITH(MESSAGES, 1), RES, FD(0), DO(MESSAGE_SIZE), DO(MESSAGE_SENT),
		 WITH2(MESSAGE_TUPLE, 0, OUTBOUND)),
	CALL_HOW(recvmmsg, 55, 6, HOW_MANY, WITH(MESSAGES, 1), RES, FD(0), DO(SIZE_GOT), DO(MESSAGE_RECEIVED),
		 WITH2(MESSAGE_TUPLE, 0, INBOUND), DO(MESSAGE_CONTROL)),
	CALL(shutdown, 37, 3, RES, FD(0), AS8(1, SHUTDOWN)),
	CALL(setsockopt, 45, 6, RES, FD(0), DO(OPTION)),
	CALL(getsockopt, 47, 6, RES, FD(0), DO(OPTION_GOT)),

	/* processes */
	CALL_HOW(clone, 223, 21, HOW_CLONE, RES, DO(OWN_ARGUMENTS), DO(OWN_IDENTITY), WITH(OWN_CLONE_TAIL, 0)),
	CALL_HOW(clone3, 335, 21, HOW_CLONE, RES, DO(OWN_ARGUMENTS), DO(OWN_IDENTITY), WITH2(OWN_CLONE_TAIL, 0, 1)),
	CALL_HOW(fork, 225, 21, HOW_CLONE, RES, DO(OWN_ARGUMENTS), DO(OWN_IDENTITY), WITH2(OWN_CLONE_TAIL, 0, 2)),
	CALL_HOW(vfork, 227, 21, HOW_CLONE, RES, DO(OWN_ARGUMENTS), DO(OWN_IDENTITY), WITH2(OWN_CLONE_TAIL, 0, 2)),
	CALL_HOW(execve, 293, 31, HOW_EXEC, RES, WITH(GIVEN_ARGUMENTS, 1), DO(OWN_IDENTITY), WITH(GIVEN_ENVIRONMENT, 2),
		 DO(OWN_EXEC_TAIL), TEXT(0)),
	CALL_HOW(execveat, 331, 30, HOW_EXEC, RES, WITH(GIVEN_ARGUMENTS, 2), DO(OWN_IDENTITY), WITH(GIVEN_ENVIRONMENT, 3),
		 DO(OWN_EXEC_TAIL)),
	CALL(kill, 129, 3, RES, FD(0), U8(1)),
	CALL(tkill, 131, 3, RES, FD(0), U8(1)),
	CALL(tgkill, 133, 4, RES, FD(0), FD(1), U8(2)),
	CALL(ptrace, 169, 5, RES, DO(PTRACE)),
	CALL(prctl, 401, 4, RES, WITH(PRCTL, 1)),
	CALL(seccomp, 299, 3, RES, U64(0), WITH(UNSIGNED_64, 1)),
	CALL(bpf, 369, 2, RES, U32(0)),
	CALL(setns, 241, 3, RES, FD(0), AS32(1, CLONE_FLAGS)),
	CALL(unshare, 285, 2, RES, AS32(0, CLONE_FLAGS)),
	CALL(setsid, 275, 1, RES),
	CALL(setpgid, 295, 3, RES, FD(0), FD(1)),
	CALL(capset, 353, 4, RES, DO(CAPABILITIES)),
	CALL(getrlimit, 141, 4, RES, WITH(LIMITS_IF_DONE, 1), AS8(0, RLIMIT)),
	CALL(setrlimit, 143, 4, RES, WITH(LIMITS, 1), AS8(0, RLIMIT)),
	CALL(prlimit64, 145, 7, RES, WITH(LIMITS_64, 2), WITH(LIMITS_64_IF_DONE, 3), FD(0), AS8(1, RLIMIT)),
	CALL(nanosleep, 135, 2, RES, WITH(TIME, 0)),
	CALL(futex, 65, 4, RES, U64(0), AS16(1, FUTEX), U64(2)),
	CALL(init_module, 411, 4, RES, WITH2(MODULE_IMAGE, 0, 1), U64(1), TEXT(2)),
	CALL(finit_module, 413, 4, RES, FD(0), TEXT(1), AS32(2, LOW_3_BITS)),
	CALL(delete_module, 425, 3, RES, TEXT(0), AS32(1, DELETE_MODULE)),
	CALL(keyctl, 453, 6, RES, DO(KEYCTL)),

	/* users and groups */
	CALL(setuid, 199, 2, RES, U32(0)),
	CALL(setgid, 201, 2, RES, U32(0)),
	CALL(setreuid, 427, 3, RES, U32(0), U32(1)),
	CALL(setregid, 429, 3, RES, U32(0), U32(1)),
	CALL(setresuid, 193, 4, RES, U32(0), U32(1), U32(2)),
	CALL(setresgid, 195, 4, RES, U32(0), U32(1), U32(2)),
	CALL(getuid, 203, 1, DO(RESULT_ID)),
	CALL(geteuid, 205, 1, DO(RESULT_ID)),
	CALL(getgid, 207, 1, DO(RESULT_ID)),
	CALL(getegid, 209, 1, DO(RESULT_ID)),
	CALL(getresuid, 211, 4, RES, WITH(ID_AT, 0), WITH(ID_AT, 1), WITH(ID_AT, 2)),
	CALL(getresgid, 213, 4, RES, WITH(ID_AT, 0), WITH(ID_AT, 1), WITH(ID_AT, 2)),

	/* memory */
	CALL(mmap, 161, 12, RES, DO(MEMORY), U64(0), U64(1), AS32(2, PROT), AS32(3, MMAP_FLAGS), FD(4), U64(5),
	     DO(ORIGIN), DO(CODE_PATH)),
	CALL(munmap, 165, 6, RES, DO(MEMORY), U64(0), U64(1)),
	CALL(mprotect, 329, 6, RES, U64(0), U64(1), AS32(2, PROT), DO(ORIGIN), DO(CODE_PATH)),
	CALL(brk, 159, 5, RES, DO(MEMORY), U64(0)),
	CALL(mlock, 345, 3, RES, U64(0), U64(1)),
	CALL(munlock, 347, 3, RES, U64(0), U64(1)),
	CALL(mlock2, 371, 4, RES, U64(0), U64(1), AS32(2, LOWEST_BIT)),
	CALL(mlockall, 349, 2, RES, AS32(0, LOW_3_BITS)),
	CALL(munlockall, 351, 1, RES),
	CALL(semget, 263, 4, RES, U32(0), U32(1), AS32(2, SEMGET)),
	CALL(semctl, 253, 5, RES, U32(0), U32(1), AS16(2, SEMCTL), DO(SEMCTL_VALUE)),
	CALL(semop, 251, 9, RES, WITH2(SEMOP, 1, 2), U32(0)),

	/* Calls without their own event type. */
	GENERIC(truncate, NONE, TEXT(0), NONE, U64(1), NONE),
	GENERIC(ftruncate, FD(0), NONE, NONE, U64(1), NONE),
	GENERIC(fallocate, FD(0), NONE, NONE, U32(1), U64(3)),
	GENERIC(fchmodat2, FD(0), TEXT(1), NONE, AS32(2, MODE), U32(3)),
	GENERIC(setxattr, NONE, TEXT(0), TEXT(1), U64(3), U32(4)),
	GENERIC(lsetxattr, NONE, TEXT(0), TEXT(1), U64(3), U32(4)),
	GENERIC(fsetxattr, FD(0), NONE, TEXT(1), U64(3), U32(4)),
	GENERIC(setxattrat, FD(0), TEXT(1), TEXT(3), NONE, U32(2)),
	GENERIC(removexattr, NONE, TEXT(0), TEXT(1), NONE, NONE),
	GENERIC(lremovexattr, NONE, TEXT(0), TEXT(1), NONE, NONE),
	GENERIC(fremovexattr, FD(0), NONE, TEXT(1), NONE, NONE),
	GENERIC(removexattrat, FD(0), TEXT(1), TEXT(3), NONE, U32(2)),
	GENERIC(utimensat, FD(0), TEXT(1), NONE, NONE, U32(3)),
	GENERIC(name_to_handle_at, FD(0), TEXT(1), NONE, NONE, U32(4)),
	GENERIC(preadv2, FD(0), NONE, NONE, U64(3), U32(5)),
	GENERIC(pwritev2, FD(0), NONE, NONE, U64(3), U32(5)),
	GENERIC(acct, NONE, TEXT(0), NONE, NONE, NONE),
	GENERIC(swapon, NONE, TEXT(0), NONE, U32(1), NONE),
	GENERIC(pivot_root, NONE, TEXT(0), TEXT(1), NONE, NONE),
	GENERIC(mount_setattr, FD(0), TEXT(1), NONE, U32(2), NONE),
	GENERIC(open_tree, FD(0), TEXT(1), NONE, U32(2), NONE),
	GENERIC(move_mount, FD(0), TEXT(1), TEXT(3), FD(2), U32(4)),
	GENERIC(fsopen, NONE, NONE, TEXT(0), U32(1), NONE),
	GENERIC(fsmount, FD(0), NONE, NONE, U32(1), U32(2)),
	GENERIC(fspick, FD(0), TEXT(1), NONE, U32(2), NONE),
	GENERIC(kexec_file_load, FD(0), NONE, TEXT(3), FD(1), U32(4)),
	GENERIC(pidfd_send_signal, FD(0), NONE, NONE, U8(1), U32(3)),
	GENERIC(process_madvise, FD(0), NONE, NONE, U32(3), NONE),
	GENERIC(process_mrelease, FD(0), NONE, NONE, U32(1), NONE),
	GENERIC(rt_sigqueueinfo, NONE, NONE, NONE, U8(1), FD(0)),
	GENERIC(rt_tgsigqueueinfo, NONE, NONE, NONE, U8(2), FD(0)),
	GENERIC(perf_event_open, NONE, NONE, NONE, FD(1), U32(4)),
	GENERIC(pkey_mprotect, NONE, DO(CODE_PATH), NONE, AS32(2, PROT), DO(ORIGIN)),
	GENERIC(shmat, NONE, NONE, NONE, U32(0), U32(2)),
	GENERIC(personality, NONE, NONE, NONE, U32(0), NONE),
	GENERIC(syslog, NONE, NONE, NONE, U32(0), U32(2)),
};
