/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Conversion of Linux values to the numbers of events, which are the same on every architecture.
 */
#pragma once

#include "kernel.h"

enum conversion {
	AS_IS,
	OPEN_FLAGS,
	MODE,
	MKNOD_MODE,
	CLOEXEC_NONBLOCK,
	PIPE_FLAGS,
	CLOEXEC,
	NONBLOCK,
	RESOLVE,
	CLONE_FLAGS,
	FAMILY,
	PROT,
	MMAP_FLAGS,
	FCNTL,
	SOCKOPT_LEVEL,
	SOCKOPT_NAME,
	FUTEX,
	LOW_3_BITS,
	RLIMIT,
	SHUTDOWN,
	WHENCE,
	FLOCK,
	QUOTA_COMMAND,
	QUOTA_TYPE,
	QUOTA_FORMAT,
	SEMGET,
	SEMCTL,
	SEMOP,
	PTRACE,
	UNLINKAT,
	LINKAT,
	STATAT,
	MOUNT_FLAGS,
	DELETE_MODULE,
	LOW_4_BITS,
	LOWEST_BIT,
	CLOSE_RANGE,
	IORING_SETUP,
	IORING_FEATURES,
	EPOLL_CLOEXEC,
	DEVICE,
};

#define FLAG(from, to)                                                                                                 \
	if (v & (from))                                                                                                \
	r |= (to)
#define BIT(n) (1u << (n))

#if defined(__TARGET_ARCH_arm64)
#define O_DIRECTORY 040000
#define O_DIRECT 0200000
#define O_LARGEFILE 0400000
#else
#define O_DIRECT 040000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000
#endif
#define O_CREAT 0100
#define O_NONBLOCK 04000
#define O_CLOEXEC 02000000
#define O_TMPFILE (020000000 | O_DIRECTORY)

#define TO_O_NONBLOCK BIT(6)
#define TO_O_DIRECT BIT(9)
#define TO_O_CLOEXEC BIT(12)
#define TO_O_CREATED BIT(14)
#define TO_UPPER_LAYER BIT(15)
#define TO_LOWER_LAYER BIT(16)

static __always_inline u32 open_flags(u32 v)
{
	/* 0, 1, 2 of Linux are 1, 2, 3 here */
	u32 r = (v & 3) == 1 ? 2 : (v & 3) == 2 ? 3 : 1;

	FLAG(O_CREAT, BIT(2));
	FLAG(O_TMPFILE, BIT(13));
	FLAG(02000, BIT(3));
	FLAG(010000, BIT(4));
	FLAG(0200, BIT(5));
	FLAG(O_NONBLOCK, TO_O_NONBLOCK);
	FLAG(04010000, BIT(7));
	FLAG(01000, BIT(8));
	FLAG(O_DIRECT, TO_O_DIRECT);
	FLAG(O_DIRECTORY, BIT(10));
	FLAG(O_LARGEFILE, BIT(11));
	FLAG(O_CLOEXEC, TO_O_CLOEXEC);
	return r;
}

/* The mode is used only if the call may create a file. */
static __always_inline u32 open_mode(u32 flags, u32 mode)
{
	return flags & (O_CREAT | O_TMPFILE) ? mode & 07777 : 0;
}

static __always_inline u32 clone_flags(u64 v)
{
	u32 r = 0;

	FLAG(0x400, BIT(0));
	FLAG(0x200, BIT(1));
	FLAG(0x80000000, BIT(2));
	FLAG(0x08000000, BIT(3));
	FLAG(0x40000000, BIT(4));
	FLAG(0x00020000, BIT(5));
	FLAG(0x20000000, BIT(6));
	FLAG(0x04000000, BIT(7));
	FLAG(0x8000, BIT(8));
	FLAG(0x100000, BIT(9));
	FLAG(0x2000, BIT(10));
	FLAG(0x800, BIT(11));
	FLAG(0x40000, BIT(12));
	FLAG(0x10000, BIT(13));
	FLAG(0x800000, BIT(14));
	FLAG(0x100, BIT(15));
	FLAG(0x10000000, BIT(20));
	FLAG(0x200000, BIT(23));
	FLAG(0x1000000, BIT(24));
	FLAG(0x80000, BIT(25));
	FLAG(0x4000, BIT(27));
	FLAG(0x02000000, BIT(28));
	return r;
}

#define CL_CLONE_FILES BIT(0)
#define CL_CLONE_SIGHAND BIT(11)
#define CL_CLONE_THREAD BIT(13)
#define CL_CLONE_VM BIT(15)
#define CL_CHILD_IN_PIDNS BIT(29)

