/** The alert list: filter, sort, keyset paging, and the counts per facet. */
import { type SqlBool, sql } from 'kysely'
import type { Alert, AlertFacets, AlertFilter, AlertQuery, AlertSort, Page } from '../alert.ts'
import type { Database } from './database.ts'
import { conditionsOf } from './filter.ts'
import { builder, type JoinedAlert, levelOf, maskOf, stagesOf, toAlert } from './tables.ts'

/** Column by which a sort orders; ties go by last time, then id. */
const sortColumns = {
  lastAt: 'last_at',
  firstAt: 'first_at',
  level: 'severity',
  count: 'count',
  title: 'title',
  asset: 'asset_name',
  type: 'type',
  state: 'state',
} as const satisfies Record<AlertSort, string>

interface Key {
  value: string | number
  lastAt: number
  id: string
}

export function listAlerts(database: Database, query: AlertQuery): Page<Alert> {
  const column = sql.ref(query.sort === 'asset' ? 'assets.name' : `alerts.${sortColumns[query.sort]}`)
  const direction = query.order === 'asc' ? sql`asc` : sql`desc`
  const after = query.order === 'asc' ? sql`>` : sql`<`
  const key = query.cursor === undefined ? null : decodeCursor(query.cursor)
  let select = builder
    .selectFrom('alerts')
    .innerJoin('assets', 'assets.id', 'alerts.asset_id')
    .selectAll('alerts')
    .select(['assets.name as asset_name', 'assets.kind as asset_kind', 'assets.addresses as asset_addresses'])
    .where((eb) => eb.and(conditionsOf(query, eb as never).map((condition) => condition)))
  if (key)
    select = select.where(
      sql<SqlBool>`(${column}, alerts.last_at, alerts.id) ${after} (${key.value}, ${key.lastAt}, ${key.id})`,
    )
  const rows = database.query<JoinedAlert>(
    select
      .orderBy(sql`${column} ${direction}, alerts.last_at ${direction}, alerts.id ${direction}`)
      .limit(query.limit + 1)
      .compile() as never,
  )
  const items = rows.slice(0, query.limit)
  const last = items.at(-1)
  return {
    items: items.map(toAlert),
    nextCursor: rows.length > query.limit && last ? encodeCursor(query.sort, last) : null,
    total: countAlerts(database, query),
  }
}

export function countAlerts(database: Database, filter: AlertFilter): number {
  const compiled = builder
    .selectFrom('alerts')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where((eb) => eb.and(conditionsOf(filter, eb)))
    .compile()
  return Number(database.query(compiled)[0]?.total ?? 0)
}

function encodeCursor(sort: AlertSort, row: JoinedAlert): string {
  const key: [string | number, number, string] = [row[sortColumns[sort]], row.last_at, row.id]
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** Null for anything that `encodeCursor` did not make: the list then starts at its beginning. */
function decodeCursor(cursor: string): Key | null {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (!Array.isArray(key)) return null
    const [value, lastAt, id] = key as unknown[]
    if (typeof value !== 'string' && typeof value !== 'number') return null
    return typeof lastAt === 'number' && typeof id === 'string' ? { value, lastAt, id } : null
  } catch {
    return null
  }
}

interface Cell {
  severity: number
  type: string
  state: string
  stage_mask: number
  asset_id: string
  total: number
}

/** One pass over the covering index; the cells are then counted once per facet. */
export function countFacets(database: Database, filter: AlertFilter): AlertFacets {
  const compiled = builder
    .selectFrom('alerts')
    .select(['severity', 'type', 'state', 'stage_mask', 'asset_id'])
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where((eb) => eb.and(conditionsOf(filter, eb, 'facets')))
    .groupBy(['severity', 'type', 'state', 'stage_mask', 'asset_id'])
    .compile()
  const assets = new Map(
    database
      .all<{ id: string; kind: string; grouped: string | null }>('SELECT id, kind, grouped FROM assets')
      .map((asset) => [asset.id, asset]),
  )
  const facets: AlertFacets = { level: {}, type: {}, stage: {}, kind: {}, group: {}, state: {} }
  const mask = filter.stage ? maskOf(filter.stage) : 0
  for (const cell of database.query<Cell>(compiled)) {
    const asset = assets.get(cell.asset_id)
    const level = levelOf(cell.severity)
    const group = asset?.grouped ?? null
    const misses = [
      filter.level && !filter.level.includes(level) ? 'level' : null,
      filter.type && !filter.type.includes(cell.type as never) ? 'type' : null,
      filter.stage && !(cell.stage_mask & mask) ? 'stage' : null,
      filter.kind && !filter.kind.includes(asset?.kind as never) ? 'kind' : null,
      filter.group && !(group && filter.group.includes(group)) ? 'group' : null,
      filter.state && !filter.state.includes(cell.state as never) ? 'state' : null,
    ].filter((facet) => facet !== null)
    // A facet is counted under all other filters: a cell may miss that facet alone.
    if (misses.length > 1) continue
    const counted = (facet: keyof AlertFacets) => misses.length === 0 || misses[0] === facet
    const add = (facet: keyof AlertFacets, value: string) => {
      facets[facet][value] = (facets[facet][value] ?? 0) + cell.total
    }
    if (counted('level')) add('level', level)
    if (counted('type')) add('type', cell.type)
    if (counted('state')) add('state', cell.state)
    if (counted('kind') && asset) add('kind', asset.kind)
    if (counted('group') && group) add('group', group)
    if (counted('stage')) for (const stage of stagesOf(cell.stage_mask)) add('stage', stage)
  }
  return facets
}
