// SPDX-License-Identifier: MIT OR GPL-2.0
/* The kernel part of Eyas: records activity of threads in the event blocks of capture files. */

#include "calls.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define EVENT_PROCEXIT 186
#define EVENT_NOTE 196
#define EVENT_EXECVE 293
#define MAX_MESSAGES 16
/* UIO_MAXIOV, include/uapi/linux/uio.h: all messages of a call are examined, so that other ones cannot hide a query. */
#define MAX_DNS_MESSAGES 1024
#define SIGCHLD 17
#define EPERM 1
#define EFAULT 14
#define SEMCTL_SETVAL 16

/* Steps that few calls use share one function, because a light skeleton supports at most 31 functions. */
SCRATCH_FUNCTION(take_odd, (u32 kind, u32 argument, u32 more), (kind, argument, more))
{
	u64 a, b, *found;

	if (!s)
		return 0;
	/* not on the stack, since a chain of calls has only 512 bytes of stack */
	found = s->names;
	*found = 0;
	a = s->args[argument & 7];
	b = s->args[more & 7];
	switch (kind) {
	case STEP_RESULT_ID:
		add_u32(s, s->ret);
		break;
	case STEP_SIZE_GOT:
		add_u32(s, s->ret > 0 ? s->ret : 0);
		break;
	case STEP_U8:
		add_u8(s, a);
		break;
	case STEP_U16:
		add_u16(s, a);
		break;
	case STEP_UNSIGNED_64:
		add_u64(s, (u32)a);
		break;
	case STEP_ZERO_8:
		add_u8(s, 0);
		break;
	case STEP_ZERO_32:
		add_u32(s, 0);
		break;
	case STEP_EMPTY:
		empty(s);
		break;
	case STEP_TEXT_IF_DONE:
		add_user_text(s, s->ret >= 0 ? a : 0);
		break;
	case STEP_CONVERT_8:
		add_u8(s, convert(more, a));
		break;
	case STEP_CONVERT_16:
		add_u16(s, convert(more, a));
		break;
	case STEP_CREATE_MODE:
		add_u32(s, a & 07777);
		break;
	case STEP_LAYER:
		add_u16(s, s->file_flags & TO_UPPER_LAYER ? 1 : s->file_flags & TO_LOWER_LAYER ? 2 : 0);
		break;
	case STEP_OPEN_HOW:
		add_open_how(s, a);
		break;
	case STEP_GIVEN_PATH:
		add_given_path(s);
		break;
	case STEP_MODULE_IMAGE:
		sized(s, a ? put_user_bytes(s, a, snapped(s, b)) : 0);
		break;
	case STEP_VECTORS_RECEIVED:
		if (s->ret > 0)
			add_vectors(s, s->args[1], s->args[2], snapped(s, s->ret));
		else
			empty(s);
		break;
	case STEP_VECTORS_SENT:
		add_vectors(s, s->args[1], s->args[2], snapped(s, s->ret > 0 ? s->ret : MAX_RECORD));
		break;
	case STEP_VECTORS_SIZE:
		add_vectors_size(s, s->args[1], s->args[2]);
		break;
	case STEP_MESSAGE:
		read_message(s, a, 0);
		break;
	case STEP_MESSAGES:
		s->msg_ok = 0;
		if (s->ret > 0)
			read_message(s, a, 1);
		break;
	case STEP_MESSAGE_RECEIVED:
		if (s->msg_ok && s->ret >= 0)
			add_vectors(s, s->msg_iov, s->msg_iovlen, snapped(s, s->ret));
		else
			empty(s);
		break;
	case STEP_MESSAGE_SENT:
		if (s->msg_ok)
			add_vectors(s, s->msg_iov, s->msg_iovlen, snapped(s, s->ret > 0 ? s->ret : MAX_RECORD));
		else
			empty(s);
		break;
	case STEP_MESSAGE_SIZE:
		if (s->msg_ok)
			add_vectors_size(s, s->msg_iov, s->msg_iovlen);
		else
			add_u32(s, 0);
		break;
	case STEP_MESSAGE_TUPLE:
		if (s->msg_ok && s->ret >= 0)
			add_tuple(s, a, more, s->msg_name);
		else
			empty(s);
		break;
	case STEP_MESSAGE_CONTROL:
		sized(s, s->msg_ok && s->ret >= 0 && s->msg_control && s->msg_controllen <= KEPT_WHOLE ?
				 put_user_bytes(s, s->msg_control, s->msg_controllen) :
				 0);
		break;
	case STEP_TUPLE_OUT:
	case STEP_TUPLE_IN:
		if (s->ret >= 0)
			add_tuple(s, a, kind == STEP_TUPLE_OUT ? OUTBOUND : INBOUND, b);
		else
			empty(s);
		break;
	case STEP_TUPLE_ACCEPT:
		if (s->ret >= 0)
			add_tuple(s, s->ret, INBOUND, 0);
		else
			empty(s);
		break;
	case STEP_BACKLOG:
		add_backlog(s, a);
		break;
	case STEP_OPTION:
		add_socket_option(s, s->args[1], s->args[2], s->args[3], s->args[4] & 0xffff);
		break;
	case STEP_OPTION_GOT:
		bpf_probe_read_user(found, 4, (void *)s->args[4]);
		add_socket_option(s, s->args[1], s->args[2], s->args[3], *found);
		break;
	case STEP_PIPE:
		add_pipe(s, a);
		break;
	case STEP_SOCKET_PAIR:
		add_socket_pair(s, a);
		break;
	case STEP_MEMORY:
		add_own_memory(s);
		break;
	case STEP_CAPABILITIES:
		add_own_capabilities(s);
		break;
	case STEP_PRCTL:
		add_prctl(s, s->args[0], s->args[1]);
		break;
	case STEP_PTRACE:
		add_ptrace(s, s->args[0], s->args[1], s->args[2], s->args[3]);
		break;
	case STEP_QUOTACTL:
		add_quotactl(s, s->args[0], s->args[1], s->args[2], s->args[3]);
		break;
	case STEP_KEYCTL:
		add_keyctl(s);
		break;
	case STEP_FSCONFIG:
		add_fsconfig(s, s->args[1], s->args[3], s->args[4]);
		break;
	case STEP_SEMOP:
		add_semop(s, a, b);
		break;
	case STEP_SEMCTL_VALUE:
		add_u32(s, (s->args[2] & 0xffff) == SEMCTL_SETVAL ? s->args[3] : 0);
		break;
	case STEP_IO_URING:
		add_io_uring(s, a);
		break;
	case STEP_LIMITS:
		add_limits(s, a, 1, 1);
		break;
	case STEP_LIMITS_64:
		add_limits(s, a, 1, 0);
		break;
	case STEP_LIMITS_IF_DONE:
		add_limits(s, a, s->ret == 0, 1);
		break;
	case STEP_LIMITS_64_IF_DONE:
		add_limits(s, a, s->ret == 0, 0);
		break;
	case STEP_TIME:
		add_time(s, a);
		break;
	case STEP_SIGNAL_SET:
		bpf_probe_read_user(found, 8, (void *)a);
		add_u32(s, *found);
		break;
	case STEP_POLL_LIST:
		add_poll_list(s, a, b);
		break;
	case STEP_ID_AT:
		bpf_probe_read_user(found, 4, (void *)a);
		add_u32(s, *found);
		break;
	case STEP_OFFSET_AT:
		bpf_probe_read_user(found, 8, (void *)a);
		add_u64(s, *found);
		break;
	case STEP_GIVEN_ARGUMENTS:
		add_given_arguments(s, a);
		break;
	case STEP_GIVEN_ENVIRONMENT:
		add_given_environment(s, a);
		break;
	case STEP_OWN_ARGUMENTS:
		add_own_arguments(s);
		break;
	case STEP_OWN_IDENTITY:
		add_own_identity_or_tail(s, false);
		break;
	case STEP_OWN_EXEC_TAIL:
		add_own_identity_or_tail(s, true);
		break;
	case STEP_OWN_CLONE_TAIL:
		/* `more` is the location of the flags: the argument, the memory it points to, none */
		if (more == 1)
			bpf_probe_read_user(found, 8, (void *)a);
		else if (more == 0)
			*found = a;
		add_own_clone_tail(s, *found);
		break;
	case STEP_CALL:
		add_u16(s, s->id);
		add_u16(s, s->number);
		break;
	case STEP_ORIGIN:
		add_u32(s, origin_of((void *)code_file(s, s->number == __NR_mmap)));
		break;
	case STEP_CODE_PATH:
		add_file_path(s, (void *)code_file(s, s->number == __NR_mmap));
		break;
	}
	return 0;
}

