/* Is a path watched, and by which name: the watch tree that user space fills, and files that have two places. */
#pragma once
#include "path.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct watch_step);
	__type(value, struct watch_node);
	__uint(max_entries, 8192);
} watches SEC(".maps");

/* Goes down the watch tree along the components just written; the deepest node that says something decides. */
static __always_inline void match_watch(volatile struct walk *walk, char *data)
{
	walk->node = 0;
	walk->depth = 0;
	walk->watch.watch = 0;
	walk->watch.flags = 0;
	for (int depth = 0; depth < WATCH_DEPTH; depth++) {
		u32 count = walk->count;
		if (depth >= count)
			break;
		u32 at = walk->starts[(count - 1 - depth) & 127];
		if (at > DATA_BYTES - 256)
			break;
		struct watch_step step = {.node = walk->node};
		bpf_probe_read_kernel_str(step.name, sizeof(step.name), data + at);
		struct watch_node *node = bpf_map_lookup_elem(&watches, &step);
		if (!node) {
			struct watch_step any = {.node = walk->node, .name = "*"};
			node = bpf_map_lookup_elem(&watches, &any);
		}
		if (!node)
			break;
		walk->node = node->node;
		walk->depth = depth + 1;
		if (node->watch) {
			walk->watch.watch = node->watch;
			walk->watch.flags = node->flags;
		}
	}
}

/* True when nobody watches a file that is named without a slash, in the directory just written to `walk`: then there is no
 * link on the way, and the name is the file's own. Names that are paths are left to user space, which follows their links. */
static __always_inline bool unwatched_name(volatile struct walk *walk, char *data, u64 at)
{
	u32 length = 0;
	at = AT_MOST(at, DATA_BYTES - 256);
	for (u32 index = 0; index < 64; index++) {
		char letter = data[at + index];
		if (letter == '/')
			return false;
		if (letter == 0) {
			length = index;
			break;
		}
	}
	/* Empty, very long, `.` and `..`: not for this look. */
	if (length == 0 || !walk->complete || (data[at] == '.' && length <= 2))
		return false;
	match_watch(walk, data);
	if (walk->depth == walk->count) {
		struct watch_step step = {.node = walk->node};
		bpf_probe_read_kernel_str(step.name, sizeof(step.name), data + at);
		struct watch_node *node = bpf_map_lookup_elem(&watches, &step);
		if (!node) {
			struct watch_step any = {.node = walk->node, .name = "*"};
			node = bpf_map_lookup_elem(&watches, &any);
		}
		/* Something below that name is watched: with the directory it comes and goes. */
		if (node && !node->watch)
			return false;
		if (node) {
			walk->watch.watch = node->watch;
			walk->watch.flags = node->flags;
		}
	}
	return !walk->watch.watch || walk->watch.flags & WATCH_IGNORE;
}

/* Device of the host's root file system, set by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 1);
} root_device SEC(".maps");

/* The file's place on the host's root file system, when it is reached through another mount of it: a bind mount, a mount
 * that is in no namespace, or the host's root inside a container. Returns `from` when it is no such file. */
static __always_inline u64 put_host_path(volatile struct walk *walk, char *data, u64 from, struct file *file)
{
	u32 zero = 0, *device = bpf_map_lookup_elem(&root_device, &zero);
	struct dentry *here = BPF_CORE_READ(file, f_path.dentry);
	u64 mount_at = (u64)BPF_CORE_READ(file, f_path.mnt) - bpf_core_field_offset(struct mount, mnt);
	struct mount *mount = (void *)mount_at, *above = BPF_CORE_READ(mount, mnt_parent);
	if (!device || *device == 0 || BPF_CORE_READ(here, d_sb, s_dev) != *device)
		return from;
	struct dentry *root = BPF_CORE_READ(mount, mnt.mnt_root);
	if ((above == mount || BPF_CORE_READ(above, mnt_parent) == above) && BPF_CORE_READ(root, d_parent) == root)
		return from; /* the whole file system as the root of a namespace: the first walk gave the same */
	walk->complete = 0;
	walk->dentry = (u64)here;
	walk->offset = from;
	walk->count = 0;
	for (int round = 0; round < PATH_COMPONENTS; round++) {
		here = (void *)walk->dentry;
		struct dentry *parent = BPF_CORE_READ(here, d_parent);
		u64 offset = walk->offset;
		u32 count = walk->count;
		if (here == parent) {
			walk->complete = 1;
			break;
		}
		if (offset > 2 * PATH_BYTES - 256)
			break;
		u32 length = bpf_probe_read_kernel_str(data + offset, 256, BPF_CORE_READ(here, d_name.name));
		if (length > 256)
			break;
		walk->starts[count & 127] = offset;
		walk->count = count + 1;
		walk->offset = offset + length;
		walk->dentry = (u64)parent;
	}
	return AT_MOST(walk->offset, 2 * PATH_BYTES);
}
