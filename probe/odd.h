/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Calls whose parameters depend on the requested operation. */
#pragma once

#include "code.h"
#include "data.h"
#include "task.h"

/* option u32, text, number */
static __always_inline void add_prctl(struct scratch *s, u32 option, u64 argument)
{
	s32 attribute = 0;

	add_u32(s, option);
	switch (option) {
	case 15: /* PR_SET_NAME */
	case 16: /* PR_GET_NAME */
		add_user_text(s, argument);
		add_u64(s, 0);
		break;
	case 37: /* PR_GET_CHILD_SUBREAPER */
		empty(s);
		bpf_probe_read_user(&attribute, sizeof attribute, (void *)argument);
		add_u64(s, (s64)attribute);
		break;
	default:
		empty(s);
		add_u64(s, argument);
	}
}

/* addr, data (each a kind u8 and a value), request u16, pid */
static __always_inline void add_ptrace(struct scratch *s, u64 request, u64 pid, u64 address, u64 data)
{
	u32 asked = convert(PTRACE, request);
	u64 peeked = 0;

	put_u8(s, 0);
	put_u64(s, s->ret < 0 ? 0 : address);
	sized(s, 9);
	if (s->ret < 0) {
		put_u8(s, 0);
		put_u64(s, 0);
		sized(s, 9);
	} else if (asked >= 2 && asked <= 4) {
		bpf_probe_read_user(&peeked, sizeof peeked, (void *)data);
		put_u8(s, 0);
		put_u64(s, peeked);
		sized(s, 9);
	} else if (asked == 8 || asked == 10 || asked == 12 || asked == 13) {
		/* the signal to continue with */
		put_u8(s, 1);
		put_u8(s, data);
		sized(s, 2);
	} else {
		put_u8(s, 0);
		put_u64(s, data);
		sized(s, 9);
	}
	add_u16(s, asked);
	add_u64(s, (s64)(s32)pid);
}

struct quota {
	u64 block_hard, block_soft, space, inode_hard, inode_soft, inodes, block_time, inode_time;
	u32 valid, unused;
};

struct quota_info {
	u64 block_grace, inode_grace;
	u32 flags, valid;
};

/* Parameters of quotactl after the result, in the order of the table of events. */
SCRATCH_FUNCTION(add_quotactl, (u32 command, u64 special, u32 id, u64 address), (command, special, id, address))
{
	u32 told = convert(QUOTA_COMMAND, command), format = 1;
	struct quota *quota;
	struct quota_info *info;

	if (!s)
		return 0;
	/* Not on the stack: the kernel allows 512 bytes for a chain of calls, and this chain is the longest. */
	clear_temporary(s);
	quota = (void *)s->temporary;
	info = (void *)&s->temporary[sizeof *quota];
	add_user_text(s, special);
	if (told == BIT(0))
		add_user_text(s, address);
	else
		empty(s);
	if (told == BIT(5) || told == BIT(6))
		bpf_probe_read_user(quota, sizeof *quota, (void *)address);
	add_u64(s, quota->valid & 1 ? quota->block_hard : 0);
	add_u64(s, quota->valid & 1 ? quota->block_soft : 0);
	add_u64(s, quota->valid & 2 ? quota->space : 0);
	add_u64(s, quota->valid & 4 ? quota->inode_hard : 0);
	add_u64(s, quota->valid & 4 ? quota->inode_soft : 0);
	add_u64(s, quota->valid & 16 ? quota->block_time : 0);
	add_u64(s, quota->valid & 32 ? quota->inode_time : 0);
	if (told == BIT(3) || told == BIT(4))
		bpf_probe_read_user(info, sizeof *info, (void *)address);
	add_u64(s, info->valid & 1 ? info->block_grace : 0);
	add_u64(s, info->valid & 2 ? info->inode_grace : 0);
	add_u8(s, info->valid & 4 ? info->flags : 0);
	if (told == BIT(2)) {
		u32 found = 0;

		bpf_probe_read_user(&found, sizeof found, (void *)address);
		format = convert(QUOTA_FORMAT, found);
	}
	add_u8(s, format);
	add_u16(s, told);
	add_u8(s, convert(QUOTA_TYPE, command));
	add_u32(s, told == BIT(5) || told == BIT(6) || told == BIT(10) || told == BIT(11) ? id : 0);
	add_u8(s, told == BIT(0) ? convert(QUOTA_FORMAT, id) : 1);
	return 0;
}

