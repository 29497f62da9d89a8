/* DNS over TCP: what a process that opened a connection to port 53 sends and receives there, read from its own memory at the
 * end of the call. Packets would not do: their payload lies in pages that these programs cannot read. */
#pragma once
#include "emit.h"
#include "syscall.h"

#define DNS_PORT 53
#define PIECE_BYTES 4095
#define PIECES 3

struct stream_scratch {
	struct dns_record record;
	u8 data[PIECES * (PIECE_BYTES + 1)];
};
PER_CPU_SCRATCH(stream_scratch, struct stream_scratch);

/* Processes with such a connection: all others go on after one look. A child that was given the connection is not in it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 1024);
} dns_processes SEC(".maps");

static __always_inline void dns_connecting(void)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	u64 now = bpf_ktime_get_boot_ns();
	bpf_map_update_elem(&dns_processes, &pid, &now, BPF_ANY);
}

static __always_inline bool asks_by_stream(void)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	return bpf_map_lookup_elem(&dns_processes, &pid);
}

static __always_inline struct sock *socket_of(u32 fd)
{
	struct file *file = file_of(fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & 0170000) != 0140000)
		return 0;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* `vectors` 0: `from` is the buffer, else the array of so many buffers. */
static __always_inline int streamed(const struct call *call, u64 from, u64 vectors, bool answer)
{
	s64 total = call->result;
	struct sock *sock = total > 0 ? socket_of(argument(call, 0)) : 0;
	if (!sock || BPF_CORE_READ(sock, sk_type) != 1 /* SOCK_STREAM */ ||
	    BPF_CORE_READ(sock, __sk_common.skc_dport) != bpf_htons(DNS_PORT))
		return 0;
	u32 zero = 0;
	struct stream_scratch *scratch = bpf_map_lookup_elem(&stream_scratch, &zero);
	if (!scratch || over_share(RECORD_DNS))
		return 0;
	u64 end = 0;
#pragma unroll
	for (u32 piece = 0; piece < PIECES; piece++) {
		u64 buffer = from, length = total - end;
		if (vectors) {
			u64 vector[2] = {};
			if (piece >= vectors || end >= total)
				break;
			if (call->foreign) {
				u32 narrow[2] = {};
				bpf_probe_read_user(narrow, sizeof(narrow), (void *)(from + piece * sizeof(narrow)));
				vector[0] = narrow[0];
				vector[1] = narrow[1];
			} else
				bpf_probe_read_user(vector, sizeof(vector), (void *)(from + piece * sizeof(vector)));
			buffer = vector[0];
			if (vector[1] < length)
				length = vector[1];
		}
		u64 whole = length;
		length = AT_MOST(length, PIECE_BYTES);
		end = AT_MOST(end, piece * PIECE_BYTES);
		if (bpf_probe_read_user(scratch->data + end, length, (void *)buffer)) {
			count(RECORD_DNS, COUNTER_UNREADABLE);
			return 0;
		}
		end += length;
		if (!vectors || whole > PIECE_BYTES)
			break;
	}
	struct dns_record *record = &scratch->record;
	fill(&record->record, RECORD_DNS);
	record->record.flags = FLAG_STREAM | (answer ? FLAG_ANSWER : 0);
	record->family = BPF_CORE_READ(sock, __sk_common.skc_family);
	record->port = DNS_PORT;
	record->client_port = BPF_CORE_READ(sock, __sk_common.skc_num);
	__builtin_memset(record->destination, 0, sizeof(record->destination));
	if (record->family == 10 /* AF_INET6 */)
		bpf_core_read(record->destination, 16, &sock->__sk_common.skc_v6_daddr);
	else
		bpf_core_read(record->destination, 4, &sock->__sk_common.skc_daddr);
	end = AT_MOST(end, PIECES * PIECE_BYTES);
	record->length = end;
	record->total = total;
	record->reserved = 0;
	emit(record, sizeof(*record) + end, RECORD_DNS);
	return 0;
}

/* struct msghdr: name, its length, vectors, their number. */
static __always_inline int streamed_message(const struct call *call, u64 message, bool answer)
{
	u64 vectors[2] = {};
	if (call->foreign) {
		u32 narrow[2] = {};
		bpf_probe_read_user(narrow, sizeof(narrow), (void *)(message + 8));
		vectors[0] = narrow[0];
		vectors[1] = narrow[1];
	} else
		bpf_probe_read_user(vectors, sizeof(vectors), (void *)(message + 16));
	return vectors[1] ? streamed(call, vectors[0], vectors[1], answer) : 0;
}

/* The agent's own processes are never among those that ask: their connections are left out before. */
#define STREAM(name, body)                                                                                             \
	SEC("raw_tp/sys_exit")                                                                                         \
	int name(struct bpf_raw_tracepoint_args *context)                                                              \
	{                                                                                                              \
		if (!asks_by_stream())                                                                                 \
			return 0;                                                                                      \
		struct pt_regs *regs = (void *)context->args[0];                                                       \
		struct call at_end = {regs, context->args[1], syscall_number(regs), foreign_abi()}, *call = &at_end;    \
		return body;                                                                                           \
	}

STREAM(exit_write, streamed(call, argument(call, 1), 0, false))
STREAM(exit_writev, streamed(call, argument(call, 1), argument(call, 2), false))
STREAM(exit_read, streamed(call, argument(call, 1), 0, true))
STREAM(exit_readv, streamed(call, argument(call, 1), argument(call, 2), true))
STREAM(exit_recvfrom, streamed(call, argument(call, 1), 0, true))
STREAM(exit_recvmsg, streamed_message(call, argument(call, 1), true))
