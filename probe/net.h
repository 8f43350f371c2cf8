/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Addresses and endpoints of sockets. */
#pragma once

#include "file.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define UNIX_PATH 109
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define EINPROGRESS 115

enum direction { OUTBOUND, INBOUND, CONNECTED };

static __always_inline u16 host_order(u16 port)
{
	return __builtin_bswap16(port);
}

static __always_inline struct sock *sock_of_file(struct file *file)
{
	struct socket *socket;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

static __always_inline struct sock *sock_of(s32 fd)
{
	return sock_of_file(file_of(fd));
}

/* Adds the path of a Unix address in `temporary`, without the leading NUL of an abstract one. */
static __always_inline void put_unix_path(struct scratch *s, u32 at)
{
	u8 *path = &s->temporary[at];

	put_kernel_text(s, path[0] ? path : path + 1, UNIX_PATH);
}

static __always_inline void clear_temporary(struct scratch *s)
{
	__builtin_memset(s->temporary, 0, 128);
}

/* family u8, then address and port (host order), or path, of the address in `temporary` */
static __always_inline void add_read_address(struct scratch *s)
{
	u32 start = s->at;

	switch (*(u16 *)s->temporary) {
	case AF_INET:
		put_u8(s, AF_INET);
		put_u32(s, *(u32 *)&s->temporary[4]);
		put_u16(s, host_order(*(u16 *)&s->temporary[2]));
		break;
	case AF_INET6:
		put_u8(s, AF_INET6);
		put_u64(s, *(u64 *)&s->temporary[8]);
		put_u64(s, *(u64 *)&s->temporary[16]);
		put_u16(s, host_order(*(u16 *)&s->temporary[2]));
		break;
	case AF_UNIX:
		put_u8(s, AF_UNIX);
		put_unix_path(s, 2);
		break;
	}
	sized(s, s->at - start);
}

SCRATCH_FUNCTION(add_address, (u64 from, u32 length), (from, length))
{
	u64 size;

	if (!s)
		return 0;
	clear_temporary(s);
	length &= 0xffff;
	if (length > 127)
		length = 127;
	size = length;
	BOUND(size, 127);
	if (!size || bpf_probe_read_user(s->temporary, size, (void *)from))
		empty(s);
	else
		add_read_address(s);
	return 0;
}

static __always_inline void put_ip(struct scratch *s, u32 *ip, bool six)
{
	put_u32(s, ip[0]);
	if (six) {
		put_u32(s, ip[1]);
		put_u32(s, ip[2]);
		put_u32(s, ip[3]);
	}
}

static __always_inline long read_given(struct scratch *s, u64 from, u32 size)
{
	if (s->copied_address)
		return bpf_probe_read_kernel(s->temporary, size, (void *)s->copied_address);
	return bpf_probe_read_user(s->temporary, size, (void *)from);
}

/* Sets the remote end of an internet socket from the address in `temporary`, of either family if the socket has IPv6. */
static __always_inline u16 remote_in_address(struct scratch *s, u32 *remote, bool six)
{
	if (!six) {
		remote[0] = *(u32 *)&s->temporary[4];
	} else if (*(u16 *)s->temporary == AF_INET) {
		remote[0] = remote[1] = 0;
		remote[2] = __builtin_bswap32(0xffff);
		remote[3] = *(u32 *)&s->temporary[4];
	} else {
		remote[0] = *(u32 *)&s->temporary[8];
		remote[1] = *(u32 *)&s->temporary[12];
		remote[2] = *(u32 *)&s->temporary[16];
		remote[3] = *(u32 *)&s->temporary[20];
	}
	return *(u16 *)&s->temporary[2];
}

/* family u8, then address and port of source and destination; for a unix socket the kernel addresses of the
 * two ends, source first, and the path of the bound one. The peer of an unconnected socket is `given`, the
 * caller's address, if any; the peer of a connected inet socket is the address that the kernel read, which may differ.
 * A datagram goes to `given` even if its socket is connected to another address. */
SCRATCH_FUNCTION(add_socket_tuple, (u32 direction, u64 given), (direction, given))
{
	struct sock *sk;
	u32 start, local[4] = {}, remote[4] = {};
	u16 family, type, local_port, remote_port;
	bool six, redirected;

	if (!s)
		return 0;
	sk = (void *)s->sock;
	if (!sk) {
		empty(s);
		return 0;
	}
	start = s->at;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family == AF_INET || (family == AF_INET6 && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))) {
		struct inet_sock *inet = (void *)sk;

		six = family == AF_INET6;
		if (six && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
			struct ipv6_pinfo *own = BPF_CORE_READ(inet, pinet6);

			bpf_core_read(local, sizeof local, &own->saddr);
			bpf_core_read(remote, sizeof remote, &sk->__sk_common.skc_v6_daddr);
		} else {
			local[0] = BPF_CORE_READ(inet, inet_saddr);
			remote[0] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		}
		local_port = BPF_CORE_READ(inet, inet_sport);
		remote_port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		type = BPF_CORE_READ(sk, sk_type);
		redirected = direction == OUTBOUND && !s->copied_address && type != SOCK_STREAM;
		if (given && (redirected || (!remote_port && direction != CONNECTED))) {
			clear_temporary(s);
			/* of an IPv6 address, the last 4 of 28 bytes may be absent; one of IPv4 has 16 */
			if (!six || read_given(s, given, 24))
				read_given(s, given, 16);
			/* IPv6 datagrams with an address of no family go to the peer */
			if (!six || type != SOCK_DGRAM || *(u16 *)s->temporary)
				remote_port = remote_in_address(s, remote, six);
		}
		put_u8(s, family);
		if (direction != INBOUND) {
			put_ip(s, local, six);
			put_u16(s, host_order(local_port));
			put_ip(s, remote, six);
			put_u16(s, host_order(remote_port));
		} else {
			put_ip(s, remote, six);
			put_u16(s, host_order(remote_port));
			put_ip(s, local, six);
			put_u16(s, host_order(local_port));
		}
	} else if (family == AF_UNIX) {
		struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
		struct sock *named = direction == INBOUND ? sk : peer;

		put_u8(s, AF_UNIX);
		put_u64(s, direction == INBOUND ? (u64)sk : (u64)peer);
		put_u64(s, direction == INBOUND ? (u64)peer : (u64)sk);
		clear_temporary(s);
		if (!named && given) {
			read_given(s, given, 110);
		} else {
			struct unix_address *address = BPF_CORE_READ((struct unix_sock *)named, addr);

			if (address)
				bpf_core_read(s->temporary, 110, &address->name[0]);
		}
		put_unix_path(s, 2);
	}
	sized(s, s->at - start);
	return 0;
}

