/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Properties of threads. */
#pragma once

#include "object.h"

#define RLIMIT_NOFILE 7
#define EXE_WRITABLE BIT(0)
#define EXE_UPPER_LAYER BIT(1)
#define EXE_FROM_MEMFD BIT(2)
#define EXE_LOWER_LAYER BIT(3)
#define ARGUMENTS 4096
#define POINTERS 16

static __always_inline struct pid *pid_of(struct task_struct *task, enum pid_type type)
{
	return type == PIDTYPE_PID ? BPF_CORE_READ(task, thread_pid) : BPF_CORE_READ(task, signal, pids[type]);
}

static __always_inline struct pid_namespace *namespace_of(struct pid *pid)
{
	u32 level;

	if (!pid)
		return NULL;
	level = BPF_CORE_READ(pid, level);
	return BPF_CORE_READ(pid, numbers[level].ns);
}

/* An ID in the PID namespace of the thread. */
static __always_inline s32 own_id(struct task_struct *task, enum pid_type type)
{
	struct pid *pid = pid_of(task, type);
	u32 level;

	if (!pid)
		return 0;
	level = BPF_CORE_READ(pid, level);
	return BPF_CORE_READ(pid, numbers[level].nr);
}

static __always_inline s32 host_pgid(struct task_struct *task)
{
	struct pid *pid = pid_of(task, PIDTYPE_PGID);

	return pid ? BPF_CORE_READ(pid, numbers[0].nr) : 0;
}

static __always_inline bool is_kernel_or_own(struct task_struct *task)
{
	return FIELD(task, flags) & PF_KTHREAD || FIELD(task, tgid) == settings.own_tgid;
}

/* Claims the buffer for an event of a thread; NULL for threads of the kernel or the reader, and if the buffer is in use. */
static __always_inline struct scratch *claim_for(struct task_struct *task)
{
	return is_kernel_or_own(task) ? NULL : claim();
}

static __always_inline void add_memory(struct scratch *s, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	s64 file, anonymous, swap, shared;

	if (bpf_core_type_exists(struct mm_rss_stat)) {
		struct mm_struct___atomic *old = (void *)mm;

		file = BPF_CORE_READ(old, rss_stat.count[0].counter);
		anonymous = BPF_CORE_READ(old, rss_stat.count[1].counter);
		swap = BPF_CORE_READ(old, rss_stat.count[2].counter);
		shared = BPF_CORE_READ(old, rss_stat.count[3].counter);
	} else {
		file = BPF_CORE_READ(mm, rss_stat[0].count);
		anonymous = BPF_CORE_READ(mm, rss_stat[1].count);
		swap = BPF_CORE_READ(mm, rss_stat[2].count);
		shared = BPF_CORE_READ(mm, rss_stat[3].count);
	}
	/* pages of 4 KiB */
	add_u32(s, BPF_CORE_READ(mm, total_vm) << 2);
	add_u32(s, (u32)(file + anonymous + shared) << 2);
	add_u32(s, (u32)swap << 2);
}

static __always_inline u32 terminal(struct task_struct *task)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	struct tty_driver *driver;

	if (!tty)
		return 0;
	driver = BPF_CORE_READ(tty, driver);
	if (!driver)
		return 0;
	return device_number((BPF_CORE_READ(driver, major) << 20 | BPF_CORE_READ(driver, minor_start)) +
			     BPF_CORE_READ(tty, index));
}

static __always_inline u32 login_uid(struct task_struct *task)
{
	return bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : (u32)-1;
}

/* argv[0], then the other arguments, from the memory of the current thread (which the child `of` shares or copied). */
static __always_inline void add_arguments(struct scratch *s, struct task_struct *of)
{
	u64 from = BPF_CORE_READ(of, mm, arg_start);
	u64 to = BPF_CORE_READ(of, mm, arg_end);
	u32 exe = 0, size;

	if (from)
		exe = put_user_text(s, from, ARGUMENTS);
	sized(s, exe);
	size = to - from - exe;
	if (to <= from + exe)
		size = 0;
	if (size > ARGUMENTS - exe)
		size = ARGUMENTS - exe;
	size = put_user_bytes(s, from + exe, size);
	if (size)
		s->record[(s->at - 1) & MASK] = 0;
	sized(s, size);
}

static __always_inline void add_environment(struct scratch *s, struct task_struct *of)
{
	u64 from = BPF_CORE_READ(of, mm, env_start);
	u64 to = BPF_CORE_READ(of, mm, env_end);
	u32 size = to > from ? to - from > ARGUMENTS ? ARGUMENTS : to - from : 0;

	size = put_user_bytes(s, from, size);
	if (size)
		s->record[(s->at - 1) & MASK] = 0;
	sized(s, size);
}

/*
 * Adds a controller as "name=/path". A path with too many components loses its beginning, and begins with two slashes
 * instead: users can give cgroups any depth, and without its beginning, theirs can look like that of a container.
 */