#if defined(PORTABLE)
/* Up to the mask of the index, since the verifier does not see the bound that the compiler moved. */
#define KEY_OPERATIONS 64
#else
#define KEY_OPERATIONS 33
#endif

/* The four arguments of each keyctl operation: n number, t text, - none (recorded as the number 0). */
static const char key_arguments[KEY_OPERATIONS][4] = {
	"nn--", "t---", "nnn-", "n---", "nnn-", "nn--", "nnn-", "n---", "nn--", "nn--", "nttn",
	"nnn-", "nnnn", "nnn-", "n---", "nn--", "n---", "nnn-", "----", "nnnn", "nnnn", "n---",
	"nn--", "nnnn", "nnt-", "ntnn", "ntnn", "ntnn", "ntnn", "ntt-", "nnnn", "nn--", "nnn-",
};

SCRATCH_FUNCTION_0(add_keyctl)
{
	u32 operation;

	if (!s)
		return 0;
	operation = s->args[0];
	add_u32(s, operation);
	for (u32 i = 0; i < 4; i++) {
		char kind = operation < 33 ? key_arguments[operation & 63][i] : '-';
		u64 value = s->args[i + 1];
		u32 start = s->at;

		if (kind == 't') {
			put_u8(s, 1);
			if (value)
				put_user_text(s, value, PAGE_PATH);
		} else {
			put_u8(s, 0);
			put_u64(s, kind == 'n' ? value : 0);
		}
		sized(s, s->at - start);
	}
	return 0;
}

/* value_bytebuf, value_charbuf of fsconfig */
static __always_inline void add_fsconfig(struct scratch *s, u32 command, u64 value, u32 size)
{
	if (s->ret >= 0 && command == 2)
		sized(s, put_user_bytes(s, value, size < KEPT_WHOLE ? size : KEPT_WHOLE));
	else
		empty(s);
	if (s->ret >= 0 && (command == 1 || command == 3 || command == 4))
		add_user_text(s, value);
	else
		empty(s);
}

struct semaphore_operation {
	u16 number;
	s16 operation, flags;
};

/* nsops u32, number, operation and flags of the first and the second */
static __always_inline void add_semop(struct scratch *s, u64 from, u32 n)
{
	struct semaphore_operation operations[2] = {};

	add_u32(s, n);
	if (s->ret == 0 && from) {
		if (n == 1)
			bpf_probe_read_user(operations, sizeof operations[0], (void *)from);
		else if (n)
			bpf_probe_read_user(operations, sizeof operations, (void *)from);
	}
	for (u32 i = 0; i < 2; i++) {
		add_u16(s, operations[i].number);
		add_u16(s, operations[i].operation);
		add_u16(s, convert(SEMOP, (u16)operations[i].flags));
	}
}

/* sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, each u32 */
static __always_inline void add_io_uring(struct scratch *s, u64 from)
{
	u32 given[6] = {};

	bpf_probe_read_user(given, sizeof given, (void *)from);
	add_u32(s, given[0]);
	add_u32(s, given[1]);
	add_u32(s, convert(IORING_SETUP, given[2]));
	add_u32(s, given[3]);
	add_u32(s, given[4]);
	add_u32(s, convert(IORING_FEATURES, given[5]));
}

/* cur and max, each s64; -1 if `wanted` is not set. Older calls (`narrow_ones`) in 32-bit programs use 32 bits. */
static __always_inline void add_limits(struct scratch *s, u64 from, u32 wanted, u32 narrow_ones)
{
	u64 limits[2] = { -1, -1 };

	if (wanted) {
		limits[0] = limits[1] = 0;
		if (s->compat && narrow_ones) {
			u32 narrow[2] = {};

			bpf_probe_read_user(narrow, sizeof narrow, (void *)from);
			limits[0] = narrow[0];
			limits[1] = narrow[1];
		} else {
			bpf_probe_read_user(limits, sizeof limits, (void *)from);
		}
	}
	add_u64(s, limits[0]);
	add_u64(s, limits[1]);
}

