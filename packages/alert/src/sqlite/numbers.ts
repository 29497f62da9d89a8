/** Counts over all alerts: the numbers on top of the page, per model, per asset. */
import type { AlertNumbers, AssetScope, Trended } from '../alert.ts'
import { type OpenCell, openPerAsset } from './counts.ts'
import type { Database } from './database.ts'
import { levelOf } from './tables.ts'

const hourMs = 3_600_000
const hours = 24

/** The assets of a scope, as a condition on `asset_id` with one parameter. */
const inScope = `asset_id IN (SELECT id FROM assets WHERE grouped IN (SELECT value FROM json_each(?)))`

export function countNumbers(database: Database, now: number, scope: AssetScope): AlertNumbers {
  const bound = scope ? [JSON.stringify(scope.groups)] : []
  const also = scope ? `AND ${inScope}` : ''
  const open = openPerAsset(database, scope)
  const blocked = database.get<{ total: number }>(
    scope
      ? `SELECT count(*) AS total FROM alerts WHERE open = 0 AND state = 'auto-blocked' ${also}`
      : `SELECT coalesce(sum(total), 0) AS total FROM alert_counts WHERE open = 0 AND state = 'auto-blocked'`,
    ...bound,
  )
  const sum = (cells: readonly OpenCell[]) => cells.reduce((total, cell) => total + cell.total, 0)
  const numbers: AlertNumbers = {
    alertingAssets: trended(new Set(open.map((cell) => cell.asset_id)).size),
    open: trended(sum(open)),
    openUrgent: trended(sum(open.filter((cell) => levelOf(cell.severity) === 'Urgent'))),
    autoBlocked: trended(blocked?.total ?? 0),
  }
  for (let hour = 0; hour < hours; hour++) {
    // One range of the covering index each: no sorting, however many there are.
    const cell = database.get<{ total: number; urgent: number; blocked: number; assets: number }>(
      `SELECT count(*) AS total, coalesce(sum(severity = 2), 0) AS urgent,
         coalesce(sum(state = 'auto-blocked'), 0) AS blocked, count(DISTINCT asset_id) AS assets
       FROM alerts WHERE raised_at > ? AND raised_at <= ? ${also}`,
      now - (hours - hour) * hourMs,
      now - (hours - hour - 1) * hourMs,
      ...bound,
    )
    numbers.open.trend[hour] = cell?.total ?? 0
    numbers.openUrgent.trend[hour] = cell?.urgent ?? 0
    numbers.autoBlocked.trend[hour] = cell?.blocked ?? 0
    numbers.alertingAssets.trend[hour] = cell?.assets ?? 0
  }
  return numbers
}

function trended(value: number): Trended {
  return { value, trend: new Array<number>(hours).fill(0) }
}

export function countByModel(database: Database, scope: AssetScope): Map<string, { open: number; lastAt: number }> {
  const rows = database.all<{ model_id: string; open: number; last_at: number }>(
    `SELECT model_id, sum(open) AS open, max(last_at) AS last_at FROM alerts
     ${scope ? `WHERE ${inScope}` : ''} GROUP BY model_id`,
    ...(scope ? [JSON.stringify(scope.groups)] : []),
  )
  return new Map(rows.map((row) => [row.model_id, { open: row.open, lastAt: row.last_at }]))
}

export function countByAsset(database: Database): Map<string, { Urgent: number; Warning: number; Notice: number }> {
  const counts = new Map<string, { Urgent: number; Warning: number; Notice: number }>()
  for (const row of openPerAsset(database)) {
    const count = counts.get(row.asset_id) ?? { Urgent: 0, Warning: 0, Notice: 0 }
    count[levelOf(row.severity)] = row.total
    counts.set(row.asset_id, count)
  }
  return counts
}
