/** The filters of the Alerts page as they stand in its address. Unknown names and values are dropped. */
import { type AlertState, alertStates, alertTypes, assetKinds, levels, stages } from '@rampart/api/vocabulary'
import type { AlertFilter, AlertOrder, AlertSort } from '../../api/queries.ts'
import { valuesOfSaved } from '../../parts/saved-filters/values.ts'

/** Lists that a facet or a link can set. */
export const listNames = [
  'state',
  'level',
  'type',
  'stage',
  'kind',
  'group',
  'assignee',
  'asset',
  'model',
  'technique',
  'source',
  'event',
  'hash',
  'address',
  'url',
  'incident',
] as const
export type ListName = (typeof listNames)[number]

export interface AlertSearch extends Partial<Record<ListName, string[]>> {
  handled?: 'yes' | 'all'
  q?: string
  last?: TimeRange
  /** Last seen at or after, and before or at: UTC, RFC 3339. */
  from?: string
  to?: string
  sort?: AlertSort
  order?: AlertOrder
  view?: 'full'
  tab?: DetailTab
}

export const timeRanges = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const
export type TimeRange = keyof typeof timeRanges
export const detailTabs = ['overview', 'processes', 'timeline', 'graph', 'events', 'related', 'history'] as const
export type DetailTab = (typeof detailTabs)[number]

const known: Partial<Record<ListName, readonly string[]>> = {
  state: alertStates,
  level: levels,
  type: alertTypes,
  stage: stages,
  kind: assetKinds,
}
const sorts = ['lastAt', 'firstAt', 'level', 'count', 'title', 'asset', 'type', 'state'] as const

export function readAlertSearch(search: Record<string, unknown>): AlertSearch {
  const read: AlertSearch = {}
  for (const name of listNames) {
    const values = [search[name]].flat().filter((value) => typeof value === 'string' && value !== '') as string[]
    const allowed = values.filter((value) => known[name]?.includes(value) ?? true)
    if (allowed.length > 0) read[name] = allowed
  }
  if (search.handled === 'yes' || search.handled === 'all') read.handled = search.handled
  if (typeof search.q === 'string' && search.q) read.q = search.q.slice(0, 256)
  if (typeof search.last === 'string' && search.last in timeRanges) read.last = search.last as TimeRange
  for (const end of ['from', 'to'] as const) {
    const at = typeof search[end] === 'string' ? Date.parse(search[end]) : Number.NaN
    if (!Number.isNaN(at) && !read.last) read[end] = new Date(at).toISOString()
  }
  const sort = sorts.find((name) => name === search.sort)
  if (sort) read.sort = sort
  if (search.order === 'asc' || search.order === 'desc') read.order = search.order
  if (search.view === 'full') read.view = 'full'
  const tab = detailTabs.find((name) => name === search.tab)
  if (tab) read.tab = tab
  return read
}

/** What the API is asked for. */
export function filterOf(search: AlertSearch): AlertFilter {
  const filter: AlertFilter = { handled: search.handled ?? (search.state ? 'all' : 'no') }
  for (const name of listNames) if (search[name]) Object.assign(filter, { [name]: search[name] })
  if (search.q) filter.q = search.q
  if (search.last) filter.withinMs = timeRanges[search.last]
  if (search.from) filter.from = search.from
  if (search.to) filter.to = search.to
  return filter
}

/** How many filters are set, the handled switch apart. */
export const filterCount = (search: AlertSearch): number =>
  listNames.reduce((sum, name) => sum + (search[name]?.length ?? 0), 0) +
  (search.q ? 1 : 0) +
  (search.last || search.from || search.to ? 1 : 0)

export const openStates: readonly AlertState[] = ['unhandled', 'handling']

/** No filter at all; the sort and the open alert stay. */
export const noFilters = (): Partial<AlertSearch> => {
  const none: Partial<AlertSearch> = { q: undefined, last: undefined, from: undefined, to: undefined }
  for (const name of listNames) none[name] = undefined
  return none
}

/** What a saved filter keeps: filters and sort, not which alert is open. */
export const savedPart = ({ view: _view, tab: _tab, ...search }: AlertSearch): AlertSearch => search

/** What was saved → what the page shows. */
export const searchOfSaved = (query: string): AlertSearch => readAlertSearch(valuesOfSaved(query))
