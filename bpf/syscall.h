/* Arguments and result of the system call that just ended, from the context of raw_tp/sys_exit. */
#pragma once
#include "emit.h"

struct bpf_raw_tracepoint_args {
	u64 args[2]; /* struct pt_regs *, result */
};

/* One call. `foreign`: a 32-bit one, whose number belongs to another table and whose arguments lie in other registers;
 * those of socketcall(2), the only way to sockets for old programs, in the caller's memory. */
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
#define SOCKETCALL 102
/* Number of the call of its own that does the same as a kind of socketcall(2); 0 for those that have no handler. */
static __always_inline u32 socket_call(u32 kind)
{
	switch (kind) {
	case 1: return 359; /* socket */
	case 3: return 362; /* connect */
	case 5: case 18: return 364; /* accept, accept4 */
	case 11: return 369; /* sendto */
	case 16: return 370; /* sendmsg */
	case 20: return 345; /* sendmmsg */
	case 10: case 12: return 371; /* recv, recvfrom */
	case 17: return 372; /* recvmsg */
	default: return 0;
	}
}
static __always_inline u64 argument(const struct call *call, u8 number)
{
	struct pt_regs *regs = call->regs;
	if (call->foreign && call->number == SOCKETCALL) {
		u32 value = 0;
		if (number < 6)
			bpf_probe_read_user(&value, sizeof(value), (void *)(BPF_CORE_READ(regs, cx) + 4 * number));
		return value;
	}
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
#define SOCKETCALL 0xffffffff
static __always_inline u32 socket_call(u32 kind)
{
	return 0;
}
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
