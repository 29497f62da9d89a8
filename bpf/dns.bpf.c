/* DNS questions: UDP datagrams to port 53, when the sender queues them on a device. */
#include "emit.h"

#define DNS_BYTES 512

struct dns_scratch {
	struct dns_record record;
	u8 data[DNS_BYTES];
};
PER_CPU_SCRATCH(dns_scratch, struct dns_scratch);

struct udp_header { __be16 source, destination, length, checksum; };

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
	struct udp_header udp;
	bpf_probe_read_kernel(&udp, sizeof(udp), head + transport);
	if (udp.destination != bpf_htons(53) || own_process())
		return 0;
	u32 zero = 0;
	struct dns_scratch *scratch = bpf_map_lookup_elem(&dns_scratch, &zero);
	if (!scratch)
		return 0;
	struct dns_record *record = &scratch->record;
	/* Only the part of the packet that lies in one piece; a question always does. */
	u32 length = bpf_ntohs(udp.length), linear = BPF_CORE_READ(packet, len) - BPF_CORE_READ(packet, data_len);
	if (length < sizeof(udp) + 12)
		return 0;
	length -= sizeof(udp);
	if (length > linear)
		length = linear;
	if (length > DNS_BYTES - 1)
		length = DNS_BYTES - 1;
	length &= DNS_BYTES - 1;
	fill(&record->record, RECORD_DNS);
	record->family = version == 4 ? 2 : 10;
	record->port = 53;
	record->length = length;
	record->reserved = 0;
	if (version == 4)
		__builtin_memcpy(record->destination, start + 16, 4);
	else
		__builtin_memcpy(record->destination, start + 24, 16);
	if (bpf_probe_read_kernel(scratch->data, length, head + transport + sizeof(udp)))
		return 0;
	emit(scratch, sizeof(*record) + length, RECORD_DNS);
	return 0;
}
