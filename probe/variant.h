/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The probe is built twice from the same source. The usual variant is for Linux 5.17 and newer. With PORTABLE, the programs
 * use only what Linux 5.10 has and need no BTF in the kernel: they are raw tracepoints, read all members with helpers,
 * and have no loops through helpers. src/source/syscall/portable/ relocates and loads them.
 */
#pragma once

#include "kernel.h"

#if defined(PORTABLE)

/* A program at a tracepoint, and one that the reader runs. */
#define TRACEPOINT(name) SEC("raw_tp/" name)
#define RUN_BY_READER SEC("raw_tp/run")

#define current_task() ((struct task_struct *)bpf_get_current_task())

/* A member of a structure of the kernel whose pointer comes from the tracepoint or the current thread. */
#define FIELD(from, member) BPF_CORE_READ(from, member)
#define FIELD_OF(from, pointer, member) BPF_CORE_READ(from, pointer, member)

#define UNWRAP(...) __VA_ARGS__

/*
 * A function that is not inlined and works on the scratch area, which it finds itself: before Linux 5.13, such functions
 * cannot have pointers as arguments. `parameters` and `arguments` are in parentheses, without the scratch area.
 */
#define SCRATCH_FUNCTION(name, parameters, arguments)                                                                  \
	static __always_inline int name##_in(struct scratch *s, UNWRAP parameters);                                    \
	__noinline int name##_alone parameters                                                                         \
	{                                                                                                              \
		return name##_in(own_scratch(), UNWRAP arguments);                                                     \
	}                                                                                                              \
	static __always_inline int name(struct scratch *s, UNWRAP parameters)                                          \
	{                                                                                                              \
		return name##_alone arguments;                                                                         \
	}                                                                                                              \
	static __always_inline int name##_in(struct scratch *s, UNWRAP parameters)

#define SCRATCH_FUNCTION_0(name)                                                                                       \
	static __always_inline int name##_in(struct scratch *s);                                                       \
	__noinline int name##_alone(void)                                                                              \
	{                                                                                                              \
		return name##_in(own_scratch());                                                                       \
	}                                                                                                              \
	static __always_inline int name(struct scratch *s)                                                             \
	{                                                                                                              \
		return name##_alone();                                                                                 \
	}                                                                                                              \
	static __always_inline int name##_in(struct scratch *s)

/* Types of kernels that lack the helpers for them. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct rb_node {
	struct rb_node *rb_right, *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

/* Before 6.1. */
struct mm_struct___tree {
	struct rb_root mm_rb;
};

struct vm_area_struct___tree {
	unsigned long vm_start, vm_end;
	struct rb_node vm_rb;
};

/* From 6.1: a tree of nodes with several pivots (include/linux/maple_tree.h). */
struct maple_tree {
	void *ma_root;
};

struct maple_range_64 {
	unsigned long pivot[15];
	void *slot[16];
};

struct maple_arange_64 {
	unsigned long pivot[9];
	void *slot[10];
};

struct mm_struct___maple {
	struct maple_tree mm_mt;
};

struct task_struct___stack {
	void *stack;
};

/* From 6.9, with CONFIG_X86_FRED: registers, and 16 more bytes. */
struct fred_frame {
	struct pt_regs regs;
};

#pragma clang attribute pop

/* THREAD_SIZE with pages of 4 KiB. With larger ones, as arm64 can have, the flags of clones are those that the threads show. */
#define STACK_SIZE 16384

/* The registers with which a thread entered the kernel, at the end of its stack. */
static __always_inline struct pt_regs *registers_of(struct task_struct *task)
{
	struct task_struct___stack *of = (void *)task;
	u64 size = bpf_core_type_size(struct pt_regs);

	if (bpf_core_type_exists(struct fred_frame))
		size += 16;
	return BPF_CORE_READ(of, stack) + STACK_SIZE - size;
}

#define MAX_TREE_DEPTH 40

static __always_inline struct vm_area_struct___tree *mapping_in_tree(struct rb_node *node, u64 address)
{
	for (int i = 0; i < MAX_TREE_DEPTH && node; i++) {
		struct vm_area_struct___tree *vma = (void *)node - bpf_core_field_offset(struct vm_area_struct___tree, vm_rb);

		if (BPF_CORE_READ(vma, vm_end) <= address)
			node = BPF_CORE_READ(node, rb_right);
		else if (BPF_CORE_READ(vma, vm_start) > address)
			node = BPF_CORE_READ(node, rb_left);
		else
			return vma;
	}
	return NULL;
}

