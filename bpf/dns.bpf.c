/* DNS: UDP datagrams to port 53 when the sender queues them on a device, and the answers to them when they come in. */
#include "emit.h"

#define DNS_BYTES 1024
#define DNS_PORT 53

struct dns_scratch {
	struct dns_record record;
	u8 data[DNS_BYTES];
};
PER_CPU_SCRATCH(question_scratch, struct dns_scratch);
PER_CPU_SCRATCH(answer_scratch, struct dns_scratch);

struct udp_header { __be16 source, destination, length, checksum; };

/* Questions on their way, by the asker's port and the message's id: nobody can fill the ring with answers to nothing. */
struct asked {
	u16 port, id;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct asked);
	__type(value, u64);
	__uint(max_entries, 4096);
} asked SEC(".maps");

/* Protocol and length of an IP header, and the address of one end; 0 when it is not UDP in one piece. */
static __always_inline u32 put_address(struct dns_record *record, unsigned char *start, bool destination)
{
	u8 version = start[0] >> 4;
	__builtin_memset(record->destination, 0, sizeof(record->destination));
	if (version == 4 && start[9] == 17 && !((start[6] & 0x1f) | start[7])) {
		record->family = 2;
		__builtin_memcpy(record->destination, start + (destination ? 16 : 12), 4);
		return (start[0] & 15) * 4;
	}
	if (version == 6 && start[6] == 17) {
		record->family = 10;
		__builtin_memcpy(record->destination, start + (destination ? 24 : 8), 16);
		return 40;
	}
	return 0;
}

/* Bytes of the message that lie in one piece behind its header; 0 when not even the message's own header does. The stack
 * makes questions in one piece unless the sender asks for something else, and then there is a loss to count. */
static __always_inline u32 message_length(struct sk_buff *packet, struct udp_header *udp, unsigned char *message)
{
	u32 length = bpf_ntohs(udp->length);
	unsigned char *end = BPF_CORE_READ(packet, data) + (BPF_CORE_READ(packet, len) - BPF_CORE_READ(packet, data_len));
	if (length < sizeof(*udp) + 12)
		return 0;
	length -= sizeof(*udp);
	s64 linear = end - message;
	if (linear < 12) {
		count(RECORD_DNS, COUNTER_UNREADABLE);
		return 0;
	}
	if (length > linear)
		length = linear;
	return length > DNS_BYTES - 1 ? DNS_BYTES - 1 : length;
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(dns_question, struct sk_buff *packet)
{
	u16 transport = BPF_CORE_READ(packet, transport_header), network = BPF_CORE_READ(packet, network_header);
	if (transport == 0xffff)
		return 0;
	unsigned char *head = BPF_CORE_READ(packet, head);
	u8 start[40];
	if (bpf_probe_read_kernel(start, sizeof(start), head + network))
		return 0;
	u8 version = start[0] >> 4, protocol = version == 4 ? start[9] : start[6];
	if ((version != 4 && version != 6) || protocol != 17)
		return 0;
	struct udp_header udp = {};
	bpf_probe_read_kernel(&udp, sizeof(udp), head + transport);
	if (udp.destination != bpf_htons(DNS_PORT) || own_process(PULSE_DNS))
		return 0;
	u32 zero = 0;
	struct dns_scratch *scratch = bpf_map_lookup_elem(&question_scratch, &zero);
	if (!scratch)
		return 0;
	struct dns_record *record = &scratch->record;
	u32 length = message_length(packet, &udp, head + transport + sizeof(udp)) & (DNS_BYTES - 1);
	if (length == 0 || over_share(RECORD_DNS) || put_address(record, start, true) == 0 ||
	    bpf_probe_read_kernel(scratch->data, length, head + transport + sizeof(udp)))
		return 0;
	struct asked key = {.port = bpf_ntohs(udp.source), .id = scratch->data[0] << 8 | scratch->data[1]};
	u64 now = bpf_ktime_get_boot_ns();
	bpf_map_update_elem(&asked, &key, &now, BPF_ANY);
	fill(&record->record, RECORD_DNS);
	record->port = DNS_PORT;
	record->length = length;
	record->total = record->reserved = 0;
	record->client_port = key.port;
	emit(scratch, sizeof(*record) + length, RECORD_DNS);
	return 0;
}

/* Runs for every packet that comes in, so that the first look decides about nearly all of them. */
SEC("tp_btf/netif_receive_skb")
int BPF_PROG(dns_answer, struct sk_buff *packet)
{
	u16 protocol = BPF_CORE_READ(packet, protocol);
	if (protocol != bpf_htons(0x0800) && protocol != bpf_htons(0x86dd))
		return 0;
	unsigned char *data = BPF_CORE_READ(packet, data);
	u8 start[40];
	if (bpf_probe_read_kernel(start, sizeof(start), data) || (start[0] >> 4 == 4 ? start[9] : start[6]) != 17)
		return 0;
	u32 zero = 0;
	struct dns_scratch *scratch = bpf_map_lookup_elem(&answer_scratch, &zero);
	if (!scratch)
		return 0;
	struct dns_record *record = &scratch->record;
	u32 header = put_address(record, start, false);
	struct udp_header udp = {};
	if (header == 0 || bpf_probe_read_kernel(&udp, sizeof(udp), data + header) || udp.source != bpf_htons(DNS_PORT))
		return 0;
	u32 length = message_length(packet, &udp, data + header + sizeof(udp)) & (DNS_BYTES - 1);
	if (length == 0 || bpf_probe_read_kernel(scratch->data, length, data + header + sizeof(udp)))
		return 0;
	struct asked key = {.port = bpf_ntohs(udp.destination), .id = scratch->data[0] << 8 | scratch->data[1]};
	if (!bpf_map_lookup_elem(&asked, &key))
		return 0;
	bpf_map_delete_elem(&asked, &key);
	fill(&record->record, RECORD_DNS);
	record->record.flags = FLAG_ANSWER;
	record->port = DNS_PORT;
	record->length = length;
	record->total = record->reserved = 0;
	record->client_port = key.port;
	emit(scratch, sizeof(*record) + length, RECORD_DNS);
	return 0;
}
