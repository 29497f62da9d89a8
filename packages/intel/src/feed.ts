/** Text of an indicator list → indicators, and one issue for each line that is none. */
import ipaddr from 'ipaddr.js'
import { parseCsvLine } from './csv.ts'
import { type Indicator, type IndicatorKind, indicatorKinds, normaliseIndicator } from './indicator.ts'

export interface FeedIssue {
  code: 'intel.not-an-indicator' | 'intel.unknown-kind' | 'intel.bad-time' | 'intel.bad-row' | 'intel.too-many'
  path: string
  /** 1-based. */
  line: number
  message: string
}

export interface FeedOptions {
  /** Name shown with every match, e.g. the file name without its extension. */
  name: string
  path?: string
  /** Kind of every entry of a plain list; without it the kind of each entry is recognised. */
  kind?: IndicatorKind
  /** Used for entries that state none. */
  threat?: string
  expiresAt?: number
  /** Entries kept at most; the rest is refused with one issue. Default 2,000,000. */
  maxIndicators?: number
}

export interface ParsedFeed {
  indicators: Indicator[]
  issues: FeedIssue[]
}

const columns = ['indicator', 'kind', 'threat', 'confidence', 'validFrom', 'expiresAt'] as const
type Column = (typeof columns)[number]
const columnAliases: Record<string, Column> = {
  indicator: 'indicator',
  value: 'indicator',
  ioc: 'indicator',
  kind: 'kind',
  type: 'kind',
  threat: 'threat',
  description: 'threat',
  confidence: 'confidence',
  validfrom: 'validFrom',
  valid_from: 'validFrom',
  first_seen: 'validFrom',
  expiresat: 'expiresAt',
  expires: 'expiresAt',
  valid_until: 'expiresAt',
}

/**
 * Parses a list: plain (one entry a line, `#` or `;` starts a comment, text after white space is the threat) or CSV,
 * recognised by a first line that names a column `indicator`, `value` or `ioc`.
 * CSV columns: indicator, kind, threat, confidence, validFrom, expiresAt (ISO 8601 or ms since 1970), in any order.
 * A bad line is reported and left out; it never stops the others. Never throws.
 */
export function parseIndicators(text: string, options: FeedOptions): ParsedFeed {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const first = lines.findIndex((line) => line.trim() !== '' && !/^\s*[#;]/.test(line))
  const header = first < 0 ? undefined : readHeader(lines[first] ?? '')
  const result: ParsedFeed = { indicators: [], issues: [] }
  const limit = options.maxIndicators ?? 2_000_000
  for (let index = Math.max(first, 0) + (header ? 1 : 0); index < lines.length; index++) {
    const line = lines[index] ?? ''
    if (line.trim() === '' || /^\s*[#;]/.test(line)) continue
    if (result.indicators.length >= limit) {
      result.issues.push(issue('intel.too-many', index, options, `more than ${limit} entries; the rest is not used`))
      break
    }
    const entry = header ? readRow(line, header) : readPlain(line)
    const problem = addEntry(result.indicators, entry, options)
    if (problem) result.issues.push(issue(problem.code, index, options, problem.message))
  }
  return result
}

type Entry = Partial<Record<Column, string>>

function readHeader(line: string): Column[] | undefined {
  const names = parseCsvLine(line)?.map((name) => columnAliases[name.trim().toLowerCase()])
  return names?.includes('indicator') ? names.map((name) => name ?? ('' as Column)) : undefined
}

function readRow(line: string, header: Column[]): Entry | undefined {
  const cells = parseCsvLine(line)
  if (!cells) return undefined
  const entry: Entry = {}
  header.forEach((name, position) => {
    const cell = cells[position]?.trim()
    if (name && cell) entry[name] = cell
  })
  return entry
}

function readPlain(line: string): Entry {
  const [, value = '', rest = ''] = /^\s*(\S+)\s*(.*)$/.exec(line) ?? []
  return { indicator: value, threat: rest.replace(/^[#;,]\s*/, '').trim() || undefined }
}

function addEntry(
  indicators: Indicator[],
  entry: Entry | undefined,
  options: FeedOptions,
): { code: FeedIssue['code']; message: string } | undefined {
  if (!entry?.indicator) return { code: 'intel.bad-row', message: 'the row has no indicator or an unclosed quote' }
  const stated = entry.kind?.toLowerCase()
  const kind = stated === undefined ? (options.kind ?? recogniseKind(entry.indicator)) : kindAliases[stated]
  if (stated !== undefined && kind === undefined)
    return {
      code: 'intel.unknown-kind',
      message: `kind ${JSON.stringify(stated.slice(0, 64))} is none of ${indicatorKinds.join(', ')}`,
    }
  const value = kind && normaliseIndicator(kind, entry.indicator)
  if (!kind || value === undefined)
    return {
      code: 'intel.not-an-indicator',
      message: `${JSON.stringify(entry.indicator.slice(0, 128))} is not ${kind ? `a valid ${kind}` : 'an address, domain, URL, hash or path'}`,
    }
  const validFrom = readTime(entry.validFrom)
  const expiresAt = readTime(entry.expiresAt) ?? options.expiresAt
  if (Number.isNaN(validFrom) || Number.isNaN(expiresAt))
    return { code: 'intel.bad-time', message: 'validFrom and expiresAt are ISO 8601 or milliseconds since 1970' }
  const confidence = entry.confidence === undefined ? undefined : Number(entry.confidence)
  indicators.push({
    kind,
    value,
    list: options.name,
    ...((entry.threat ?? options.threat) && { threat: (entry.threat ?? options.threat)?.slice(0, 512) }),
    ...(confidence !== undefined && confidence >= 0 && confidence <= 100 && { confidence }),
    ...(validFrom !== undefined && { validFrom }),
    ...(expiresAt !== undefined && { expiresAt }),
  })
  return undefined
}

const kindAliases: Record<string, IndicatorKind> = {
  address: 'address',
  ip: 'address',
  ipv4: 'address',
  ipv6: 'address',
  cidr: 'address',
  network: 'address',
  domain: 'domain',
  hostname: 'domain',
  url: 'url',
  uri: 'url',
  hash: 'hash',
  md5: 'hash',
  sha1: 'hash',
  sha256: 'hash',
  path: 'path',
  file: 'path',
}

/** The kind an entry looks like, or undefined. */
export function recogniseKind(text: string): IndicatorKind | undefined {
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//.test(text)) return 'url'
  if (text.startsWith('/')) return 'path'
  if (ipaddr.isValidCIDR(text) || (ipaddr.isValid(text) && !/^\d+$/.test(text))) return 'address'
  if (normaliseIndicator('hash', text)) return 'hash'
  return normaliseIndicator('domain', text) ? 'domain' : undefined
}

function readTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return /^\d{12,}$/.test(text) ? Number(text) : Date.parse(text)
}

function issue(code: FeedIssue['code'], index: number, options: FeedOptions, message: string): FeedIssue {
  return { code, path: options.path ?? options.name, line: index + 1, message }
}
