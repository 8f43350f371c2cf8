/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Delivery of events to the ring. An event is composed in a scratch area of its CPU (its length is unknown before its
 * strings are read) and copied to the ring of the CPU in one operation:
 *
 *   0  u32 CPU, u32 unused
 *   8  u64 time (ns since the epoch), u64 thread, u32 length (from offset 8), u16 type, u32 number of parameters
 *  34  u16 lengths of the parameters, then the parameters
 *
 * From offset 8, this is the event block of capture files.
 *
 * While more than half of a ring is unread, it is shared fairly: until the reader has read half a ring, a process may
 * add only a 256th of the ring, and a user in a cgroup a 32nd. A flood by one process or user therefore cannot displace
 * the events of others, which wait for at most half a ring. Starts and ends of processes count only for the share of
 * the user.
 */
#pragma once

#include "variant.h"

#define PREFIX 8
#define HEADER 26
#define MAX_RECORD 0x10000
#define MASK (MAX_RECORD - 1)
#define PAGE_PATH 4096
/* Maximum recorded size of buffers that the state depends on. With more, a few calls would fill a ring buffer. */
#define KEPT_WHOLE 4096
#define SYSCALLS 512
#define EVENT_GENERIC 1
#define COPY 96
/* Maximum number of components of a cgroup path, with the empty name of the root. */
#define CGROUP_DEPTH 16

/* Number of counters for the shares of processes and users, and the shares as powers of 1/2 of a ring. */
#define SHARES 1024
#define USER_SHARE 5
#define PROCESS_SHARE 8

/* Sizes of the tables of watched objects. */
#define WATCHED_BITS 0x10000
#define OBJECTS 1024
#define OBJECT_TEXTS 0x8000

/* Numbers of recorded events, and of dropped events by reason; the reader depends on the order. */
enum counter {
	COUNT_EVENTS,
	COUNT_RING_FULL,
	COUNT_TOO_LARGE,
	COUNT_SCRATCH_BUSY,
	COUNT_NO_RING,
	COUNT_OVER_SHARE,
	/* Not a number: the last process that had used its share or the share of its user: process << 32 | user. */
	LAST_OVER_SHARE,
	COUNTERS,
};

struct counts {
	u64 values[8];
};

/* State shared by the steps of one event. Positions are in memory, not in registers, so that the verifier sees the
 * same state in every iteration of a loop and checks it only once. */
struct scratch {
	u32 busy;
	u32 cpu;
	/* Next free byte, and next free entry in the table of lengths. */
	u32 at;
	u32 lengths;
	u64 args[8];
	s64 ret;
	u32 compat;
	/* The current message of a sendmmsg or recvmmsg. */
	u32 index;
	/* The call: its ID in the event tables, and its number. */
	u16 id, number;

	/* Found by look_up: the file that the call returned. */
	u64 ino;
	u32 dev;
	u32 file_flags;

	/* The path that the call was given, as a range of the record. */
	u32 given_start, given_end;
	/* Address of that path in memory of the program, and whether the path may have been rewritten. */
	u64 given_address;
	u32 given_rewritable;

	/* Found by find_object; see object.h. */
	struct object_found {
		u64 dentry, mnt, ino, directory, magic, sb;
		u32 sb_dev;
		u32 dev, links, name, name_length, watched;
		/* Whether the file system is in memory: tmpfs, ramfs, hugetlbfs. */
		u32 in_memory;
		/* The same numbers in the layer of an overlay that contains the file; 0 for other files. */
		u64 layer_ino, layer_parent;
		u32 layer_dev;
	} object;

	/* Found by read_message: the header of a message. */
	u64 msg_name, msg_iov, msg_iovlen, msg_control, msg_controllen;
	u32 msg_ok;

	/* Whether the call transfers data to or from a DNS server. */
	u32 dns;

	/* State of the walk from a file to the root of its tree. */
	u32 walk_at;
	u64 walk_dentry, walk_mount;
	u32 walk_met;
	u64 names[CGROUP_DEPTH];

	/* The thread and the socket of the event, for functions that cannot have pointers to them as arguments. */
	u64 task, sock;
	/* The copy of the address that the caller gave; 0: it is in memory of the program. */
	u64 copied_address;

	u8 temporary[1024];
	/* Copies of parts of a file, an inode and two dentries. */
	u8 copies[4][COPY];
	u8 record[2 * MAX_RECORD];

	/* Bytes that processes and users have added in an epoch. The index is a hash of all three. */
	struct share {
		u32 epoch, bytes;
	} shares[SHARES];
};

