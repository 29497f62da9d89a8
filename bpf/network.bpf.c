/* Connections: TCP out and listening sockets from the state machine, UDP out and TCP in from their system calls; DNS over TCP. */
#include "emit.h"
#include "stream.h"
#include "syscall.h"

#define CALL_PULSE PULSE_NETWORK

enum { AF_INET = 2, AF_INET6 = 10, SOCK_STREAM = 1, SOCK_DGRAM = 2, IPPROTO_TCP = 6, IPPROTO_UDP = 17 };
enum { TCP_SYN_SENT = 2, TCP_LISTEN = 10 };

static __always_inline void put_socket(struct network_record *record, struct sock *sock, bool accepted)
{
	struct sock_common *common = &sock->__sk_common;
	u8 *local = accepted ? record->destination : record->source, *remote = accepted ? record->source : record->destination;
	u16 local_port = BPF_CORE_READ(common, skc_num), remote_port = bpf_ntohs(BPF_CORE_READ(common, skc_dport));
	record->family = BPF_CORE_READ(common, skc_family);
	record->source_port = accepted ? remote_port : local_port;
	record->destination_port = accepted ? local_port : remote_port;
	if (record->family == AF_INET6) {
		bpf_core_read(local, 16, &common->skc_v6_rcv_saddr);
		bpf_core_read(remote, 16, &common->skc_v6_daddr);
	} else {
		bpf_core_read(local, 4, &common->skc_rcv_saddr);
		bpf_core_read(remote, 4, &common->skc_daddr);
	}
}

/* Both states are entered in the context of the process that called connect or listen. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(socket_state, struct sock *sock, int before, int after)
{
	if ((after != TCP_SYN_SENT && after != TCP_LISTEN) || own_process(PULSE_SOCKETS))
		return 0;
	if (after == TCP_SYN_SENT && BPF_CORE_READ(sock, __sk_common.skc_dport) == bpf_htons(DNS_PORT))
		dns_connecting();
	struct network_record record = {};
	fill(&record.record, RECORD_NETWORK);
	record.operation = after == TCP_LISTEN ? NETWORK_LISTENING : NETWORK_CONNECTED;
	record.protocol = BPF_CORE_READ(sock, sk_protocol);
	put_socket(&record, sock, after == TCP_LISTEN);
	emit(&record, sizeof(record), RECORD_NETWORK);
	return 0;
}

static __always_inline int report(struct sock *sock, u16 operation, bool accepted)
{
	u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return 0;
	struct network_record record = {};
	fill(&record.record, RECORD_NETWORK);
	record.operation = operation;
	record.protocol = BPF_CORE_READ(sock, sk_protocol);
	put_socket(&record, sock, accepted);
	emit(&record, sizeof(record), RECORD_NETWORK);
	return 0;
}

SYSCALL(exit_accept)
{
	if (call->result < 0)
		return 0;
	struct sock *sock = socket_of(call->result);
	if (!sock)
		count(RECORD_NETWORK, COUNTER_UNREADABLE); /* another thread closed it already */
	return sock ? report(sock, NETWORK_ACCEPTED, true) : 0;
}

/* TCP is reported when SYN is sent, without waiting for the answer; a datagram socket has no such state. */
SYSCALL(exit_connect)
{
	if (call->result < 0)
		return 0;
	struct sock *sock = socket_of(argument(call, 0));
	if (!sock || BPF_CORE_READ(sock, sk_type) == SOCK_STREAM)
		return 0;
	if (BPF_CORE_READ(sock, __sk_common.skc_dport) == 0)
		return 0; /* address selection of getaddrinfo connects to port 0 and sends nothing */
	return report(sock, NETWORK_CONNECTED, false);
}

/* Datagrams to a given address on a socket that is not connected: the first one of a process to each end point, and again
 * when it was forgotten. */
struct endpoint {
	u32 pid;
	u16 family, port;
	u8 address[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct endpoint);
	__type(value, u64);
	__uint(max_entries, 8192);
} datagrams SEC(".maps");

#define REPEAT_NS 60000000000ULL

struct socket_address {
	u16 family, port;
	u32 first; /* IPv4 address, or IPv6 flow label */
	u8 address[16];
};

static __always_inline int datagram(u32 fd, const void *name)
{
	struct socket_address to = {};
	if (!name || bpf_probe_read_user(&to, 8, name) || to.port == 0)
		return 0;
	struct endpoint key = {.pid = bpf_get_current_pid_tgid() >> 32, .family = to.family, .port = to.port};
	if (to.family == AF_INET)
		__builtin_memcpy(key.address, &to.first, 4);
	else if (to.family != AF_INET6 || bpf_probe_read_user(key.address, 16, name + 8))
		return 0;
	u64 now = bpf_ktime_get_boot_ns(), *last = bpf_map_lookup_elem(&datagrams, &key);
	if (last && now - *last < REPEAT_NS)
		return 0;
	struct sock *sock = socket_of(fd);
	if (!sock || BPF_CORE_READ(sock, sk_type) != SOCK_DGRAM)
		return 0;
	bpf_map_update_elem(&datagrams, &key, &now, BPF_ANY);
	struct network_record record = {};
	fill(&record.record, RECORD_NETWORK);
	record.operation = NETWORK_CONNECTED;
	record.protocol = BPF_CORE_READ(sock, sk_protocol);
	put_socket(&record, sock, false);
	record.family = to.family;
	record.destination_port = bpf_ntohs(to.port);
	__builtin_memcpy(record.destination, key.address, 16);
	emit(&record, sizeof(record), RECORD_NETWORK);
	return 0;
}

SYSCALL(exit_sendto)
{
	if (call->result < 0)
		return 0;
	if (asks_by_stream())
		streamed(call, argument(call, 1), 0, false);
	return datagram(argument(call, 0), (void *)argument(call, 4));
}

/* struct msghdr begins with the pointer to the address; sendmmsg's array begins with a msghdr, and only its first is looked at. */
SYSCALL(exit_sendmsg)
{
	u64 name = 0;
	u32 size = call->foreign ? 4 : 8;
	if (call->result < 0 || bpf_probe_read_user(&name, size, (void *)argument(call, 1)))
		return 0;
	if (asks_by_stream())
		streamed_message(call, argument(call, 1), false);
	return datagram(argument(call, 0), (void *)name);
}
