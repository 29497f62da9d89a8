/* Files through io_uring, which no system call names: opened for writing (as the kernel resolved it, when the request is
 * complete), removed, renamed, linked and with attributes set. Names are read when the request is submitted, from the
 * kernel's own copy, and told at once with a number; what became of the request follows as a record with that number.
 * Its threads are threads of the process that made the ring, so the process is the right one. Linux 6.0 and later. */
#include "changes.h"

struct bpf_raw_tracepoint_args {
	u64 args[3]; /* as far as they are read */
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct filename { const char *name; };
struct io_cqe { s32 res; u32 fd; };
struct io_rsrc_node { unsigned long file_ptr; };
struct io_rsrc_data { u32 nr; struct io_rsrc_node **nodes; };
struct io_fixed_file { unsigned long file_ptr; };
struct io_file_table { struct io_rsrc_data data; };
struct io_file_table___old { struct io_fixed_file *files; }; /* until 6.12 */
struct io_ring_ctx { struct io_file_table file_table; };
struct io_kiocb { struct file *file; u8 opcode; u32 flags; struct io_cqe cqe; struct io_ring_ctx *ctx; };
struct open_how { u64 flags; };
struct io_open { int dfd; u32 file_slot; struct filename *filename; struct open_how how; };
struct io_unlink { int dfd, flags; struct filename *filename; };
struct io_rename { int old_dfd, new_dfd; struct filename *oldpath, *newpath; };
struct io_link { int old_dfd, new_dfd; struct filename *oldpath, *newpath; };
struct xattr_name { char name[256]; };
struct kernel_xattr_ctx { struct xattr_name *kname; };
struct io_xattr { struct kernel_xattr_ctx ctx; struct filename *filename; };
#pragma clang attribute pop

/* enum io_uring_op */
enum { OPENAT = 18, OPENAT2 = 28, RENAMEAT = 35, UNLINKAT = 36, SYMLINKAT = 38, LINKAT = 39, FSETXATTR = 41, SETXATTR = 42 };
#define REQ_FIXED_FILE 1
#define REQ_QUIET 64 /* no completion unless it fails: the program is never called for it */
#define WRITING 3    /* O_WRONLY, O_RDWR */
#define O_CREAT 0100
#define O_EXCL 0200
#define AT_REMOVEDIR 0x200

/* Requests whose names were told, by the address of the request, with the number they were told with. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, u64);
	__type(value, u32);
	__uint(max_entries, 8192);
} submitted SEC(".maps");

static __always_inline u64 put_name(char *data, u64 from, struct filename *name)
{
	from = AT_MOST(from, DATA_BYTES - PATH_BYTES);
	long length = bpf_probe_read_kernel_str(data + from, PATH_BYTES, BPF_CORE_READ(name, name));
	return length > 0 ? from + AT_MOST(length, PATH_BYTES) : from;
}

/* The number under which the outcome will follow; 0 when it will not. */
static __always_inline u32 number_of(struct io_kiocb *request, u32 flags)
{
	u64 key = (u64)request;
	u32 number = bpf_get_prandom_u32() | 1;
	return flags & REQ_QUIET || bpf_map_update_elem(&submitted, &key, &number, BPF_ANY) ? 0 : number;
}

/* What a request names. Without `from` the descriptor itself is meant. */
struct names {
	struct filename *from, *to;
	struct xattr_name *attribute;
	s32 from_directory, to_directory;
	u16 operation;
	bool created;
};

static __always_inline int report_name(struct io_kiocb *request, u32 flags, const struct names *names)
{
	u16 operation = names->operation;
	struct change_scratch *scratch = scratch_here();
	if (!scratch)
		return 0;
	struct file_record *record = &scratch->file;
	fill(&record->record, RECORD_FILE);
	record->inode = record->size = 0;
	record->device = record->mode = record->owner = 0;
	record->operation = operation;
	record->watch = 0;
	record->open_flags = 0;
	scratch->data[0] = 0;
	u64 end = names->from ? put_name(scratch->data, 0, names->from) : 1;
	if (end == 0) {
		count(RECORD_FILE, COUNTER_UNREADABLE);
		return 0;
	}
	end = AT_MOST(end, PATH_BYTES);
	record->path_length = end;
	u64 next = put_base(end, 0, names->from_directory);
	next = AT_MOST(next, 2 * PATH_BYTES);
	record->base_length = next - end;
	bool complete = scratch->walk.complete;
	if (operation == FILE_REMOVED && nobody_watches(0))
		return 0;
	record->extra_length = 0;
	if (names->attribute) {
		u32 length = bpf_probe_read_kernel_str(scratch->data + next, 256, &names->attribute->name);
		if (length <= 256) {
			record->extra_length = length;
			next += length;
		}
	}
	if (over_share(RECORD_FILE))
		return 0;
	u32 number = operation == FILE_WRITTEN ? 0 : number_of(request, flags);
	record->value = number;
	record->record.flags = FLAG_UNRESOLVED | (number ? FLAG_PENDING : 0) | (complete ? 0 : FLAG_PATH_TRUNCATED) |
			       (names->created ? FLAG_CREATED : 0);
	u64 total = sizeof(*record) + AT_MOST(next, DATA_BYTES);
	emit(record, total, RECORD_FILE);
	return 0;
}

static __always_inline int report_names(struct io_kiocb *request, u32 flags, const struct names *names)
{
	u16 operation = names->operation;
	struct change_scratch *scratch = scratch_here();
	if (!scratch)
		return 0;
	struct pair_record *record = &scratch->pair;
	fill(&record->record, RECORD_FILE_PAIR);
	record->operation = operation;
	u64 a = put_name(scratch->data, 0, names->from);
	a = AT_MOST(a, PATH_BYTES);
	record->from_length = a;
	u64 b = put_base(a, 0, names->from_directory);
	b = AT_MOST(b, 2 * PATH_BYTES);
	record->from_base_length = b - a;
	bool complete = scratch->walk.complete;
	bool unwatched = operation == FILE_SYMLINKED || nobody_watches(0);
	u64 c = put_name(scratch->data, b, names->to);
	c = AT_MOST(c, 3 * PATH_BYTES);
	if (a == 0 || c == b) {
		count(RECORD_FILE_PAIR, COUNTER_UNREADABLE);
		return 0;
	}
	record->to_length = c - b;
	u64 d = put_base(c, b, names->to_directory);
	record->to_base_length = d - c;
	complete = complete && scratch->walk.complete;
	if ((unwatched && nobody_watches(b)) || over_share(RECORD_FILE_PAIR))
		return 0;
	u32 number = number_of(request, flags);
	record->call_flags = number;
	record->record.flags =
		FLAG_UNRESOLVED | (number ? FLAG_PENDING : 0) | (complete ? 0 : FLAG_PATH_TRUNCATED);
	u64 total = sizeof(*record) + AT_MOST(d, DATA_BYTES);
	emit(record, total, RECORD_FILE_PAIR);
	return 0;
}

/* What belongs to the operation lies at the request's beginning. */
static __always_inline void *command_of(struct io_kiocb *request)
{
	return (void *)request + bpf_core_field_offset(struct io_kiocb, file);
}

/* The first name of this tracepoint is that of Linux 6.4 and later. */
SEC("raw_tp/io_uring_submit_req")
int uring_submitted(struct bpf_raw_tracepoint_args *context)
{
	struct io_kiocb *request = (void *)context->args[0];
	u8 operation = BPF_CORE_READ(request, opcode);
	if (operation != OPENAT && operation != OPENAT2 && (operation < RENAMEAT || operation > SETXATTR))
		return 0;
	if (own_process(PULSE_FILES))
		return 0;
	u32 flags = BPF_CORE_READ(request, flags);
	void *command = command_of(request);
	struct names names = {.operation = FILE_ATTRIBUTE, .from_directory = AT_FDCWD};
	if (operation == OPENAT || operation == OPENAT2) {
		struct io_open *open = command;
		u64 how = BPF_CORE_READ(open, how.flags);
		if (!(flags & REQ_QUIET) || !(how & (WRITING | O_CREAT)))
			return 0; /* what was opened is known when it is complete */
		names.operation = FILE_WRITTEN;
		names.created = (how & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
		names.from_directory = BPF_CORE_READ(open, dfd);
		names.from = BPF_CORE_READ(open, filename);
	} else if (operation == UNLINKAT) {
		struct io_unlink *unlink = command;
		if (BPF_CORE_READ(unlink, flags) & AT_REMOVEDIR)
			return 0;
		names.operation = FILE_REMOVED;
		names.from_directory = BPF_CORE_READ(unlink, dfd);
		names.from = BPF_CORE_READ(unlink, filename);
	} else if (operation == SETXATTR || operation == FSETXATTR) {
		struct io_xattr *set = command;
		names.attribute = BPF_CORE_READ(set, ctx.kname);
		if (operation == SETXATTR)
			names.from = BPF_CORE_READ(set, filename);
		else
			names.from_directory = BPF_CORE_READ(request, cqe.fd);
	} else if (operation == RENAMEAT) {
		struct io_rename *rename = command;
		names.operation = FILE_RENAMED;
		names.from_directory = BPF_CORE_READ(rename, old_dfd);
		names.from = BPF_CORE_READ(rename, oldpath);
		names.to_directory = BPF_CORE_READ(rename, new_dfd);
		names.to = BPF_CORE_READ(rename, newpath);
	} else if (operation == LINKAT || operation == SYMLINKAT) {
		struct io_link *link = command;
		names.operation = operation == SYMLINKAT ? FILE_SYMLINKED : FILE_LINKED;
		if (operation == LINKAT)
			names.from_directory = BPF_CORE_READ(link, old_dfd);
		names.from = BPF_CORE_READ(link, oldpath);
		names.to_directory = BPF_CORE_READ(link, new_dfd);
		names.to = BPF_CORE_READ(link, newpath);
	} else
		return 0;
	return names.to ? report_names(request, flags, &names) : report_name(request, flags, &names);
}

/* A file that has no descriptor, only a place in the ring's own table. */
static __always_inline struct file *fixed_file(struct io_ring_ctx *ring, u32 place)
{
	struct io_file_table___old *old = (void *)ring + bpf_core_field_offset(struct io_ring_ctx, file_table);
	unsigned long file = 0;
	if (bpf_core_field_exists(old->files)) {
		struct io_fixed_file *files = BPF_CORE_READ(old, files);
		bpf_probe_read_kernel(&file, sizeof(file), (void *)files + place * sizeof(file));
		return (void *)(file & ~7UL);
	}
	struct io_rsrc_node **nodes = BPF_CORE_READ(ring, file_table.data.nodes), *node = 0;
	bpf_probe_read_kernel(&node, sizeof(node), nodes + place);
	return node ? (void *)(BPF_CORE_READ(node, file_ptr) & ~7UL) : 0;
}

SEC("raw_tp/io_uring_complete")
int uring_completed(struct bpf_raw_tracepoint_args *context)
{
	struct io_kiocb *request = (void *)context->args[1];
	if (!request)
		return 0;
	u8 operation = BPF_CORE_READ(request, opcode);
	if (operation != OPENAT && operation != OPENAT2 && (operation < RENAMEAT || operation > SETXATTR))
		return 0;
	s32 result = BPF_CORE_READ(request, cqe.res);
	if (operation == OPENAT || operation == OPENAT2) {
		struct io_open *open = command_of(request);
		u32 place = BPF_CORE_READ(open, file_slot);
		if (result < 0 || !(BPF_CORE_READ(open, how.flags) & (WRITING | O_CREAT)) || own_process(PULSE_FILES))
			return 0;
		struct file *file = place == 0 ? file_of(result)
					       : fixed_file(BPF_CORE_READ(request, ctx), place == ~0U ? result : place - 1);
		if (!file)
			count(RECORD_FILE, COUNTER_UNREADABLE);
		if (!file || !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
			return 0;
		return report_file(file, FILE_WRITTEN, 0);
	}
	u64 key = (u64)request;
	u32 *number = bpf_map_lookup_elem(&submitted, &key);
	if (!number)
		return 0;
	struct outcome_record record = {};
	fill(&record.record, RECORD_OUTCOME);
	record.number = *number;
	record.result = result;
	bpf_map_delete_elem(&submitted, &key);
	emit(&record, sizeof(record), RECORD_OUTCOME);
	return 0;
}
