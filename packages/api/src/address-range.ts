/** Addresses and CIDR ranges in text → 128 bits as 32 hexadecimal digits, so that order of text is order of addresses. */

/** First and last address of a range, both included; IPv4 addresses stand in `::ffff:0:0/96`. */
export interface AddressRange {
  first: string
  last: string
}

/** Null when the text is no IPv4 or IPv6 address. Linear in the length of the text. */
export function parseAddress(text: string): string | null {
  if (text.length > 45) return null
  const v4 = parseIpv4(text)
  if (v4 !== null) return `00000000000000000000ffff${v4}`
  return text.includes(':') ? parseIpv6(text) : null
}

/** An address alone is a range of one. Null when the text is neither; bits behind the prefix are ignored. */
export function parseAddressRange(text: string): AddressRange | null {
  const slash = text.indexOf('/')
  if (slash < 0) {
    const address = parseAddress(text)
    return address === null ? null : { first: address, last: address }
  }
  const address = parseAddress(text.slice(0, slash))
  const digits = text.slice(slash + 1)
  if (address === null || !/^\d{1,3}$/.test(digits)) return null
  const isV4 = !text.slice(0, slash).includes(':')
  const given = Number(digits)
  if (given > (isV4 ? 32 : 128)) return null
  const free = BigInt(128 - (isV4 ? given + 96 : given))
  const first = (BigInt(`0x${address}`) >> free) << free
  const last = first | ((1n << free) - 1n)
  return { first: hex(first), last: hex(last) }
}

const hex = (value: bigint) => value.toString(16).padStart(32, '0')

function parseIpv4(text: string): string | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let out = ''
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null
    out += Number(part).toString(16).padStart(2, '0')
  }
  return out
}

function parseIpv6(text: string): string | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map((half) => groupsOf(half))
  if (head === null || head === undefined) return null
  if (tail === undefined) return halves.length === 1 && head.length === 32 ? head : null
  if (tail === null || head.length + tail.length > 28) return null
  return head + '0'.repeat(32 - head.length - tail.length) + tail
}

/** Hexadecimal digits of `a:b:c`, the last group possibly a dotted IPv4 address; empty text gives none. */
function groupsOf(text: string): string | null {
  if (text === '') return ''
  let out = ''
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    const dotted = index === groups.length - 1 && group.includes('.') ? parseIpv4(group) : null
    if (dotted !== null) out += dotted
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) out += group.toLowerCase().padStart(4, '0')
    else return null
  }
  return out
}
