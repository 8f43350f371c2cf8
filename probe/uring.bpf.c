// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * io_uring operations, as the events of the equivalent system calls. The operations do not use those system calls: a
 * request is read from memory that the program shares with the kernel, and is performed in the kernel, by a worker, or by a
 * polling thread. The names of a request are freed before it completes, so the request is remembered at submission, and the
 * event is written at completion. A separate object, because it requires Linux 6.0 or newer.
 */

#include "net.h"
#include "numbers.h"
#include "object.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

COMPLETE(cgroup);
COMPLETE(cgroup_subsys);
COMPLETE(cred);
COMPLETE(css_set);
COMPLETE(group_info);
COMPLETE(io_fixed_file);
COMPLETE(kernfs_node);
COMPLETE(mm_struct);
COMPLETE(nsproxy);
COMPLETE(pid);
COMPLETE(pid_namespace);
COMPLETE(signal_struct);
COMPLETE(tty_driver);
COMPLETE(tty_struct);
COMPLETE(user_namespace);

/* enum io_uring_op, include/uapi/linux/io_uring.h */
#define OP_ACCEPT 13
#define OP_CONNECT 16
#define OP_FALLOCATE 17
#define OP_OPENAT 18
#define OP_CLOSE 19
#define OP_STATX 21
#define OP_OPENAT2 28
#define OP_EPOLL_CTL 29
#define OP_SPLICE 30
#define OP_TEE 33
#define OP_SHUTDOWN 34
#define OP_RENAMEAT 35
#define OP_UNLINKAT 36
#define OP_MKDIRAT 37
#define OP_SYMLINKAT 38
#define OP_LINKAT 39
#define OP_FSETXATTR 41
#define OP_SETXATTR 42
#define OP_SOCKET 45
#define OP_FIXED_FD_INSTALL 54
#define OP_FTRUNCATE 55
#define OP_BIND 56
#define OP_LISTEN 57
#define OPERATIONS 64

/* Bits of io_kiocb.flags are those of the request (IOSQE_*). */
#define FIXED_FILE 1u
#define CQE_SKIP_SUCCESS (1u << 6)
/* The higher bits are states of the request; an unfinished open has REQ_F_NEED_CLEANUP. */
#define STATES (~0xffu)
#define ACCEPT_MULTISHOT 1
#define SPLICE_F_FD_IN_FIXED (1u << 31)
#define FILE_INDEX_ALLOC (~0u)

/* Files in slots of a ring have this plus the slot as descriptor, above those of processes. The last number: unknown. */
#define RING_DESCRIPTOR 0x40000000
#define UNKNOWN_DESCRIPTOR 0x7fffffff

#define SHORT_NAME 192
#define LONG_NAME 4096
/* Maximum number of requests of a ring (IORING_MAX_ENTRIES). */
#define MAX_LISTED 32768
/* The last parameter of each event, after those of capture files and other ones of Eyas (src/field/ring.ts). */
#define ORIGIN_IO_URING 0x474e4952

/* The call that is equivalent to an operation, as its number plus one. */
#define SAME(operation, nr) [OP_##operation] = __NR_##nr + 1

const u16 same_call[OPERATIONS] = {
	SAME(ACCEPT, accept4),	   SAME(CONNECT, connect),     SAME(FALLOCATE, fallocate), SAME(OPENAT, openat),
	SAME(CLOSE, close),	   SAME(STATX, statx),	       SAME(OPENAT2, openat2),	   SAME(EPOLL_CTL, epoll_ctl),
	SAME(SPLICE, splice),	   SAME(TEE, tee),	       SAME(SHUTDOWN, shutdown),   SAME(RENAMEAT, renameat2),
	SAME(UNLINKAT, unlinkat),  SAME(MKDIRAT, mkdirat),     SAME(SYMLINKAT, symlinkat), SAME(LINKAT, linkat),
	SAME(FSETXATTR, fsetxattr), SAME(SETXATTR, setxattr),  SAME(SOCKET, socket),	   SAME(FTRUNCATE, ftruncate),
	SAME(BIND, bind),	   SAME(LISTEN, listen),       SAME(FIXED_FD_INSTALL, dup),
};

