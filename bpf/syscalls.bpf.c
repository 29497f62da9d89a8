/* Every system call's end in, the handler of that number called. Handlers of the other objects are put into `on_exit`
 * by user space; numbers without one cost two loads. At its end a call's result is known, its arguments are still in
 * the saved registers, and what its pointers point to is in memory. */
#include "emit.h"
#include "syscall.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 512);
} on_exit SEC(".maps");

SEC("raw_tp/sys_exit")
int syscall_exit(struct bpf_raw_tracepoint_args *context)
{
	bpf_tail_call(context, &on_exit, syscall_number(context));
	return 0;
}
