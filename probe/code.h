/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Files whose content is run: programs, scripts, executable mappings; and whether their path says what they are. */
#pragma once

#include "file.h"

#define PROT_EXEC 4
#define VM_EXEC 4
#define MAX_ERRNO 4095
#define MAP_ANONYMOUS 0x20
#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6
#define HUGETLBFS_MAGIC 0x958458f6

/* Where a file is; the numbers are those of events. */
#define IN_MEMORY 1 /* tmpfs, memfd: no disk has it */
#define UNLINKED 2 /* no directory has it */

static __always_inline u32 origin_of(struct file *file)
{
	struct inode *inode;
	unsigned long magic;
	u32 origin = 0;

	if (!file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	if (!inode)
		return 0;
	magic = BPF_CORE_READ(inode, i_sb, s_magic);
	if (magic == TMPFS_MAGIC || magic == RAMFS_MAGIC || magic == HUGETLBFS_MAGIC)
		origin = IN_MEMORY;
	/* Some file systems in user space count no links. */
	if (BPF_CORE_READ(inode, i_nlink) == 0 && !BPF_CORE_READ(file, f_path.dentry, d_hash.pprev))
		origin |= UNLINKED;
	return origin;
}

struct mapped {
	u64 file;
};

static long note_mapped(struct task_struct *task, struct vm_area_struct *vma, struct mapped *mapped)
{
	if (BPF_CORE_READ(vma, vm_flags) & VM_EXEC)
		mapped->file = (u64)BPF_CORE_READ(vma, vm_file);
	return 0;
}

/* The file of an executable mapping of the current thread at an address; 0 if it has none, or the mappings are locked. */
static __always_inline u64 mapped_file(u64 address)
{
	struct mapped mapped = {};

	bpf_find_vma(bpf_get_current_task_btf(), address, note_mapped, &mapped, 0);
	return mapped.file;
}

/* The file that a call of mmap or mprotect made executable; 0 if there is none. */
static __always_inline u64 code_file(struct scratch *s, u32 mapped)
{
	/* the oldest mmap of 32-bit programs has its arguments in memory */
	if ((!s->compat && !(s->args[2] & PROT_EXEC)) || (s->ret < 0 && s->ret > -MAX_ERRNO))
		return 0;
	return mapped_file(mapped ? s->ret : s->args[0]);
}

/* The descriptor in a path that the kernel makes for fexecve and execveat, /dev/fd/N or /dev/fd/N/NAME; -1 for others. */
static __always_inline s32 descriptor_in(const char *path)
{
	char text[20] = {};
	s32 fd = 0;

	bpf_probe_read_kernel_str(text, sizeof text, path);
	if (text[0] != '/' || text[1] != 'd' || text[2] != 'e' || text[3] != 'v' || text[4] != '/' || text[5] != 'f' ||
	    text[6] != 'd' || text[7] != '/' || text[8] < '0' || text[8] > '9')
		return -1;
	for (int i = 8; i < 18; i++) {
		if (text[i] < '0' || text[i] > '9')
			return text[i] == 0 ? fd : -1;
		fd = fd * 10 + (text[i] - '0');
	}
	return -1;
}

/*
 * Own parameters of an exec: the interpreter as the kernel opened it, empty for programs that need none; the path of a
 * script that was given by descriptor; where the program is, and in the second byte where that script is.
 */
static __always_inline void add_script(struct scratch *s, struct linux_binprm *bprm, struct file *program)
{
	const char *given = bprm->filename, *interpreter = bprm->interp;
	struct file *script = NULL;

	if (interpreter == given) {
		empty(s);
	} else {
		add_kernel_text(s, interpreter);
		script = file_of(descriptor_in(given));
	}
	add_file_path(s, script);
	add_u32(s, origin_of(program) | origin_of(script) << 8);
}
