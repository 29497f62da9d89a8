/* Records of changed files, made by system calls and by io_uring: a file that the kernel opened, and names that a caller gave. */
#pragma once
#include "watch.h"

#define FMODE_WRITE 2
#define FMODE_CREATED 0x100000
#define AT_FDCWD -100

/* Data stands right behind either record. */
struct change_scratch {
	union {
		struct file_record file;
		struct {
			char gap[sizeof(struct file_record) - sizeof(struct pair_record)];
			struct pair_record pair;
		};
	};
	char data[DATA_BYTES];
	struct walk walk;
};
PER_CPU_SCRATCH(change_scratch, struct change_scratch);

static __always_inline struct change_scratch *scratch_here(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&change_scratch, &zero);
}

/* Functions of their own with plain numbers as arguments: the verifier follows each once, not at every call. */
__attribute__((noinline)) u64 walk_path(u64 from, u64 dentry, u64 mount)
{
	struct change_scratch *scratch = scratch_here();
	if (!scratch)
		return from;
	from = AT_MOST(from, DATA_BYTES - PATH_BYTES);
	return put_path(&scratch->walk, scratch->data, from, (void *)dentry, (void *)mount);
}

__attribute__((noinline)) u64 walk_host_path(u64 from, u64 file)
{
	struct change_scratch *scratch = scratch_here();
	from = AT_MOST(from, PATH_BYTES);
	return scratch ? put_host_path(&scratch->walk, scratch->data, from, (void *)file) : from;
}

__attribute__((noinline)) int match_path(void)
{
	struct change_scratch *scratch = scratch_here();
	if (scratch)
		match_watch(&scratch->walk, scratch->data);
	return 0;
}

__attribute__((noinline)) int nobody_watches(u64 name_at)
{
	struct change_scratch *scratch = scratch_here();
	return scratch ? unwatched_name(&scratch->walk, scratch->data, name_at) : 0;
}

/* Writes of one process to one file within this time are one. */
#define REPEAT_NS 1000000000ULL

struct opened {
	u64 inode;
	u32 device, pid;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct opened);
	__type(value, u64);
	__uint(max_entries, 8192);
} opened SEC(".maps");

/* True when the same process opened the same file for writing a moment ago, and that was told. */
static __always_inline bool opened_before(struct inode *inode)
{
	struct opened key = {.inode = BPF_CORE_READ(inode, i_ino), .device = BPF_CORE_READ(inode, i_sb, s_dev)};
	key.pid = bpf_get_current_pid_tgid() >> 32;
	u64 now = bpf_ktime_get_boot_ns(), *last = bpf_map_lookup_elem(&opened, &key);
	if (last && now - *last < REPEAT_NS)
		return true;
	bpf_map_update_elem(&opened, &key, &now, BPF_ANY);
	return false;
}

static __always_inline int report_file(struct file *file, u16 operation, u32 value)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 mode = BPF_CORE_READ(inode, i_mode);
	if ((mode & 0170000) != 0100000)
		return 0; /* regular files only */
	struct change_scratch *scratch = scratch_here();
	if (!scratch)
		return 0;
	struct file_record *record = &scratch->file;
	u64 end = walk_path(0, (u64)BPF_CORE_READ(file, f_path.dentry), (u64)BPF_CORE_READ(file, f_path.mnt));
	end = AT_MOST(end, PATH_BYTES);
	bool complete = scratch->walk.complete;
	match_path();
	u16 watch = scratch->walk.watch.watch, flags = scratch->walk.watch.flags;
	record->path_length = end;
	record->base_length = 0;
	record->record.flags = 0;
	/* A file that is reached by another name is watched by the stricter of both. */
	bool by_host_path = false;
	if (complete && (!watch || flags & (WATCH_IGNORE | WATCH_EXECUTABLES))) {
		u64 next = walk_host_path(end, (u64)file);
		if (next != end) {
			complete = scratch->walk.complete;
			match_path();
			u16 host_watch = scratch->walk.watch.watch, host_flags = scratch->walk.watch.flags;
			if (host_watch && (!watch || flags & WATCH_IGNORE || !(host_flags & (WATCH_IGNORE | WATCH_EXECUTABLES)))) {
				watch = host_watch;
				flags = host_flags;
				by_host_path = true;
				record->base_length = next - end;
				end = next;
			}
		}
	}
	bool created = operation == FILE_WRITTEN && BPF_CORE_READ(file, f_mode) & FMODE_CREATED;
	if (complete && (!watch || flags & WATCH_IGNORE))
		return 0;
	if (complete && flags & WATCH_EXECUTABLES && !(mode & 0111) && !created && !(operation == FILE_MODE && value & 0111))
		return 0;
	if (operation == FILE_WRITTEN && !created && complete && !(flags & WATCH_CONTENT) && opened_before(inode)) {
		count(RECORD_FILE, COUNTER_MERGED);
		return 0;
	}
	if (over_share(RECORD_FILE))
		return 0;
	fill(&record->record, RECORD_FILE);
	record->record.flags = (created ? FLAG_CREATED : 0) | (complete ? 0 : FLAG_PATH_TRUNCATED) |
			       (by_host_path ? FLAG_HOST_PATH : 0);
	record->inode = BPF_CORE_READ(inode, i_ino);
	record->size = BPF_CORE_READ(inode, i_size);
	record->device = BPF_CORE_READ(inode, i_sb, s_dev);
	record->mode = mode;
	record->owner = BPF_CORE_READ(inode, i_uid.val);
	record->operation = operation;
	record->watch = watch;
	record->value = value;
	record->open_flags = BPF_CORE_READ(file, f_flags);
	record->extra_length = 0;
	u64 total = sizeof(*record) + AT_MOST(end, DATA_BYTES);
	emit(record, total, RECORD_FILE);
	return 0;
}

/* One path string of the caller, ended by NUL; returns the offset behind it. */
static __always_inline u64 put_string(char *data, u64 from, const char *string)
{
	from = AT_MOST(from, DATA_BYTES - PATH_BYTES);
	long length = bpf_probe_read_user_str(data + from, PATH_BYTES, string);
	return length > 0 ? from + AT_MOST(length, PATH_BYTES) : from;
}

/* Directory a relative path starts from. Absolute paths need none unless the process has another root. */
__attribute__((noinline)) u64 put_base(u64 from, u64 string_at, s32 fd)
{
	struct change_scratch *scratch = scratch_here();
	struct task_struct *task = (void *)bpf_get_current_task();
	struct dentry *dentry;
	struct vfsmount *mount;
	if (!scratch)
		return from;
	if (scratch->data[AT_MOST(string_at, DATA_BYTES - 1)] == '/') {
		dentry = BPF_CORE_READ(task, fs, root.dentry);
		mount = BPF_CORE_READ(task, fs, root.mnt);
	} else if (fd == AT_FDCWD) {
		dentry = BPF_CORE_READ(task, fs, pwd.dentry);
		mount = BPF_CORE_READ(task, fs, pwd.mnt);
	} else {
		struct file *file = file_of(fd);
		scratch->walk.complete = 0;
		if (!file)
			return from; /* another thread closed it already: reported as a path whose upper part is missing */
		dentry = BPF_CORE_READ(file, f_path.dentry);
		mount = BPF_CORE_READ(file, f_path.mnt);
	}
	return walk_path(from, (u64)dentry, (u64)mount);
}