struct record_header {
	u64 cpu;
	u64 time, tid;
	u32 size;
	u16 type, parameters_low, parameters_high;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct counts);
} counters SEC(".maps");

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* The ring of each CPU; the reader creates the rings, and several CPUs may share one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct ring);
} rings SEC(".maps");

/* A value of `wanted`: the call is recorded only if it is a canary of the reader. */
#define CANARY_ONLY 0xffff
/* A bit of a value of `wanted`: the call is recorded only if it makes a file executable that is in memory or unlinked. */
#define CODE_ONLY 0x4000
/* A bit of a value of `wanted`: the call is recorded only if it transfers data to or from a DNS server. */
#define DNS_ONLY 0x2000
/* A bit of a value of `wanted`: data to and from DNS servers is recorded up to `dns_snaplen`. */
#define DNS_WHOLE 0x1000

/* Settings, written by the reader with `configure`; some are changed while the probe runs. */
struct {
	u64 boot_time;
	u32 own_tgid;
	u32 snaplen;
	u32 drop_failed;
	/* Whether notes are sent to the reader (enum note). */
	u32 notes;
	/* Replaces `snaplen` for data to and from DNS servers; not less than `snaplen`. */
	u32 dns_snaplen;
	/* Whether data exchanged with DNS servers is noted; see transfers.h. */
	u32 dns_noted;
	/* By system call number: 0 if disabled, otherwise CANARY_ONLY, or the ID of the call with the bits above. */
	u16 wanted[SYSCALLS];
	/* 64-bit system call numbers plus one, by 32-bit number; 0 for calls without one. */
	u16 of_compat[SYSCALLS];
	/* Watched objects; see object.h. */
	u32 watching, unused;
	u64 watched[WATCHED_BITS / 64];
	struct object {
		u64 ino;
		u32 dev;
		u16 name, text;
	} objects[OBJECTS];
	char object_texts[OBJECT_TEXTS];
} settings SEC(".data.settings");

/* Hides the origin of a pointer: stores through a pointer known to point to bytes are compiled to byte stores. */
static __always_inline void *spot(struct scratch *s, u32 at)
{
	return &s->record[at & MASK];
}

static __always_inline void count(u32 cpu, enum counter reason)
{
	struct counts *c = bpf_map_lookup_elem(&counters, &cpu);

	if (c)
		c->values[reason]++;
}

static __always_inline void count_over_share(u32 cpu)
{
	struct counts *c = bpf_map_lookup_elem(&counters, &cpu);

	if (!c)
		return;
	c->values[COUNT_OVER_SHARE]++;
	c->values[LAST_OVER_SHARE] = bpf_get_current_pid_tgid() >> 32 << 32 | (u32)bpf_get_current_uid_gid();
}

/* The scratch area of this CPU. */
static __always_inline struct scratch *own_scratch(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&scratches, &cpu);
}

static __always_inline struct scratch *claim(void)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &cpu);

	if (!s)
		return NULL;
	if (s->busy) {
		count(cpu, COUNT_SCRATCH_BUSY);
		return NULL;
	}
	s->busy = 1;
	s->cpu = cpu;
	s->dns = 0;
	return s;
}

static __always_inline void begin(struct scratch *s, u16 type, u32 parameters, u64 tid)
{
	struct record_header *h = spot(s, 0);

	h->cpu = s->cpu;
	h->time = settings.boot_time + bpf_ktime_get_boot_ns();
	h->tid = tid;
	h->type = type;
	h->parameters_low = parameters;
	h->parameters_high = 0;
	s->lengths = PREFIX + HEADER;
	s->at = PREFIX + HEADER + 2 * parameters;
}

/* Counts the bytes of an event for a process or user. Returns false if it has used its share in this epoch. */
static __always_inline bool draw(struct scratch *s, u64 key, u32 epoch, u32 size, u64 share)
{
	u64 i = ((key ^ epoch) * 0x9e3779b97f4a7c15) >> 32;
	struct share *used;

	BOUND(i, SHARES - 1);
	used = &s->shares[i];
	if (used->epoch != epoch) {
		used->epoch = epoch;
		used->bytes = 0;
	}
	if (used->bytes > share)
		return false;
	used->bytes += size;
	return true;
}

/* Whether the current process may add an event to a ring. */
static __always_inline bool may_add(struct scratch *s, void *ring, u32 size, bool counts_for_process)
{
	u64 total = bpf_ringbuf_query(ring, BPF_RB_RING_SIZE), half = total / 2;
	u64 tgid, user;
	u32 epoch;

	if (bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) <= half)
		return true;
	tgid = bpf_get_current_pid_tgid() >> 32;
	if (tgid == settings.own_tgid || !half)
		return true;
	epoch = bpf_ringbuf_query(ring, BPF_RB_CONS_POS) / half;
	user = bpf_get_current_cgroup_id() << 32 | (u32)bpf_get_current_uid_gid();
	if (counts_for_process && !draw(s, tgid, epoch, size, total >> PROCESS_SHARE))
		return false;
	return draw(s, user * 0xff51afd7ed558ccd, epoch, size, total >> USER_SHARE);
}

