/* What every program shares: the ring, the counters, the list of processes not reported, and the record header. */
#pragma once
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include "wire.h"

char LICENSE[] SEC("license") = "GPL";

/* The maps down to `shares` are made once and shared by all objects. Two rings, each with the order of its own records:
 * `ring` has processes, network and privileges, `changes` has files, so that a burst of files never costs a process. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} changes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, COUNTER_OUTCOMES * COUNTER_SECTION);
} counters SEC(".maps");

/* Processes whose file, network and privilege events are not reported: the agent's own, by process id, with their start
 * in hundredths of a second since boot, so that a reused id is not taken for them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 1024);
} own_processes SEC(".maps");

/* `value`, or `limit` when it is larger. In assembly, so that the comparison is on the very register that is used later:
 * older verifiers do not carry a bound over to copies, and the compiler likes to compare one copy and use another. */
#define AT_MOST(value, limit)                                                                                          \
	({                                                                                                             \
		u64 bounded = (value);                                                                                 \
		asm volatile("if %0 <= %1 goto +1\n%0 = %1" : "+r"(bounded) : "i"(limit));                             \
		bounded;                                                                                               \
	})

#define PER_CPU_SCRATCH(map, value_type)                                                                               \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                                               \
		__type(key, u32);                                                                                      \
		__type(value, value_type);                                                                             \
		__uint(max_entries, 1);                                                                                \
	} map SEC(".maps")

static __always_inline void count(u32 type, u32 outcome)
{
	u32 index = outcome * COUNTER_SECTION + (bpf_get_smp_processor_id() & (COUNTER_CPUS - 1)) * COUNTER_TYPES + type;
	u64 *counter = bpf_map_lookup_elem(&counters, &index);
	if (counter)
		__sync_fetch_and_add(counter, 1); /* an interrupt on this CPU may count too */
}

/* Records a process may make in a second while the ring is more than half full. */
#define SHARE 1000

struct sharer {
	u32 pid;
	u32 changes; /* of the ring of files */
};
struct share {
	u64 since_ns, records;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct sharer);
	__type(value, struct share);
	__uint(max_entries, 2048);
} shares SEC(".maps");

static __always_inline bool is_change(u32 type)
{
	return type == RECORD_FILE || type == RECORD_FILE_PAIR || type == RECORD_OUTCOME;
}

/* While the ring is filling, a process that does more than others gives way, so that what others do is kept: the few changes
 * of files, and in the other ring the starts and ends of processes, which are never held back. */
static __always_inline bool over_share(u32 type)
{
	bool file = is_change(type);
	u64 unread = file ? bpf_ringbuf_query(&changes, BPF_RB_AVAIL_DATA) : bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	u64 size = file ? bpf_ringbuf_query(&changes, BPF_RB_RING_SIZE) : bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE);
	if (unread * 2 < size)
		return false;
	struct sharer key = {.pid = bpf_get_current_pid_tgid() >> 32, .changes = file};
	u64 now = bpf_ktime_get_boot_ns();
	struct share *share = bpf_map_lookup_elem(&shares, &key), fresh = {.since_ns = now, .records = 1};
	if (!share || now - share->since_ns > 1000000000ULL) {
		bpf_map_update_elem(&shares, &key, &fresh, BPF_ANY);
		return false;
	}
	if (__sync_fetch_and_add(&share->records, 1) < SHARE)
		return false;
	count(type, COUNTER_HELD_BACK);
	return true;
}

static __always_inline void emit(void *record, u64 size, u32 type)
{
	bool file = is_change(type);
	if ((type == RECORD_NETWORK || type == RECORD_PRIVILEGE || type == RECORD_MEMORY_FILE || type == RECORD_ACCESS) &&
	    over_share(type))
		return;
	long failed = file ? bpf_ringbuf_output(&changes, record, size, 0) : bpf_ringbuf_output(&ring, record, size, 0);
	count(type, failed ? COUNTER_DROPPED : COUNTER_EMITTED);
}

/* Counts what it leaves out: the agent finds its own acts there, and so sees that the program still runs. */
static __always_inline bool own_process(u32 pulse)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32, *ticks = bpf_map_lookup_elem(&own_processes, &pid);
	if (!ticks)
		return false;
	struct task_struct *task = (void *)bpf_get_current_task();
	if ((u32)(BPF_CORE_READ(task, group_leader, start_boottime) / 10000000) != *ticks)
		return false;
	count(pulse, COUNTER_OWN);
	return true;
}

static __always_inline void fill(struct record *record, u32 type)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 ids = bpf_get_current_pid_tgid(), users = bpf_get_current_uid_gid();
	record->time_ns = bpf_ktime_get_boot_ns();
	record->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	record->cgroup = bpf_get_current_cgroup_id();
	record->type = type;
	record->flags = 0;
	record->pid = ids >> 32;
	record->tid = ids;
	record->parent_pid = BPF_CORE_READ(task, real_parent, tgid);
	record->uid = users;
	record->gid = users >> 32;
	record->euid = BPF_CORE_READ(task, cred, euid.val);
	record->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	bpf_get_current_comm(record->name, sizeof(record->name));
}

static __always_inline struct file *file_of(u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	if (fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	struct file **files = BPF_CORE_READ(table, fd), *file = 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}
