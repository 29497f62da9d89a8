/** A DNS message in, its question or its answers out. Pure; RFC 1035 section 4.1. */
import { addressText } from './decode.ts'

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

/** An answer's own part: the code of its outcome and the data of its records. */
export interface DnsAnswer {
  responseCode: string
  /** Addresses, names and texts in the order of the message; other types as `TYPE65 (32 bytes)`. At most 64. */
  answers: string[]
}

const answersLimit = 64
/** A name takes at most so many jumps; each must lead backwards, so it ends in any case. */
const jumpLimit = 16
const responseCodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

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

/**
 * The answer section. Stops where the message is cut or broken and gives what came before; undefined when it is no answer.
 * The question is not compared: the caller knows what it asked.
 */
export function parseDnsAnswer(message: Buffer): DnsAnswer | undefined {
  if (message.length < headerBytes || (message[2] ?? 0) < 0x80) return undefined
  const code = (message[3] ?? 0) & 15
  const answer: DnsAnswer = { responseCode: responseCodes[code] ?? `RCODE${code}`, answers: [] }
  let at = headerBytes
  for (let question = message.readUInt16BE(4); question > 0; question--) {
    const name = readName(message, at)
    if (!name) return answer
    at = name.end + 4
  }
  const count = Math.min(message.readUInt16BE(6), answersLimit)
  for (let index = 0; index < count; index++) {
    const owner = readName(message, at)
    if (!owner || owner.end + 10 > message.length) break
    const type = message.readUInt16BE(owner.end)
    const dataAt = owner.end + 10
    const end = dataAt + message.readUInt16BE(owner.end + 8)
    if (end > message.length) break
    answer.answers.push(dataText(message, type, dataAt, end).slice(0, 512))
    at = end
  }
  return answer
}

function dataText(message: Buffer, type: number, at: number, end: number): string {
  if (type === 1 && end - at === 4) return addressText(message, at, 2)
  if (type === 28 && end - at === 16) return addressText(message, at, 10)
  const nameAt = { 2: at, 5: at, 12: at, 15: at + 2, 33: at + 6 }[type]
  const name = nameAt !== undefined && nameAt < end ? readName(message, nameAt) : undefined
  if (name) return name.text
  if (type === 16) {
    let text = ''
    for (let next = at; next < end; next += 1 + (message[next] ?? 0))
      text += textOf(message.subarray(next + 1, Math.min(end, next + 1 + (message[next] ?? 0))))
    return text
  }
  return `${types[type] ?? `TYPE${type}`} (${end - at} bytes)`
}

/** A name that may be compressed (RFC 1035 section 4.1.4), and where the message goes on behind it. */
function readName(message: Buffer, from: number): { text: string; end: number } | undefined {
  const labels: string[] = []
  let end: number | undefined
  let at = from
  let total = 0
  for (let jumps = 0; ; ) {
    const length = message[at]
    if (length === undefined) return undefined
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (message[at + 1] ?? 0)
      end ??= at + 2
      if (target >= at || ++jumps > jumpLimit) return undefined
      at = target
      continue
    }
    if (length > 63 || at + 1 + length > message.length) return undefined
    total += length + 1
    if (total > nameLimit + 1) return undefined
    at += 1 + length
    if (length === 0) break
    labels.push(labelText(message.subarray(at - length, at)))
  }
  return { text: labels.join('.').toLowerCase(), end: end ?? at }
}

/** Text of a TXT record: printable ASCII as it is, everything else as `\ddd`. */
function textOf(bytes: Buffer): string {
  let text = ''
  for (const byte of bytes)
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
  return text
}

function labelText(label: Buffer): string {
  let text = ''
  for (const byte of label) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c
    text += plain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
  }
  return text
}
