/* Privileges: credentials, mounts, namespaces, special sockets and interfaces, signals to protected processes, memory of
 * other processes, memory files, kernel modules. */
#include "emit.h"
#include "syscall.h"

struct privilege_scratch {
	struct privilege_record record;
	char data[8192];
};
PER_CPU_SCRATCH(privilege_scratch, struct privilege_scratch);

/* Process ids to which a deadly signal is worth an event. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 256);
} protected_processes SEC(".maps");

static __always_inline bool nested_pids(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, thread_pid, level) != 0;
}

static __always_inline int report(struct bpf_raw_tracepoint_args *context, u32 operation, u64 a, u64 b, u64 c,
				  const char *first, const char *second)
{
	u32 zero = 0;
	struct privilege_scratch *scratch = bpf_map_lookup_elem(&privilege_scratch, &zero);
	if (!scratch)
		return 0;
	struct privilege_record *record = &scratch->record;
	fill(&record->record, RECORD_PRIVILEGE);
	record->operation = operation;
	record->result = RESULT(context);
	record->arguments[0] = a;
	record->arguments[1] = b;
	record->arguments[2] = c;
	record->arguments[3] = 0;
	record->reserved = 0;
	u64 end = 0;
	record->first_length = record->second_length = 0;
	if (first) {
		long length = bpf_probe_read_user_str(scratch->data, 4096, first);
		if (length > 0)
			record->first_length = end = AT_MOST(length, 4096);
	}
	if (second) {
		end = AT_MOST(end, 4096);
		long length = bpf_probe_read_user_str(scratch->data + end, 4096, second);
		if (length > 0) {
			record->second_length = length;
			end += AT_MOST(length, 4096);
		}
	}
	u64 total = sizeof(*record) + AT_MOST(end, sizeof(scratch->data));
	emit(scratch, total, RECORD_PRIVILEGE);
	return 0;
}

#define A(n) ARGUMENT(context, n)
#define TEXT(n) ((const char *)ARGUMENT(context, n))
#define OK (RESULT(context) == 0)

/* The header carries the identity after the call; user space knows the one before. */
SYSCALL(exit_setuid) { return OK ? report(context, PRIVILEGE_SETUID, A(0), 0, 0, 0, 0) : 0; }
SYSCALL(exit_setgid) { return OK ? report(context, PRIVILEGE_SETGID, A(0), 0, 0, 0, 0) : 0; }
SYSCALL(exit_capset)
{
	u32 sets[3] = {};
	if (!OK || bpf_probe_read_user(sets, sizeof(sets), TEXT(1)))
		return 0;
	return report(context, PRIVILEGE_CAPSET, sets[0], sets[1], sets[2], 0, 0);
}
SYSCALL(exit_mount) { return report(context, PRIVILEGE_MOUNT, A(3), 0, 0, TEXT(1), TEXT(0)); }
/* The newer interface: move_mount(from_fd, from_path, to_fd, to_path, flags); from_path is empty for a new mount. */
SYSCALL(exit_move_mount) { return report(context, PRIVILEGE_MOUNT, A(4), 0, 0, TEXT(3), TEXT(1)); }
SYSCALL(exit_umount) { return OK ? report(context, PRIVILEGE_UMOUNT, A(1), 0, 0, TEXT(0), 0) : 0; }
SYSCALL(exit_unshare) { return report(context, PRIVILEGE_UNSHARE, A(0), 0, 0, 0, 0); }
SYSCALL(exit_setns) { return report(context, PRIVILEGE_SETNS, A(1), A(0), 0, 0, 0); }
SYSCALL(exit_bpf)
{
	u32 command = A(0);
	/* Loading and attaching programs, and taking over others' by id; lookups in maps are daily business. */
	if (command != 5 && command != 8 && command != 13 && command != 17 && command != 28)
		return 0;
	return report(context, PRIVILEGE_BPF, command, 0, 0, 0, 0);
}
SYSCALL(exit_io_uring_setup)
{
	return RESULT(context) >= 0 ? report(context, PRIVILEGE_IO_URING, A(0), 0, 0, 0, 0) : 0;
}
SYSCALL(exit_perf_event_open)
{
	return RESULT(context) >= 0 ? report(context, PRIVILEGE_PERF, A(1), 0, 0, 0, 0) : 0;
}
SYSCALL(exit_socket)
{
	u32 family = A(0), type = A(1) & 0xf;
	if (RESULT(context) < 0)
		return 0;
	if (family == 17 /* AF_PACKET */)
		return report(context, PRIVILEGE_PACKET_SOCKET, type, A(2), 0, 0, 0);
	if ((family == 2 || family == 10) && type == 3 /* SOCK_RAW */)
		return report(context, PRIVILEGE_RAW_SOCKET, family, A(2), 0, 0, 0);
	return 0;
}
static __always_inline int signalled(struct bpf_raw_tracepoint_args *context, u32 pid, u32 signal)
{
	if (signal != 9 && signal != 15 && signal != 19 && signal != 6 && signal != 11)
		return 0;
	if (nested_pids() || !bpf_map_lookup_elem(&protected_processes, &pid))
		return 0; /* from a nested pid namespace no process outside it can be named */
	return report(context, PRIVILEGE_KILL, pid, signal, 0, 0, 0);
}
SYSCALL(exit_kill) { return signalled(context, A(0), A(1)); }
SYSCALL(exit_tgkill) { return signalled(context, A(0), A(2)); }

SYSCALL(exit_memfd_create)
{
	if (RESULT(context) < 0)
		return 0;
	struct memory_file_record record = {};
	fill(&record.record, RECORD_MEMORY_FILE);
	record.call_flags = A(1);
	bpf_probe_read_user_str(record.memory_name, sizeof(record.memory_name), TEXT(0));
	emit(&record, sizeof(record), RECORD_MEMORY_FILE);
	return 0;
}

static __always_inline int accessed(u32 operation, u32 target, s64 result)
{
	struct access_record record = {};
	fill(&record.record, RECORD_ACCESS);
	if (nested_pids())
		record.record.flags |= FLAG_NESTED_PIDS;
	record.operation = operation;
	record.target_pid = target;
	record.result = result;
	emit(&record, sizeof(record), RECORD_ACCESS);
	return 0;
}
SYSCALL(exit_ptrace)
{
	u32 request = A(0);
	if (RESULT(context) < 0)
		return 0;
	/* TRACEME, POKETEXT, POKEDATA, POKEUSER, SETREGS, ATTACH, SETREGSET, SEIZE */
	if (request == 0 || (request >= 4 && request <= 6) || request == 13 || request == 16 || request == 0x4205 ||
	    request == 0x4206)
		return accessed(request, A(1), RESULT(context));
	return 0;
}
SYSCALL(exit_process_vm_readv)
{
	return RESULT(context) > 0 ? accessed(ACCESS_MEMORY_READ, A(0), RESULT(context)) : 0;
}
SYSCALL(exit_process_vm_writev)
{
	return RESULT(context) > 0 ? accessed(ACCESS_MEMORY_WRITE, A(0), RESULT(context)) : 0;
}
