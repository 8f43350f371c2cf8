// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Kernel events other than system calls: delivered signals, page faults, task switches. As they are frequent, they are
 * recorded only if a rule names them. A separate object, since most installations never load it.
 */

#include "task.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

COMPLETE(nsproxy);
COMPLETE(pid);
COMPLETE(pid_namespace);
COMPLETE(signal_struct);
COMPLETE(tty_driver);
COMPLETE(tty_struct);

#define EVENT_SWITCH 152
#define EVENT_SIGNAL_DELIVER 232
#define EVENT_PAGE_FAULT 290

/* The first realtime signal of the kernel. */
#define SIGRTMIN 32

/* The sender, with which the union of kernel_siginfo begins for signals that have a sender. */
#define SENDER_AT 16

/*
 * An event can occur while another BPF program uses the buffer of this CPU: for example, that program causes a page
 * fault when it reads user memory. Such events are omitted and do not count as dropped.
 */
static __always_inline struct scratch *claim_unless_busy(void)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &cpu);

	if (!s || s->busy)
		return NULL;
	return claim();
}

static __always_inline u32 sender_of(u32 signal, struct kernel_siginfo *info)
{
	u32 sender = 0;

	if (!info)
		return 0;
	switch (signal) {
	case 9: /* SIGKILL */
	case 17: /* SIGCHLD */
		break;
	case 1: /* SIGHUP */
	case 2: /* SIGINT */
	case 3: /* SIGQUIT */
	case 15: /* SIGTERM */
	case 20: /* SIGTSTP */
		if (BPF_CORE_READ(info, si_code) > 0) /* not SI_USER, and not by the user */
			return 0;
		break;
	default:
		if (signal < SIGRTMIN)
			return 0;
	}
	bpf_probe_read_kernel(&sender, sizeof sender, (void *)info + SENDER_AT);
	return sender;
}

SEC("raw_tp/signal_deliver")
int BPF_PROG(signal_delivered, u64 signal, struct kernel_siginfo *info)
{
	struct task_struct *task = current_task();
	struct scratch *s;

	s = claim_for(task);
	if (!s)
		return 0;
	begin(s, EVENT_SIGNAL_DELIVER, 3, FIELD(task, pid));
	add_u64(s, sender_of(signal, info));
	add_u64(s, FIELD(task, pid));
	add_u8(s, signal);
	deliver(s);
	release(s);
	return 0;
}

static __always_inline u32 fault_flags(u64 code)
{
	u32 flags = 0;

	flags |= code & 0x1 ? BIT(0) : BIT(1);
	flags |= code & 0x2 ? BIT(2) : BIT(3);
	flags |= code & 0x4 ? BIT(4) : BIT(5);
	if (code & 0x8)
		flags |= BIT(6);
	if (code & 0x10)
		flags |= BIT(7);
	return flags;
}

static __always_inline u64 instruction_of(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_arm64)
	return BPF_CORE_READ(regs, pc);
#else
	return BPF_CORE_READ(regs, ip);
#endif
}

static __always_inline void fault(u64 address, struct pt_regs *regs, u64 code)
{
	struct task_struct *task = current_task();
	struct scratch *s;

	if (is_kernel_or_own(task))
		return;
	s = claim_unless_busy();
	if (!s)
		return;
	begin(s, EVENT_PAGE_FAULT, 3, FIELD(task, pid));
	add_u64(s, address);
	add_u64(s, instruction_of(regs));
	add_u32(s, fault_flags(code));
	deliver(s);
	release(s);
}

SEC("raw_tp/page_fault_user")
int BPF_PROG(user_fault, u64 address, struct pt_regs *regs, u64 code)
{
	fault(address, regs, code);
	return 0;
}

SEC("raw_tp/page_fault_kernel")
int BPF_PROG(kernel_fault, u64 address, struct pt_regs *regs, u64 code)
{
	fault(address, regs, code);
	return 0;
}

SEC("raw_tp/sched_switch")
int BPF_PROG(switched, u64 preempted, struct task_struct *from, struct task_struct *to)
{
	struct scratch *s;
	u32 tid = BPF_CORE_READ(from, pid);

	/* Switches from threads of the reader, and between kernel threads, are not recorded. */
	if (BPF_CORE_READ(from, tgid) == settings.own_tgid || (!BPF_CORE_READ(from, mm) && !BPF_CORE_READ(to, mm)))
		return 0;
	s = claim_unless_busy();
	if (!s)
		return 0;
	begin(s, EVENT_SWITCH, 6, tid);
	add_u64(s, BPF_CORE_READ(to, pid));
	add_u64(s, BPF_CORE_READ(from, maj_flt));
	add_u64(s, BPF_CORE_READ(from, min_flt));
	add_memory(s, from);
	deliver(s);
	release(s);
	return 0;
}
