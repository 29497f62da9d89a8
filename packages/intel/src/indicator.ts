/** One indicator of compromise, and how a value is brought into the form in which it is compared. */
import ipaddr from 'ipaddr.js'

/** Kinds of indicator, as a model's `intel.indicator` names them. A network is an address in CIDR form. */
export const indicatorKinds = ['address', 'domain', 'url', 'hash', 'path'] as const
export type IndicatorKind = (typeof indicatorKinds)[number]

export interface Indicator {
  kind: IndicatorKind
  /** In normal form: what `normaliseIndicator` returns. An address may be a network (`192.0.2.0/24`). */
  value: string
  /** Name of the list it came from. */
  list: string
  /** What it stands for, e.g. `miner pool`, `EICAR test file`. */
  threat?: string
  /** 0-100, as the list states it. */
  confidence?: number
  /** Instant from which it holds, ms since 1970-01-01 UTC. Absent: always. */
  validFrom?: number
  /** Instant from which it no longer holds, same unit. Absent: never. */
  expiresAt?: number
}

const hashLengths = new Set([32, 40, 64])

/**
 * The form in which a value of the kind is compared, or undefined when it is not one.
 * Addresses in canonical text (IPv4-mapped IPv6 as IPv4), networks with their host bits cleared; domains lower-case
 * without a final dot; URLs without scheme case, fragment and default port; hashes (MD5, SHA-1, SHA-256) lower-case; absolute paths as they are.
 */
export function normaliseIndicator(kind: IndicatorKind, text: string): string | undefined {
  const value = text.trim()
  if (value === '' || value.length > 8192) return undefined
  switch (kind) {
    case 'address':
      return value.includes('/') ? normaliseNetwork(value) : normaliseAddress(value)
    case 'domain':
      return normaliseDomain(value)
    case 'url':
      return normaliseUrl(value)
    case 'hash':
      return hashLengths.has(value.length) && /^[0-9a-fA-F]+$/.test(value) ? value.toLowerCase() : undefined
    case 'path':
      return value.startsWith('/') ? value : undefined
  }
}

function normaliseAddress(value: string): string | undefined {
  if (!ipaddr.isValid(value) || /^\d+$/.test(value)) return undefined
  return ipaddr.process(value).toString()
}

function normaliseNetwork(value: string): string | undefined {
  if (!ipaddr.isValidCIDR(value)) return undefined
  const [address, bits] = ipaddr.parseCIDR(value)
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
  if (bits === 0) return undefined
  return `${family.networkAddressFromCIDR(value).toString()}/${bits}`
}

function normaliseDomain(value: string): string | undefined {
  const name = value.toLowerCase().replace(/^\*\./, '').replace(/\.$/, '')
  if (name.length > 253 || !name.includes('.') || ipaddr.isValid(name)) return undefined
  return name.split('.').every((label) => /^[a-z0-9_\u0080-\uffff]([a-z0-9_\u0080-\uffff-]{0,62})$/.test(label))
    ? name
    : undefined
}

const urlPattern = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?#\s]+)([^#\s]*)/
const defaultPorts: Record<string, string> = { http: ':80', https: ':443', ftp: ':21' }

function normaliseUrl(value: string): string | undefined {
  const parts = urlPattern.exec(value)
  if (!parts) return undefined
  const scheme = (parts[1] ?? '').toLowerCase()
  let host = (parts[2] ?? '').toLowerCase()
  const port = defaultPorts[scheme]
  if (port && host.endsWith(port)) host = host.slice(0, -port.length)
  return `${scheme}://${host}${parts[3] || '/'}`
}
