/* Kernel types, as far as the programs read them. Only names matter: libbpf moves every access to the running
 * kernel's own offsets (CO-RE), so members may stand in any order and others are left out.
 * `___old` and the like are flavours: other shapes of the same struct in other kernel versions. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;
typedef signed long long s64;
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s32 __s32;
typedef s64 __s64;
typedef short __s16;
typedef u16 __be16;
typedef u32 __be32;
typedef u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0
typedef u16 __sum16;

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_ANY = 0, BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0, BPF_RB_RING_SIZE = 1 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct { u32 val; } kuid_t;
typedef struct { u32 val; } kgid_t;
typedef struct { s32 counter; } atomic_t;
typedef struct { u64 val; } kernel_cap_t;

struct timespec64 { s64 tv_sec; long tv_nsec; };

struct super_block { u32 s_dev; unsigned long s_magic; };
struct inode {
	u16 i_mode;
	kuid_t i_uid;
	struct super_block *i_sb;
	void *i_private;
	unsigned long i_ino;
	u32 i_nlink;
	s64 i_size;
	s64 i_mtime_sec, i_ctime_sec; /* since 6.11 */
	u32 i_mtime_nsec, i_ctime_nsec;
};
struct inode___ctime { struct timespec64 i_mtime, i_ctime; };   /* until 6.5 */
struct inode___mangled { struct timespec64 __i_mtime, __i_ctime; struct timespec64 i_mtime; }; /* 6.6 to 6.10 */

struct qstr { const unsigned char *name; };
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};
struct vfsmount { struct dentry *mnt_root; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file {
	struct path f_path;
	struct inode *f_inode;
	u32 f_mode;
	u32 f_flags;
	void *private_data;
};
struct fdtable { u32 max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct fs_struct { struct path root, pwd; };

struct kernfs_node { const char *name; struct kernfs_node *__parent; };
struct kernfs_node___old { struct kernfs_node *parent; }; /* until 6.14 */
struct cgroup { s32 level; struct kernfs_node *kn; };
struct cgroup_subsys_state { struct cgroup *cgroup; };
enum cgroup_subsys_id { memory_cgrp_id___any = 4, pids_cgrp_id___any = 11 };
struct css_set { struct cgroup_subsys_state *subsys[1]; struct cgroup *dfl_cgrp; };

struct ns_common { u32 inum; };
struct mnt_namespace { struct ns_common ns; };
struct nsproxy { struct mnt_namespace *mnt_ns; };

struct tty_struct { char name[64]; };
struct upid { s32 nr; };
struct pid { u32 level; struct upid numbers[1]; };
struct signal_struct {
	atomic_t live;
	s32 group_exit_code;
	u32 flags;
	struct tty_struct *tty;
	struct pid *pids[4];
};
struct cred { kuid_t uid, euid, fsuid; kgid_t gid, egid, fsgid; };
struct mm_struct { unsigned long arg_start, arg_end; struct file *exe_file; };
struct thread_info { u32 status; };
struct task_struct {
	struct thread_info thread_info;
	struct mm_struct *mm;
	s32 pid, tgid, exit_code;
	u32 flags;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	u64 start_boottime;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
};
struct linux_binprm { struct file *file; };

struct in6_addr { u8 bytes[16]; };
struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	u16 skc_num, skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock { struct sock_common __sk_common; u16 sk_protocol, sk_type; };
struct socket { struct sock *sk; };
struct sk_buff { u32 len, data_len; u16 transport_header, network_header; __be16 protocol; unsigned char *head, *data; };
struct module { char name[56]; unsigned long taints; };

#if defined(__TARGET_ARCH_x86)
struct pt_regs { unsigned long bx, cx, bp, di, si, dx, r10, r8, r9, ax, orig_ax; };
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs { u64 regs[31]; u64 orig_x0; s32 syscallno; };
#endif

#pragma clang attribute pop
