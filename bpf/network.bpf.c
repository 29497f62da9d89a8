/* Connections: TCP out and listening sockets from the state machine, UDP out and TCP in from their system calls. */
#include "emit.h"
#include "syscall.h"

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
	if ((after != TCP_SYN_SENT && after != TCP_LISTEN) || own_process())
		return 0;
	struct network_record record = {};
	fill(&record.record, RECORD_NETWORK);
	record.operation = after == TCP_LISTEN ? NETWORK_LISTENING : NETWORK_CONNECTED;
	record.protocol = BPF_CORE_READ(sock, sk_protocol);
	put_socket(&record, sock, after == TCP_LISTEN);
	emit(&record, sizeof(record), RECORD_NETWORK);
	return 0;
}

static __always_inline struct sock *socket_of(u32 fd)
{
	struct file *file = file_of(fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & 0170000) != 0140000)
		return 0;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
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
	if (RESULT(context) < 0)
		return 0;
	struct sock *sock = socket_of(RESULT(context));
	return sock ? report(sock, NETWORK_ACCEPTED, true) : 0;
}

/* TCP is reported when SYN is sent, without waiting for the answer; a datagram socket has no such state. */
SYSCALL(exit_connect)
{
	if (RESULT(context) < 0)
		return 0;
	struct sock *sock = socket_of(ARGUMENT(context, 0));
	if (!sock || BPF_CORE_READ(sock, sk_type) == SOCK_STREAM)
		return 0;
	if (BPF_CORE_READ(sock, __sk_common.skc_dport) == 0)
		return 0; /* address selection of getaddrinfo connects to port 0 and sends nothing */
	return report(sock, NETWORK_CONNECTED, false);
}
