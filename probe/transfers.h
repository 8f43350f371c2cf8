/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Sockets that exchange data with DNS servers, and the threads that use them. */
#pragma once

#include "net.h"

#define DNS_PORT 53

/* Threads that recently exchanged data with DNS servers, by the low bits of their IDs. A test of a descriptor
 * is much slower than a lookup here, and most reads and writes are on files. */
#define DNS_THREADS 4096
struct {
	/* Clock periods. `current` is that of the last exchange; a thread is forgotten two periods after its last exchange. */
	u32 current, unused;
	u32 of_thread[DNS_THREADS];
} dns_transfers SEC(".data.dns") = { .current = 2 };
/* 17 s. A thread is not preempted for that long between the exchange and the return of its call. */
#define DNS_PERIOD 34

/* Whether data on an internet socket may be exchanged with a DNS server: it is not connected to another port. A datagram
 * can be sent to any port even if its socket is connected. */
static __always_inline bool may_be_dns_socket(struct sock *sk)
{
	u16 family, remote;

	if (!sk)
		return false;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return false;
	remote = BPF_CORE_READ(sk, __sk_common.skc_dport);
	return !remote || remote == host_order(DNS_PORT) || BPF_CORE_READ(sk, sk_type) != SOCK_STREAM;
}

/* Notes that the current thread sent or received data on a socket. */
static __always_inline void note_transfer(struct sock *sk)
{
	u32 period;

	if (!may_be_dns_socket(sk))
		return;
	period = (bpf_ktime_get_ns() >> DNS_PERIOD) + 2;
	dns_transfers.of_thread[(u32)bpf_get_current_pid_tgid() % DNS_THREADS] = period;
	dns_transfers.current = period;
}

/* Whether the current thread may have exchanged data with a DNS server in the call that returns. */
static __always_inline bool recent_transfer(u32 tid)
{
	/* Another CPU may decrease the current period by one. */
	return !settings.dns_noted || (s32)(dns_transfers.current - dns_transfers.of_thread[tid % DNS_THREADS]) < 2;
}
