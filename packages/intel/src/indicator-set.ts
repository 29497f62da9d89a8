/** Indicators → a set that answers "is this value on a list at this time" in constant time per value. */
import ipaddr from 'ipaddr.js'
import { type Indicator, type IndicatorKind, indicatorKinds, normaliseIndicator } from './indicator.ts'

export interface IndicatorSet {
  /** How many indicators it holds, equal ones of several lists counted once each. */
  readonly size: number
  /** How many of each kind. */
  readonly counts: Readonly<Record<IndicatorKind, number>>
  /**
   * The indicator that covers the value at the instant, or undefined. `value` is untrusted text and may be anything.
   * An exact address wins over a network, a longer network over a shorter one, a name over its parent domain.
   * A domain also covers its subdomains. A URL is compared exactly, with and without its query. At most one per label or prefix length is tried.
   */
  lookup(kind: IndicatorKind, value: string, at: number): Indicator | undefined
  /** Whether `lookup` finds anything for the value at some instant. */
  knows(kind: IndicatorKind, value: string): boolean
}

/** An indicator set without entries. */
export const noIndicators: IndicatorSet = createIndicatorSet([])

/** Builds a set. Indicators must be in normal form, as `parseIndicators` returns them; others are ignored. */
export function createIndicatorSet(indicators: Iterable<Indicator>): IndicatorSet {
  const tables = Object.fromEntries(indicatorKinds.map((kind) => [kind, new Map<string, Indicator[]>()])) as Record<
    IndicatorKind,
    Map<string, Indicator[]>
  >
  const counts = { address: 0, domain: 0, url: 0, hash: 0, path: 0 }
  const prefixes = { ipv4: new Set<number>(), ipv6: new Set<number>() }
  for (const indicator of indicators) {
    if (normaliseIndicator(indicator.kind, indicator.value) !== indicator.value) continue
    const table = tables[indicator.kind]
    const equal = table.get(indicator.value)
    if (equal) equal.push(indicator)
    else table.set(indicator.value, [indicator])
    counts[indicator.kind]++
    const slash = indicator.kind === 'address' ? indicator.value.lastIndexOf('/') : -1
    if (slash > 0)
      prefixes[indicator.value.includes(':') ? 'ipv6' : 'ipv4'].add(Number(indicator.value.slice(slash + 1)))
  }
  const lengths = {
    ipv4: [...prefixes.ipv4].sort((a, b) => b - a),
    ipv6: [...prefixes.ipv6].sort((a, b) => b - a),
  }

  const find = (kind: IndicatorKind, value: string, at: number | undefined) =>
    tables[kind].get(value)?.find((entry) => at === undefined || holdsAt(entry, at))

  function lookupAddress(value: string, at: number | undefined): Indicator | undefined {
    const exact = find('address', value, at)
    if (exact) return exact
    const family = value.includes(':') ? 'ipv6' : 'ipv4'
    const range = family === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
    for (const bits of lengths[family]) {
      const held = find('address', `${range.networkAddressFromCIDR(`${value}/${bits}`).toString()}/${bits}`, at)
      if (held) return held
    }
    return undefined
  }

  function lookupDomain(value: string, at: number | undefined): Indicator | undefined {
    for (let name = value; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
      const held = find('domain', name, at)
      if (held) return held
    }
    return undefined
  }

  function lookupUrl(value: string, at: number | undefined): Indicator | undefined {
    const query = value.indexOf('?')
    return find('url', value, at) ?? (query > 0 ? find('url', value.slice(0, query), at) : undefined)
  }

  /** At any instant when none is given. */
  function lookup(kind: IndicatorKind, value: string, at: number | undefined): Indicator | undefined {
    if (counts[kind] === 0 || value.length > 8192 || (kind === 'address' && value.includes('/'))) return undefined
    const normal = normaliseIndicator(kind, value)
    if (normal === undefined) return undefined
    if (kind === 'address') return lookupAddress(normal, at)
    if (kind === 'domain') return lookupDomain(normal, at)
    if (kind === 'url') return lookupUrl(normal, at)
    return find(kind, normal, at)
  }

  return {
    size: Object.values(counts).reduce((sum, count) => sum + count, 0),
    counts,
    lookup,
    knows: (kind, value) => lookup(kind, value, undefined) !== undefined,
  }
}

function holdsAt(indicator: Indicator, at: number): boolean {
  return (
    (indicator.validFrom === undefined || at >= indicator.validFrom) &&
    (indicator.expiresAt === undefined || at < indicator.expiresAt)
  )
}