static __always_inline u32 put_cgroup(struct scratch *s, struct css_set *set, u32 controller)
{
	struct cgroup_subsys_state *state = NULL;
	struct kernfs_node *node;
	u32 before = s->at;

	bpf_probe_read_kernel(&state, sizeof state,
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) + controller * sizeof(void *));
	if (!put_kernel_text(s, BPF_CORE_READ(state, ss, name), 64))
		return 0;
	s->record[(s->at - 1) & MASK] = '=';
	node = BPF_CORE_READ(state, cgroup, kn);
	for (int i = 0; i < CGROUP_DEPTH; i++) {
		s->names[i] = 0;
		if (!node)
			continue;
		s->names[i] = (u64)BPF_CORE_READ(node, name);
		if (bpf_core_field_exists(node->parent))
			node = BPF_CORE_READ(node, parent);
		else
			node = (void *)BPF_CORE_READ((struct kernfs_node___hidden *)node, __parent);
	}
	/* The name of the root is empty, so a whole path begins with the slash after it. */
	if (node) {
		put_u8(s, '/');
		put_u8(s, '/');
	}
	for (int i = CGROUP_DEPTH - 1; i >= 0; i--) {
		if (s->names[i] && put_kernel_text(s, (void *)s->names[i], 256))
			s->record[(s->at - 1) & MASK] = '/';
	}
	if (!s->names[1])
		put_u8(s, 0);
	else
		s->record[(s->at - 1) & MASK] = 0;
	return s->at - before;
}

#define ADD_CGROUP(id)                                                                                                 \
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, id))                                                     \
	size += put_cgroup(s, set, bpf_core_enum_value(enum cgroup_subsys_id, id))

SCRATCH_FUNCTION_0(add_cgroups)
{
	struct task_struct *task;
	struct css_set *set;
	u32 size = 0;

	if (!s)
		return 0;
	task = (void *)s->task;
	if (!bpf_core_field_exists(task->cgroups)) {
		empty(s);
		return 0;
	}
	set = BPF_CORE_READ(task, cgroups);
	ADD_CGROUP(cpuset_cgrp_id);
	ADD_CGROUP(cpu_cgrp_id);
	ADD_CGROUP(cpuacct_cgrp_id);
	ADD_CGROUP(io_cgrp_id);
	ADD_CGROUP(memory_cgrp_id);
	sized(s, size);
	return 0;
}

static __always_inline u64 pid_namespace_start(struct task_struct *task)
{
	struct pid_namespace *ns = namespace_of(pid_of(task, PIDTYPE_TGID));

	return ns ? BPF_CORE_READ(ns, child_reaper, start_time) : 0;
}

/* Capability sets are one u64 since 6.3, and two u32, lower first, before: the same bytes. */
static __always_inline u64 capabilities(const void *set)
{
	u64 bits = 0;

	bpf_probe_read_kernel(&bits, sizeof bits, set);
	return bits & ((1ull << 41) - 1);
}

static __always_inline void add_capabilities(struct scratch *s, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);

	add_u64(s, capabilities(__builtin_preserve_access_index(&cred->cap_inheritable)));
	add_u64(s, capabilities(__builtin_preserve_access_index(&cred->cap_permitted)));
	add_u64(s, capabilities(__builtin_preserve_access_index(&cred->cap_effective)));
}

static __always_inline bool in_groups(const struct cred *cred, u32 gid)
{
	struct group_info *groups = BPF_CORE_READ(cred, group_info);
	u32 left = 0, right, middle, found;

	if (!groups)
		return false;
	right = BPF_CORE_READ(groups, ngroups);
	for (int i = 0; i < 16; i++) {
		if (left >= right)
			break;
		middle = (left + right) / 2;
		found = 0;
		bpf_core_read(&found, sizeof found, &groups->gid[middle].val);
		if (gid == found)
			return true;
		if (gid > found)
			left = middle + 1;
		else
			right = middle;
	}
	return false;
}

/* Whether a user namespace maps a host ID (only its first five ranges are checked). */
static __always_inline bool is_mapped(struct uid_gid_map *map, u32 id)
{
	struct uid_gid_extent extent;
	u32 extents = BPF_CORE_READ(map, nr_extents);

	for (u32 i = 0; i < 5; i++) {
		if (i >= extents)
			break;
		bpf_core_read(&extent, sizeof extent, &map->extent[i]);
		if (id >= extent.lower_first && id - extent.lower_first < extent.count)
			return true;
	}
	return false;
}

/* Whether the thread may write to its executable, or may give itself that permission. */
__noinline int may_write(u64 cred_address, u64 inode_address)
{
	const struct cred *cred = (void *)cred_address;
	struct inode *inode = (void *)inode_address;
	u32 mode = BPF_CORE_READ(inode, i_mode), type = mode & S_IFMT;
	u32 uid = BPF_CORE_READ(inode, i_uid.val), gid = BPF_CORE_READ(inode, i_gid.val);
	struct user_namespace *ns;
	u64 caps;

	if (BPF_CORE_READ(inode, i_sb, s_flags) & 1 && (type == 0100000 || type == 0040000 || type == 0120000))
		return 0;
	if (BPF_CORE_READ(inode, i_flags) & 8)
		return 0;
	if (uid == (u32)-1 || gid == (u32)-1)
		return 0;
	if (BPF_CORE_READ(cred, fsuid.val) == uid)
		return 1;
	if (BPF_CORE_READ(cred, fsgid.val) == gid || in_groups(cred, gid))
		mode >>= 3;
	if (mode & 2)
		return 1;
	ns = BPF_CORE_READ(cred, user_ns);
	if (!ns || !is_mapped(&ns->uid_map, uid))
		return 0;
	caps = capabilities(__builtin_preserve_access_index(&cred->cap_effective));
	if (caps & 1ull << CAP_FOWNER)
		return 1;
	return caps & 1ull << CAP_DAC_OVERRIDE && is_mapped(&ns->gid_map, gid) ? 1 : 0;
}

