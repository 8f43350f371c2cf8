/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Data that calls read, write and pass: the first bytes, up to `settings.snaplen`, or `settings.dns_snaplen` with DNS servers. */
#pragma once

#include "dns.h"

#define MAX_VECTORS 32

struct vector {
	u64 base, length;
};

/* Adds data that a call has written to the buffer of the program. */
static __always_inline void add_received(struct scratch *s, u64 from)
{
	sized(s, s->ret > 0 && from ? put_user_bytes(s, from, snapped(s, s->ret)) : 0);
}

/* Adds data that a call reads from the buffer of the program. */
static __always_inline void add_sent(struct scratch *s, u64 from, u64 size)
{
	sized(s, from ? put_user_bytes(s, from, snapped(s, s->ret > 0 ? s->ret : (s64)size)) : 0);
}

/* Copies the vectors to the upper half of the scratch record, as 64-bit ones; returns their number. */
static __always_inline u32 read_vectors(struct scratch *s, u64 from, u64 n)
{
	struct vector *v = (void *)&s->record[MAX_RECORD];
	u64 size;

	if (n > MAX_VECTORS)
		n = MAX_VECTORS;
	if (!s->compat) {
		size = n * sizeof *v;
		BOUND(size, 0x3ff); /* 32 vectors are 0x200 bytes */
		if (!n || bpf_probe_read_user(v, size, (void *)from))
			return 0;
		return n;
	}
	size = n * 8;
	BOUND(size, 0x1ff);
	if (!n || bpf_probe_read_user(s->temporary, size, (void *)from))
		return 0;
	for (u32 i = 0; i < MAX_VECTORS; i++) {
		v[i].base = *(u32 *)&s->temporary[i * 8];
		v[i].length = *(u32 *)&s->temporary[i * 8 + 4];
	}
	return n;
}

/* Adds the concatenated bytes of the vectors, up to `limit`. */
SCRATCH_FUNCTION(add_vectors, (u64 from, u64 n, u32 limit), (from, n, limit))
{
	struct vector *v;
	u32 start, count, left, size;

	if (!s)
		return 0;
	start = s->at;
	count = read_vectors(s, from, n);
	v = (void *)&s->record[MAX_RECORD];
	for (u32 i = 0; i < MAX_VECTORS; i++) {
		if (i >= count)
			break;
		left = limit - (s->at - start);
		if (left > limit || left == 0)
			break;
		size = v[i].length < left ? v[i].length : left;
		if (size && !put_user_bytes(s, v[i].base, size & 0x3fff))
			break;
	}
	sized(s, s->at - start);
	return 0;
}

/* Adds the sum of the sizes of the vectors, u32. */
SCRATCH_FUNCTION(add_vectors_size, (u64 from, u64 n), (from, n))
{
	struct vector *v;
	u32 count, total = 0;

	if (!s)
		return 0;
	count = read_vectors(s, from, n);
	v = (void *)&s->record[MAX_RECORD];
	for (u32 i = 0; i < MAX_VECTORS; i++) {
		if (i >= count)
			break;
		total += v[i].length;
	}
	add_u32(s, total);
	return 0;
}

/* Decodes the header of a message (`many`: of one of several messages, whose transferred length becomes the result). */
SCRATCH_FUNCTION(read_message, (u64 from, u32 many), (from, many))
{
	u8 *t;

	if (!s)
		return 0;
	t = s->temporary;
	s->msg_name = s->msg_iov = s->msg_iovlen = s->msg_control = s->msg_controllen = 0;
	if (s->compat) {
		s->msg_ok = !bpf_probe_read_user(t, 32, (void *)(from + (u64)s->index * 32));
		if (!s->msg_ok)
			return 0;
		/* without a length, the kernel ignores the address */
		s->msg_name = *(u32 *)(t + 4) ? *(u32 *)t : 0;
		s->msg_iov = *(u32 *)(t + 8);
		s->msg_iovlen = *(u32 *)(t + 12);
		s->msg_control = *(u32 *)(t + 16);
		s->msg_controllen = *(u32 *)(t + 20);
		if (many)
			s->ret = *(u32 *)(t + 28);
	} else {
		if (many)
			s->msg_ok = !bpf_probe_read_user(t, 64, (void *)(from + (u64)s->index * 64));
		else
			s->msg_ok = !bpf_probe_read_user(t, 56, (void *)from);
		if (!s->msg_ok)
			return 0;
		s->msg_name = *(u32 *)(t + 8) ? *(u64 *)t : 0;
		s->msg_iov = *(u64 *)(t + 16);
		s->msg_iovlen = *(u64 *)(t + 24);
		s->msg_control = *(u64 *)(t + 32);
		s->msg_controllen = *(u64 *)(t + 40);
		if (many)
			s->ret = *(u32 *)(t + 56);
	}
	return 0;
}

/* number of descriptors of a poll u16, at most 16; then fd s64 and revents u16 of each */
SCRATCH_FUNCTION(add_poll_list, (u64 from, u32 n), (from, n))
{
	u32 events, told;
	u64 size;

	if (!s)
		return 0;
	if (n > 16)
		n = 16;
	size = n * 8;
	BOUND(size, 0xff);
	if (bpf_probe_read_user(s->temporary, size, (void *)from)) {
		add_u16(s, 0);
		return 0;
	}
	put_u16(s, n);
	for (u32 i = 0; i < 16; i++) {
		if (i >= n)
			break;
		events = *(u16 *)&s->temporary[i * 8 + 6];
		/* in, pri and out keep their bits; err, hup, nval and later ones are shifted to leave a bit for rdhup */
		told = (events & 7) | (events & 0x3f8) << 1 | (events & 0x2000 ? 8 : 0);
		put_u64(s, (s64) * (s32 *)&s->temporary[i * 8]);
		put_u16(s, told);
	}
	sized(s, 2 + n * 10);
	return 0;
}