static __always_inline void take(struct scratch *s, const struct step *step)
{
	u64 a = s->args[step->argument & 7];
	u64 b = s->args[step->more & 7];

	switch (step->kind) {
	case STEP_RESULT:
		add_u64(s, s->ret);
		break;
	case STEP_RESULT_32:
		add_u64(s, (s64)(s32)s->ret);
		break;
	case STEP_DESCRIPTOR:
		add_u64(s, (s64)(s32)a);
		break;
	case STEP_U32:
		add_u32(s, a);
		break;
	case STEP_U64:
		add_u64(s, a);
		break;
	case STEP_TEXT:
		add_user_text(s, a);
		break;
	case STEP_CONVERT_32:
		add_u32(s, convert(step->more, a));
		break;
	case STEP_OPEN_FLAGS:
		add_u32(s, open_flags(a) | s->file_flags);
		break;
	case STEP_OPEN_MODE:
		add_u32(s, open_mode(a, b));
		break;
	case STEP_DEVICE_INODE:
		add_u32(s, s->dev);
		add_u64(s, s->ino);
		break;
	case STEP_RECEIVED:
		add_received(s, a);
		break;
	case STEP_SENT:
		add_sent(s, a, b);
		break;
	case STEP_ADDRESS:
		add_address(s, a, b);
		break;
	case STEP_TUPLE_CONNECT:
		if (s->ret == 0 || s->ret == -EINPROGRESS)
			add_tuple(s, a, CONNECTED, b);
		else
			empty(s);
		break;
	default:
		take_odd(s, step->kind, step->argument, step->more);
	}
}

