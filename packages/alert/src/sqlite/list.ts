/** The alert list: filter, sort, keyset paging. */
import { type SqlBool, sql } from 'kysely'
import type { Alert, AlertFilter, AlertQuery, AlertSort, Page } from '../alert.ts'
import { countedAssets, countedCells } from './counts.ts'
import type { Database } from './database.ts'
import { conditionsOf, openCondition, opennessOf, type PreparedFilter, prepareFilter } from './filter.ts'
import { builder, type JoinedAlert, levelOf, maskOf, toAlert } from './tables.ts'

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

type Key = [value: string | number, lastAt: number, id: string]

export function listAlerts(database: Database, query: AlertQuery): Page<Alert> {
  const prepared = prepareFilter(database, query)
  const openness = opennessOf(query)
  // Each half has an index in the right order; merged they are the whole, without sorting all of it.
  const rows = openness.flatMap((open) => readRows(database, query, prepared, open))
  if (openness.length > 1)
    rows.sort((one, other) => compare(keyOf(query.sort, one), keyOf(query.sort, other), query.order))
  const shown = rows.slice(0, query.limit)
  const last = shown.at(-1)
  return {
    items: shown.map(toAlert),
    nextCursor: rows.length > query.limit && last ? encodeCursor(keyOf(query.sort, last)) : null,
    total: countAlerts(database, prepared, openness),
  }
}

/** Alerts that a filter finds, in the order in which they were raised. */
export function matchingAlerts(
  database: Database,
  filter: AlertFilter,
  limit: number,
): { id: string; version: number }[] {
  const prepared = prepareFilter(database, filter)
  const compiled = builder
    .selectFrom('alerts')
    .select(['id', 'version'])
    .where(() => openCondition(prepared, opennessOf(filter)) as never)
    .where((eb) => eb.and(conditionsOf(prepared, eb)))
    .orderBy('number')
    .limit(limit)
    .compile()
  return database.query<{ id: string; version: number }>(compiled as never).map((row) => ({ ...row }))
}

function readRows(database: Database, query: AlertQuery, prepared: PreparedFilter, open: 0 | 1): JoinedAlert[] {
  const column = sql.ref(query.sort === 'asset' ? 'assets.name' : `alerts.${sortColumns[query.sort]}`)
  const direction = query.order === 'asc' ? sql`asc` : sql`desc`
  const after = query.order === 'asc' ? sql`>` : sql`<`
  const key = query.cursor === undefined ? null : decodeCursor(query.cursor)
  // A cross join fixes the order of the loops: by asset name only the assets can lead.
  const joined =
    query.sort === 'asset'
      ? builder.selectFrom('assets').crossJoin('alerts').whereRef('assets.id', '=', 'alerts.asset_id')
      : builder.selectFrom('alerts').innerJoin('assets', 'assets.id', 'alerts.asset_id')
  let select = joined
    .selectAll('alerts')
    .select([
      'assets.name as asset_name',
      'assets.kind as asset_kind',
      'assets.addresses as asset_addresses',
      'assets.grouped as asset_group',
    ])
    .where(() => openCondition(prepared, [open]) as never)
    .where((eb) => eb.and(conditionsOf(prepared, eb as never)))
  if (key) select = select.where(sql<SqlBool>`(${column}, alerts.last_at, alerts.id) ${after} (${sql.join(key)})`)
  const compiled = select
    .orderBy(sql`${column} ${direction}, alerts.last_at ${direction}, alerts.id ${direction}`)
    .limit(query.limit + 1)
    .compile()
  return database.query<JoinedAlert>(compiled as never)
}

/** How many alerts a filter finds. */
export function countMatching(database: Database, filter: AlertFilter): number {
  return countAlerts(database, prepareFilter(database, filter), opennessOf(filter))
}

function countAlerts(database: Database, prepared: PreparedFilter, openness: readonly number[]): number {
  const counted = countedMatches(database, prepared.filter)
  if (counted !== null) return counted
  const compiled = builder
    .selectFrom('alerts')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where(() => openCondition(prepared, openness) as never)
    .where((eb) => eb.and(conditionsOf(prepared, eb)))
    .compile()
  return Number(database.query(compiled)[0]?.total ?? 0)
}

/** The same from the counts that are kept, or null where they do not suffice. */
function countedMatches(database: Database, filter: AlertFilter): number | null {
  const { kind, group } = filter
  const assets = kind || group ? null : countedAssets(database, filter)
  const sum = (cells: readonly { total: number }[]) => cells.reduce((total, cell) => total + cell.total, 0)
  if (assets) return sum(assets)
  const mask = filter.stage ? maskOf(filter.stage) : 0
  const cells = countedCells(database, filter)?.filter(
    (cell) =>
      (!filter.level || filter.level.includes(levelOf(cell.severity))) &&
      (!filter.type || filter.type.includes(cell.type as never)) &&
      (!filter.stage || (cell.stage_mask & mask) !== 0) &&
      (!filter.state || filter.state.includes(cell.state as never)) &&
      (!filter.assignee || filter.assignee.includes(cell.assignee)),
  )
  return cells ? sum(cells) : null
}

function keyOf(sort: AlertSort, row: JoinedAlert): Key {
  return [row[sortColumns[sort]], row.last_at, row.id]
}

/** As SQLite compares: numbers by value, texts by bytes (UTF-8 order is code point order). */
function compare(one: Key, other: Key, order: 'asc' | 'desc'): number {
  for (let part = 0; part < one.length; part++) {
    const [left, right] = [one[part] ?? 0, other[part] ?? 0]
    if (left === right) continue
    const ascending =
      typeof left === 'string' && typeof right === 'string'
        ? Buffer.compare(Buffer.from(left), Buffer.from(right))
        : Number(left) - Number(right)
    return order === 'asc' ? ascending : -ascending
  }
  return 0
}

function encodeCursor(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** Null for anything that `encodeCursor` did not make: the list then starts at its beginning. */
function decodeCursor(cursor: string): Key | null {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (!Array.isArray(key)) return null
    const [value, lastAt, id] = key as unknown[]
    if (typeof value !== 'string' && typeof value !== 'number') return null
    return typeof lastAt === 'number' && typeof id === 'string' ? [value, lastAt, id] : null
  } catch {
    return null
  }
}
