/** The list of assets: filtered, counted per facet, sorted, cut into pages. All of it is in memory; 10,000 assets take some milliseconds. */
import type { AssetRow, AssetSort } from '@rampart/api'
import type { Query } from './call.ts'

type AssetQuery = Query<'listAssets'>

/** Facets and what a row has of each. */
const facets = {
  state: (row) => [row.agent.state],
  kind: (row) => [row.kind],
  group: (row) => [row.group ?? ''],
  tag: (row) => (row.tags.length > 0 ? row.tags : ['']),
  edition: (row) => [row.edition],
  version: (row) => [row.agent.version ?? ''],
} as const satisfies Record<string, (row: AssetRow) => readonly string[]>
type Facet = keyof typeof facets
const facetNames = Object.keys(facets) as Facet[]

export interface AssetList {
  /** All that pass, sorted. */
  rows: AssetRow[]
  facets: Record<Facet, Record<string, number>>
}

export function listAssets(all: readonly AssetRow[], query: AssetQuery): AssetList {
  const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const counts = Object.fromEntries(facetNames.map((name) => [name, new Map<string, number>()])) as Record<
    Facet,
    Map<string, number>
  >
  const rows: AssetRow[] = []
  for (const row of all) {
    if (!passes(row, query, words)) continue
    const refused = facetNames.filter((name) => !has(facets[name](row), query[name]))
    if (refused.length === 0) rows.push(row)
    for (const name of facetNames) {
      // A facet counts what its own choice leaves out too.
      if (refused.length > 1 || (refused.length === 1 && refused[0] !== name)) continue
      for (const value of facets[name](row)) counts[name].set(value, (counts[name].get(value) ?? 0) + 1)
    }
  }
  const compare = orders[query.sort]
  const sign = query.order === 'desc' ? -1 : 1
  rows.sort((one, other) => sign * compare(one, other) || byName(one, other))
  const found = Object.fromEntries(facetNames.map((name) => [name, Object.fromEntries(counts[name])]))
  return { rows, facets: found as AssetList['facets'] }
}

function has(values: readonly string[], wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || values.some((value) => wanted.includes(value))
}

function passes(row: AssetRow, query: AssetQuery, words: readonly string[]): boolean {
  if (query.alerting !== undefined && (query.alerting === 'yes') !== openAlerts(row) > 0) return false
  if (words.length === 0) return true
  const text = [row.name, row.id, row.group ?? '', row.operatingSystem ?? '', ...row.addresses, ...row.tags]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

const openAlerts = ({ alerts }: AssetRow) => alerts.Urgent + alerts.Warning + alerts.Notice
const text = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)
const byName = (one: AssetRow, other: AssetRow) => text(one.name, other.name) || text(one.id, other.id)
/** Worst first, as people look for it. */
const stateOrder = ['silent', 'offline', 'never connected', 'uninstalled', 'online']
const editionOrder = ['Basic', 'Anti-virus', 'Advanced', 'Enterprise']

const orders: Record<AssetSort, (one: AssetRow, other: AssetRow) => number> = {
  name: byName,
  alerts: (one, other) =>
    one.alerts.Urgent - other.alerts.Urgent ||
    one.alerts.Warning - other.alerts.Warning ||
    one.alerts.Notice - other.alerts.Notice,
  lastSeen: (one, other) => text(one.agent.lastSeenAt ?? '', other.agent.lastSeenAt ?? ''),
  state: (one, other) => stateOrder.indexOf(one.agent.state) - stateOrder.indexOf(other.agent.state),
  group: (one, other) => text(one.group ?? '', other.group ?? ''),
  edition: (one, other) => editionOrder.indexOf(one.edition) - editionOrder.indexOf(other.edition),
  version: (one, other) => text(one.agent.version ?? '', other.agent.version ?? ''),
  lost: (one, other) => one.eventsLost - other.eventsLost,
  added: (one, other) => text(one.createdAt, other.createdAt),
}