/* Parameters of a request. */
struct request {
	u32 opcode, thread;
	/* The descriptor that the request uses, and the slot plus one for the file that it opens. */
	s32 fd;
	u32 slot;
	u64 ring;
	u64 args[3];
	/* Flags of the request at submission. */
	u32 flags;
	u32 long_names;
	u32 address_length;
	u8 address[128];
	char names[2][SHORT_NAME];
};

struct names {
	char names[2][LONG_NAME];
};

/* Requests by address. If there is no room for a request, it is reported immediately, without its result (see report_now). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct request);
} requests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, u64);
	__type(value, struct names);
} long_names SEC(".maps");

struct in_ring {
	u64 ring, value;
};

/* Accept requests that complete many times, by ring and user data. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 512);
	__type(key, struct in_ring);
	__type(value, struct request);
} accepts SEC(".maps");

struct ring_state {
	/* The last open, until it is known to be complete. */
	u64 open;
	/* First and last request of the completed list that cqe_overflow has reported; 0 if the list no longer exists. */
	u64 first, last;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct ring_state);
} states SEC(".maps");

/* At least the number of rings with an unfinished open, and with a reported list. If 0, states are not looked up. */
u64 unfinished, listed;

#define COMMAND(type, member)                                                                                     \
	({                                                                                                        \
		struct type *command = (void *)(at + bpf_core_field_offset(struct io_kiocb, cmd));                \
		BPF_CORE_READ(command, member);                                                                   \
	})

