/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Files whose content is executed (programs, scripts, executable mappings), and whether a path identifies them. */
#pragma once

#include "file.h"

#define PROT_READ 1
#define PROT_EXEC 4
#define READ_IMPLIES_EXEC 0x0400000
#define MAX_ERRNO 4095
#define MAP_ANONYMOUS 0x20

/* Location of a file, as recorded in events. */
#define IN_MEMORY 1 /* tmpfs, memfd: not on a disk */
#define UNLINKED 2 /* not in any directory */

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
	if (is_in_memory(magic))
		origin = IN_MEMORY;
	/* Some file systems in user space do not count links. */
	if (BPF_CORE_READ(inode, i_nlink) == 0 && !BPF_CORE_READ(file, f_path.dentry, d_hash.pprev))
		origin |= UNLINKED;
	return origin;
}

#define PAGE 4096
#define MAPPINGS 256

/*
 * Returns the file of the first executable mapping in a range that is in memory or unlinked; 0 if there is none, or the
 * mappings are locked. There can be gaps between the mappings; after a gap, the next page is examined.
 */
__noinline u64 mapped_file(u64 at, u64 end)
{
	for (int i = 0; i < MAPPINGS && at < end; i++) {
		struct mapped mapped = {};

		FIND_MAPPING(current_task(), at, note_mapped, &mapped);
		if (mapped.file && origin_of((void *)mapped.file))
			return mapped.file;
		at = mapped.end > at ? mapped.end : at + PAGE;
	}
	return 0;
}

/* Whether a protection makes memory executable, directly or with the personality of the current thread. */
static __always_inline bool is_executable(u64 protection)
{
	return protection & PROT_EXEC ||
	       (protection & PROT_READ && FIELD(current_task(), personality) & READ_IMPLIES_EXEC);
}

/*
 * Returns the file, in memory or unlinked, that mmap or mprotect made executable; 0 if there is none. A failing
 * mprotect has already changed the mappings before the one at which it failed.
 */
static __always_inline u64 file_made_executable(u32 is_mmap, u64 at, u64 size, s64 ret)
{
	if (!is_mmap)
		return mapped_file(at, at + size);
	return ret < 0 && ret > -MAX_ERRNO ? 0 : mapped_file(ret, ret + 1);
}

static __always_inline u64 code_file(struct scratch *s, u32 is_mmap)
{
	/* the oldest mmap of 32-bit programs has its arguments in memory */
	if (!s->compat && !is_executable(s->args[2]))
		return 0;
	return file_made_executable(is_mmap, s->args[0], s->args[1], s->ret);
}

/* Returns the descriptor N in a path /dev/fd/N or /dev/fd/N/NAME, as made for fexecve and execveat; otherwise -1. */
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
 * Parameters that Eyas adds to an exec: the interpreter as the kernel opened it, empty if there is none; the path of a
 * script that was given by descriptor; the location of the program and, in the second byte, of that script.
 */
static __always_inline void add_script(struct scratch *s, struct linux_binprm *bprm, struct file *program)
{
	const char *given = FIELD(bprm, filename), *interpreter = FIELD(bprm, interp);
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