SCRATCH_FUNCTION(tell, (u32 number), (number))
{
	const struct call *call;
	u32 own;

	if (!s || number >= SYSCALLS)
		return 0;
	call = &calls[number];
	own = call->how == HOW_OPEN ? own_of_opened(s) : 0;
	if (call->how == HOW_OPEN)
		object_step(s, OBJECT_LOOK_UP);
	begin(s, call->event, call->parameters + own, FIELD(current_task(), pid));
	for (u32 i = 0; i < STEPS; i++) {
		const struct step *step = &call->steps[i];

		if (step->kind == STEP_END)
			break;
		take(s, step);
	}
	if (own && number == __NR_open_by_handle_at)
		add_watched_path(s, false);
	else if (own && (number == __NR_open || number == __NR_creat))
		add_watched_path_given(s, call->parameters + own, 8, s->args[0]);
	else if (own)
		add_watched_path_given(s, call->parameters + own, 16, s->args[1]);
	deliver(s);
	return 0;
}

/* The two most frequent calls bypass the table, which reduces their cost by a fifth. */
static __always_inline bool tell_frequent(struct scratch *s, u32 number, u32 tid)
{
	const struct call *call = &calls[number];
	u32 own;

	switch (number) {
	case __NR_close:
		begin(s, call->event, 2, tid);
		add_u64(s, s->ret);
		add_u64(s, (s64)(s32)s->args[0]);
		break;
	case __NR_openat:
		look_up(s);
		own = own_of_opened(s);
		begin(s, call->event, 7 + own, tid);
		add_u64(s, s->ret);
		add_u64(s, (s64)(s32)s->args[0]);
		add_user_text(s, s->args[1]);
		add_u32(s, open_flags(s->args[2]) | s->file_flags);
		add_u32(s, open_mode(s->args[2], s->args[3]));
		add_u32(s, s->dev);
		add_u64(s, s->ino);
		if (own)
			add_watched_path_given(s, 7 + own, 16, s->args[1]);
		break;
	default:
		return false;
	}
	deliver(s);
	return true;
}

