/* Every system call's end in, the handler of that number called. Handlers of the other objects are put into `on_exit`
 * (and `on_foreign_exit`, for 32-bit calls) by user space; numbers without one cost three loads. At its end a call's
 * result is known, its arguments are still in the saved registers, and what its pointers point to is in memory. */
#include "emit.h"
#include "syscall.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 512);
} on_exit SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 512);
} on_foreign_exit SEC(".maps");

SEC("raw_tp/sys_exit")
int syscall_exit(struct bpf_raw_tracepoint_args *context)
{
	struct pt_regs *regs = (void *)context->args[0];
	u32 number = syscall_number(regs);
	if (foreign_abi()) {
#if defined(__TARGET_ARCH_x86)
		if (number == SOCKETCALL)
			number = socket_call(BPF_CORE_READ(regs, bx));
#endif
		bpf_tail_call(context, &on_foreign_exit, number);
	} else
		bpf_tail_call(context, &on_exit, number);
	return 0;
}
