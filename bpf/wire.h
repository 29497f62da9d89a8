/* The contract between the kernel programs and user space: layout of every record in the ring.
 * packages/sensor/src/kernel/wire.ts repeats the offsets; a test compares the two through BTF.
 *
 * Little-endian (or the host's order), no implicit padding. A record is `struct record` followed by the fields of its
 * type, then variable parts one after the other without padding; their lengths stand in the fixed part.
 * Paths: components leaf first, each ended by NUL, without slashes; the reader turns them round. */
#pragma once

enum record_type {
	RECORD_EXEC = 1,
	RECORD_FORK,
	RECORD_EXIT,
	RECORD_FILE,	  /* open for write or create, mode, owner, attribute, times: one file */
	RECORD_FILE_PAIR, /* rename, link: two names */
	RECORD_NETWORK,
	RECORD_DNS,
	RECORD_PRIVILEGE,
	RECORD_MEMORY_FILE,
	RECORD_ACCESS, /* ptrace, process_vm_* */
	RECORD_MODULE,
	RECORD_OUTCOME, /* what became of a pending record */
	RECORD_TYPES,
};

enum record_flag {
	FLAG_ARGUMENTS_TRUNCATED = 1, /* argument vector longer than 16,383 bytes */
	FLAG_ARGUMENTS_UNREADABLE = 2,
	FLAG_PATH_TRUNCATED = 4, /* more than 100 components or 4,096 bytes: the upper part is missing */
	FLAG_FILELESS = 8,	 /* no link count: memfd or deleted */
	FLAG_CREATED = 16,
	FLAG_UNRESOLVED = 32, /* path is the caller's string, relative to `base` */
	FLAG_HOST_PATH = 64, /* `base` is the file's place on the host's root file system and is what matched */
	FLAG_NESTED_PIDS = 128, /* process ids among the arguments are those of a nested pid namespace */
	FLAG_ANSWER = 256, /* a DNS answer; the head is that of whatever ran when it came, not of the process that asked */
	FLAG_FOREIGN_CALL = 512, /* a 32-bit system call */
	FLAG_STREAM = 2048, /* a part of a DNS conversation over TCP, not a message; FLAG_ANSWER: what came in */
	FLAG_PENDING = 1024, /* only asked for: the outcome follows under the number in `value` or `call_flags` */
};

struct record {
	u64 time_ns; /* CLOCK_BOOTTIME */
	u64 start_ns; /* start of the process, CLOCK_BOOTTIME */
	u64 cgroup; /* cgroup v2 id */
	u16 type;
	u16 flags;
	u32 pid, tid;
	u32 parent_pid;
	u32 uid, euid, gid;
	u32 mount_namespace;
	char name[16];
}; /* 72 bytes */

struct exec_record {
	struct record record;
	u64 parent_start_ns;
	u64 inode, size;
	s64 mtime_sec, ctime_sec;
	u32 mtime_nsec, ctime_nsec;
	u32 device; /* kernel encoding: major << 20 | minor */
	u32 mode;
	u32 session;
	u32 arguments_total; /* true length of the argument vector */
	u32 owner;
	u16 executable_length, directory_length, cgroup_length, arguments_length;
	char terminal[12];
}; /* data: executable, directory, cgroup path, arguments */

struct fork_record {
	struct record record; /* of the caller */
	u64 child_start_ns, parent_start_ns;
	u32 child_pid, parent_pid; /* parent differs from the caller with CLONE_PARENT */
};

struct exit_record {
	struct record record;
	u32 code; /* as wait(2) gives it: status << 8 | signal */
	u32 reserved;
};

enum file_operation { FILE_WRITTEN = 1, FILE_REMOVED, FILE_MODE, FILE_OWNER, FILE_ATTRIBUTE, FILE_TIMES, FILE_RENAMED, FILE_LINKED, FILE_SYMLINKED };

struct file_record {
	struct record record;
	u64 inode, size;
	u32 device, mode, owner;
	u16 operation;
	u16 watch; /* number of the watch that matched; 0 = not checked in the kernel */
	u32 value; /* new mode or owner, inode flags for FILE_ATTRIBUTE without a name, number of a pending record */
	u32 open_flags;
	u16 path_length, base_length, extra_length;
	u16 reserved;
}; /* data: path, base directory, extra (attribute name) */

struct pair_record {
	struct record record;
	u16 operation;
	u16 from_length, from_base_length, to_length, to_base_length;
	u16 reserved;
	u32 call_flags; /* number of a pending record */
}; /* data: from string, from base, to string, to base */

enum network_operation { NETWORK_CONNECTED = 1, NETWORK_ACCEPTED, NETWORK_LISTENING };

struct network_record {
	struct record record;
	u16 operation, family, protocol;
	u16 source_port, destination_port; /* host order */
	u16 reserved[3];
	u8 source[16], destination[16]; /* IPv4 in the first four bytes */
};