struct many {
	u32 number;
	s64 ret;
};

static long tell_message(u32 index, struct many *many)
{
	struct scratch *s = own_scratch();

	if (!s)
		return 1;
	s->index = index;
	s->ret = many->ret;
	tell(s, many->number);
	return 0;
}

#if defined(PORTABLE)
static __always_inline void tell_messages(u32 messages, struct many *many)
{
	BOUND(messages, 2 * MAX_DNS_MESSAGES - 1);
	for (u32 i = 0; i < messages; i++)
		tell_message(i, many);
}
#else
#define tell_messages(messages, many) bpf_loop(messages, tell_message, many, 0)
#endif

/*
 * Notes for the reader, in internal events (`scapevent`: kind, value). A canary is a call by the reader that
 * fails without effect, `prctl(CANARY_OPTION, nonce)`; it is processed like other calls.
 */
enum note {
	NOTE_CANARY = 1, /* the nonce */
	NOTE_SIGNAL, /* a signal to the reader: its number, and the thread that gets it << 32 */
	NOTE_OBJECT, /* a process got a descriptor of a BPF object: the command, and the ID of the object << 32 */
};

#define CANARY_OPTION 0x45594153

__noinline int note(u32 kind, u64 value)
{
	struct scratch *s;

	if (!settings.notes)
		return 0;
	s = claim();
	if (!s)
		return 0;
	begin(s, EVENT_NOTE, 2, FIELD(current_task(), pid));
	add_u32(s, kind);
	add_u64(s, value);
	deliver_lifecycle(s);
	release(s);
	return 0;
}

static __always_inline void note_canary(struct pt_regs *regs, u32 number)
{
#if defined(__TARGET_ARCH_arm64)
	u64 option = FIELD(regs, orig_x0), nonce = FIELD(regs, regs[1]);
#else
	u64 option = FIELD(regs, di), nonce = FIELD(regs, si);
#endif

	if (number == __NR_prctl && option == CANARY_OPTION)
		note(NOTE_CANARY, nonce);
}

static __always_inline void note_object(u32 command, u64 attributes)
{
	u32 id = 0;

	if (command != BPF_PROG_GET_FD_BY_ID && command != BPF_MAP_GET_FD_BY_ID && command != BPF_LINK_GET_FD_BY_ID)
		return;
	bpf_probe_read_user(&id, sizeof id, (void *)attributes);
	note(NOTE_OBJECT, (u64)id << 32 | command);
}

static __always_inline void read_arguments(struct scratch *s, struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_arm64)
	s->args[0] = FIELD(regs, orig_x0);
	s->args[1] = FIELD(regs, regs[1]);
	s->args[2] = FIELD(regs, regs[2]);
	s->args[3] = FIELD(regs, regs[3]);
	s->args[4] = FIELD(regs, regs[4]);
	s->args[5] = FIELD(regs, regs[5]);
#else
	if (s->compat) {
		s->args[0] = (u32)FIELD(regs, bx);
		s->args[1] = (u32)FIELD(regs, cx);
		s->args[2] = (u32)FIELD(regs, dx);
		s->args[3] = (u32)FIELD(regs, si);
		s->args[4] = (u32)FIELD(regs, di);
		s->args[5] = (u32)FIELD(regs, bp);
		return;
	}
	s->args[0] = FIELD(regs, di);
	s->args[1] = FIELD(regs, si);
	s->args[2] = FIELD(regs, dx);
	s->args[3] = FIELD(regs, r10);
	s->args[4] = FIELD(regs, r8);
	s->args[5] = FIELD(regs, r9);
