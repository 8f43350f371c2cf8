// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Notes which threads transfer data to or from DNS servers, so that other calls of read and write are not tested for it. The tracepoints
 * are those of Linux 6.3, in all calls that transfer data of sockets. An object of its own, because a loader cannot have more programs.
 */

#include "transfers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

COMPLETE(inode);
COMPLETE(super_block);

SEC("raw_tp/sock_send_length")
int BPF_PROG(socket_sent, struct sock *sk)
{
	note_transfer(sk);
	return 0;
}

SEC("raw_tp/sock_recv_length")
int BPF_PROG(socket_received, struct sock *sk)
{
	note_transfer(sk);
	return 0;
}