struct dns_record {
	struct record record;
	u16 family, port, length;
	u16 client_port; /* the asker's own port: with the message's id it joins answer and question */
	u8 destination[16]; /* the server */
	u32 total; /* FLAG_STREAM: bytes sent or received, of which `length` follow */
	u32 reserved;
}; /* data: DNS message, or part of a stream */

struct privilege_record {
	struct record record;
	u32 operation; /* number of the system call in the wire's own list below */
	s32 result;
	u64 arguments[4];
	u16 first_length, second_length;
	u32 reserved;
}; /* data: first string, second string */

enum privilege_operation {
	PRIVILEGE_SETUID = 1,
	PRIVILEGE_SETGID,
	PRIVILEGE_CAPSET,
	PRIVILEGE_MOUNT,
	PRIVILEGE_UMOUNT,
	PRIVILEGE_UNSHARE,
	PRIVILEGE_SETNS,
	PRIVILEGE_BPF,
	PRIVILEGE_IO_URING,
	PRIVILEGE_RAW_SOCKET,
	PRIVILEGE_PACKET_SOCKET,
	PRIVILEGE_KILL,
	PRIVILEGE_PERF,
	PRIVILEGE_CLONE, /* a child in namespaces of its own */
	PRIVILEGE_PIVOT_ROOT,
	PRIVILEGE_CHROOT,
	PRIVILEGE_MODULE_LOAD,
	PRIVILEGE_MODULE_UNLOAD,
	PRIVILEGE_KEXEC,
	PRIVILEGE_SWAPOFF,
	PRIVILEGE_REBOOT,
	PRIVILEGE_SETFSUID,
	PRIVILEGE_SETFSGID,
	PRIVILEGE_AMBIENT, /* a capability raised into the ambient set: programs started later keep it */
};

struct memory_file_record {
	struct record record;
	u32 call_flags;
	u32 reserved;
	char memory_name[256];
};

struct access_record {
	struct record record;
	u32 operation; /* ptrace request, or ACCESS_MEMORY_* */
	u32 target_pid;
	s64 result;
};
enum { ACCESS_MEMORY_READ = 0x10000, ACCESS_MEMORY_WRITE = 0x10001, ACCESS_DESCRIPTOR = 0x10002 };

struct module_record {
	struct record record;
	u64 taints;
	u32 unload;
	u32 reserved;
	char module_name[56];
};

struct outcome_record {
	struct record record;
	u32 number;
	s32 result; /* negative: it did not happen */
};

/* counters[outcome * 8192 + (cpu & 255) * 32 + type]. What happened and was worth a record is the sum of all outcomes but the last. */
#define COUNTER_TYPES 32
#define COUNTER_CPUS 256
#define COUNTER_SECTION (COUNTER_TYPES * COUNTER_CPUS)
enum counter_outcome {
	COUNTER_EMITTED,
	COUNTER_DROPPED,    /* the ring was full */
	COUNTER_HELD_BACK,  /* the ring was filling, and this process had more than its share */
	COUNTER_MERGED,     /* the same process opened the same file for writing again within a second; nothing is lost */
	COUNTER_UNREADABLE, /* the caller's memory or descriptor was gone by the end of the call */
	COUNTER_OWN,	    /* an act of the agent itself, left out; counted by enum pulse instead of record type */
	COUNTER_OUTCOMES,
};

/* Which program left the act out. */
enum pulse { PULSE_FILES = 1, PULSE_NETWORK, PULSE_SOCKETS, PULSE_DNS, PULSE_PRIVILEGE };

/* Watch tree: from the root downwards, one step a component. `*` as name matches every component. */
#define WATCH_NAME 40
#define WATCH_DEPTH 8
struct watch_step {
	u32 node;
	char name[WATCH_NAME];
};
struct watch_node {
	u32 node;
	u16 watch; /* not 0: everything at and below is watched, unless a deeper node says otherwise */
	u16 flags;
};
enum {
	WATCH_EXECUTABLES = 1, /* only what is executable or was just created */
	WATCH_IGNORE = 2,
	WATCH_CONTENT = 4, /* every write counts: its content is read */
};

/* How a system call names files, by its number (plus FOREIGN_CALLS for that of a 32-bit call): filled by user space, so that one program serves all calls of a kind.
 * Numbers of arguments; NO_ARGUMENT where the call has none (a missing directory descriptor means the current directory). */
#define FOREIGN_CALLS 512
#define NO_ARGUMENT 255
struct path_call {
	u8 operation; /* enum file_operation; 0: not one of these calls */
	u8 directory, path;
	u8 to_directory, to_path; /* rename, link */
	u8 value; /* new mode or owner */
	u8 extra; /* name of the attribute */
	u8 needed; /* reported only if this argument is not 0 */
	u8 flags; /* not reported if this argument has AT_REMOVEDIR */
};