static __always_inline void add_tuple(struct scratch *s, s32 fd, u32 direction, u64 given)
{
	s->sock = (u64)sock_of(fd);
	add_socket_tuple(s, direction, given);
}

/* Use of the queue of a listening socket: percent u8, length u32, limit u32 */
static __always_inline void add_socket_backlog(struct scratch *s, struct sock *sk)
{
	u32 length = 0, limit = 0;

	if (sk) {
		length = BPF_CORE_READ(sk, sk_ack_backlog);
		limit = BPF_CORE_READ(sk, sk_max_ack_backlog);
	}
	add_u8(s, length && limit ? (u64)length * 100 / limit : 0);
	add_u32(s, length);
	add_u32(s, limit);
}

static __always_inline void add_backlog(struct scratch *s, s32 fd)
{
	add_socket_backlog(s, s->ret >= 0 ? sock_of(fd) : NULL);
}

/* fd1, fd2, source, peer of a socketpair */
static __always_inline void add_socket_pair(struct scratch *s, u64 from)
{
	u64 source = 0, peer = 0;
	s32 fds[2] = { -1, -1 };

	if (s->ret == 0) {
		bpf_probe_read_user(fds, sizeof fds, (void *)from);
		source = (u64)sock_of(fds[0]);
		if (source)
			peer = (u64)BPF_CORE_READ((struct unix_sock *)source, peer);
	}
	add_u64(s, (s64)fds[0]);
	add_u64(s, (s64)fds[1]);
	add_u64(s, source);
	add_u64(s, peer);
}

/* fd1, fd2, inode of a pipe */
static __always_inline void add_pipe(struct scratch *s, u64 from)
{
	s32 fds[2] = { -1, -1 };
	struct file *file;
	u64 ino = 0;

	if (bpf_probe_read_user(fds, sizeof fds, (void *)from))
		fds[0] = fds[1] = -1;
	if (s->ret == 0) {
		file = file_of(fds[0]);
		if (file)
			ino = BPF_CORE_READ(file, f_inode, i_ino);
	}
	add_u64(s, (s64)fds[0]);
	add_u64(s, (s64)fds[1]);
	add_u64(s, ino);
}

/* level u8, name u8, value (after its kind u8), length u32 */
SCRATCH_FUNCTION(add_socket_option, (u32 level, u32 name, u64 value, u32 length), (level, name, value, length))
{
	u32 start;
	u64 read[2] = {};
	u32 known;

	if (!s)
		return 0;
	known = level == SOL_SOCKET ? convert(SOCKOPT_NAME, name) : 0;
	add_u8(s, convert(SOCKOPT_LEVEL, level));
	add_u8(s, known);
	start = s->at;
	switch (known) {
	case 4: /* SO_ERROR */
		put_u8(s, 1);
		bpf_probe_read_user(read, 4, (void *)value);
		put_u64(s, (s64)-(s32)read[0]);
		break;
	case 20: /* SO_RCVTIMEO, SO_SNDTIMEO */
	case 21:
		put_u8(s, 4);
		bpf_probe_read_user(read, 16, (void *)value);
		put_u64(s, read[0] * 1000000000 + read[1] * 1000);
		break;
	case 53: /* SO_COOKIE */
		put_u8(s, 3);
		bpf_probe_read_user(read, 8, (void *)value);
		put_u64(s, read[0]);
		break;
	case 0: /* of another level or unknown, linger, peercred, filters, peer names, memory: unchanged */
	case 13:
	case 17:
	case 26:
	case 28:
	case 50:
	case 51:
	case 52:
		put_u8(s, 0);
		put_user_bytes(s, value, snapped(s, length));
		break;
	default:
		put_u8(s, 2);
		bpf_probe_read_user(read, 4, (void *)value);
		put_u32(s, read[0]);
	}
	sized(s, s->at - start);
	add_u32(s, length);
	return 0;
}