#define MAX_MAPLE_DEPTH 8
/* The lowest bits of a pointer to a node are its type. */
#define MAPLE_NODE(pointer) ((pointer) & ~0xffull)
#define MAPLE_TYPE(pointer) ((pointer) >> 3 & 15)
/* The root can be a single mapping instead. */
#define IS_MAPLE_ROOT_NODE(pointer) (((pointer) & 3) == 2)
#define MAPLE_RANGE_64 2
#define MAPLE_ARANGE_64 3

static __always_inline struct vm_area_struct___tree *mapping_in_maple(u64 pointer, u64 address)
{
	if (!IS_MAPLE_ROOT_NODE(pointer))
		return NULL;
	for (int depth = 0; depth < MAX_MAPLE_DEPTH && pointer; depth++) {
		u64 node = MAPLE_NODE(pointer), type = MAPLE_TYPE(pointer);
		u64 pivots = node + bpf_core_field_offset(struct maple_range_64, pivot);
		u64 slots = node + bpf_core_field_offset(struct maple_range_64, slot);
		u64 at, last = 15;

		if (type == MAPLE_ARANGE_64) {
			pivots = node + bpf_core_field_offset(struct maple_arange_64, pivot);
			slots = node + bpf_core_field_offset(struct maple_arange_64, slot);
			last = 9;
		}
		/* A slot ends at its pivot; the last one, with the node. */
		for (at = 0; at < 15; at++) {
			u64 pivot = 0;

			if (at == last)
				break;
			bpf_probe_read_kernel(&pivot, sizeof pivot, (void *)(pivots + at * sizeof pivot));
			if (!pivot || pivot >= address)
				break;
		}
		pointer = 0;
		bpf_probe_read_kernel(&pointer, sizeof pointer, (void *)(slots + at * sizeof pointer));
		if (type < MAPLE_RANGE_64)
			return (void *)pointer;
	}
	return NULL;
}

/*
 * Returns the mapping of the current thread that contains an address; 0 if there is none. The trees are not locked: if
 * another thread changes them, the search can fail.
 */
__noinline u64 mapping_at(u64 address)
{
	void *mm = BPF_CORE_READ(current_task(), mm);
	struct mm_struct___tree *tree = mm;
	struct mm_struct___maple *maple = mm;
	struct vm_area_struct___tree *vma = NULL;

	if (bpf_core_field_exists(tree->mm_rb))
		vma = mapping_in_tree(BPF_CORE_READ(tree, mm_rb.rb_node), address);
	else if (bpf_core_field_exists(maple->mm_mt))
		vma = mapping_in_maple((u64)BPF_CORE_READ(maple, mm_mt.ma_root), address);
	if (!vma || BPF_CORE_READ(vma, vm_start) > address || BPF_CORE_READ(vma, vm_end) <= address)
		return 0;
	return (u64)vma;
}

/* Calls `note` with the mapping of the current thread that contains an address, if there is one. */
#define FIND_MAPPING(task, address, note, context)                                                                     \
	do {                                                                                                           \
		u64 mapping = mapping_at(address);                                                                     \
		if (mapping)                                                                                           \
			note(task, (void *)mapping, context);                                                          \
	} while (0)

#else

#define registers_of(task) ((struct pt_regs *)bpf_task_pt_regs(task))
#define FIND_MAPPING(task, address, note, context) bpf_find_vma(task, address, note, context, 0)
#define TRACEPOINT(name) SEC("tp_btf/" name)
#define RUN_BY_READER SEC("syscall")
#define current_task() bpf_get_current_task_btf()
#define FIELD(from, member) ((from)->member)
#define FIELD_OF(from, pointer, member) ((from)->pointer->member)
#define UNWRAP(...) __VA_ARGS__
#define SCRATCH_FUNCTION(name, parameters, arguments) __noinline int name(struct scratch *s, UNWRAP parameters)
#define SCRATCH_FUNCTION_0(name) __noinline int name(struct scratch *s)

#endif