#endif
}

#if !defined(__TARGET_ARCH_arm64)
#define COMPAT_SOCKETCALL 102

/* Calls that 32-bit programs can make through socketcall, by its first argument; send and recv are sendto and
 * recvfrom without an address. */
static const u16 socket_calls[32] = {
	[1] = __NR_socket,	 [2] = __NR_bind,	  [3] = __NR_connect,	   [4] = __NR_listen,
	[5] = __NR_accept,	 [6] = __NR_getsockname,  [7] = __NR_getpeername,  [8] = __NR_socketpair,
	[9] = __NR_sendto,	 [10] = __NR_recvfrom,	  [11] = __NR_sendto,	   [12] = __NR_recvfrom,
	[13] = __NR_shutdown,	 [14] = __NR_setsockopt,  [15] = __NR_getsockopt,  [16] = __NR_sendmsg,
	[17] = __NR_recvmsg,	 [18] = __NR_accept4,	  [19] = __NR_recvmmsg,	   [20] = __NR_sendmmsg,
};

static __always_inline void read_socketcall_arguments(struct scratch *s, u64 from, u32 which)
{
	u32 given[6] = {};

	/* each has two to six arguments */
	if (bpf_probe_read_user(given, sizeof given, (void *)from))
		bpf_probe_read_user(given, 8, (void *)from);
	for (int i = 0; i < 6; i++)
		s->args[i] = given[i];
	if (which == 9 || which == 10)
		s->args[4] = s->args[5] = 0;
}
#endif

/* Whether a call of mmap or mprotect makes a file executable that is in memory or unlinked. */
static __always_inline bool runs_code(u32 number, struct pt_regs *regs, long ret)
{
#if defined(__TARGET_ARCH_arm64)
	u64 first = FIELD(regs, orig_x0), size = FIELD(regs, regs[1]), protection = FIELD(regs, regs[2]);
#else
	u64 first = FIELD(regs, di), size = FIELD(regs, si), protection = FIELD(regs, dx);

	if (FIELD(current_task(), thread_info.status) & TS_COMPAT) {
		first = (u32)FIELD(regs, bx);
		size = (u32)FIELD(regs, cx);
		protection = PROT_EXEC; /* the oldest mmap has its arguments in memory */
	}
#endif
	return is_executable(protection) && file_made_executable(number == __NR_mmap, first, size, ret);
}

/* Whether a call may transfer data to or from a DNS server: a fast test of its first argument, a descriptor. */
static __always_inline bool may_reach_dns(struct pt_regs *regs, long ret, u32 compat, u32 tid)
{
	if (!recent_transfer(tid))
		return false;
#if defined(__TARGET_ARCH_arm64)
	u64 fd = FIELD(regs, orig_x0);
#else
	u64 fd = FIELD(regs, di);

	if (compat)
		return true; /* the descriptor may be in memory */
#endif
	return ret > 0 && may_be_dns_socket(sock_of(fd));
}