static __always_inline void deliver_shared(struct scratch *s, bool counts_for_process)
{
	u64 size = s->at;
	u32 cpu = s->cpu;
	void *ring;

	if (size > MASK) {
		count(cpu, COUNT_TOO_LARGE);
		return;
	}
	ring = bpf_map_lookup_elem(&rings, &cpu);
	if (!ring) {
		count(cpu, COUNT_NO_RING);
		return;
	}
	if (!may_add(s, ring, size, counts_for_process)) {
		count_over_share(cpu);
		return;
	}
	((struct record_header *)spot(s, 0))->size = size - PREFIX;
	BOUND(size, MASK);
	if (bpf_ringbuf_output(ring, s->record, size, 0))
		count(cpu, COUNT_RING_FULL);
	else
		count(cpu, COUNT_EVENTS);
}

static __always_inline void deliver(struct scratch *s)
{
	deliver_shared(s, true);
}

/* Delivers the start or end of a process, or a note. */
static __always_inline void deliver_lifecycle(struct scratch *s)
{
	deliver_shared(s, false);
}

static __always_inline void release(struct scratch *s)
{
	s->busy = 0;
}

/* Functions that write parameters: put_* add bytes, sized() ends the parameter, the others do both. */

static __always_inline void sized(struct scratch *s, u16 bytes)
{
	u16 *to = spot(s, s->lengths);

	*to = bytes;
	s->lengths += 2;
}

static __always_inline void put_u8(struct scratch *s, u8 value)
{
	s->record[s->at & MASK] = value;
	s->at += 1;
}

static __always_inline void put_u16(struct scratch *s, u16 value)
{
	u16 *to = spot(s, s->at);

	*to = value;
	s->at += 2;
}

static __always_inline void put_u32(struct scratch *s, u32 value)
{
	u32 *to = spot(s, s->at);

	*to = value;
	s->at += 4;
}

static __always_inline void put_u64(struct scratch *s, u64 value)
{
	u64 *to = spot(s, s->at);

	*to = value;
	s->at += 8;
}

static __always_inline void empty(struct scratch *s)
{
	sized(s, 0);
}

static __always_inline void add_u8(struct scratch *s, u8 value)
{
	put_u8(s, value);
	sized(s, 1);
}

static __always_inline void add_u16(struct scratch *s, u16 value)
{
	put_u16(s, value);
	sized(s, 2);
}

static __always_inline void add_u32(struct scratch *s, u32 value)
{
	put_u32(s, value);
	sized(s, 4);
}

static __always_inline void add_u64(struct scratch *s, u64 value)
{
	put_u64(s, value);
	sized(s, 8);
}

/* Adds a text with its NUL; returns the number of bytes, 0 if it cannot be read. */
static __always_inline u32 put_user_text(struct scratch *s, u64 from, u32 limit)
{
	long n = bpf_probe_read_user_str(&s->record[s->at & MASK], limit, (void *)from);

	if (n < 0)
		return 0;
	s->at += n;
	return n;
}

static __always_inline u32 put_kernel_text(struct scratch *s, const void *from, u32 limit)
{
	long n = bpf_probe_read_kernel_str(&s->record[s->at & MASK], limit, from);

	if (n < 0)
		return 0;
	s->at += n;
	return n;
}

/* Adds exactly `size` bytes, or none. */
static __always_inline u32 put_user_bytes(struct scratch *s, u64 from, u64 size)
{
	BOUND(size, MASK);
	if (!size || bpf_probe_read_user(&s->record[s->at & MASK], size, (void *)from))
		return 0;
	s->at += size;
	return size;
}

/* The recorded size of data of a given size. */
static __always_inline u32 snapped(struct scratch *s, s64 size)
{
	u32 limit = (s->dns ? settings.dns_snaplen : settings.snaplen) & 0x3fff;

	return size < limit ? size < 0 ? 0 : size : limit;
}

static __always_inline void add_user_text(struct scratch *s, u64 from)
{
	sized(s, from ? put_user_text(s, from, PAGE_PATH) : 0);
}

static __always_inline void add_kernel_text(struct scratch *s, const void *from)
{
	sized(s, put_kernel_text(s, from, PAGE_PATH));
}
