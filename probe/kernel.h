/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The kernel types that the probe reads, with only the members that it uses. Offsets come from the running kernel's
 * BTF (CO-RE), so the layouts here need not match. A suffix after three underscores denotes a variant of the
 * same type in other kernel versions.
 */
#pragma once

#include <linux/bpf.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/*
 * Bounds a number by `mask` in a way that the verifier sees. With `&` alone, the compiler omits a mask that has
 * no effect, or masks one copy of the number and uses another.
 */
#define BOUND(number, mask) asm volatile("%0 &= %1" : "+r"(number) : "i"(mask))

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 pc;
	u64 orig_x0;
	s32 syscallno;
};
#else
struct pt_regs {
	unsigned long bx, cx, dx, si, di, bp, r8, r9, r10, orig_ax, ip;
};
#endif

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

typedef struct {
	s64 counter;
} atomic64_t;

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};

struct vfsmount;
struct dentry;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct super_block {
	u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
};

struct inode {
	u16 i_mode;
	u32 i_nlink;
	kuid_t i_uid;
	kgid_t i_gid;
	u32 i_flags;
	struct super_block *i_sb;
	unsigned long i_ino;
	s64 i_ctime_sec, i_mtime_sec;
	u32 i_ctime_nsec, i_mtime_nsec;
};

/* Before 6.11 the times were a struct, whose name changed twice. */
struct inode___plain {
	struct timespec64 i_ctime, i_mtime;
};

struct inode___hidden {
	struct timespec64 __i_ctime, __i_mtime;
};

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct file {
	u32 f_mode;
	void *private_data;
	struct inode *f_inode;
	struct path f_path;
};

struct fdtable {
	u32 max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct percpu_counter {
	s64 count;
};

typedef struct {
	int counter;
} atomic_t;

struct mm_struct {
	atomic_t mm_users;
	unsigned long total_vm;
	unsigned long arg_start, arg_end, env_start, env_end;
	struct file *exe_file;
	struct percpu_counter rss_stat[4];
};

/* Before 6.2. */
struct mm_rss_stat {
	atomic64_t count[4];
};

struct mm_struct___atomic {
	struct mm_rss_stat rss_stat;
};

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	u32 level;
	struct upid numbers[1];
};

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
};

struct rlimit {
	unsigned long rlim_cur, rlim_max;
};

