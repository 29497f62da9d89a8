/** Records of connections in, end points in text form out. Pure; the format is bpf/wire.h. */
import { decodeHead, layout, type RecordHead } from '../kernel/wire.ts'

export interface NetworkRecord {
  head: RecordHead
  operation: 'connected' | 'accepted' | 'listening'
  transport: 'tcp' | 'udp' | 'icmp' | 'sctp' | 'other'
  source: { address: string; port: number }
  destination: { address: string; port: number }
}

const network = layout.network_record
const operations = [undefined, 'connected', 'accepted', 'listening'] as const
const transports: Record<number, NetworkRecord['transport']> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmp',
  132: 'sctp',
}

/** Undefined for an operation this version does not know. MPTCP (262) counts as TCP. */
export function decodeNetwork(bytes: Buffer, at: number): NetworkRecord | undefined {
  const operation = operations[bytes.readUInt16LE(at + network.operation)]
  if (!operation) return undefined
  const family = bytes.readUInt16LE(at + network.family)
  const protocol = bytes.readUInt16LE(at + network.protocol)
  return {
    head: decodeHead(bytes, at),
    operation,
    transport: protocol === 262 ? 'tcp' : (transports[protocol] ?? 'other'),
    source: {
      address: addressText(bytes, at + network.source, family),
      port: bytes.readUInt16LE(at + network.source_port),
    },
    destination: {
      address: addressText(bytes, at + network.destination, family),
      port: bytes.readUInt16LE(at + network.destination_port),
    },
  }
}

const ipv6Family = 10

/** Canonical text (RFC 5952). An IPv4 address mapped into IPv6 is given as IPv4. */
export function addressText(bytes: Buffer, at: number, family: number): string {
  if (family !== ipv6Family) return dotted(bytes, at)
  const groups: number[] = []
  for (let index = 0; index < 8; index++) groups.push(bytes.readUInt16BE(at + 2 * index))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return dotted(bytes, at + 12)
  let longestAt = -1
  let longest = 1
  for (let index = 0; index < 8; index++) {
    let end = index
    while (end < 8 && groups[end] === 0) end++
    if (end - index > longest) {
      longest = end - index
      longestAt = index
    }
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  if (longestAt < 0) return hex(groups)
  return `${hex(groups.slice(0, longestAt))}::${hex(groups.slice(longestAt + longest))}`
}

function dotted(bytes: Buffer, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}
