/* Files: what was opened for writing (as the kernel resolved it), and calls that name files by path. */
#include "watch.h"
#include "syscall.h"

#define FMODE_WRITE 2
#define FMODE_CREATED 0x100000
#define AT_FDCWD -100
#define AT_REMOVEDIR 0x200
#define FS_IOC_SETFLAGS 0x40086602

struct file_scratch {
	struct file_record record;
	char data[DATA_BYTES];
	struct walk walk;
};
PER_CPU_SCRATCH(file_scratch, struct file_scratch);

struct pair_scratch {
	struct pair_record record;
	char data[DATA_BYTES];
	struct walk walk;
};
PER_CPU_SCRATCH(pair_scratch, struct pair_scratch);

static __always_inline int report_file(struct file *file, u16 operation, u32 value)
{
	u32 zero = 0;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 mode = BPF_CORE_READ(inode, i_mode);
	if ((mode & 0170000) != 0100000)
		return 0; /* regular files only */
	struct file_scratch *scratch = bpf_map_lookup_elem(&file_scratch, &zero);
	if (!scratch)
		return 0;
	struct file_record *record = &scratch->record;
	u64 end = put_path(&scratch->walk, scratch->data, 0, BPF_CORE_READ(file, f_path.dentry),
			   BPF_CORE_READ(file, f_path.mnt));
	end = AT_MOST(end, PATH_BYTES);
	bool complete = scratch->walk.complete;
	match_watch(&scratch->walk, scratch->data);
	u16 watch = scratch->walk.watch.watch, flags = scratch->walk.watch.flags;
	record->path_length = end;
	record->base_length = 0;
	record->record.flags = 0;
	/* A file that is reached by another name is watched by the stricter of both. */
	bool by_host_path = false;
	if (complete && (!watch || flags)) {
		u64 next = put_host_path(&scratch->walk, scratch->data, end, file);
		if (next != end) {
			match_watch(&scratch->walk, scratch->data);
			u16 host_watch = scratch->walk.watch.watch, host_flags = scratch->walk.watch.flags;
			if (host_watch && (!watch || flags & WATCH_IGNORE || !host_flags)) {
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
	emit(scratch, total, RECORD_FILE);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, struct path_call);
	__uint(max_entries, 512);
} path_calls SEC(".maps");

static __always_inline struct path_call *call_of(struct bpf_raw_tracepoint_args *context)
{
	u32 number = syscall_number(context);
	struct path_call *call = bpf_map_lookup_elem(&path_calls, &number);
	return call && call->operation ? call : 0;
}

static __always_inline bool wanted(struct bpf_raw_tracepoint_args *context, struct path_call *call)
{
	if (RESULT(context) != 0 || (call->needed != NO_ARGUMENT && !argument(context, call->needed)))
		return false;
	return call->flags == NO_ARGUMENT || !(argument(context, call->flags) & AT_REMOVEDIR);
}

/* Calls that lead to a file by descriptor: one they return (open and its kin; the file is the one the kernel really
 * opened), or one they are given (fchmod, fchown, chattr). */
SYSCALL(exit_descriptor)
{
	struct path_call *call = call_of(context);
	if (!call)
		return 0;
	bool opens = call->directory == NO_ARGUMENT;
	if (opens ? RESULT(context) < 0 : !wanted(context, call))
		return 0;
	struct file *file = file_of(opens ? RESULT(context) : argument(context, call->directory));
	if (!file || (opens && !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE)))
		return 0;
	u32 value = argument(context, call->value);
	/* Of all the ioctls only the one behind chattr. */
	if (call->operation == FILE_ATTRIBUTE &&
	    ((u32)ARGUMENT(context, 1) != FS_IOC_SETFLAGS ||
	     bpf_probe_read_user(&value, sizeof(value), (void *)ARGUMENT(context, 2))))
		return 0;
	return report_file(file, call->operation, value);
}

/* One path string of the caller, ended by NUL; returns the offset behind it. */
static __always_inline u64 put_string(char *data, u64 from, const char *string)
{
	from = AT_MOST(from, DATA_BYTES - PATH_BYTES);
	long length = bpf_probe_read_user_str(data + from, PATH_BYTES, string);
	return length > 0 ? from + AT_MOST(length, PATH_BYTES) : from;
}

/* Directory a relative path starts from. Absolute paths need none unless the process has another root. */
static __always_inline u64 put_base(volatile struct walk *walk, char *data, u64 from, u64 string_at, s32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct dentry *dentry;
	struct vfsmount *mount;
	if (data[AT_MOST(string_at, DATA_BYTES - 1)] == '/') {
		dentry = BPF_CORE_READ(task, fs, root.dentry);
		mount = BPF_CORE_READ(task, fs, root.mnt);
	} else if (fd == AT_FDCWD) {
		dentry = BPF_CORE_READ(task, fs, pwd.dentry);
		mount = BPF_CORE_READ(task, fs, pwd.mnt);
	} else {
		struct file *file = file_of(fd);
		if (!file)
			return from;
		dentry = BPF_CORE_READ(file, f_path.dentry);
		mount = BPF_CORE_READ(file, f_path.mnt);
	}
	return put_path(walk, data, from, dentry, mount);
}

static __always_inline s32 directory_of(struct bpf_raw_tracepoint_args *context, u8 number)
{
	return number == NO_ARGUMENT ? AT_FDCWD : (s32)argument(context, number);
}

/* Calls with one path: removal, mode, owner, attribute, times, truncate. */
SYSCALL(exit_path)
{
	struct path_call *call = call_of(context);
	if (!call || !wanted(context, call))
		return 0;
	u32 zero = 0;
	struct file_scratch *scratch = bpf_map_lookup_elem(&file_scratch, &zero);
	if (!scratch)
		return 0;
	struct file_record *record = &scratch->record;
	fill(&record->record, RECORD_FILE);
	record->record.flags = FLAG_UNRESOLVED;
	record->inode = record->size = 0;
	record->device = record->mode = record->owner = 0;
	record->operation = call->operation;
	record->watch = 0;
	record->value = argument(context, call->value);
	record->open_flags = 0;
	/* No path, or an empty one: the descriptor itself is meant, and its path is the base. */
	const char *path = (const char *)argument(context, call->path);
	scratch->data[0] = 0;
	u64 end = path ? put_string(scratch->data, 0, path) : 1;
	if (end == 0)
		return 0;
	end = AT_MOST(end, PATH_BYTES);
	record->path_length = end;
	u64 next = put_base(&scratch->walk, scratch->data, end, 0, directory_of(context, call->directory));
	next = AT_MOST(next, 2 * PATH_BYTES);
	record->base_length = next - end;
	end = next;
	record->extra_length = 0;
	if (call->extra != NO_ARGUMENT) {
		const char *extra = (const char *)argument(context, call->extra);
		u32 length = bpf_probe_read_user_str(scratch->data + next, 256, extra);
		if (length <= 256) {
			record->extra_length = length;
			end = next + length;
		}
	}
	u64 total = sizeof(*record) + AT_MOST(end, DATA_BYTES);
	emit(scratch, total, RECORD_FILE);
	return 0;
}

/* Calls with two paths: rename, link, symlink. */
SYSCALL(exit_pair)
{
	struct path_call *call = call_of(context);
	if (!call || !wanted(context, call))
		return 0;
	u32 zero = 0;
	struct pair_scratch *scratch = bpf_map_lookup_elem(&pair_scratch, &zero);
	if (!scratch)
		return 0;
	struct pair_record *record = &scratch->record;
	fill(&record->record, RECORD_FILE_PAIR);
	record->record.flags = FLAG_UNRESOLVED;
	record->operation = call->operation;
	record->call_flags = 0;
	u64 a = put_string(scratch->data, 0, (const char *)argument(context, call->path));
	a = AT_MOST(a, PATH_BYTES);
	record->from_length = a;
	u64 b = put_base(&scratch->walk, scratch->data, a, 0, directory_of(context, call->directory));
	b = AT_MOST(b, 2 * PATH_BYTES);
	record->from_base_length = b - a;
	u64 c = put_string(scratch->data, b, (const char *)argument(context, call->to_path));
	c = AT_MOST(c, 3 * PATH_BYTES);
	record->to_length = c - b;
	u64 d = put_base(&scratch->walk, scratch->data, c, b, directory_of(context, call->to_directory));
	record->to_base_length = d - c;
	u64 total = sizeof(*record) + AT_MOST(d, DATA_BYTES);
	emit(scratch, total, RECORD_FILE_PAIR);
	return 0;
}
