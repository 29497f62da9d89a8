/** The question of the Search page as it stands in its address. Unknown values are dropped. */
import { eventFields } from '@rampart/api/event-query'
import type { EventFilter } from '../../api/event-queries.ts'

export const ranges = {
  '15m': 900_000,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const
export type RangeName = keyof typeof ranges

/** Columns that can be shown besides time and what happened. */
export const columnNames = [
  'type',
  'asset.name',
  'user.name',
  'process.name',
  'process.executable',
  'source.address',
  'destination.address',
  'file.path',
] as const
export type ColumnName = (typeof columnNames)[number]
export const columnsDefault: ColumnName[] = ['type', 'asset.name', 'user.name', 'process.name']

export interface EventSearch {
  q?: string
  last?: RangeName
  /** Instants; together they replace `last`. */
  from?: string
  to?: string
  column?: ColumnName[]
  /** Newest first unless it says otherwise. */
  order?: 'oldest'
}

const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value))

export function readEventSearch(search: Record<string, unknown>): EventSearch {
  const read: EventSearch = {}
  if (typeof search.q === 'string' && search.q) read.q = search.q.slice(0, 4096)
  if (typeof search.last === 'string' && Object.hasOwn(ranges, search.last)) read.last = search.last as RangeName
  if (isInstant(search.from) && isInstant(search.to)) Object.assign(read, { from: search.from, to: search.to })
  if (search.order === 'oldest') read.order = 'oldest'
  const columns = columnNames.filter((name) => [search.column].flat().includes(name))
  if (columns.length > 0) read.column = columns
  return read
}

/** Relative ranges end at `now`, which the page holds still until somebody searches again. */
export function filterOf({ q = '', last = '24h', from, to }: EventSearch, now: number): EventFilter {
  if (from && to) return { q, from, to }
  return { q, from: new Date(now - ranges[last]).toISOString(), to: new Date(now).toISOString() }
}

/** A value as the query language writes it. */
export const quoted = (value: string) =>
  /^[A-Za-z0-9_./:@-]+$/.test(value) && !value.startsWith('-')
    ? value
    : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** A query without one of its terms, or with one more. */
export const without = (q: string, at: number, length: number) =>
  `${q.slice(0, at)} ${q.slice(at + length)}`.replace(/\s+/g, ' ').trim()
export const withTerm = (q: string, term: string) => (q.trim() === '' ? term : `${q.trim()} ${term}`)

/** The query with the name of a field that its last word may become; none while a value or quoted text is written. */
export function completions(q: string): string[] {
  const [word = ''] = /(?:^|\s)-?([A-Za-z][A-Za-z.]*)$/.exec(q)?.slice(1) ?? []
  const isQuoted = (q.match(/"/g)?.length ?? 0) % 2 === 1
  if (word.length < 2 || isQuoted) return []
  const start = q.slice(0, q.length - word.length)
  const fits = (name: string) => name.toLowerCase().includes(word.toLowerCase())
  return Object.keys(eventFields)
    .filter(fits)
    .map((name) => `${start}${name}:`)
}
