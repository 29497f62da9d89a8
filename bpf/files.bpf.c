/* Files: what was opened for writing (as the kernel resolved it), and calls that name files by path. */
#include "watch.h"
#include "syscall.h"

#define CALL_PULSE PULSE_FILES

#define FMODE_WRITE 2
#define FMODE_CREATED 0x100000
#define AT_FDCWD -100
#define AT_REMOVEDIR 0x200
#define FS_IOC_SETFLAGS 0x40086602
#define FS_IOC32_SETFLAGS 0x40046602

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
	if (complete && (!watch || flags & (WATCH_IGNORE | WATCH_EXECUTABLES))) {
		u64 next = put_host_path(&scratch->walk, scratch->data, end, file);
		if (next != end) {
			complete = scratch->walk.complete;
			match_watch(&scratch->walk, scratch->data);
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
	emit(scratch, total, RECORD_FILE);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, struct path_call);
	__uint(max_entries, 2 * FOREIGN_CALLS);
} path_calls SEC(".maps");

static __always_inline struct path_call *names_of(const struct call *call)
{
	u32 number = call->number + (call->foreign ? FOREIGN_CALLS : 0);
	struct path_call *names = bpf_map_lookup_elem(&path_calls, &number);
	return names && names->operation ? names : 0;
}

static __always_inline bool wanted(const struct call *call, struct path_call *names)
{
	if (call->result != 0 || (names->needed != NO_ARGUMENT && !argument(call, names->needed)))
		return false;
	return names->flags == NO_ARGUMENT || !(argument(call, names->flags) & AT_REMOVEDIR);
}

/* Calls that lead to a file by descriptor: one they return (open and its kin; the file is the one the kernel really
 * opened), or one they are given (fchmod, fchown, chattr). */
SYSCALL(exit_descriptor)
{
	struct path_call *names = names_of(call);
	if (!names)
		return 0;
	bool opens = names->directory == NO_ARGUMENT;
	if (opens ? call->result < 0 : !wanted(call, names))
		return 0;
	u32 value = argument(call, names->value);
	/* Of all the ioctls only the one behind chattr. */
	if (names->operation == FILE_ATTRIBUTE) {
		u32 request = argument(call, 1);
		if ((request != FS_IOC_SETFLAGS && request != FS_IOC32_SETFLAGS) ||
		    bpf_probe_read_user(&value, sizeof(value), (void *)argument(call, 2)))
			return 0;
	}
	struct file *file = file_of(opens ? call->result : argument(call, names->directory));
	if (!file)
		count(RECORD_FILE, COUNTER_UNREADABLE); /* another thread closed it already */
	if (!file || (opens && !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE)))
		return 0;
	return report_file(file, names->operation, value);
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
		walk->complete = 0;
		if (!file)
			return from; /* another thread closed it already: reported as a path whose upper part is missing */
		dentry = BPF_CORE_READ(file, f_path.dentry);
		mount = BPF_CORE_READ(file, f_path.mnt);
	}
	return put_path(walk, data, from, dentry, mount);
}

static __always_inline s32 directory_of(const struct call *call, u8 number)
{
	return number == NO_ARGUMENT ? AT_FDCWD : (s32)argument(call, number);
}

/* Calls with one path: removal, mode, owner, attribute, times, truncate. */
SYSCALL(exit_path)
{
	struct path_call *names = names_of(call);
	if (!names || !wanted(call, names))
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
	record->operation = names->operation;
	record->watch = 0;
	record->value = argument(call, names->value);
	record->open_flags = 0;
	/* No path, or an empty one: the descriptor itself is meant, and its path is the base. */
	const char *path = (const char *)argument(call, names->path);
	scratch->data[0] = 0;
	u64 end = path ? put_string(scratch->data, 0, path) : 1;
	if (end == 0) {
		count(RECORD_FILE, COUNTER_UNREADABLE);
		return 0;
	}
	end = AT_MOST(end, PATH_BYTES);
	record->path_length = end;
	u64 next = put_base(&scratch->walk, scratch->data, end, 0, directory_of(call, names->directory));
	next = AT_MOST(next, 2 * PATH_BYTES);
	record->base_length = next - end;
	if (!scratch->walk.complete)
		record->record.flags |= FLAG_PATH_TRUNCATED;
	/* Only removal: the other calls act on what a link of that name leads to. */
	if (names->operation == FILE_REMOVED && path && unwatched_name(&scratch->walk, scratch->data, 0))
		return 0;
	end = next;
	record->extra_length = 0;
	if (names->extra != NO_ARGUMENT) {
		const char *extra = (const char *)argument(call, names->extra);
		u32 length = bpf_probe_read_user_str(scratch->data + next, 256, extra);
		if (length <= 256) {
			record->extra_length = length;
			end = next + length;
		}
	}
	if (over_share(RECORD_FILE))
		return 0;
	u64 total = sizeof(*record) + AT_MOST(end, DATA_BYTES);
	emit(scratch, total, RECORD_FILE);
	return 0;
}

/* Calls with two paths: rename, link, symlink. */
SYSCALL(exit_pair)
{
	struct path_call *names = names_of(call);
	if (!names || !wanted(call, names))
		return 0;
	u32 zero = 0;
	struct pair_scratch *scratch = bpf_map_lookup_elem(&pair_scratch, &zero);
	if (!scratch)
		return 0;
	struct pair_record *record = &scratch->record;
	fill(&record->record, RECORD_FILE_PAIR);
	record->record.flags = FLAG_UNRESOLVED;
	record->operation = names->operation;
	record->call_flags = 0;
	u64 a = put_string(scratch->data, 0, (const char *)argument(call, names->path));
	a = AT_MOST(a, PATH_BYTES);
	if (a == 0) {
		count(RECORD_FILE_PAIR, COUNTER_UNREADABLE);
		return 0;
	}
	record->from_length = a;
	u64 b = put_base(&scratch->walk, scratch->data, a, 0, directory_of(call, names->directory));
	b = AT_MOST(b, 2 * PATH_BYTES);
	record->from_base_length = b - a;
	if (!scratch->walk.complete)
		record->record.flags |= FLAG_PATH_TRUNCATED;
	bool unwatched = names->operation != FILE_SYMLINKED && unwatched_name(&scratch->walk, scratch->data, 0);
	u64 c = put_string(scratch->data, b, (const char *)argument(call, names->to_path));
	c = AT_MOST(c, 3 * PATH_BYTES);
	if (c == b) {
		count(RECORD_FILE_PAIR, COUNTER_UNREADABLE);
		return 0;
	}
	record->to_length = c - b;
	u64 d = put_base(&scratch->walk, scratch->data, c, b, directory_of(call, names->to_directory));
	record->to_base_length = d - c;
	if (!scratch->walk.complete)
		record->record.flags |= FLAG_PATH_TRUNCATED;
	/* Of a symbolic link only its own place matters here. */
	if ((unwatched || names->operation == FILE_SYMLINKED) && unwatched_name(&scratch->walk, scratch->data, b))
		return 0;
	if (over_share(RECORD_FILE_PAIR))
		return 0;
	u64 total = sizeof(*record) + AT_MOST(d, DATA_BYTES);
	emit(scratch, total, RECORD_FILE_PAIR);
	return 0;
}
