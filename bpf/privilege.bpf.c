/* Privileges: credentials, mounts, namespaces, special sockets and interfaces, signals to protected processes, memory of
 * other processes, memory files, kernel modules. */
#include "emit.h"
#include "syscall.h"

#define CALL_PULSE PULSE_PRIVILEGE

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

static __always_inline int report(const struct call *call, u32 operation, u64 a, u64 b, u64 c, const char *first,
				  const char *second)
{
	u32 zero = 0;
	struct privilege_scratch *scratch = bpf_map_lookup_elem(&privilege_scratch, &zero);
	if (!scratch)
		return 0;
	struct privilege_record *record = &scratch->record;
	fill(&record->record, RECORD_PRIVILEGE);
	if (call->foreign)
		record->record.flags |= FLAG_FOREIGN_CALL;
	record->operation = operation;
	record->result = call->result;
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

#define A(n) argument(call, n)
#define TEXT(n) ((const char *)argument(call, n))
#define OK (call->result == 0)

/* The header carries the identity after the call; user space knows the one before. */
SYSCALL(exit_setuid) { return OK ? report(call, PRIVILEGE_SETUID, A(0), 0, 0, 0, 0) : 0; }
SYSCALL(exit_setgid) { return OK ? report(call, PRIVILEGE_SETGID, A(0), 0, 0, 0, 0) : 0; }
/* These two answer with the identity before, whether they did anything or not; programs ask with -1. */
SYSCALL(exit_setfsuid)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 wanted = A(0), now = BPF_CORE_READ(task, cred, fsuid.val);
	return wanted == (u32)call->result || wanted == ~0U || now == (u32)call->result
		       ? 0
		       : report(call, PRIVILEGE_SETFSUID, now, (u32)call->result, 0, 0, 0);
}
SYSCALL(exit_setfsgid)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 wanted = A(0), now = BPF_CORE_READ(task, cred, fsgid.val);
	return wanted == (u32)call->result || wanted == ~0U || now == (u32)call->result
		       ? 0
		       : report(call, PRIVILEGE_SETFSGID, now, (u32)call->result, 0, 0, 0);
}
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
SYSCALL(exit_prctl)
{
	if (A(0) != PR_CAP_AMBIENT || A(1) != PR_CAP_AMBIENT_RAISE || !OK)
		return 0;
	return report(call, PRIVILEGE_AMBIENT, A(2), 0, 0, 0, 0);
}
SYSCALL(exit_capset)
{
	u32 sets[3] = {};
	if (!OK)
		return 0;
	if (bpf_probe_read_user(sets, sizeof(sets), TEXT(1)))
		count(RECORD_PRIVILEGE, COUNTER_UNREADABLE);
	return report(call, PRIVILEGE_CAPSET, sets[0], sets[1], sets[2], 0, 0);
}
SYSCALL(exit_mount) { return report(call, PRIVILEGE_MOUNT, A(3), 0, 0, TEXT(1), TEXT(0)); }
/* The newer interface: move_mount(from_fd, from_path, to_fd, to_path, flags); from_path is empty for a new mount. */
SYSCALL(exit_move_mount) { return report(call, PRIVILEGE_MOUNT, A(4), 0, 0, TEXT(3), TEXT(1)); }
SYSCALL(exit_umount) { return OK ? report(call, PRIVILEGE_UMOUNT, A(1), 0, 0, TEXT(0), 0) : 0; }
SYSCALL(exit_pivot_root) { return report(call, PRIVILEGE_PIVOT_ROOT, 0, 0, 0, TEXT(0), TEXT(1)); }
SYSCALL(exit_chroot) { return report(call, PRIVILEGE_CHROOT, 0, 0, 0, TEXT(0), 0); }
SYSCALL(exit_unshare) { return report(call, PRIVILEGE_UNSHARE, A(0), 0, 0, 0, 0); }
SYSCALL(exit_setns) { return report(call, PRIVILEGE_SETNS, A(1), A(0), 0, 0, 0); }
/* All namespaces a child can begin in: of mounts, cgroups, host name, IPC, users, process ids, network, time (clone3 only). */
#define NEW_NAMESPACES 0x7e020000ULL
#define NEW_TIME 0x80ULL
/* In the parent only: the child returns from the call with 0. A call that failed made nothing. */
SYSCALL(exit_clone)
{
	return call->result > 0 && A(0) & NEW_NAMESPACES ? report(call, PRIVILEGE_CLONE, A(0) & NEW_NAMESPACES, 0, 0, 0, 0) : 0;
}
SYSCALL(exit_clone3)
{
	u64 flags = 0;
	if (call->result <= 0 || bpf_probe_read_user(&flags, sizeof(flags), TEXT(0)) ||
	    !(flags & (NEW_NAMESPACES | NEW_TIME)))
		return 0;
	return report(call, PRIVILEGE_CLONE, flags & (NEW_NAMESPACES | NEW_TIME), 0, 0, 0, 0);
}
SYSCALL(exit_bpf)
{
	u32 command = A(0);
	/* Loading, attaching and detaching programs, and taking over others' by id; lookups in maps are daily business. */
	switch (command) {
	case 5: case 8: case 9: case 13: case 14: case 17: case 28: case 29: case 30: case 34: break;
	default: return 0;
	}
	return report(call, PRIVILEGE_BPF, command, 0, 0, 0, 0);
}
/* Tries too: a kernel built without modules refuses them, and whoever tries wants to be known. */
SYSCALL(exit_init_module) { return report(call, PRIVILEGE_MODULE_LOAD, 0, 0, 0, 0, TEXT(2)); }
SYSCALL(exit_finit_module) { return report(call, PRIVILEGE_MODULE_LOAD, A(2), 0, 0, 0, TEXT(1)); }
SYSCALL(exit_delete_module) { return report(call, PRIVILEGE_MODULE_UNLOAD, A(1), 0, 0, TEXT(0), 0); }
SYSCALL(exit_kexec_load) { return report(call, PRIVILEGE_KEXEC, A(3), 0, 0, 0, 0); }
SYSCALL(exit_kexec_file_load) { return report(call, PRIVILEGE_KEXEC, A(4), 0, 0, TEXT(3), 0); }
SYSCALL(exit_swapoff) { return report(call, PRIVILEGE_SWAPOFF, 0, 0, 0, TEXT(0), 0); }
SYSCALL(exit_reboot) { return report(call, PRIVILEGE_REBOOT, A(2), 0, 0, 0, 0); }
SYSCALL(exit_io_uring_setup)
{
	return call->result >= 0 ? report(call, PRIVILEGE_IO_URING, A(0), 0, 0, 0, 0) : 0;
}
SYSCALL(exit_perf_event_open)
{
	return call->result >= 0 ? report(call, PRIVILEGE_PERF, A(1), 0, 0, 0, 0) : 0;
}
SYSCALL(exit_socket)
{
	u32 family = A(0), type = A(1) & 0xf;
	if (call->result < 0)
		return 0;
	if (family == 17 /* AF_PACKET */)
		return report(call, PRIVILEGE_PACKET_SOCKET, type, A(2), 0, 0, 0);
	if ((family == 2 || family == 10) && type == 3 /* SOCK_RAW */)
		return report(call, PRIVILEGE_RAW_SOCKET, family, A(2), 0, 0, 0);
	return 0;
}
/* Signals that do nothing unless the process asked for them: none, SIGCHLD, SIGCONT, SIGURG, SIGWINCH. All others end or stop
 * a process, or make it do what its author never meant for strangers (SIGUSR1 opens the debugger of Node). */
