/** Event types of calls on descriptors, such as reads, writes and waits. See `parse.ts` for the format of a row. */
export const ioTypes = `
[io_other syscall]
4 CLOSE_E close destroys uses state old converted: fd FD
5 CLOSE_X close destroys uses state converted: res ERRNO, fd FD
90 IOCTL_2_E ioctl uses old converted: fd FD, request UINT64 hex
91 IOCTL_2_X ioctl uses old converted: res ERRNO
124 DUP_E dup creates uses state old converted: fd FD
125 DUP_X dup creates uses state old converted: res FD
150 FCNTL_E fcntl uses state old converted from fcntl,fcntl64: fd FD, cmd ENUMFLAGS8 fcntl_commands
151 FCNTL_X fcntl uses state converted from fcntl,fcntl64: res FD, fd FD, cmd ENUMFLAGS8 fcntl_commands, arg UINT64
    hex
166 SPLICE_E splice uses old converted: fd_in FD, fd_out FD, size UINT64, flags FLAGS32 splice_flags
167 SPLICE_X splice uses converted: res ERRNO, fd_in FD, fd_out FD, size UINT64, flags FLAGS32 splice_flags
170 IOCTL_3_E ioctl uses old converted: fd FD, request UINT64 hex, argument UINT64 hex
171 IOCTL_3_X ioctl uses converted: res ERRNO, fd FD, request UINT64 hex, argument UINT64 hex
338 IO_URING_SETUP_E io_uring_setup creates state old
339 IO_URING_SETUP_X io_uring_setup creates state: res ERRNO, entries UINT32, sq_entries UINT32, cq_entries UINT32,
    flags FLAGS32 io_uring_setup_flags, sq_thread_cpu UINT32, sq_thread_idle UINT32, features FLAGS32
    io_uring_setup_feats
340 IO_URING_ENTER_E io_uring_enter old
341 IO_URING_ENTER_X io_uring_enter uses: res ERRNO, fd FD, to_submit UINT32, min_complete UINT32, flags FLAGS32
    io_uring_enter_flags, sig SIGSET
342 IO_URING_REGISTER_E io_uring_register old
343 IO_URING_REGISTER_X io_uring_register uses: res ERRNO, fd FD, opcode ENUMFLAGS16 io_uring_register_opcodes, arg
    UINT64 hex, nr_args UINT32
362 DUP2_E dup2 creates uses state old: fd FD
363 DUP2_X dup2 creates uses state: res FD, oldfd FD, newfd FD
364 DUP3_E dup3 creates uses state old: fd FD
365 DUP3_X dup3 creates uses state: res FD, oldfd FD, newfd FD, flags FLAGS32 file_flags
366 DUP_1_E dup creates uses state old: fd FD
367 DUP_1_X dup creates uses state: res FD, oldfd FD
451 CLOSE_RANGE_X close_range state: res ERRNO, first UINT32, last UINT32, flags FLAGS32 close_range_flags
[io_read syscall]
6 READ_E read uses reads old converted: fd FD, size UINT32
7 READ_X read uses reads converted: res ERRNO, data BYTEBUF, fd FD, size UINT32
32 RECV_E recv uses reads old converted: fd FD, size UINT32
33 RECV_X recv uses reads converted: res ERRNO, data BYTEBUF, fd FD, size UINT32, tuple SOCKTUPLE
34 RECVFROM_E recvfrom uses reads state old converted: fd FD, size UINT32
35 RECVFROM_X recvfrom uses reads state converted: res ERRNO, data BYTEBUF, tuple SOCKTUPLE, fd FD, size UINT32
52 RECVMSG_E recvmsg uses reads state old converted: fd FD
53 RECVMSG_X recvmsg uses reads state converted: res ERRNO, size UINT32, data BYTEBUF, tuple SOCKTUPLE, msgcontrol
    BYTEBUF, fd FD
54 RECVMMSG_E recvmmsg old
55 RECVMMSG_X recvmmsg uses reads state converted: res ERRNO, fd FD, size UINT32, data BYTEBUF, tuple SOCKTUPLE,
    msgcontrol BYTEBUF
112 PREAD_E pread uses reads old converted from pread64: fd FD, size UINT32, pos UINT64
113 PREAD_X pread uses reads converted from pread64: res ERRNO, data BYTEBUF, fd FD, size UINT32, pos UINT64
116 READV_E readv uses reads old converted: fd FD
117 READV_X readv uses reads converted: res ERRNO, size UINT32, data BYTEBUF, fd FD
120 PREADV_E preadv uses reads old converted: fd FD, pos UINT64
121 PREADV_X preadv uses reads converted: res ERRNO, size UINT32, data BYTEBUF, fd FD, pos UINT64
[io_write syscall]
8 WRITE_E write uses writes old converted: fd FD, size UINT32
9 WRITE_X write uses writes converted: res ERRNO, data BYTEBUF, fd FD, size UINT32
28 SEND_E send uses writes old converted: fd FD, size UINT32
29 SEND_X send uses writes converted: res ERRNO, data BYTEBUF, fd FD, size UINT32, tuple SOCKTUPLE
30 SENDTO_E sendto uses writes state old converted: fd FD, size UINT32, tuple SOCKTUPLE
31 SENDTO_X sendto uses writes state converted: res ERRNO, data BYTEBUF, fd FD, size UINT32, tuple SOCKTUPLE
48 SENDMSG_E sendmsg uses writes state old converted: fd FD, size UINT32, tuple SOCKTUPLE
49 SENDMSG_X sendmsg uses writes state converted: res ERRNO, data BYTEBUF, fd FD, size UINT32, tuple SOCKTUPLE
50 SENDMMSG_E sendmmsg old
51 SENDMMSG_X sendmmsg uses writes state converted: res ERRNO, fd FD, size UINT32, data BYTEBUF, tuple SOCKTUPLE
114 PWRITE_E pwrite uses writes old converted from pwrite64: fd FD, size UINT32, pos UINT64
115 PWRITE_X pwrite uses writes converted from pwrite64: res ERRNO, data BYTEBUF, fd FD, size UINT32, pos UINT64
118 WRITEV_E writev uses writes old converted: fd FD, size UINT32
119 WRITEV_X writev uses writes converted: res ERRNO, data BYTEBUF, fd FD, size UINT32
122 PWRITEV_E pwritev uses writes old converted: fd FD, size UINT32, pos UINT64
123 PWRITEV_X pwritev uses writes converted: res ERRNO, data BYTEBUF, fd FD, size UINT32, pos UINT64
188 SENDFILE_E sendfile uses old converted from sendfile,sendfile64: out_fd FD, in_fd FD, offset UINT64, size UINT64
189 SENDFILE_X sendfile uses converted from sendfile,sendfile64: res ERRNO, offset UINT64, out_fd FD, in_fd FD, size
    UINT64
[wait syscall]
78 EPOLLWAIT_E epoll_wait waits old converted: maxevents ERRNO
79 EPOLLWAIT_X epoll_wait waits converted: res ERRNO, maxevents ERRNO
80 POLL_E poll waits old converted: fds FDLIST, timeout INT64
81 POLL_X poll waits converted: res ERRNO, fds FDLIST, timeout INT64
82 SELECT_E select waits old
83 SELECT_X select waits: res ERRNO
84 NEWSELECT_E select waits old
85 NEWSELECT_X select waits old converted: res ERRNO
254 PPOLL_E ppoll waits old converted: fds FDLIST, timeout RELTIME, sigmask SIGSET
255 PPOLL_X ppoll waits converted: res ERRNO, fds FDLIST, timeout RELTIME, sigmask SIGSET
374 EPOLL_CREATE_E epoll_create creates state old converted: size INT32
375 EPOLL_CREATE_X epoll_create creates state converted: res ERRNO, size INT32
376 EPOLL_CREATE1_E epoll_create1 creates state old converted: flags FLAGS32 epoll_create1_flags
377 EPOLL_CREATE1_X epoll_create1 creates state converted: res ERRNO, flags FLAGS32 epoll_create1_flags
`;
