/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Lookup of files by descriptor. */
#pragma once

#include "flags.h"
#include "record.h"

#define OVERLAYFS_MAGIC 0x794c7630
#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6
#define HUGETLBFS_MAGIC 0x958458f6

static __always_inline bool is_in_memory(u64 magic)
{
	return magic == TMPFS_MAGIC || magic == RAMFS_MAGIC || magic == HUGETLBFS_MAGIC;
}
#define MAX_COMPONENTS 96
/* Size of the area in which a path is composed: more than 96 components of 256 bytes. */
#define WALK_END 0x7fff
/* The beginning of a path with more components. */
#define TOO_LONG "/DIR_TOO_LONG"

enum layer { NO_LAYER, UPPER_LAYER, LOWER_LAYER };

#define VM_EXEC 4
#define VM_SHARED 8

/* A mapping of the current thread: its file if it is executable, its end, and whether other processes can share it. */
struct mapped {
	u64 file;
	u64 end;
	u32 shared;
};

static long note_mapped(struct task_struct *task, struct vm_area_struct *vma, struct mapped *mapped)
{
	unsigned long flags = BPF_CORE_READ(vma, vm_flags);

	mapped->end = BPF_CORE_READ(vma, vm_end);
	mapped->shared = !!(flags & VM_SHARED);
	if (flags & VM_EXEC)
		mapped->file = (u64)BPF_CORE_READ(vma, vm_file);
	return 0;
}

/*
 * Whether other threads can change the memory at an address during a call of the current thread: threads with the same
 * address space or with a shared mapping. Also true if the mappings are locked, since other threads can lock them.
 */
static __always_inline bool is_rewritable(u64 address)
{
	struct task_struct *task = current_task();
	struct mapped mapped = { .shared = 1 };

	if (BPF_CORE_READ(task, mm, mm_users.counter) > 1)
		return true;
	FIND_MAPPING(task, address, note_mapped, &mapped);
	return mapped.shared;
}

/* Returns the file of a descriptor of the current thread. */
static __always_inline struct file *file_of(s32 fd)
{
	struct task_struct *task = current_task();
	struct file **files, *file = NULL;
	struct fdtable *table;

	if (fd < 0)
		return NULL;
	table = FIELD_OF(task, files, fdt);
	if (!table || (u32)fd >= FIELD(table, max_fds))
		return NULL;
	files = FIELD(table, fd);
	bpf_probe_read_kernel(&file, sizeof file, &files[fd]);
	return file;
}

/* A file of an overlay is in the upper layer if the inode of the overlay, which begins with the plain inode,
 * has an upper dentry. */
static __always_inline enum layer layer_of(struct file *file, struct inode *inode, unsigned long magic)
{
	struct dentry *upper = NULL;

	if (magic != OVERLAYFS_MAGIC)
		return NO_LAYER;
	inode = BPF_CORE_READ(file, f_path.dentry, d_inode);
	bpf_probe_read_kernel(&upper, sizeof upper, (char *)inode + bpf_core_type_size(struct inode));
	if (upper && BPF_CORE_READ(upper, d_inode, i_ino))
		return UPPER_LAYER;
	return LOWER_LAYER;
}

static __always_inline u32 device_number(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

/* Puts the full path of a dentry in a mount, composed from its last component to its first in the upper half of
 * the scratch record. Without a mount, this is the path below the root of the file system, or below
 * the dentry `below`; `walk_met` is set if that dentry was reached. A file outside any tree (a memfd) has the name of
 * its dentry. A path with too many components begins with TOO_LONG instead of its first components: programs can nest
 * directories, and would otherwise choose where their path seems to begin. Returns the number of bytes. */
SCRATCH_FUNCTION(put_path, (u64 mnt, u64 dentry_address, u64 below), (mnt, dentry_address, below))
{
	struct mount *mount;
	struct dentry *dentry, *parent, *root = NULL;
	const unsigned char *name;
	u32 length, at;
	int i;

	if (!s)
		return 0;
	mount = mnt ? (void *)(mnt - bpf_core_field_offset(struct mount, mnt)) : NULL;
	s->walk_at = WALK_END;
	s->walk_met = 0;
	s->walk_dentry = dentry_address;
	s->walk_mount = (u64)mount;
	s->record[MAX_RECORD + WALK_END] = 0;
	for (i = 0; i < MAX_COMPONENTS; i++) {
		dentry = (void *)s->walk_dentry;
		mount = (void *)s->walk_mount;
		parent = BPF_CORE_READ(dentry, d_parent);
		if (mount)
			root = BPF_CORE_READ(mount, mnt.mnt_root);
		if (dentry == root) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount)
				break;
			s->walk_dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
			s->walk_mount = (u64)above;
			continue;
		}
		if (s->walk_dentry == below) {
			s->walk_met = 1;
			break;
		}
		if (dentry == parent)
			break;
		length = BPF_CORE_READ(dentry, d_name.len) & 0xff;
		name = BPF_CORE_READ(dentry, d_name.name);
		at = (s->walk_at - length - 1) & WALK_END;
		if (!length || bpf_probe_read_kernel(&s->record[MAX_RECORD + 1 + at], length, name))
			break;
		s->record[MAX_RECORD + at] = '/';
		s->walk_at = at;
		s->walk_dentry = (u64)parent;
	}
	if (i == MAX_COMPONENTS) {
		at = (s->walk_at - (sizeof TOO_LONG - 1)) & WALK_END;
		__builtin_memcpy(&s->record[MAX_RECORD + at], TOO_LONG, sizeof TOO_LONG - 1);
		s->walk_at = at;
	}
	at = s->walk_at;
	if (at == WALK_END) {
		dentry = (void *)s->walk_dentry;
		return put_kernel_text(s, BPF_CORE_READ(dentry, d_name.name), PAGE_PATH);
	}
	return put_kernel_text(s, &s->record[MAX_RECORD + (at & WALK_END)], PAGE_PATH);
}

static __always_inline void add_file_path(struct scratch *s, struct file *file)
{
	if (!file)
		empty(s);
	else
		sized(s, put_path(s, (u64)BPF_CORE_READ(file, f_path.mnt), (u64)BPF_CORE_READ(file, f_path.dentry), 0));
}
