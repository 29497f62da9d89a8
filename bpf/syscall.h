/* Arguments and result of the system call that just ended, from the context of raw_tp/sys_exit. */
#pragma once
#include "emit.h"

struct bpf_raw_tracepoint_args {
	u64 args[2]; /* struct pt_regs *, result */
};

#define RESULT(context) ((s64)(context)->args[1])

#if defined(__TARGET_ARCH_x86)
static __always_inline u32 syscall_number(struct bpf_raw_tracepoint_args *context)
{
	struct pt_regs *regs = (void *)context->args[0];
	return BPF_CORE_READ(regs, orig_ax) & ~0x40000000UL; /* x32 calls carry that bit */
}
/* A 32-bit program's numbers belong to another table. */
static __always_inline bool foreign_abi(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, thread_info.status) & 2; /* TS_COMPAT */
}
#define ARGUMENT_0 di
#define ARGUMENT_1 si
#define ARGUMENT_2 dx
#define ARGUMENT_3 r10
#define ARGUMENT_4 r8
#define ARGUMENT_5 r9
#elif defined(__TARGET_ARCH_arm64)
static __always_inline u32 syscall_number(struct bpf_raw_tracepoint_args *context)
{
	struct pt_regs *regs = (void *)context->args[0];
	return BPF_CORE_READ(regs, syscallno);
}
static __always_inline bool foreign_abi(void)
{
	return false;
}
#define ARGUMENT_0 orig_x0
#define ARGUMENT_1 regs[1]
#define ARGUMENT_2 regs[2]
#define ARGUMENT_3 regs[3]
#define ARGUMENT_4 regs[4]
#define ARGUMENT_5 regs[5]
#endif

#define ARGUMENT(context, n) BPF_CORE_READ((struct pt_regs *)(context)->args[0], ARGUMENT_##n)

/* The argument with that number; 0 for numbers that no call has. */
static __always_inline u64 argument(struct bpf_raw_tracepoint_args *context, u8 number)
{
	switch (number) {
	case 0: return ARGUMENT(context, 0);
	case 1: return ARGUMENT(context, 1);
	case 2: return ARGUMENT(context, 2);
	case 3: return ARGUMENT(context, 3);
	case 4: return ARGUMENT(context, 4);
	default: return 0;
	}
}

/* A handler: SYSCALL(name) { … }, called for successful and failed calls alike. */
#define SYSCALL(name)                                                                                                  \
	static __always_inline int name##_body(struct bpf_raw_tracepoint_args *context);                               \
	SEC("raw_tp/sys_exit")                                                                                         \
	int name(struct bpf_raw_tracepoint_args *context)                                                              \
	{                                                                                                              \
		if (foreign_abi() || own_process())                                                                    \
			return 0;                                                                                      \
		return name##_body(context);                                                                           \
	}                                                                                                              \
	static __always_inline int name##_body(struct bpf_raw_tracepoint_args *context)