static __always_inline u32 mmap_flags(u32 v)
{
	u32 r = 0;

	FLAG(0x1, BIT(0));
	FLAG(0x2, BIT(1));
	FLAG(0x10, BIT(2));
	FLAG(0x20, BIT(3) | BIT(5)); /* anonymous and rename share a bit */
	FLAG(0x40, BIT(4));
	FLAG(0x80, BIT(12));
	FLAG(0x4000, BIT(6));
	FLAG(0x8000, BIT(7));
	FLAG(0x10000, BIT(8));
	FLAG(0x100, BIT(9));
	FLAG(0x800, BIT(10));
	FLAG(0x1000, BIT(11));
	FLAG(0x2000, BIT(14));
	return r;
}

/* Tables indexed by Linux number, for values that are not flags. */
static const u8 fcntl_commands[64] = {
	[0] = 1, [1] = 2, [2] = 3, [3] = 4, [4] = 5, [5] = 6, [6] = 8, [7] = 9, [8] = 10, [9] = 12, [10] = 13,
	[11] = 15, [12] = 17, [13] = 18, [14] = 19, [15] = 21, [16] = 22, [36] = 30, [37] = 31, [38] = 32,
};

static __always_inline u32 fcntl_command(u32 v)
{
	switch (v) {
	case 0 ... 38:
		return fcntl_commands[v & 63];
	case 1024:
		return 23;
	case 1025:
		return 24;
	case 1026:
		return 27;
	case 1029:
		return 25;
	case 1030:
		return 26;
	case 1031:
		return 28;
	case 1032:
		return 29;
	}
	return 0;
}

/* Options of the socket level by number. */
static const u8 socket_options[128] = {
	[1] = 1, [2] = 2, [3] = 3, [4] = 4, [5] = 5, [6] = 6, [7] = 7, [8] = 8, [9] = 9, [10] = 10, [11] = 11, [12] = 12,
	[13] = 13, [14] = 14, [15] = 15, [16] = 16, [17] = 17, [18] = 18, [19] = 19, [20] = 20, [21] = 21, [22] = 22,
	[23] = 23, [24] = 24, [25] = 25, [26] = 26, [27] = 27, [28] = 28, [29] = 29, [30] = 30, [31] = 31, [32] = 32,
	[33] = 33, [34] = 34, [35] = 35, [36] = 36, [37] = 37, [38] = 38, [39] = 39, [40] = 40, [41] = 41, [42] = 42,
	[43] = 43, [44] = 44, [45] = 45, [46] = 46, [47] = 47, [48] = 48, [49] = 49, [50] = 50, [55] = 52, [57] = 53,
	[59] = 51, [66] = 20, [67] = 21,
};

#define SOL_SOCKET 1
#define SOL_TCP 6

static __always_inline u32 ptrace_request(u64 v)
{
	switch (v) {
	case 0 ... 9:
		return (u32)v + 1; /* TRACEME to SINGLESTEP keep their order */
	case 12:
		return 26;
	case 13:
		return 27;
	case 14:
		return 28;
	case 15:
		return 29;
	case 16:
		return 11;
	case 17:
		return 12;
	case 18:
		return 30;
	case 19:
		return 31;
	case 21:
		return 32;
	case 24:
		return 13;
	case 25:
		return 33;
	case 26:
		return 34;
	case 30:
		return 35;
	case 31:
		return 36;
	case 32:
		return 37;
	case 33:
		return 38;
	case 0x4200 ... 0x420b:
		/* SETOPTIONS, GETEVENTMSG, GETSIGINFO, SETSIGINFO, GETREGSET, … SETSIGMASK: in order from 14 on */
		return (u32)(v - 0x4200) + 14;
	}
	return 0;
}

static __always_inline u32 quota_command(u32 v)
{
	switch (v >> 8) {
	case 0x800001:
		return BIT(7);
	case 0x800002:
		return BIT(0);
	case 0x800003:
		return BIT(1);
	case 0x800004:
		return BIT(2);
	case 0x800005:
		return BIT(3);
	case 0x800006:
		return BIT(4);
	case 0x800007:
		return BIT(5);
	case 0x800008:
		return BIT(6);
	case 0x5801:
		return BIT(8);
	case 0x5802:
		return BIT(9);
	case 0x5803:
		return BIT(10);
	case 0x5804:
		return BIT(11);
	case 0x5805:
		return BIT(12);
	case 0x5806:
		return BIT(13);
	case 0x5807:
		return BIT(14);
	}
	return 0;
}

static __always_inline u32 semctl_command(u32 v)
{
	switch (v) {
	case 0:
		return BIT(2);
	case 1:
		return BIT(1);
	case 2:
		return BIT(0);
	case 3:
		return BIT(3);
	case 11:
		return BIT(8);
	case 12:
		return BIT(9);
	case 13:
		return BIT(6);
	case 14:
		return BIT(7);
	case 15:
		return BIT(10);
	case 16:
		return BIT(12);
	case 17:
		return BIT(11);
	case 18:
		return BIT(5);
	case 19:
		return BIT(4);
	}
	return 0;
}