/* A name in a request: a pointer to it, or a structure with that pointer (kernel.h). */
#define NAME(type, member)                                                                                        \
	({                                                                                                        \
		struct filename *name;                                                                            \
		if (bpf_core_field_exists(struct type##___delayed, member))                                       \
			name = COMMAND(type##___delayed, member.__incomplete_filename);                           \
		else                                                                                              \
			name = COMMAND(type, member);                                                             \
		name;                                                                                             \
	})

static __always_inline struct request *draft(struct scratch *s)
{
	return (void *)&s->record[MAX_RECORD + 0x8000];
}

static __always_inline struct names *long_draft(struct scratch *s)
{
	return (void *)&s->record[MAX_RECORD + 0x9000];
}

/* Copies a text to the draft of the event. */
static __always_inline void take_text(struct scratch *s, u32 which, const char *text)
{
	struct request *r = draft(s);

	if (bpf_probe_read_kernel_str(r->names[which], SHORT_NAME, text) >= SHORT_NAME)
		r->long_names |= 1 << which;
	if (r->long_names & 1 << which)
		bpf_probe_read_kernel_str(long_draft(s)->names[which], LONG_NAME, text);
}

static __always_inline void take_name(struct scratch *s, u32 which, struct filename *name)
{
	take_text(s, which, BPF_CORE_READ(name, name));
}

static __always_inline void take_address(struct scratch *s, struct io_kiocb *req, u64 given, u32 length)
{
	struct request *r = draft(s);
	u64 copied = (u64)BPF_CORE_READ(req, async_data);
	u64 size = length > 127 ? 127 : length;

	u16 family = 0;

	r->address_length = size;
	BOUND(size, 127);
	/* before 6.10 without a copy; before 6.15 it is in a structure that the program can make look like an address */
	if (!copied || (given && !bpf_core_field_exists(struct io_async_msghdr, vec))) {
		bpf_probe_read_user(r->address, size, (void *)given);
		return;
	}
	/* The copy is alone, or in a structure that begins with an aligned pointer of the kernel. */
	bpf_probe_read_kernel(&family, sizeof family, (void *)copied);
	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX && bpf_core_field_exists(struct io_async_msghdr, addr))
		copied += bpf_core_field_offset(struct io_async_msghdr, addr);
	bpf_probe_read_kernel(r->address, size, (void *)copied);
}

/* Reads a request into the draft. */
__noinline int read_request(struct scratch *s, u64 at)
{
	struct io_kiocb *req = (void *)at;
	struct request *r;

	if (!s)
		return 0;
	r = draft(s);
	bpf_core_read(&r->flags, sizeof r->flags, &req->flags);
	r->fd = BPF_CORE_READ(req, cqe.fd);
	r->ring = (u64)BPF_CORE_READ(req, ctx);
	if (r->flags & FIXED_FILE)
		r->fd += RING_DESCRIPTOR;
	r->slot = 0;
	r->long_names = 0;
	r->address_length = 0;
	r->names[0][0] = r->names[1][0] = 0;
	switch (r->opcode) {
	case OP_OPENAT:
	case OP_OPENAT2:
		r->fd = COMMAND(io_open, dfd);
		r->slot = COMMAND(io_open, file_slot);
		r->args[0] = COMMAND(io_open, how.flags);
		r->args[1] = COMMAND(io_open, how.mode);
		r->args[2] = COMMAND(io_open, how.resolve);
		take_name(s, 0, NAME(io_open, filename));
		break;
	case OP_CLOSE:
		r->fd = COMMAND(io_close, fd);
		if (COMMAND(io_close, file_slot))
			r->fd = RING_DESCRIPTOR + COMMAND(io_close, file_slot) - 1;
		break;
	case OP_UNLINKAT:
		r->fd = COMMAND(io_unlink, dfd);
		r->args[0] = COMMAND(io_unlink, flags);
		take_name(s, 0, NAME(io_unlink, filename));
		break;
	case OP_RENAMEAT:
		r->fd = COMMAND(io_rename, old_dfd);
		r->args[0] = COMMAND(io_rename, flags);
		r->args[1] = COMMAND(io_rename, new_dfd);
		take_name(s, 0, NAME(io_rename, oldpath));
		take_name(s, 1, NAME(io_rename, newpath));
		break;
	case OP_MKDIRAT:
		r->fd = COMMAND(io_mkdir, dfd);
		r->args[0] = COMMAND(io_mkdir, mode);
		take_name(s, 0, NAME(io_mkdir, filename));
		break;
	case OP_LINKAT:
	case OP_SYMLINKAT:
		r->fd = COMMAND(io_link, old_dfd);
		r->args[0] = COMMAND(io_link, flags);
		r->args[1] = COMMAND(io_link, new_dfd);
		take_name(s, 0, NAME(io_link, oldpath));
		take_name(s, 1, NAME(io_link, newpath));
		break;
	case OP_SOCKET:
		r->slot = COMMAND(io_socket, file_slot);
		r->args[0] = COMMAND(io_socket, domain);
		r->args[1] = COMMAND(io_socket, type);
		r->args[2] = COMMAND(io_socket, protocol);
		break;
	case OP_CONNECT:
		take_address(s, req, (u64)COMMAND(io_connect, addr), COMMAND(io_connect, addr_len));
		break;
	case OP_BIND:
		if (bpf_core_type_exists(struct io_bind))
			take_address(s, req, 0, COMMAND(io_bind, addr_len));
		break;
	case OP_LISTEN:
		if (bpf_core_type_exists(struct io_listen))
			r->args[0] = COMMAND(io_listen, backlog);
		break;
	case OP_ACCEPT:
		r->slot = COMMAND(io_accept, file_slot);
		r->args[0] = COMMAND(io_accept, flags);
		/* before 6.3, any accept may be multishot, since iou_flags does not exist */
		r->args[1] = 1;
		if (bpf_core_field_exists(struct io_accept, iou_flags))
			r->args[1] = COMMAND(io_accept, iou_flags) & ACCEPT_MULTISHOT;
		break;
	case OP_SHUTDOWN:
		r->args[0] = COMMAND(io_shutdown, how);
		break;
	case OP_FTRUNCATE:
		if (bpf_core_type_exists(struct io_ftrunc))
			r->args[0] = COMMAND(io_ftrunc, len);
		break;
	case OP_FALLOCATE:
		r->args[0] = (u32)COMMAND(io_sync, mode);
		r->args[1] = COMMAND(io_sync, len);
		break;
	case OP_SETXATTR:
		take_name(s, 0, NAME(io_xattr, filename));
		/* fallthrough */
	case OP_FSETXATTR:
		r->args[0] = COMMAND(io_xattr, ctx.size);
		r->args[1] = COMMAND(io_xattr, ctx.flags);
		take_text(s, 1, (void *)COMMAND(io_xattr, ctx.kname));
		break;
	case OP_SPLICE:
		r->args[0] = COMMAND(io_splice, len);
		r->args[1] = COMMAND(io_splice, splice_fd_in);
		r->args[2] = COMMAND(io_splice, flags);
		if (r->args[2] & SPLICE_F_FD_IN_FIXED)
			r->args[1] += RING_DESCRIPTOR;
		break;
	}
	return 0;
}

/* The file in a slot of a ring. */
static __always_inline struct file *slot_file(struct io_ring_ctx *ring, u32 slot)
{
	unsigned long file = 0;

	if (!ring)
		return NULL;
	if (bpf_core_field_exists(ring->file_table.data)) {
		struct io_rsrc_node **nodes = BPF_CORE_READ(ring, file_table.data.nodes), *node = NULL;

		if (slot >= BPF_CORE_READ(ring, file_table.data.nr))
			return NULL;
		bpf_probe_read_kernel(&node, sizeof node, &nodes[slot]);
		if (node)
			file = BPF_CORE_READ(node, file_ptr);
	} else {
		struct io_file_table___plain *table = (void *)ring + bpf_core_field_offset(struct io_ring_ctx, file_table);
		struct io_ring_ctx___counted *counted = (void *)ring;
		struct io_fixed_file *files = BPF_CORE_READ(table, files);

		if (slot >= BPF_CORE_READ(counted, nr_user_files))
			return NULL;
		bpf_probe_read_kernel(&file, sizeof file, &files[slot]);
	}
	return (void *)(file & ~7ul);
}

static __always_inline void give_names(struct scratch *s, struct request *r, struct names *long_ones)
{
	s->args[2] = (u64)(r->long_names & 1 && long_ones ? long_ones->names[0] : r->names[0]);
	s->args[3] = (u64)(r->long_names & 2 && long_ones ? long_ones->names[1] : r->names[1]);
}

static __always_inline void add_remembered_address(struct scratch *s, struct request *r)
{
	clear_temporary(s);
	if (!r->address_length) {
		empty(s);
		return;
	}
	__builtin_memcpy(s->temporary, r->address, sizeof r->address);
	add_read_address(s);
}

static __always_inline void start(struct scratch *s, struct request *r, u16 type, u32 parameters)
{
	begin(s, type, parameters + 1, r->thread);
}

/* fd, path, target, first, second: the rows are those of src/event/types/generic.ts. */
static __always_inline void add_own_parameters(struct scratch *s, struct request *r, const char *path, const char *target)
{
	switch (r->opcode) {
	case OP_FTRUNCATE:
		add_u64(s, (s64)r->fd);
		empty(s);
		empty(s);
		add_u64(s, r->args[0]);
		empty(s);
		break;
	case OP_FALLOCATE:
		add_u64(s, (s64)r->fd);
		empty(s);
		empty(s);
		add_u32(s, r->args[0]);
		add_u64(s, r->args[1]);
		break;
	case OP_SETXATTR:
		empty(s);
		add_kernel_text(s, path);
		add_kernel_text(s, target);
		add_u64(s, r->args[0]);
		add_u32(s, r->args[1]);
		break;
	case OP_FSETXATTR:
		add_u64(s, (s64)r->fd);
		empty(s);
		add_kernel_text(s, target);
		add_u64(s, r->args[0]);
		add_u32(s, r->args[1]);
		break;
	default:
		for (int i = 0; i < 5; i++)
			empty(s);
	}
}

/* Writes the event of a request. Arguments: the file that it returned, the one that it uses (each may be NULL), its names. */
__noinline int tell_request(struct scratch *s, struct request *r)
{
	struct file *given, *used;
	const char *first, *second;
	u32 number;

	if (!s || !r)
		return 0;
	given = (void *)s->args[0];
	used = (void *)s->args[1];
	first = (void *)s->args[2];
	second = (void *)s->args[3];
	switch (r->opcode) {
	case OP_OPENAT:
	case OP_OPENAT2:
		look_up_file(s, given);
		start(s, r, r->opcode == OP_OPENAT ? 307 : 327, r->opcode == OP_OPENAT ? 9 : 10);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		add_kernel_text(s, first);
		/* the kernel adds it to the flags of each request */
		r->args[0] &= ~(u64)O_LARGEFILE;
		add_u32(s, open_flags(r->args[0]) | s->file_flags);
		add_u32(s, open_mode(r->args[0], r->args[1]));
		if (r->opcode == OP_OPENAT2)
			add_u32(s, convert(RESOLVE, r->args[2]));
		add_u32(s, s->dev);
		add_u64(s, s->ino);
		if (own_of_opened(s)) {
			add_watched_path(s, false);
		} else {
			empty(s);
			empty(s);
		}
		break;
	case OP_CLOSE:
		start(s, r, 5, 2);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		break;
	case OP_UNLINKAT:
		start(s, r, 303, 4);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		add_kernel_text(s, first);
		add_u32(s, convert(UNLINKAT, r->args[0]));
		break;
	case OP_RENAMEAT:
		start(s, r, 319, 6);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		add_kernel_text(s, first);
		add_u64(s, (s64)(s32)r->args[1]);
		add_kernel_text(s, second);
		add_u32(s, r->args[0]);
		break;
	case OP_MKDIRAT:
		start(s, r, 305, 4);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		add_kernel_text(s, first);
		add_u32(s, r->args[0]);
		break;
	case OP_SYMLINKAT:
		start(s, r, 181, 4);
		add_u64(s, s->ret);
		add_kernel_text(s, first);
		add_u64(s, (s64)(s32)r->args[1]);
		add_kernel_text(s, second);
		break;
	case OP_LINKAT:
		start(s, r, 311, 6);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		add_kernel_text(s, first);
		add_u64(s, (s64)(s32)r->args[1]);
		add_kernel_text(s, second);
		add_u32(s, convert(LINKAT, r->args[0]));
		break;
	case OP_SOCKET:
		start(s, r, 19, 5);
		add_u64(s, s->ret);
		add_u32(s, convert(FAMILY, r->args[0]));
		add_u32(s, r->args[1]);
		add_u32(s, r->args[2]);
		add_u32(s, convert(CLOEXEC_NONBLOCK, r->args[1]));
		break;
	case OP_BIND:
		start(s, r, 21, 3);
		add_u64(s, s->ret);
		add_remembered_address(s, r);
		add_u64(s, (s64)r->fd);
		break;
	case OP_CONNECT:
		start(s, r, 23, 4);
		add_u64(s, s->ret);
		s->sock = s->ret == 0 || s->ret == -EINPROGRESS ? (u64)sock_of_file(used) : 0;
		s->copied_address = (u64)r->address;
		add_socket_tuple(s, OUTBOUND, 1);
		s->copied_address = 0;
		add_u64(s, (s64)r->fd);
		add_remembered_address(s, r);
		break;
	case OP_LISTEN:
		start(s, r, 25, 3);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		add_u32(s, r->args[0]);
		break;
	case OP_ACCEPT:
		start(s, r, 389, 6);
		add_u64(s, s->ret);
		s->sock = (u64)sock_of_file(given);
		add_socket_tuple(s, INBOUND, 0);
		add_socket_backlog(s, s->ret >= 0 ? sock_of_file(used) : NULL);
		add_u32(s, convert(CLOEXEC_NONBLOCK, r->args[0]));
		break;
	case OP_SHUTDOWN:
		start(s, r, 37, 3);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		add_u8(s, convert(SHUTDOWN, r->args[0]));
		break;
	case OP_FIXED_FD_INSTALL:
		start(s, r, 367, 2);
		add_u64(s, s->ret);
		add_u64(s, (s64)r->fd);
		break;
	case OP_SPLICE:
		start(s, r, 167, 5);
		add_u64(s, s->ret);
		add_u64(s, (s64)(s32)r->args[1]);
		add_u64(s, (s64)r->fd);
		add_u64(s, r->args[0]);
		add_u32(s, convert(LOW_4_BITS, r->args[2]));
		break;
	default:
		number = same_call[r->opcode & (OPERATIONS - 1)] - 1;
		BOUND(number, SYSCALLS - 1);
		start(s, r, EVENT_GENERIC, 8);
		add_u16(s, settings.wanted[number]);
		add_u16(s, number);
		add_u64(s, s->ret);
		add_own_parameters(s, r, first, second);
	}
	add_u32(s, ORIGIN_IO_URING);
	deliver(s);
	return 0;
}

/* Completes the event of a remembered request. */
__noinline int complete_request(struct scratch *s, struct request *r, u64 at)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct io_kiocb *req = (void *)at;
	struct file *given = NULL;
	u32 slot;

	if (!s || !r || (s->ret < 0 && settings.drop_failed))
		return 0;
	slot = r->slot;
	if (slot && s->ret >= 0) {
		slot = slot == FILE_INDEX_ALLOC ? s->ret : slot - 1;
		given = slot_file((void *)r->ring, slot);
		s->ret = RING_DESCRIPTOR + (s64)slot;
	} else if (s->ret >= 0 && !(task->flags & PF_KTHREAD)) {
		given = file_of(s->ret);
	}
	s->args[0] = (u64)given;
	s->args[1] = (u64)BPF_CORE_READ(req, file);
	tell_request(s, r);
	return 0;
}

/* Reports a remembered request, unless it was already reported. */
static __always_inline void completed(struct scratch *s, u64 at, s32 result)
{
	struct request *r = bpf_map_lookup_elem(&requests, &at);

	if (!r)
		return;
	s->ret = result;
	give_names(s, r, r->long_names ? bpf_map_lookup_elem(&long_names, &at) : NULL);
	complete_request(s, r, at);
	if (r->long_names)
		bpf_map_delete_elem(&long_names, &at);
	bpf_map_delete_elem(&requests, &at);
}

/* Returns the file that a connect uses, which is not set in the request yet; NULL for other requests. */
static __always_inline struct file *file_used(struct request *r)
{
	if (r->opcode != OP_CONNECT)
		return NULL;
	if (r->fd >= RING_DESCRIPTOR)
		return slot_file((void *)r->ring, r->fd - RING_DESCRIPTOR);
	return file_of(r->fd);
}

static __always_inline bool opens(struct request *r)
{
	return r->opcode == OP_OPENAT || r->opcode == OP_OPENAT2;
}

/*
 * Reports the draft without its result: as success, with an unknown descriptor. A close is not reported: the kernel
 * cancels it if it is linked to a failing request, and the program could use the descriptor after the event.
 */
static __always_inline void report_now(struct scratch *s)
{
	struct request *r = draft(s);

	if (r->opcode == OP_CLOSE)
		return;
	s->ret = 0;
	if (opens(r) || r->opcode == OP_SOCKET || r->opcode == OP_ACCEPT)
		s->ret = r->slot && r->slot != FILE_INDEX_ALLOC ? RING_DESCRIPTOR + (s64)r->slot - 1 : UNKNOWN_DESCRIPTOR;
	s->args[0] = 0;
	s->args[1] = (u64)file_used(r);
	give_names(s, r, long_draft(s));
	tell_request(s, r);
}

/* Keeps the draft until the request completes. */
static __always_inline bool keep(struct scratch *s, u64 at)
{
	struct request *r = draft(s);

	if (r->long_names && bpf_map_update_elem(&long_names, &at, long_draft(s), BPF_ANY))
		return false;
	if (!bpf_map_update_elem(&requests, &at, r, BPF_ANY))
		return true;
	if (r->long_names)
		bpf_map_delete_elem(&long_names, &at);
	return false;
}

static __always_inline void remember(struct scratch *s, u64 at)
{
	struct request *r = draft(s);
	struct io_kiocb *req = (void *)at;

	/* success posts no completion: report the known parameters now, and the result if it becomes known */
	if (r->flags & CQE_SKIP_SUCCESS) {
		report_now(s);
		if (opens(r))
			keep(s, at);
		return;
	}
	if (!keep(s, at))
		report_now(s);
	if (r->opcode == OP_ACCEPT && r->args[1]) {
		struct in_ring key = { r->ring, BPF_CORE_READ(req, cqe.user_data) };

		bpf_map_update_elem(&accepts, &key, r, BPF_ANY);
	}
}

static __always_inline void remember_open(u64 ring, u64 at)
{
	struct ring_state *state = bpf_map_lookup_elem(&states, &ring), new = { .open = at };

	if (!state || !state->open)
		__sync_fetch_and_add(&unfinished, 1);
	if (state)
		state->open = at;
	else
		bpf_map_update_elem(&states, &ring, &new, BPF_ANY);
}

static __always_inline void forget_open(struct ring_state *state)
{
	state->open = 0;
	if (unfinished)
		__sync_fetch_and_add(&unfinished, -1);
}

/*
 * Reports the last open of a ring if it is done. Completions are reported in batches: the file may be closed by a
 * later request of the same batch. Each submission inspects the one before it.
 */
static __always_inline void inspect(u64 ring)
{
	struct ring_state *state;
	struct io_kiocb *req;
	struct request *r;
	struct scratch *s;
	u32 flags = 0;
	u64 at;

	state = bpf_map_lookup_elem(&states, &ring);
	if (!state || !state->open)
		return;
	at = state->open;
	req = (void *)at;
	r = bpf_map_lookup_elem(&requests, &at);
	if (!r) {
		forget_open(state);
		return;
	}
	bpf_core_read(&flags, sizeof flags, &req->flags);
	if (!(r->flags & ~flags & STATES))
		return;
	forget_open(state);
	s = claim();
	if (!s)
		return;
	completed(s, at, BPF_CORE_READ(req, cqe.res));
	release(s);
}

/* A new request can reuse the memory of one in the list. */
static __always_inline void forget_list(u64 ring)
{
	struct ring_state *state = bpf_map_lookup_elem(&states, &ring);

	if (!state || !state->first)
		return;
	state->first = 0;
	if (listed)
		__sync_fetch_and_add(&listed, -1);
}

/* Ends a request whose completion was missed and whose memory is reused. In the same ring, the memory has its result. */
static __always_inline void replace(struct scratch *s, u64 at)
{
	struct request *r = bpf_map_lookup_elem(&requests, &at);
	struct io_kiocb *req = (void *)at;

	if (!r)
		return;
	if (r->ring == (u64)BPF_CORE_READ(req, ctx))
		completed(s, at, BPF_CORE_READ(req, cqe.res));
	else if (r->flags & CQE_SKIP_SUCCESS)
		bpf_map_delete_elem(&requests, &at);
	else
		completed(s, at, opens(r) ? UNKNOWN_DESCRIPTOR : 0);
}

static __always_inline void submitted(u64 at)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct io_kiocb *req = (void *)at;
	struct scratch *s;
	u32 opcode, number;
	u16 id;

	if (!bpf_core_field_exists(req->cmd) || task->tgid == settings.own_tgid)
		return;
	if (unfinished)
		inspect((u64)BPF_CORE_READ(req, ctx));
	if (listed)
		forget_list((u64)BPF_CORE_READ(req, ctx));
	opcode = BPF_CORE_READ(req, opcode);
	if (opcode >= OPERATIONS)
		return;
	number = same_call[opcode];
	if (!number--)
		return;
	BOUND(number, SYSCALLS - 1);
	id = settings.wanted[number];
	if (!id || id == CANARY_ONLY)
		return;
	s = claim();
	if (!s)
		return;
	replace(s, at);
	draft(s)->opcode = opcode;
	/* requests from a kernel thread that polls a ring are attributed to the main thread */
	draft(s)->thread = task->flags & PF_IO_WORKER ? task->tgid : task->pid;
	read_request(s, at);
	remember(s, at);
	if (opens(draft(s)))
		remember_open(draft(s)->ring, at);
	release(s);
}

