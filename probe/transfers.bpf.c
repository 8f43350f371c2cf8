// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Notes which threads transfer data to or from DNS servers, so that read and write calls of other threads are not tested. The
 * tracepoints are those of Linux 6.3, in all calls that transfer socket data. A separate object, because a loader cannot have more programs.
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