/* A single function for all conversions, which is verified once; rows of the call table name the conversion. */
__noinline u32 convert(u32 conversion, u64 v)
{
	u32 r = 0;

	switch (conversion) {
	case OPEN_FLAGS:
		return open_flags(v);
	case MODE:
		return v & 07777;
	case MKNOD_MODE:
		r = v & 07777;
		v &= S_IFMT;
		if (v == 0)
			return r | 0100000;
		if (v == S_IFSOCK || v == 0100000 || v == 0060000 || v == 0020000 || v == 0010000)
			r |= v;
		return r;
	case CLOEXEC_NONBLOCK:
		if ((s32)v < 0)
			return 0;
		FLAG(O_NONBLOCK, TO_O_NONBLOCK);
		FLAG(O_CLOEXEC, TO_O_CLOEXEC);
		return r;
	case PIPE_FLAGS:
		if ((s32)v < 0)
			return 0;
		FLAG(O_NONBLOCK, TO_O_NONBLOCK);
		FLAG(O_CLOEXEC, TO_O_CLOEXEC);
		FLAG(O_DIRECT, TO_O_DIRECT);
		return r;
	case CLOEXEC:
		return v & O_CLOEXEC ? TO_O_CLOEXEC : 0;
	case NONBLOCK:
		return v & O_NONBLOCK ? 1 : 0;
	case RESOLVE:
		FLAG(0x01, BIT(4));
		FLAG(0x02, BIT(2));
		FLAG(0x04, BIT(3));
		FLAG(0x08, BIT(0));
		FLAG(0x10, BIT(1));
		FLAG(0x20, BIT(5));
		return r;
	case CLONE_FLAGS:
		return clone_flags((u32)v);
	case FAMILY:
		v &= 0xff;
		/* The numbers are those of Linux, except for values that are not distinguished. */
		return v == 27 || v == 28 || v > 39 ? 0 : v;
	case PROT:
		r = v & 0xf;
		FLAG(0x10, BIT(6));
		FLAG(0x01000000, BIT(4));
		FLAG(0x02000000, BIT(5));
		return r;
	case MMAP_FLAGS:
		return mmap_flags(v);
	case FCNTL:
		return fcntl_command(v);
	case SOCKOPT_LEVEL:
		return (s32)v == SOL_SOCKET ? 1 : (s32)v == SOL_TCP ? 2 : 0;
	case SOCKOPT_NAME:
		return v < 128 ? socket_options[v & 127] : 0;
	case FUTEX:
		r = v & 127;
		if (r > 12)
			r = 0;
		return r | (v & (128 | 256));
	case LOW_3_BITS:
		return v & 7;
	case RLIMIT:
		return (u32)v <= 15 ? v : 255;
	case SHUTDOWN:
		return v <= 2 ? v : 0xffff;
	case WHENCE:
		return v <= 2 ? v : 0;
	case FLOCK:
		FLAG(2, BIT(1));
		FLAG(1, BIT(0));
		FLAG(8, BIT(3));
		FLAG(4, BIT(2));
		return r;
	case QUOTA_COMMAND:
		return quota_command(v);
	case QUOTA_TYPE:
		return (v & 0xff) == 0 ? 1 : (v & 0xff) == 1 ? 2 : 0;
	case QUOTA_FORMAT:
		return v == 1 ? BIT(1) : v == 2 ? BIT(2) : v == 4 ? BIT(3) : BIT(0);
	case SEMGET:
		FLAG(01000, BIT(13));
		FLAG(02000, BIT(14));
		return r;
	case SEMCTL:
		return semctl_command(v & 0xffff);
	case SEMOP:
		FLAG(04000, BIT(0));
		FLAG(0x1000, BIT(1));
		return r;
	case PTRACE:
		return ptrace_request(v);
	case UNLINKAT:
		return v & 0x200;
	case LINKAT:
		return v & 0x1400;
	case STATAT:
		return v & 0x1900;
	case MOUNT_FLAGS:
		if ((v & 0xffff0000) == 0xc0ed0000)
			v &= 0xffff;
		return v;
	case DELETE_MODULE:
		FLAG(O_NONBLOCK, BIT(1));
		FLAG(01000, BIT(0));
		return r;
	case LOW_4_BITS:
		return v & 0xf;
	case LOWEST_BIT:
		return v & 1;
	case CLOSE_RANGE:
		return v & 6;
	case IORING_SETUP:
		/* NEED_WAKEUP, a flag of the ring that shares bit 0 with IOPOLL, is between the others. */
		r = v & 3;
		FLAG(1, BIT(2));
		return r | (v & 0x7c) << 1;
	case IORING_FEATURES:
		return v & 0x6ff;
	case EPOLL_CLOEXEC:
		return v & O_CLOEXEC ? 1 : 0;
	case DEVICE: {
		u32 major = (u32)v >> 20, minor = v & 0xfffff;

		return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
	}
	}
	return v;
}
