/** IP addresses and CIDR ranges: text in, comparable range out. IPv4 in IPv6 clothes (`::ffff:192.0.2.1`) is IPv4. */

export interface AddressRange {
  family: 4 | 6
  /** First address of the range. */
  first: bigint
  prefix: number
  /** Canonical: an address alone when the range has one, else `address/prefix`. */
  text: string
}

const bitsOf = { 4: 32, 6: 128 } as const

/** Undefined for what is neither an address nor a CIDR, or whose address has bits beyond its prefix. */
export function parseRange(text: string): AddressRange | undefined {
  const [, address = '', prefixText] = /^([0-9a-fA-F:.]{2,45})(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? []
  let parsed = address.includes(':') ? parse6(address) : parse4(address)
  if (parsed === undefined) return undefined
  let family: 4 | 6 = address.includes(':') ? 6 : 4
  let prefix = prefixText === undefined ? bitsOf[family] : Number(prefixText)
  if (family === 6 && prefix >= 96 && parsed >> 32n === 0xffffn) {
    family = 4
    parsed &= 0xffffffffn
    prefix -= 96
  }
  const bits = bitsOf[family]
  if (prefix > bits) return undefined
  if ((parsed & ((1n << BigInt(bits - prefix)) - 1n)) !== 0n) return undefined
  const name = format(family, parsed)
  return { family, first: parsed, prefix, text: prefix === bits ? name : `${name}/${prefix}` }
}

/** True when every address of `inner` is in `outer`. */
export function includesRange(outer: AddressRange, inner: AddressRange): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false
  const shift = BigInt(bitsOf[outer.family] - outer.prefix)
  return outer.first >> shift === inner.first >> shift
}

/** True when they have an address in common. */
export function overlaps(one: AddressRange, other: AddressRange): boolean {
  return includesRange(one, other) || includesRange(other, one)
}

function parse4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function parse6(text: string): bigint | undefined {
  const sides = text.split('::')
  if (sides.length > 2) return undefined
  const groups = sides.map((side) => (side === '' ? [] : side.split(':')).flatMap(groupsOf))
  if (groups.flat().includes(undefined)) return undefined
  const [head = [], tail = []] = groups as number[][]
  const missing = 8 - head.length - tail.length
  if (sides.length === 1 ? missing !== 0 : missing < 1) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail].reduce(
    (value, group) => (value << 16n) | BigInt(group),
    0n,
  )
}

function groupsOf(part: string): (number | undefined)[] {
  if (part.includes('.')) {
    const address = parse4(part)
    return address === undefined ? [undefined] : [Number(address >> 16n), Number(address & 0xffffn)]
  }
  return [/^[0-9a-fA-F]{1,4}$/.test(part) ? Number.parseInt(part, 16) : undefined]
}

/** RFC 5952 for IPv6. */
function format(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.')
  const groups = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(16 * (7 - at))) & 0xffffn).toString(16))
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (groups[at + length] === '0') length++
    if (length > best.length) best = { at, length }
  }
  if (best.at < 0) return groups.join(':')
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`
}