static __always_inline bool harmless(u32 signal)
{
	return signal == 0 || signal == 17 || signal == 18 || signal == 23 || signal == 28;
}
static __always_inline int signalled(const struct call *call, u32 pid, u32 signal)
{
	if (harmless(signal) || !bpf_map_lookup_elem(&protected_processes, &pid))
		return 0;
	return report(call, PRIVILEGE_KILL, pid, signal, 0, 0, 0);
}
/* From a nested pid namespace no process outside it can be named by number; by descriptor it can. */
static __always_inline int signalled_number(const struct call *call, u32 pid, u32 signal)
{
	return nested_pids() ? 0 : signalled(call, pid, signal);
}
/* kill(2) also takes -1 for every process, and the negative number of a group: of a protected process when it leads it. */
static __always_inline int signalled_many(const struct call *call, s32 pid, u32 signal)
{
	u32 group = -pid;
	if (pid >= 0)
		return signalled_number(call, pid, signal);
	if (nested_pids() || harmless(signal) || (pid != -1 && !bpf_map_lookup_elem(&protected_processes, &group)))
		return 0;
	return report(call, PRIVILEGE_KILL, group, signal, pid == -1 ? 2 : 1, 0, 0);
}
SYSCALL(exit_kill) { return signalled_many(call, A(0), A(1)); }
SYSCALL(exit_queue) { return signalled_number(call, A(0), A(1)); }
SYSCALL(exit_tgkill) { return signalled_number(call, A(0), A(2)); }

/* The process that a pidfd stands for, as the host numbers it; 0 when it is none. Since Linux 6.9 it hangs on the inode. */
static __always_inline u32 process_of(u32 fd)
{
	struct file *file = file_of(fd);
	if (!file)
		return 0;
	struct pid *pid = BPF_CORE_READ(file, private_data);
	if (!pid)
		pid = BPF_CORE_READ(file, f_inode, i_private);
	return pid ? BPF_CORE_READ(pid, numbers[0].nr) : 0;
}
SYSCALL(exit_pidfd_send_signal) { return signalled(call, process_of(A(0)), A(1)); }

SYSCALL(exit_memfd_create)
{
	if (call->result < 0)
		return 0;
	struct memory_file_record record = {};
	fill(&record.record, RECORD_MEMORY_FILE);
	record.call_flags = A(1);
	bpf_probe_read_user_str(record.memory_name, sizeof(record.memory_name), TEXT(0));
	emit(&record, sizeof(record), RECORD_MEMORY_FILE);
	return 0;
}

static __always_inline int accessed(u32 operation, u32 target, s64 result, bool by_number)
{
	struct access_record record = {};
	fill(&record.record, RECORD_ACCESS);
	if (by_number && nested_pids())
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
	if (call->result < 0)
		return 0;
	/* TRACEME, POKETEXT, POKEDATA, POKEUSER, SETREGS, ATTACH, SETREGSET, SEIZE */
	if (request == 0 || (request >= 4 && request <= 6) || request == 13 || request == 16 || request == 0x4205 ||
	    request == 0x4206)
		return accessed(request, A(1), call->result, true);
	return 0;
}
SYSCALL(exit_process_vm_readv)
{
	return call->result > 0 ? accessed(ACCESS_MEMORY_READ, A(0), call->result, true) : 0;
}
SYSCALL(exit_process_vm_writev)
{
	return call->result > 0 ? accessed(ACCESS_MEMORY_WRITE, A(0), call->result, true) : 0;
}
/* An open file or socket of another process, taken over. */
SYSCALL(exit_pidfd_getfd)
{
	u32 pid = call->result >= 0 ? process_of(A(0)) : 0;
	return pid ? accessed(ACCESS_DESCRIPTOR, pid, call->result, false) : 0;
}
