/* Process life: exec with arguments, executable, directory, credentials and cgroup; fork; exit. */
#include "path.h"

struct exec_scratch {
	struct exec_record record;
	char data[DATA_BYTES];
	struct walk walk;
};
PER_CPU_SCRATCH(exec_scratch, struct exec_scratch);

#define ARGUMENT_BYTES 16383
#define CGROUP_BYTES 512

static __always_inline void put_times(struct exec_record *record, struct inode *inode)
{
	struct inode___mangled *mangled = (void *)inode;
	struct inode___ctime *old = (void *)inode;
	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		record->mtime_sec = BPF_CORE_READ(inode, i_mtime_sec);
		record->mtime_nsec = BPF_CORE_READ(inode, i_mtime_nsec);
		record->ctime_sec = BPF_CORE_READ(inode, i_ctime_sec);
		/* Bit 31 is a mark of the kernel since 6.13 (somebody asked for the time). */
		record->ctime_nsec = BPF_CORE_READ(inode, i_ctime_nsec) & 0x7fffffff;
	} else if (bpf_core_field_exists(mangled->__i_ctime)) {
		record->ctime_sec = BPF_CORE_READ(mangled, __i_ctime.tv_sec);
		record->ctime_nsec = BPF_CORE_READ(mangled, __i_ctime.tv_nsec);
		if (bpf_core_field_exists(mangled->__i_mtime)) {
			record->mtime_sec = BPF_CORE_READ(mangled, __i_mtime.tv_sec);
			record->mtime_nsec = BPF_CORE_READ(mangled, __i_mtime.tv_nsec);
		} else if (bpf_core_field_exists(mangled->i_mtime)) {
			record->mtime_sec = BPF_CORE_READ(mangled, i_mtime.tv_sec);
			record->mtime_nsec = BPF_CORE_READ(mangled, i_mtime.tv_nsec);
		}
	} else if (bpf_core_field_exists(old->i_ctime)) {
		record->mtime_sec = BPF_CORE_READ(old, i_mtime.tv_sec);
		record->mtime_nsec = BPF_CORE_READ(old, i_mtime.tv_nsec);
		record->ctime_sec = BPF_CORE_READ(old, i_ctime.tv_sec);
		record->ctime_nsec = BPF_CORE_READ(old, i_ctime.tv_nsec);
	}
}

static __always_inline struct kernfs_node *parent_of(struct kernfs_node *node)
{
	struct kernfs_node___old *old = (void *)node;
	if (bpf_core_field_exists(node->__parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ(old, parent);
}

/* The innermost three names of the cgroup, leaf first. On cgroup v2 the unified one; a process that sits in its root
 * belongs to a host with v1 controllers, where the memory or pids controller carries the container's name. */
static __always_inline u64 put_cgroup(char *data, u64 from, struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *group = BPF_CORE_READ(set, dfl_cgrp);
	if (BPF_CORE_READ(group, level) == 0) {
		struct cgroup_subsys_state *state = 0;
		u32 index = 0;
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id___any))
			index = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id___any);
		else if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id___any))
			index = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id___any);
		bpf_probe_read_kernel(&state, sizeof(state), &set->subsys[0] + index);
		if (state)
			group = BPF_CORE_READ(state, cgroup);
	}
	struct kernfs_node *node = BPF_CORE_READ(group, kn);
	u64 offset = from;
#pragma unroll
	for (int level = 0; level < 3; level++) {
		if (!node || offset > DATA_BYTES - 160)
			break;
		u32 length = bpf_probe_read_kernel_str(data + offset, 160, BPF_CORE_READ(node, name));
		if (length > 160 || length <= 1)
			break;
		offset += length;
		node = parent_of(node);
	}
	return offset;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	u32 zero = 0;
	struct exec_scratch *scratch = bpf_map_lookup_elem(&exec_scratch, &zero);
	if (!scratch)
		return 0;
	struct exec_record *record = &scratch->record;
	struct file *file = BPF_CORE_READ(bprm, file);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	char *data = scratch->data;
	fill(&record->record, RECORD_EXEC);
	record->parent_start_ns = BPF_CORE_READ(task, real_parent, group_leader, start_boottime);
	record->inode = BPF_CORE_READ(inode, i_ino);
	record->size = BPF_CORE_READ(inode, i_size);
	record->device = BPF_CORE_READ(inode, i_sb, s_dev);
	record->mode = BPF_CORE_READ(inode, i_mode);
	record->owner = BPF_CORE_READ(inode, i_uid.val);
	put_times(record, inode);
	if (BPF_CORE_READ(inode, i_nlink) == 0)
		record->record.flags |= FLAG_FILELESS;
	record->session = BPF_CORE_READ(task, signal, pids[3], numbers[0].nr); /* PIDTYPE_SID */
	struct tty_struct *terminal = BPF_CORE_READ(task, signal, tty);
	record->terminal[0] = 0;
	if (terminal)
		bpf_probe_read_kernel_str(record->terminal, sizeof(record->terminal), &terminal->name);

	u64 end = put_path(&scratch->walk, data, 0, BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt));
	end = AT_MOST(end, PATH_BYTES);
	record->executable_length = end;
	if (!scratch->walk.complete)
		record->record.flags |= FLAG_PATH_TRUNCATED;
	u64 from = end;
	end = put_path(&scratch->walk, data, from, BPF_CORE_READ(task, fs, pwd.dentry), BPF_CORE_READ(task, fs, pwd.mnt));
	end = AT_MOST(end, 2 * PATH_BYTES);
	record->directory_length = end - from;
	from = end;
	end = put_cgroup(data, from, task);
	end = AT_MOST(end, 2 * PATH_BYTES + CGROUP_BYTES);
	record->cgroup_length = end - from;

	u64 start = BPF_CORE_READ(task, mm, arg_start), length = BPF_CORE_READ(task, mm, arg_end) - start;
	record->arguments_total = length;
	if (length > ARGUMENT_BYTES)
		record->record.flags |= FLAG_ARGUMENTS_TRUNCATED;
	length = AT_MOST(length, ARGUMENT_BYTES);
	if (bpf_probe_read_user(data + end, length, (void *)start)) {
		length = 0;
		record->record.flags |= FLAG_ARGUMENTS_UNREADABLE;
	}
	record->arguments_length = length;
	u64 total = AT_MOST(sizeof(*record) + end + length, sizeof(*record) + DATA_BYTES);
	emit(scratch, total, RECORD_EXEC);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0; /* a thread */
	struct fork_record record = {};
	fill(&record.record, RECORD_FORK);
	record.child_pid = BPF_CORE_READ(child, tgid);
	record.child_start_ns = BPF_CORE_READ(child, start_boottime);
	record.parent_pid = BPF_CORE_READ(child, real_parent, tgid);
	record.parent_start_ns = BPF_CORE_READ(child, real_parent, group_leader, start_boottime);
	emit(&record, sizeof(record), RECORD_FORK);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	if (BPF_CORE_READ(signal, live.counter) != 0)
		return 0; /* other threads still run; the last two may both come here, user space takes the first */
	struct exit_record record = {};
	fill(&record.record, RECORD_EXIT);
	record.code = BPF_CORE_READ(signal, flags) & 4 /* SIGNAL_GROUP_EXIT */ ? BPF_CORE_READ(signal, group_exit_code)
									       : BPF_CORE_READ(task, group_leader, exit_code);
	emit(&record, sizeof(record), RECORD_EXIT);
	return 0;
}