TRACEPOINT("sys_exit")
int BPF_PROG(call_returned, struct pt_regs *regs, long ret)
{
	struct task_struct *task = current_task();
	const struct call *call;
	struct scratch *s;
	u32 compat = 0, number;
	u16 id;

#if defined(__TARGET_ARCH_arm64)
	if (FIELD(task, thread_info.flags) & 1ul << 22)
		return 0;
	number = FIELD(regs, syscallno);
#else
	u32 socketcall = 0;

	number = FIELD(regs, orig_ax);
	if (FIELD(task, thread_info.status) & TS_COMPAT) {
		compat = 1;
		/* After an exec, which returns only 0, the number may still be that of the replaced program. With other
		 * results, 322 of a 32-bit call is timerfd_create, not execveat. */
		if (ret || (number != __NR_execve && number != __NR_execveat)) {
			if (number == COMPAT_SOCKETCALL) {
				socketcall = FIELD(regs, bx) & 31;
				number = socket_calls[socketcall];
			} else if (number < SYSCALLS) {
				number = (u32)settings.of_compat[number] - 1;
			}
		}
	}
#endif
	if (number >= SYSCALLS)
		return 0;
	id = settings.wanted[number];
	if (!id)
		return 0;
	if (FIELD(task, tgid) == settings.own_tgid) {
		note_canary(regs, number);
		return 0;
	}
	if (ret < 0 && settings.drop_failed)
		return 0;
	if (id == CANARY_ONLY)
		return 0;
	if (id & CODE_ONLY && !runs_code(number, regs, ret))
		return 0;
	if (id & DNS_ONLY && !may_reach_dns(regs, ret, compat, FIELD(task, pid)))
		return 0;
	call = &calls[number];
	/* The first return of a new thread, and that of a successful exec: reported by tracepoints of the scheduler. */
	if (ret == 0 && (call->how == HOW_CLONE || call->how == HOW_EXEC))
		return 0;
	s = claim();
	if (!s)
		return 0;
	s->ret = ret;
	s->compat = compat;
	s->index = 0;
	s->id = id & ~(CODE_ONLY | DNS_ONLY | DNS_WHOLE);
	s->number = number;
	read_arguments(s, regs);
#if !defined(__TARGET_ARCH_arm64)
	if (socketcall)
		read_socketcall_arguments(s, s->args[1], socketcall);
#endif
	if (id & (DNS_ONLY | DNS_WHOLE)) {
		s->dns = ret > 0 && reaches_dns(s, number);
		if (id & DNS_ONLY && !s->dns) {
			release(s);
			return 0;
		}
	}
	if (!call->event) {
		begin(s, EVENT_GENERIC, 3, FIELD(task, pid));
		add_u16(s, s->id);
		add_u16(s, number);
		add_u64(s, ret);
		deliver(s);
	} else if (call->how == HOW_MANY && ret > 1) {
		struct many many = { number, ret };
		u32 most = s->dns ? MAX_DNS_MESSAGES : MAX_MESSAGES;

		tell_messages(ret < most ? ret : most, &many);
	} else if (!tell_frequent(s, number, FIELD(task, pid))) {
		tell(s, number);
	}
	release(s);
	if (number == __NR_bpf && ret >= 0)
		note_object(s->args[0], s->args[1]);
	return 0;
}

TRACEPOINT("sched_process_exec")
int BPF_PROG(program_began, struct task_struct *p, int old_pid, struct linux_binprm *bprm)
{
	struct task_struct *task = current_task();
	struct scratch *s;

	s = claim_for(task);
	if (!s)
		return 0;
	begin(s, EVENT_EXECVE, 35, FIELD(task, pid));
	add_u64(s, 0);
	add_arguments(s, task);
	add_identity(s, task);
	add_environment(s, task);
	add_exec_tail(s, task);
	add_kernel_text(s, FIELD(bprm, filename));
	add_script(s, bprm, BPF_CORE_READ(task, mm, exe_file));
	find_object(s, BPF_CORE_READ(task, mm, exe_file));
	add_real_path(s);
	deliver_lifecycle(s);
	release(s);
	return 0;
}

