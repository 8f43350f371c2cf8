/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Calls that transfer data to or from a DNS server. */
#pragma once

#include "transfers.h"

/* Returns the port (network order) of the address that a call passes or fills in; 0 if there is none. */
static __always_inline u16 port_of_argument(struct scratch *s, u32 number)
{
	u64 address = 0;
	u16 port = 0;

	switch (number) {
	case __NR_sendto:
	case __NR_recvfrom:
		address = s->args[4];
		break;
	case __NR_sendmsg:
	case __NR_recvmsg:
	case __NR_sendmmsg:
	case __NR_recvmmsg:
		/* for several messages, the header of the first one, which begins with the address */
		bpf_probe_read_user(&address, s->compat ? 4 : 8, (void *)s->args[1]);
		break;
	}
	/* the port is at the same offset in both kinds of addresses */
	if (address)
		bpf_probe_read_user(&port, sizeof port, (void *)(address + 2));
	return port;
}

/* Whether the call of the event transfers data to or from a DNS server. */
static __always_inline bool reaches_dns(struct scratch *s, u32 number)
{
	struct sock *sk = sock_of(s->args[0]);
	u16 port;

	if (!may_be_dns_socket(sk))
		return false;
	if (BPF_CORE_READ(sk, __sk_common.skc_dport) == host_order(DNS_PORT))
		return true;
	port = port_of_argument(s, number);
	return port == host_order(DNS_PORT);
}
