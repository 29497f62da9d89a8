// IP addresses and networks: text in, bytes out, for the cidr modifier.

/** A network: its family's bytes and how many leading bits count. Bits behind the prefix are ignored. */
export interface Network {
  bytes: readonly number[]
  bits: number
}

/** Bytes (4 or 16) of an address in text, or undefined. IPv6 may carry a zone (`%eth0`), which is ignored. */
export function parseAddress(text: string): number[] | undefined {
  if (text.length > 64) return undefined
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): number[] | undefined {
  const pieces = text.split('.')
  if (pieces.length !== 4) return undefined
  const bytes: number[] = []
  for (const piece of pieces) {
    if (!/^(0|[1-9]\d{0,2})$/.test(piece)) return undefined
    const byte = Number(piece)
    if (byte > 255) return undefined
    bytes.push(byte)
  }
  return bytes
}

function parseIpv6(text: string): number[] | undefined {
  const zone = text.indexOf('%')
  let address = zone < 0 ? text : text.slice(0, zone)
  const tail: number[] = []
  const dot = address.indexOf('.')
  if (dot >= 0) {
    const colon = address.lastIndexOf(':')
    const last = parseIpv4(address.slice(colon + 1))
    if (!last) return undefined
    tail.push(...last)
    address = address.slice(0, colon + 1)
    if (address.endsWith(':') && !address.endsWith('::')) address = address.slice(0, -1)
  }
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0] ?? '')
  const rest = halves.length === 2 ? groups(halves[1] ?? '') : []
  if (!head || !rest) return undefined
  const known = head.length + rest.length + tail.length
  if (halves.length === 2 ? known > 14 : known !== 16) return undefined
  return [...head, ...new Array<number>(16 - known).fill(0), ...rest, ...tail]
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  for (const group of text.split(':')) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
    const value = Number.parseInt(group, 16)
    bytes.push(value >> 8, value & 255)
  }
  return bytes
}

/** Reads `address/bits`, or a bare address as the network of itself. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (!bytes) return undefined
  if (slash < 0) return { bytes, bits: bytes.length * 8 }
  const bits = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > bytes.length * 8) return undefined
  return { bytes, bits: Number(bits) }
}

/** The last text that was asked for: rules have many networks for one address. */
let lastText = ''
let lastBytes: readonly number[] | undefined

/** Whether the address lies in the network. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) counts as IPv4. */
export function inNetwork(network: Network, text: string): boolean {
  if (text !== lastText) {
    lastText = text
    lastBytes = parseAddress(text)
  }
  let bytes = lastBytes
  if (!bytes) return false
  if (network.bytes.length === 4 && bytes.length === 16) {
    const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
    if (isMapped) bytes = bytes.slice(12)
  }
  if (bytes.length !== network.bytes.length) return false
  const whole = network.bits >> 3
  for (let index = 0; index < whole; index++) if (bytes[index] !== network.bytes[index]) return false
  const rest = network.bits & 7
  if (rest === 0) return true
  const mask = 0xff00 >> rest
  return ((bytes[whole] ?? 0) & mask) === ((network.bytes[whole] ?? 0) & mask)
}