static __always_inline void add_time(struct scratch *s, u64 from)
{
	s64 time[2] = {};

	if (s->compat) {
		s32 narrow[2] = {};

		bpf_probe_read_user(narrow, sizeof narrow, (void *)from);
		time[0] = narrow[0];
		time[1] = narrow[1];
	} else {
		bpf_probe_read_user(time, sizeof time, (void *)from);
	}
	add_u64(s, (u64)time[0] * 1000000000 + time[1]);
}

static __always_inline u64 pointer_at(struct scratch *s, u64 array, u32 i)
{
	u64 pointer = 0;

	if (s->compat)
		bpf_probe_read_user(&pointer, 4, (void *)(array + i * 4));
	else
		bpf_probe_read_user(&pointer, 8, (void *)(array + i * 8));
	return pointer;
}

/* Adds the strings of an array of pointers, from index `first` to POINTERS - 1, at most `limit` bytes. */
static __always_inline void add_texts(struct scratch *s, u64 array, u32 first, u32 limit)
{
	u32 start = s->at, size;

	for (u32 i = first; i < POINTERS; i++) {
		u64 pointer = array ? pointer_at(s, array, i) : 0;

		if (!pointer || s->at - start >= limit)
			break;
		put_user_text(s, pointer, ARGUMENTS);
	}
	size = s->at - start;
	if (size > limit)
		size = limit;
	s->at = start + size;
	if (size)
		s->record[(s->at - 1) & MASK] = 0;
	sized(s, size);
}

/* exe and args of an exec that failed, from its arguments */
SCRATCH_FUNCTION(add_given_arguments, (u64 array), (array))
{
	u64 exe;
	u32 size = 0;

	if (!s)
		return 0;
	if (!array) {
		put_u8(s, 0);
		sized(s, 1);
		empty(s);
		return 0;
	}
	exe = pointer_at(s, array, 0);
	if (exe)
		size = put_user_text(s, exe, ARGUMENTS);
	sized(s, size);
	add_texts(s, array, 1, ARGUMENTS - size);
	return 0;
}

SCRATCH_FUNCTION(add_given_environment, (u64 array), (array))
{
	if (!s)
		return 0;
	add_texts(s, array, 0, ARGUMENTS);
	return 0;
}

/* Adds the identity of the current thread, or the last parameters of an exec. The number of functions is limited. */
SCRATCH_FUNCTION(add_own_identity_or_tail, (u32 is_tail), (is_tail))
{
	struct task_struct *task = current_task();

	if (!s)
		return 0;
	if (is_tail)
		add_exec_tail(s, task);
	else
		add_identity(s, task);
	return 0;
}

SCRATCH_FUNCTION_0(add_own_arguments)
{
	if (!s)
		return 0;
	if (s->ret < 0) {
		empty(s);
		empty(s);
		return 0;
	}
	add_arguments(s, current_task());
	return 0;
}

/* Parameters of a clone in the event of the parent: its flags, then IDs of the parent. */
static __always_inline void add_own_clone_tail(struct scratch *s, u64 flags)
{
	struct task_struct *task = current_task();
	struct pid_namespace *ns;
	u32 told = clone_flags((u32)flags);

	ns = namespace_of(pid_of(task, PIDTYPE_PID));
	if (BPF_CORE_READ(ns, level) || BPF_CORE_READ(task, nsproxy, pid_ns_for_children) != ns)
		told |= CL_CHILD_IN_PIDNS;
	add_clone_tail(s, task, told, 0);
}

static __always_inline void add_own_memory(struct scratch *s)
{
	add_memory(s, current_task());
}

static __always_inline void add_own_capabilities(struct scratch *s)
{
	add_capabilities(s, current_task());
}

/* Adds the path of the file that the call returned. */
static __always_inline void add_given_path(struct scratch *s)
{
	add_file_path(s, s->ret > 0 ? file_of(s->ret) : NULL);
}

/* flags, mode and resolve of openat2 */
static __always_inline void add_open_how(struct scratch *s, u64 from)
{
	u64 how[3] = {};

	bpf_probe_read_user(how, sizeof how, (void *)from);
	add_u32(s, open_flags(how[0]) | s->file_flags);
	add_u32(s, open_mode(how[0], how[1]));
	add_u32(s, convert(RESOLVE, how[2]));
}