static __always_inline bool is_memfd(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	char name[8] = {};

	if (!dentry || BPF_CORE_READ(dentry, d_parent) != dentry)
		return false;
	bpf_probe_read_kernel(name, 6, BPF_CORE_READ(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':';
}

static __always_inline u64 nanoseconds(s64 seconds, u64 rest)
{
	return seconds < 0 ? 0 : (u64)seconds * 1000000000 + rest;
}

static __always_inline void add_inode_times(struct scratch *s, struct inode *inode)
{
	struct inode___plain *plain = (void *)inode;
	struct inode___hidden *hidden = (void *)inode;
	struct timespec64 change = {}, modification = {};

	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		change.tv_sec = BPF_CORE_READ(inode, i_ctime_sec);
		/* the highest bit records that the time was queried */
		change.tv_nsec = BPF_CORE_READ(inode, i_ctime_nsec) & 0x7fffffff;
		modification.tv_sec = BPF_CORE_READ(inode, i_mtime_sec);
		modification.tv_nsec = BPF_CORE_READ(inode, i_mtime_nsec);
	} else {
		if (bpf_core_field_exists(plain->i_ctime))
			change = BPF_CORE_READ(plain, i_ctime);
		else
			change = BPF_CORE_READ(hidden, __i_ctime);
		if (bpf_core_field_exists(plain->i_mtime))
			modification = BPF_CORE_READ(plain, i_mtime);
		else
			modification = BPF_CORE_READ(hidden, __i_mtime);
	}
	add_u64(s, nanoseconds(change.tv_sec, change.tv_nsec));
	add_u64(s, nanoseconds(modification.tv_sec, modification.tv_nsec));
}

/* tid, pid, ptid, cwd (always empty), fdlimit, pgft_maj, pgft_min, vm_size, vm_rss, vm_swap, comm, cgroups */
static __always_inline void add_identity(struct scratch *s, struct task_struct *task)
{
	add_u64(s, BPF_CORE_READ(task, pid));
	add_u64(s, BPF_CORE_READ(task, tgid));
	add_u64(s, BPF_CORE_READ(task, real_parent, pid));
	empty(s);
	add_u64(s, BPF_CORE_READ(task, signal, rlim[RLIMIT_NOFILE].rlim_cur));
	add_u64(s, BPF_CORE_READ(task, maj_flt));
	add_u64(s, BPF_CORE_READ(task, min_flt));
	add_memory(s, task);
	sized(s, put_kernel_text(s, &task->comm, 16));
	s->task = (u64)task;
	add_cgroups(s);
}

/* flags, uid, gid, vtid, vpid, pidns_init_start_ts: the last parameters of a clone */
static __always_inline void add_clone_tail(struct scratch *s, struct task_struct *task, u32 flags, u64 ns_start)
{
	add_u32(s, flags);
	add_u32(s, BPF_CORE_READ(task, cred, euid.val));
	add_u32(s, BPF_CORE_READ(task, cred, egid.val));
	add_u64(s, own_id(task, PIDTYPE_PID));
	add_u64(s, own_id(task, PIDTYPE_TGID));
	add_u64(s, ns_start);
}

/* tty, vpgid, loginuid, flags, the three capability sets, exe_ino and its two times, uid, trusted_exepath, pgid, gid */
static __always_inline void add_exec_tail(struct scratch *s, struct task_struct *task)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct inode *inode = BPF_CORE_READ(exe, f_inode);
	enum layer layer = layer_of(exe, inode, BPF_CORE_READ(inode, i_sb, s_magic));
	u32 flags = 0;

	add_u32(s, terminal(task));
	add_u64(s, own_id(task, PIDTYPE_PGID));
	add_u32(s, login_uid(task));
	if (may_write((u64)BPF_CORE_READ(task, cred), (u64)inode))
		flags |= EXE_WRITABLE;
	if (layer == UPPER_LAYER)
		flags |= EXE_UPPER_LAYER;
	else if (layer == LOWER_LAYER)
		flags |= EXE_LOWER_LAYER;
	if (is_memfd(exe))
		flags |= EXE_FROM_MEMFD;
	add_u32(s, flags);
	add_capabilities(s, task);
	add_u64(s, BPF_CORE_READ(inode, i_ino));
	add_inode_times(s, inode);
	add_u32(s, BPF_CORE_READ(task, cred, euid.val));
	add_file_path(s, exe);
	add_u64(s, host_pgid(task));
	add_u32(s, BPF_CORE_READ(task, cred, egid.val));
}