struct tty_driver {
	int major, minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

struct signal_struct {
	struct list_head thread_head;
	struct pid *pids[4];
	struct tty_struct *tty;
	struct rlimit rlim[16];
	u32 is_child_subreaper : 1;
	u32 has_child_subreaper : 1;
};

struct group_info {
	int ngroups;
	kgid_t gid[1];
};

struct uid_gid_extent {
	u32 first, lower_first, count;
};

struct uid_gid_map {
	u32 nr_extents;
	struct uid_gid_extent extent[5];
};

struct user_namespace {
	struct uid_gid_map uid_map, gid_map;
};

typedef struct {
	u64 val;
} kernel_cap_t;

struct cred {
	kuid_t euid, fsuid;
	kgid_t egid, fsgid;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

struct kernfs_node {
	struct kernfs_node *parent;
	const char *name;
};

/* From 6.15. */
struct kernfs_node___hidden {
	struct kernfs_node *__parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys {
	const char *name;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys *ss;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
};

/* The controllers and their numbers depend on the kernel configuration. */
enum cgroup_subsys_id {
	cpuset_cgrp_id,
	cpu_cgrp_id,
	cpuacct_cgrp_id,
	io_cgrp_id,
	memory_cgrp_id,
};

struct fs_struct {
	struct path root;
};

struct nsproxy {
	struct pid_namespace *pid_ns_for_children;
};

struct thread_info {
	u32 status;
	unsigned long flags;
};

struct task_struct {
	struct thread_info thread_info;
	u32 flags;
	int pid, tgid;
	int exit_code;
	unsigned int personality;
	struct task_struct *real_parent;
	struct list_head children;
	struct pid *thread_pid;
	struct list_head thread_node;
	u64 start_time;
	unsigned long min_flt, maj_flt;
	const struct cred *cred;
	char comm[16];
	struct files_struct *files;
	struct fs_struct *fs;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct mm_struct *mm;
	kuid_t loginuid;
	void *worker_private;
	struct css_set *cgroups;
};

struct kernel_siginfo {
	int si_code;
};

struct pid_namespace {
	struct task_struct *child_reaper;
	u32 level;
};

struct linux_binprm {
	const char *filename, *interp;
};

struct vm_area_struct {
	unsigned long vm_end;
	unsigned long vm_flags;
	struct file *vm_file;
};

struct filename {
	const char *name;
};

/* io_uring, from 6.0: a file per group of operations; `cmd` contains the prepared request. */
struct io_wq_work_node {
	struct io_wq_work_node *next;
};

struct io_wq_work {
	u32 flags;
};

struct io_wq_work_list {
	struct io_wq_work_node *first, *last;
};

struct io_submit_state {
	struct io_wq_work_list compl_reqs;
};

struct io_rsrc_node {
	unsigned long file_ptr;
};

struct io_rsrc_data {
	u32 nr;
	struct io_rsrc_node **nodes;
};

struct io_file_table {
	struct io_rsrc_data data;
};

/* Before 6.13. */
struct io_fixed_file {
	unsigned long file_ptr;
};

struct io_file_table___plain {
	struct io_fixed_file *files;
};

struct io_ring_ctx {
	struct io_submit_state submit_state;
	struct io_file_table file_table;
};

struct io_ring_ctx___counted {
	u32 nr_user_files;
};

struct io_cqe {
	u64 user_data;
	s32 res;
	s32 fd;
};

struct io_cmd_data {
	struct file *file;
};

struct io_kiocb {
	struct io_cmd_data cmd;
	struct file *file;
	u8 opcode;
	u32 flags;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	void *async_data;
	struct io_wq_work_node comp_list;
	struct io_wq_work work;
};

struct io_worker {
	struct io_wq_work *cur_work;
};

struct open_how {
	u64 flags, mode, resolve;
};

struct io_open {
	int dfd;
	u32 file_slot;
	struct filename *filename;
	struct open_how how;
};

struct io_close {
	int fd;
	u32 file_slot;
};

struct io_unlink {
	int dfd, flags;
	struct filename *filename;
};

struct io_rename {
	int old_dfd, new_dfd, flags;
	struct filename *oldpath, *newpath;
};

struct io_mkdir {
	int dfd;
	u16 mode;
	struct filename *filename;
};

struct io_link {
	int old_dfd, new_dfd, flags;
	struct filename *oldpath, *newpath;
};

struct io_socket {
	int domain, type, protocol;
	u32 file_slot;
};

struct io_connect {
	void *addr;
	int addr_len;
};

struct io_bind {
	int addr_len;
};

struct io_listen {
	int backlog;
};

struct io_accept {
	int flags, iou_flags;
	u32 file_slot;
};

struct io_shutdown {
	int how;
};

struct io_splice {
	u64 len;
	int splice_fd_in;
	u32 flags;
};

struct io_ftrunc {
	s64 len;
};

struct io_sync {
	s64 len;
	int mode;
};

struct xattr_name {
	char name[256];
};

/* In newer kernels, such as 7.3, a request contains a structure with the pointer to a name. */
struct delayed_filename {
	struct filename *__incomplete_filename;
};

struct io_open___delayed {
	struct delayed_filename filename;
};

struct io_unlink___delayed {
	struct delayed_filename filename;
};

struct io_rename___delayed {
	struct delayed_filename oldpath, newpath;
};

struct io_mkdir___delayed {
	struct delayed_filename filename;
};

struct io_link___delayed {
	struct delayed_filename oldpath, newpath;
};

struct io_xattr___delayed {
	struct delayed_filename filename;
};

/* Before 6.13, `kname` is a pointer to the same structure. */
struct kernel_xattr_ctx {
	u64 size;
	void *kname;
	u32 flags;
};

struct io_xattr {
	struct kernel_xattr_ctx ctx;
	struct filename *filename;
};

struct sockaddr_storage {
	u16 ss_family;
};

struct iou_vec {
	void *iovec;
};

struct io_async_msghdr {
	struct iou_vec vec;
	struct sockaddr_storage addr;
};


struct in6_addr {
	union {
		u32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	u32 skc_daddr;
	u16 skc_dport;
	u16 skc_family;
	struct in6_addr skc_v6_daddr;
};

struct sock {
	struct sock_common __sk_common;
	u16 sk_type;
	u32 sk_ack_backlog, sk_max_ack_backlog;
};

struct ipv6_pinfo {
	struct in6_addr saddr;
};

struct inet_sock {
	struct ipv6_pinfo *pinet6;
	u32 inet_saddr;
	u16 inet_sport;
};


struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	struct sockaddr_un name[1];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct socket {
	struct sock *sk;
};

#pragma clang attribute pop

/*
 * Types that an object uses only behind pointers of other types become forward declarations, which clang sorts by address:
 * builds of the same version then differ. A global makes such a type complete. It is not static, since libbpf maps constant
 * sections with exported variables alike in all versions.
 */
#define COMPLETE(type) const struct type *const complete_##type = 0

#define TS_COMPAT 2
#define PF_IO_WORKER 0x10
#define PF_EXITING 0x4
#define PF_KTHREAD 0x200000
#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFSOCK 0140000
#define FMODE_CREATED 0x100000
#define CAP_DAC_OVERRIDE 1
#define CAP_FOWNER 3
