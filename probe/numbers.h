/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The numbers of the system calls. */
#pragma once

#include "kernel.h"

#if defined(__TARGET_ARCH_arm64)
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#undef __BITS_PER_LONG
#define __BITS_PER_LONG 64
#include <asm-generic/unistd.h>
#include "absent.h"
#else
#include <asm/unistd_64.h>
#endif