/* Before 6.3, the tracepoint is io_uring_submit_sqe. */
SEC("raw_tp/io_uring_submit_req")
int BPF_PROG(submit_req, u64 req)
{
	submitted(req);
	return 0;
}

/* Reports one of many completions of a request. */
static __always_inline void accepted(u64 ring, u64 user_data, s32 result)
{
	struct in_ring key = { ring, user_data };
	struct request *r = bpf_map_lookup_elem(&accepts, &key);
	struct file *given;
	struct scratch *s;

	if (!r || result < 0)
		return;
	given = r->slot ? slot_file((void *)ring, result) : file_of(result);
	if (!sock_of_file(given))
		return;
	s = claim();
	if (!s)
		return;
	s->ret = r->slot ? RING_DESCRIPTOR + (s64)result : result;
	s->args[0] = (u64)given;
	s->args[1] = (u64)(r->fd >= RING_DESCRIPTOR ? slot_file((void *)ring, r->fd - RING_DESCRIPTOR) : file_of(r->fd));
	give_names(s, r, NULL);
	tell_request(s, r);
	release(s);
}

static __always_inline void completes(u64 ring, u64 at, u64 user_data, s32 result)
{
	struct io_kiocb *req = (void *)at;
	struct scratch *s;

	if (!bpf_core_field_exists(req->cmd))
		return;
	if (unfinished)
		inspect(ring);
	if (!at) {
		accepted(ring, user_data, result);
		return;
	}
	if (!same_call[BPF_CORE_READ(req, opcode) & (OPERATIONS - 1)])
		return;
	if (!bpf_map_lookup_elem(&requests, &at))
		return;
	s = claim();
	if (!s)
		return;
	completed(s, at, BPF_CORE_READ(req, cqe.res));
	release(s);
	if (unfinished)
		inspect(ring);
}

