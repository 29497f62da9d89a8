/* A dentry and its mount in, the path as the process' own mount namespace sees it out (components leaf first). */
#pragma once
#include "emit.h"

#define DATA_BYTES 28672 /* room for the variable parts of one record; a ring record is at most this plus its header */
#define PATH_BYTES 4096
#define PATH_COMPONENTS 100

/* State of a walk. It lives in map memory, not in registers: every round then looks the same to the verifier, which
 * would otherwise follow each combination of offsets and give up after a million instructions. */
struct walk {
	u64 dentry, mount;
	u32 offset, count, complete;
	u32 node, depth;
	struct watch_node watch;
	u16 starts[128];
};

static __always_inline u64 put_path(volatile struct walk *walk, char *data, u64 from, struct dentry *dentry,
				    struct vfsmount *vfsmount)
{
	walk->dentry = (u64)dentry;
	walk->mount = (u64)vfsmount - bpf_core_field_offset(struct mount, mnt);
	walk->offset = from;
	walk->count = 0;
	walk->complete = 0;
	for (int round = 0; round < PATH_COMPONENTS + 16; round++) {
		struct mount *mount = (void *)walk->mount;
		struct dentry *here = (void *)walk->dentry;
		struct dentry *root = BPF_CORE_READ(mount, mnt.mnt_root), *parent = BPF_CORE_READ(here, d_parent);
		if (here == root || here == parent) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);
			if (above == mount || !above) {
				/* A file of an internal file system (memfd) is its own root: its name is all there is. */
				if (walk->count == 0 && here == parent && here != root)
					goto name;
				walk->complete = 1;
				break;
			}
			/* Opened by handle while nobody knew its directory: nothing above it is known. */
			if (here != root)
				break;
			walk->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
			walk->mount = (u64)above;
			continue;
		}
	name:;
		u64 offset = walk->offset;
		u32 count = walk->count;
		if (offset > DATA_BYTES - 256 || offset + 256 > from + PATH_BYTES || count >= PATH_COMPONENTS)
			break;
		u32 length = bpf_probe_read_kernel_str(data + offset, 256, BPF_CORE_READ(here, d_name.name));
		if (length > 256)
			break;
		walk->starts[count & 127] = offset;
		walk->count = count + 1;
		walk->offset = offset + length;
		if (here == parent) {
			walk->complete = 1;
			break;
		}
		walk->dentry = (u64)parent;
	}
	return AT_MOST(walk->offset, DATA_BYTES);
}