/* Returns the current call of the parent of a new thread, and its flags; by default, a clone without flags. */
static __always_inline u32 clone_call(struct task_struct *task, u64 *given)
{
	struct pt_regs *regs = registers_of(task);
	u32 number;
	u64 first;

#if defined(__TARGET_ARCH_arm64)
	number = BPF_CORE_READ(regs, syscallno);
	first = BPF_CORE_READ(regs, orig_x0);
#else
	if (FIELD(task, thread_info.status) & TS_COMPAT)
		return __NR_clone;
	number = BPF_CORE_READ(regs, orig_ax);
	first = BPF_CORE_READ(regs, di);
#endif
	if (number == __NR_clone)
		*given = first;
	else if (number == __NR_clone3)
		bpf_probe_read_user(given, sizeof *given, (void *)first);
	else if (number != __NR_fork && number != __NR_vfork)
		return __NR_clone;
	return number;
}

TRACEPOINT("sched_process_fork")
int BPF_PROG(thread_began, struct task_struct *parent, struct task_struct *child)
{
	struct task_struct *task = current_task();
	struct scratch *s;
	u64 given = 0;
	u32 flags, number;

	/* Processes that Eyas starts are recorded like others; only its own threads are not. */
	if (FIELD(task, flags) & PF_KTHREAD || FIELD(child, tgid) == settings.own_tgid)
		return 0;
	s = claim();
	if (!s)
		return 0;
	number = clone_call(task, &given);
	flags = clone_flags((u32)given);
	if (FIELD(child, pid) != FIELD(child, tgid))
		flags |= CL_CLONE_THREAD | CL_CLONE_SIGHAND | CL_CLONE_VM;
	if (BPF_CORE_READ(parent, files) == BPF_CORE_READ(child, files))
		flags |= CL_CLONE_FILES;
	if (BPF_CORE_READ(child, thread_pid, level))
		flags |= CL_CHILD_IN_PIDNS;
	BOUND(number, SYSCALLS - 1);
	begin(s, calls[number].event, 21, FIELD(child, pid));
	add_u64(s, 0);
	add_arguments(s, child);
	add_identity(s, child);
	add_clone_tail(s, child, flags, pid_namespace_start(child));
	deliver_lifecycle(s);
	release(s);
	return 0;
}

#define MAX_GROUP 30
#define MAX_ANCESTORS 60

/* Returns a thread of the group that is not exiting; 0 if there is none, -1 if the group is too large to search. */
static __always_inline s32 living_thread(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head = __builtin_preserve_access_index(&signal->thread_head);
	struct list_head *next = BPF_CORE_READ(head, next);

	for (int i = 0; i < MAX_GROUP; i++) {
		struct task_struct *t;

		if (next == head)
			return 0;
		t = (void *)next - bpf_core_field_offset(struct task_struct, thread_node);
		if (!(BPF_CORE_READ(t, flags) & PF_EXITING))
			return BPF_CORE_READ(t, pid);
		next = BPF_CORE_READ(next, next);
	}
	return -1;
}

__noinline int living_thread_of(u64 task)
{
	return living_thread((void *)task);
}

/* The new parent of the children of an exiting thread: another thread of its group, the nearest subreaper among its
 * ancestors, or the first process of its PID namespace; 0 if that is the exiting one, -1 if it is unknown. */
SCRATCH_FUNCTION_0(reaper_of)
{
	struct task_struct *task, *init, *ancestor;
	struct signal_struct *signal;
	u32 level;
	s32 found;

	if (!s)
		return 0;
	task = (void *)s->task;
	signal = BPF_CORE_READ(task, signal);
	level = BPF_CORE_READ(task, thread_pid, level);
	found = living_thread_of((u64)task);
	if (found)
		return found;
	init = BPF_CORE_READ(namespace_of(pid_of(task, PIDTYPE_PID)), child_reaper);
	if (init == task)
		return 0;
	found = BPF_CORE_READ(init, pid);
	if (!BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper))
		return found;
	ancestor = BPF_CORE_READ(task, real_parent);
	for (int i = 0; i < MAX_ANCESTORS; i++) {
		s32 thread;

		if (ancestor == init || BPF_CORE_READ(ancestor, thread_pid, level) != level)
			return found;
		signal = BPF_CORE_READ(ancestor, signal);
		if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper)) {
			thread = living_thread_of((u64)ancestor);
			if (thread)
				return thread;
		}
		ancestor = BPF_CORE_READ(ancestor, real_parent);
	}
	return -1;
}