struct io_uring_cqe {
	u64 user_data;
	s32 res;
};

SEC("raw_tp/io_uring_complete")
int BPF_PROG(complete, u64 ring, u64 req, u64 cqe)
{
	struct io_uring_cqe told = {};

	if (!req)
		bpf_probe_read_kernel(&told, sizeof told, (void *)cqe);
	completes(ring, req, told.user_data, told.res);
	return 0;
}

/* For kernels whose tracepoint has no completion queue entry. */
SEC("raw_tp/io_uring_complete")
int BPF_PROG(complete_values, u64 ring, u64 req, u64 user_data, u64 result)
{
	completes(ring, req, user_data, result);
	return 0;
}

/* Reports the next request of a list, to which `msg_iov` points. */
static long tell_listed(u32 index, void *unused)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &cpu);
	struct io_wq_work_node *node;
	struct io_kiocb *req;
	u64 at;

	if (!s || !s->msg_iov)
		return 1;
	node = (void *)s->msg_iov;
	at = s->msg_iov - bpf_core_field_offset(struct io_kiocb, comp_list);
	req = (void *)at;
	s->msg_iov = (u64)BPF_CORE_READ(node, next);
	completed(s, at, BPF_CORE_READ(req, cqe.res));
	return 0;
}

/* Returns the request of the current kernel worker, if it is one. Before 6.10, workers complete requests. */
static __always_inline u64 worker_request(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct io_worker *worker;
	u64 work;

	if (!(task->flags & PF_IO_WORKER) || !bpf_core_type_exists(struct io_worker))
		return 0;
	worker = BPF_CORE_READ(task, worker_private);
	if (!worker)
		return 0;
	work = (u64)BPF_CORE_READ(worker, cur_work);
	return work ? work - bpf_core_field_offset(struct io_kiocb, work) : 0;
}

