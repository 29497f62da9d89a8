/* What can refuse: LSM hooks for starting a program and changing a file, a cgroup hook for connecting. In an object of its
 * own, since many kernels refuse LSM programs: loading it shows what this host can block. What is refused stands in
 * `refused_files`, which is empty until a policy fills it. */
#include "emit.h"

#define EPERM 1

struct file_key {
	u64 inode;
	u32 device, reserved;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct file_key);
	__type(value, u32);
	__uint(max_entries, 4096);
} refused_files SEC(".maps");

static __always_inline int refuse(struct inode *inode)
{
	struct file_key key = {.inode = BPF_CORE_READ(inode, i_ino), .device = BPF_CORE_READ(inode, i_sb, s_dev)};
	return bpf_map_lookup_elem(&refused_files, &key) ? -EPERM : 0;
}

SEC("lsm/bprm_check_security")
int BPF_PROG(block_exec, struct linux_binprm *program, int before)
{
	return before ? before : refuse(BPF_CORE_READ(program, file, f_inode));
}

SEC("lsm/file_open")
int BPF_PROG(block_open, struct file *file, int before)
{
	if (before || !(BPF_CORE_READ(file, f_mode) & 2 /* FMODE_WRITE */))
		return before;
	return refuse(BPF_CORE_READ(file, f_inode));
}

SEC("lsm/inode_unlink")
int BPF_PROG(block_unlink, struct inode *directory, struct dentry *entry, int before)
{
	return before ? before : refuse(BPF_CORE_READ(entry, d_inode));
}

struct bpf_sock_addr {
	u32 user_family, user_ip4;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 4096);
} refused_addresses SEC(".maps");

SEC("cgroup/connect4")
int block_connect(struct bpf_sock_addr *to)
{
	u32 address = to->user_ip4;
	return !bpf_map_lookup_elem(&refused_addresses, &address);
}
