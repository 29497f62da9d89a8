/** Counts that triggers keep (`counts-migration.ts`): answers that need no look at the alerts. */
import { sql } from 'kysely'
import type { AlertFilter, AssetScope } from '../alert.ts'
import type { Database } from './database.ts'
import { opennessOf } from './filter.ts'
import { builder, severityOf } from './tables.ts'

/** Alerts alike in everything that the facets of alerts count. */
export interface AlertCell {
  severity: number
  type: string
  state: string
  stage_mask: number
  assignee: string | null
  total: number
}

const alertFacets = ['handled', 'level', 'type', 'stage', 'state', 'assignee'] as const satisfies (keyof AlertFilter)[]

/** How many alerts stand in each cell, or null when the filter asks for more than the cells know. */
export function countedCells(database: Database, filter: AlertFilter): AlertCell[] | null {
  if (!asksOnly(filter, alertFacets)) return null
  const compiled = sql<AlertCell>`select severity, type, state, stage_mask, assignee, total from alert_counts
    where total > 0 and open in (${sql.join(opennessOf(filter))})`.compile(builder)
  return database.query(compiled)
}

/** How many alerts each asset has, or null when the filter asks for more than is known of assets. */
export function countedAssets(database: Database, filter: AlertFilter): { asset_id: string; total: number }[] | null {
  if (!asksOnly(filter, ['handled', 'level', 'kind', 'group', 'asset'])) return null
  const conditions = [sql`open in (${sql.join(opennessOf(filter))})`]
  if (filter.level) conditions.push(sql`severity in (${sql.join(filter.level.map(severityOf))})`)
  if (filter.asset) conditions.push(sql`asset_id in (${sql.join([...filter.asset])})`)
  const compiled = sql<{ asset_id: string; total: number }>`select asset_id, sum(total) as total from asset_counts
    where ${sql.join(conditions, sql` and `)} group by asset_id having sum(total) > 0`.compile(builder)
  return database.query(compiled)
}

/** What of a query of the list is no filter. */
const paging = ['sort', 'order', 'cursor', 'limit']

function asksOnly(filter: AlertFilter, names: readonly (keyof AlertFilter)[]): boolean {
  const known: readonly string[] = [...names, ...paging]
  return Object.entries(filter).every(
    ([name, value]) => value === undefined || value === null || value === '' || known.includes(name),
  )
}

/** Open alerts of one level on one asset. */
export interface OpenCell {
  asset_id: string
  severity: number
  total: number
}

/** Open alerts per asset and level. */
export function openPerAsset(database: Database, scope: AssetScope = null): OpenCell[] {
  const inScope = `AND asset_id IN (SELECT id FROM assets WHERE grouped IN (SELECT value FROM json_each(?)))`
  return database.all<OpenCell>(
    `SELECT asset_id, severity, total FROM asset_counts WHERE open = 1 AND total > 0 ${scope ? inScope : ''}`,
    ...(scope ? [JSON.stringify(scope.groups)] : []),
  )
}