TRACEPOINT("sched_process_exit")
int BPF_PROG(thread_ended, struct task_struct *p)
{
	struct task_struct *task = current_task();
	struct list_head *children = __builtin_preserve_access_index(&task->children);
	struct scratch *s;
	u32 code, signal;

	s = claim_for(task);
	if (!s)
		return 0;
	code = FIELD(task, exit_code);
	signal = code & 0x7f;
	begin(s, EVENT_PROCEXIT, 5, FIELD(task, pid));
	add_u64(s, (s64)(s32)code);
	add_u64(s, code >> 8 & 0xff);
	add_u8(s, signal == 0x7f ? 0 : signal);
	add_u8(s, code & 0x80 ? 1 : 0);
	s->task = (u64)task;
	add_u64(s, BPF_CORE_READ(children, next) == children ? 0 : (s64)reaper_of(s));
	deliver_lifecycle(s);
	release(s);
	return 0;
}

/* Whether a signal is sent by a program. Other signals are sent by the kernel, in the context of any process. */
static __always_inline bool is_sent(struct kernel_siginfo *info)
{
	if ((u64)info <= 1) /* SEND_SIG_NOINFO, SEND_SIG_PRIV */
		return !info;
	/* SI_USER is 0, and senders can choose any negative code (SI_FROMUSER, include/uapi/asm-generic/siginfo.h) */
	return BPF_CORE_READ(info, si_code) <= 0;
}

/* Reports signals that programs send to the reader, including SIGKILL, which the reader cannot catch. */
TRACEPOINT("signal_generate")
int BPF_PROG(signal_sent, int signal, struct kernel_siginfo *info, struct task_struct *target)
{
	struct task_struct *task = current_task();

	if (FIELD(target, tgid) != settings.own_tgid || signal == SIGCHLD || is_kernel_or_own(task))
		return 0;
	if (is_sent(info))
		note(NOTE_SIGNAL, (u64)(u32)FIELD(target, pid) << 32 | (u32)signal);
	return 0;
}

struct configuration {
	u64 settings;
#if defined(PORTABLE)
	/* ~settings, so that arguments of a tracepoint are not a configuration */
	u64 inverted;
#endif
};

#if defined(PORTABLE)
#define COPY_STEP 1024

/*
 * Whether the settings at an address are in memory, since the helpers of these kernels do not wait for pages, and were
 * written by the reader: another process can run the program on the CPU on which the reader runs.
 */
static __always_inline bool may_copy(struct configuration *from)
{
	typeof(settings) *given = (void *)from->settings;
	u32 own_tgid;
	u8 byte;

	if (from->inverted != ~from->settings)
		return false;
	if (bpf_probe_read_user(&own_tgid, sizeof own_tgid, &given->own_tgid) || own_tgid != settings.own_tgid)
		return false;
	for (u32 at = 0; at < sizeof settings; at += COPY_STEP)
		if (bpf_probe_read_user(&byte, 1, (char *)given + at))
			return false;
	return !bpf_probe_read_user(&byte, 1, (char *)given + sizeof settings - 1);
}

#define bpf_copy_from_user bpf_probe_read_user
#else
#define may_copy(from) true
#endif

/*
 * Run by the reader: replaces the settings with those at an address. This is the only way to change them, since user
 * space cannot write to a frozen map. Records the host PID of the reader's process, in whatever PID namespace it runs;
 * from then on, other processes are rejected.
 */
RUN_BY_READER
int configure(struct configuration *from)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (settings.own_tgid && settings.own_tgid != tgid)
		return -EPERM;
	if (!may_copy(from))
		return -EFAULT;
	if (bpf_copy_from_user(&settings, sizeof settings, (void *)from->settings))
		return -EFAULT;
	settings.own_tgid = tgid;
	return 0;
}