/*
 * Handles a completion for which the completion queue has no room, which a program may cause. The tracepoint does not
 * pass the request, but it is in the list of completed requests. The first completion reports the whole list.
 */
SEC("raw_tp/io_uring_cqe_overflow")
int BPF_PROG(cqe_overflow, u64 key)
{
	struct ring_state *state = bpf_map_lookup_elem(&states, &key);
	struct io_ring_ctx *ring = (void *)key;
	struct scratch *s;
	u64 first, last, at;

	if (!bpf_core_field_exists(ring->submit_state.compl_reqs))
		return 0;
	at = worker_request();
	if (at) {
		s = claim();
		if (!s)
			return 0;
		completed(s, at, BPF_CORE_READ((struct io_kiocb *)at, cqe.res));
		release(s);
		return 0;
	}
	first = (u64)BPF_CORE_READ(ring, submit_state.compl_reqs.first);
	last = (u64)BPF_CORE_READ(ring, submit_state.compl_reqs.last);
	if (!first || (state && state->first == first && state->last == last))
		return 0;
	s = claim();
	if (!s)
		return 0;
	s->msg_iov = first;
	bpf_loop(MAX_LISTED, tell_listed, NULL, 0);
	release(s);
	if (!state || !state->first)
		__sync_fetch_and_add(&listed, 1);
	if (state) {
		state->first = first;
		state->last = last;
	} else {
		struct ring_state new = { .first = first, .last = last };

		bpf_map_update_elem(&states, &key, &new, BPF_ANY);
	}
	return 0;
}
