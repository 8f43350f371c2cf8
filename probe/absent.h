/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* System calls of x86-64 that arm64 does not have; their rows have an unused number. */
#pragma once

#define __NR_open 511
#define __NR_creat 511
#define __NR_stat 511
#define __NR_lstat 511
#define __NR_access 511
#define __NR_mkdir 511
#define __NR_rmdir 511
#define __NR_link 511
#define __NR_symlink 511
#define __NR_unlink 511
#define __NR_rename 511
#define __NR_chmod 511
#define __NR_chown 511
#define __NR_lchown 511
#define __NR_mknod 511
#define __NR_dup2 511
#define __NR_getdents 511
#define __NR_pipe 511
#define __NR_eventfd 511
#define __NR_signalfd 511
#define __NR_inotify_init 511
#define __NR_epoll_create 511
#define __NR_epoll_wait 511
#define __NR_poll 511
#define __NR_select 511
#define __NR_fork 511
#define __NR_vfork 511
