/** What a decoder yields: an event without the parts that only its surroundings know, and how to complete it. */
import { isIP, SocketAddress } from 'node:net'
import type { Asset, Endpoint, Event } from '@rampart/event'
import { schemaVersion } from '@rampart/event/schema-version'

type DraftOf<E> = E extends Event ? Omit<E, 'schema' | 'id' | 'asset' | 'sensor'> : never

/** An event without `schema`, `id`, `asset` and `sensor`. `type` still discriminates. */
export type EventDraft = DraftOf<Event>

/** What the record says of where it happened, when it says so; the caller decides whether to believe it. */
export interface DraftOrigin {
  /** Asset named by the record itself: the host of a syslog line, the account of a cloud audit log. */
  asset?: Asset
}

/** An instant for a record of which no time can be read: that of the record before it, or of its receipt. */
export type InstantBefore = () => number

/**
 * Result of decoding one record. Several drafts when one record tells several things. `undated` says that their time is
 * not the record's own. Codes are metric labels.
 */
export type Decoded =
  | ({ ok: true; drafts: EventDraft[]; undated?: boolean } & DraftOrigin)
  | { ok: false; code: `decode.${string}` }

/** Completes a draft. The id is `<asset id>/<source id>/<sequence>`, so the same record always has the same id. */
export function completeDraft(draft: EventDraft, asset: Asset, sensor: string, sourceId: string, sequence: string) {
  return { schema: schemaVersion, id: `${asset.id}/${sourceId}/${sequence}`, asset, sensor, ...draft } as Event
}

/** The asset of a host that a log line names. */
export function hostAsset(name: string): Asset {
  return { id: name.slice(0, 128), name: name.slice(0, 256), kind: 'host' }
}

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * The canonical form of an IP address (RFC 5952; an IPv4-mapped one as IPv4; without brackets and zone), or undefined
 * when the text is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  if (text.length > 64) return undefined
  const kind = isIP(text)
  if (kind === 4) return text
  let bare = text
  if (bare.startsWith('[') && bare.endsWith(']')) bare = bare.slice(1, -1)
  const zone = bare.indexOf('%')
  if (zone > 0) bare = bare.slice(0, zone)
  if (isIP(bare) !== 6) return undefined
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address
  return mapped.exec(canonical)?.[1] ?? canonical
}

/** One end of a connection from what a log calls it: an address, or else a host name. */
export function endpointOf(host: string | undefined, port?: string | number): Endpoint | undefined {
  if (host === undefined || host === '' || host === '-') return undefined
  const address = canonicalAddress(host)
  const end: Endpoint = address === undefined ? { domain: host.slice(0, 512) } : { address }
  const number = Number(port)
  if (port !== undefined && port !== '' && Number.isInteger(number) && number >= 0 && number <= 65_535)
    end.port = number
  return end
}

/** The first of the values that is a time, as `Date.parse` reads it, since 1970. */
export function instantAmong(values: readonly unknown[]): number | undefined {
  for (const value of values) {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
    if (at >= 0) return at
  }
  return undefined
}

/** Cuts hostile text to what a schema field allows, without leaving half of a surrogate pair. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text
  const last = text.charCodeAt(limit - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit)
}

/** Text without these characters at its end. Linear, which a regular expression that ends in `+$` is not. */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/**
 * Parses JSON that came from outside. Undefined when it is none, or nested deeper than 64 levels: what handles events
 * later walks them, and must not run out of stack.
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isShallow(value, 64) ? value : undefined
  } catch {
    return undefined
  }
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  for (const one of Array.isArray(value) ? value : Object.values(value)) if (!isShallow(one, levels - 1)) return false
  return true
}
