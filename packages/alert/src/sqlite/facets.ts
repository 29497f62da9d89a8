/** Counts per facet value, each facet under all other filters. */
import { type SqlBool, sql } from 'kysely'
import type { AlertFacets, AlertFilter } from '../alert.ts'
import { type AlertCell, countedAssets, countedCells } from './counts.ts'
import type { Database } from './database.ts'
import { conditionsOf, openCondition, opennessOf, type PreparedFilter, prepareFilter } from './filter.ts'
import { builder, levelOf, maskOf, stagesOf } from './tables.ts'

/** From the counts that are kept where they suffice; otherwise a pass over a covering index each. */
export function countFacets(database: Database, filter: AlertFilter): AlertFacets {
  const facets: AlertFacets = { level: {}, type: {}, stage: {}, kind: {}, group: {}, state: {}, assignee: {} }
  const prepared = prepareFilter(database, filter)
  countAlertFacets(database, prepared, facets)
  countAssetFacets(database, prepared, facets)
  return facets
}

function countAlertFacets(database: Database, prepared: PreparedFilter, facets: AlertFacets): void {
  const { filter } = prepared
  const mask = filter.stage ? maskOf(filter.stage) : 0
  for (const cell of countedCells(database, filter) ?? foundCells(database, prepared)) {
    const level = levelOf(cell.severity)
    const misses = [
      filter.level && !filter.level.includes(level) && 'level',
      filter.type && !filter.type.includes(cell.type as never) && 'type',
      filter.stage && !(cell.stage_mask & mask) && 'stage',
      filter.state && !filter.state.includes(cell.state as never) && 'state',
      filter.assignee && !filter.assignee.includes(cell.assignee) && 'assignee',
    ].filter(Boolean)
    if (counts(misses, 'level')) add(facets.level, level, cell.total)
    if (counts(misses, 'type')) add(facets.type, cell.type, cell.total)
    if (counts(misses, 'state')) add(facets.state, cell.state, cell.total)
    if (counts(misses, 'assignee')) add(facets.assignee, cell.assignee ?? '@nobody', cell.total)
    if (counts(misses, 'stage')) for (const stage of stagesOf(cell.stage_mask)) add(facets.stage, stage, cell.total)
  }
}

function foundCells(database: Database, prepared: PreparedFilter): AlertCell[] {
  const compiled = builder
    .selectFrom('alerts')
    .select(['severity', 'type', 'state', 'stage_mask', 'assignee'])
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where(() => openCondition(prepared, opennessOf(prepared.filter)) as never)
    .where((eb) => eb.and(conditionsOf(prepared, eb, 'alert-facets')))
    .groupBy(['open', 'severity', 'type', 'state', 'stage_mask', 'assignee'])
    .compile()
  return database.query<AlertCell>(compiled as never)
}

interface AssetCell {
  kind: string
  grouped: string | null
  total: number
}

function countAssetFacets(database: Database, prepared: PreparedFilter, facets: AlertFacets): void {
  const { filter } = prepared
  const assets = new Map(
    database
      .all<AssetCell & { id: string }>('SELECT id, kind, grouped FROM assets')
      .map((asset) => [asset.id, asset] as const),
  )
  for (const { asset_id, total } of countedAssets(database, filter) ?? foundAssets(database, prepared)) {
    const asset = assets.get(asset_id)
    if (!asset) continue
    const misses = [
      filter.kind && !filter.kind.includes(asset.kind as never) && 'kind',
      filter.group && !(asset.grouped !== null && filter.group.includes(asset.grouped)) && 'group',
    ].filter(Boolean)
    if (counts(misses, 'kind')) add(facets.kind, asset.kind, total)
    if (asset.grouped !== null && counts(misses, 'group')) add(facets.group, asset.grouped, total)
  }
}

function foundAssets(database: Database, prepared: PreparedFilter): { asset_id: string; total: number }[] {
  const compiled = builder
    .selectFrom('alerts')
    .select('asset_id')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where(() => assetOpenCondition(prepared) as never)
    .where((eb) => eb.and(conditionsOf(prepared, eb, 'asset-facets')))
    .groupBy('asset_id')
    .compile()
  return database.query<{ asset_id: string; total: number }>(compiled as never)
}

/** Unless something of the alerts is filtered by, the index by asset gives the groups in order, without sorting. */
function assetOpenCondition(prepared: PreparedFilter) {
  const { filter } = prepared
  const { level, type, stage, state, assignee, model, source, from, to } = filter
  const isFree = ![level, type, stage, state, assignee, model, source, from, to].some((one) => one !== undefined)
  return isFree && prepared.sets.length === 0
    ? sql<SqlBool>`+alerts.open in (${sql.join(opennessOf(filter))})`
    : openCondition(prepared, opennessOf(filter))
}

/** A facet counts what misses no other filter. */
function counts(misses: readonly unknown[], facet: keyof AlertFacets): boolean {
  return misses.every((miss) => miss === facet)
}

function add(values: Record<string, number>, value: string, total: number): void {
  values[value] = (values[value] ?? 0) + total
}
