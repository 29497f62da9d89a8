/* Arguments and result of the system call that just ended, from the context of raw_tp/sys_exit. */
#pragma once
#include "emit.h"

struct bpf_raw_tracepoint_args {
	u64 args[2]; /* struct pt_regs *, result */
};

/* One call. `foreign`: a 32-bit one, whose number belongs to another table and whose arguments lie in other registers. */
struct call {
	struct pt_regs *regs;
	s64 result;
	u32 number;
	bool foreign;
};

#if defined(__TARGET_ARCH_x86)
static __always_inline u32 syscall_number(struct pt_regs *regs)
{
	return BPF_CORE_READ(regs, orig_ax) & ~0x40000000UL; /* x32 calls carry that bit */
}
/* Also what a 64-bit program does through `int 0x80`. */
static __always_inline bool foreign_abi(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, thread_info.status) & 2; /* TS_COMPAT */
}
static __always_inline u64 argument(const struct call *call, u8 number)
{
	struct pt_regs *regs = call->regs;
	if (call->foreign)
		switch (number) {
		case 0: return (u32)BPF_CORE_READ(regs, bx);
		case 1: return (u32)BPF_CORE_READ(regs, cx);
		case 2: return (u32)BPF_CORE_READ(regs, dx);
		case 3: return (u32)BPF_CORE_READ(regs, si);
		case 4: return (u32)BPF_CORE_READ(regs, di);
		default: return 0;
		}
	switch (number) {
	case 0: return BPF_CORE_READ(regs, di);
	case 1: return BPF_CORE_READ(regs, si);
	case 2: return BPF_CORE_READ(regs, dx);
	case 3: return BPF_CORE_READ(regs, r10);
	case 4: return BPF_CORE_READ(regs, r8);
	default: return 0; /* NO_ARGUMENT; no call here has more */
	}
}
#elif defined(__TARGET_ARCH_arm64)
static __always_inline u32 syscall_number(struct pt_regs *regs)
{
	return BPF_CORE_READ(regs, syscallno);
}
static __always_inline bool foreign_abi(void)
{
	return false;
}
static __always_inline u64 argument(const struct call *call, u8 number)
{
	struct pt_regs *regs = call->regs;
	switch (number) {
	case 0: return BPF_CORE_READ(regs, orig_x0);
	case 1: return BPF_CORE_READ(regs, regs[1]);
	case 2: return BPF_CORE_READ(regs, regs[2]);
	case 3: return BPF_CORE_READ(regs, regs[3]);
	case 4: return BPF_CORE_READ(regs, regs[4]);
	default: return 0;
	}
}
#endif

/* A handler, counted under the CALL_PULSE of its file: SYSCALL(name) { … }, called for successful and failed calls alike, with `call`. */
#define SYSCALL(name)                                                                                                  \
	static __always_inline int name##_body(const struct call *call);                                               \
	SEC("raw_tp/sys_exit")                                                                                         \
	int name(struct bpf_raw_tracepoint_args *context)                                                              \
	{                                                                                                              \
		if (own_process(CALL_PULSE))                                                                                     \
			return 0;                                                                                      \
		struct pt_regs *regs = (void *)context->args[0];                                                       \
		struct call call = {regs, context->args[1], syscall_number(regs), foreign_abi()};                      \
		return name##_body(&call);                                                                             \
	}                                                                                                              \
	static __always_inline int name##_body(const struct call *call)
