/** A DNS message in, its question out. Pure; RFC 1035 section 4.1. */

export interface DnsQuestion {
  /** Lower-case, without the final dot; bytes that are not printable ASCII as `\ddd`, like RFC 4343. */
  name: string
  type: string
  /** True for an answer. */
  response: boolean
}

const headerBytes = 12
const nameLimit = 255

const types: Record<number, string> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  52: 'TLSA',
  64: 'SVCB',
  65: 'HTTPS',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
  257: 'CAA',
}

/** Undefined when the message is cut, has no question, or is not DNS. Compression is not followed: questions have none. */
export function parseDnsQuestion(message: Buffer): DnsQuestion | undefined {
  if (message.length < headerBytes + 5 || message.readUInt16BE(4) === 0) return undefined
  const labels: string[] = []
  let at = headerBytes
  for (;;) {
    const length = message[at]
    if (length === undefined || length > 63 || at - headerBytes > nameLimit) return undefined
    at++
    if (length === 0) break
    if (at + length > message.length) return undefined
    labels.push(labelText(message.subarray(at, at + length)))
    at += length
  }
  if (at + 4 > message.length) return undefined
  const type = message.readUInt16BE(at)
  return {
    name: labels.join('.').toLowerCase(),
    type: types[type] ?? `TYPE${type}`,
    response: (message[2] ?? 0) >= 0x80,
  }
}

function labelText(label: Buffer): string {
  let text = ''
  for (const byte of label) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c
    text += plain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
  }
  return text
}
