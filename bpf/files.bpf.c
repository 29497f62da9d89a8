/* Files: what was opened for writing (as the kernel resolved it), and calls that name files by path. */
#include "changes.h"
#include "syscall.h"

#define CALL_PULSE PULSE_FILES
#define AT_REMOVEDIR 0x200
#define FS_IOC_SETFLAGS 0x40086602
#define FS_IOC32_SETFLAGS 0x40046602

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
	struct change_scratch *scratch = scratch_here();
	if (!scratch)
		return 0;
	struct file_record *record = &scratch->file;
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
	u64 next = put_base(end, 0, directory_of(call, names->directory));
	next = AT_MOST(next, 2 * PATH_BYTES);
	record->base_length = next - end;
	if (!scratch->walk.complete)
		record->record.flags |= FLAG_PATH_TRUNCATED;
	/* Only removal: the other calls act on what a link of that name leads to. */
	if (names->operation == FILE_REMOVED && path && nobody_watches(0))
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
	emit(record, total, RECORD_FILE);
	return 0;
}

/* Calls with two paths: rename, link, symlink. */
SYSCALL(exit_pair)
{
	struct path_call *names = names_of(call);
	if (!names || !wanted(call, names))
		return 0;
	struct change_scratch *scratch = scratch_here();
	if (!scratch)
		return 0;
	struct pair_record *record = &scratch->pair;
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
	u64 b = put_base(a, 0, directory_of(call, names->directory));
	b = AT_MOST(b, 2 * PATH_BYTES);
	record->from_base_length = b - a;
	if (!scratch->walk.complete)
		record->record.flags |= FLAG_PATH_TRUNCATED;
	bool unwatched = names->operation != FILE_SYMLINKED && nobody_watches(0);
	u64 c = put_string(scratch->data, b, (const char *)argument(call, names->to_path));
	c = AT_MOST(c, 3 * PATH_BYTES);
	if (c == b) {
		count(RECORD_FILE_PAIR, COUNTER_UNREADABLE);
		return 0;
	}
	record->to_length = c - b;
	u64 d = put_base(c, b, directory_of(call, names->to_directory));
	record->to_base_length = d - c;
	if (!scratch->walk.complete)
		record->record.flags |= FLAG_PATH_TRUNCATED;
	/* Of a symbolic link only its own place matters here. */
	if ((unwatched || names->operation == FILE_SYMLINKED) && nobody_watches(b))
		return 0;
	if (over_share(RECORD_FILE_PAIR))
		return 0;
	u64 total = sizeof(*record) + AT_MOST(d, DATA_BYTES);
	emit(record, total, RECORD_FILE_PAIR);
	return 0;
}
