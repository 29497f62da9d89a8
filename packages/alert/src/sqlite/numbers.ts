/** Counts over all alerts: the numbers on top of the page, per model, per asset. */
import type { AlertNumbers, Trended } from '../alert.ts'
import type { Database } from './database.ts'
import { levelOf } from './tables.ts'

const hourMs = 3_600_000
const hours = 24

export function countNumbers(database: Database, now: number): AlertNumbers {
  const open = database.all<{ severity: number; total: number }>(
    'SELECT severity, count(*) AS total FROM alerts WHERE open = 1 GROUP BY severity',
  )
  const assets = database.get<{ total: number }>('SELECT count(DISTINCT asset_id) AS total FROM alerts WHERE open = 1')
  const blocked = database.get<{ total: number }>(
    "SELECT count(*) AS total FROM alerts WHERE open = 0 AND state = 'auto-blocked'",
  )
  const start = now - hours * hourMs
  const cells = database.all<{ hour: number; severity: number; blocked: number; asset_id: string; total: number }>(
    `SELECT CAST((raised_at - ?) / ${hourMs} AS INTEGER) AS hour, severity, state = 'auto-blocked' AS blocked,
       asset_id, count(*) AS total
     FROM alerts WHERE raised_at > ? AND raised_at <= ? GROUP BY 1, 2, 3, 4`,
    start,
    start,
    now,
  )
  const numbers: AlertNumbers = {
    alertingAssets: trended(assets?.total ?? 0),
    open: trended(open.reduce((sum, row) => sum + row.total, 0)),
    openUrgent: trended(open.find((row) => levelOf(row.severity) === 'Urgent')?.total ?? 0),
    autoBlocked: trended(blocked?.total ?? 0),
  }
  const seen = new Set<string>()
  for (const cell of cells) {
    const hour = Math.min(cell.hour, hours - 1)
    const add = (number: Trended, amount: number) => {
      number.trend[hour] = (number.trend[hour] ?? 0) + amount
    }
    add(numbers.open, cell.total)
    if (levelOf(cell.severity) === 'Urgent') add(numbers.openUrgent, cell.total)
    if (cell.blocked) add(numbers.autoBlocked, cell.total)
    const asset = `${hour} ${cell.asset_id}`
    if (!seen.has(asset)) add(numbers.alertingAssets, 1)
    seen.add(asset)
  }
  return numbers
}

function trended(value: number): Trended {
  return { value, trend: new Array<number>(hours).fill(0) }
}

export function countByModel(database: Database): Map<string, { open: number; lastAt: number }> {
  const rows = database.all<{ model_id: string; open: number; last_at: number }>(
    'SELECT model_id, sum(open) AS open, max(last_at) AS last_at FROM alerts GROUP BY model_id',
  )
  return new Map(rows.map((row) => [row.model_id, { open: row.open, lastAt: row.last_at }]))
}

export function countByAsset(database: Database): Map<string, { Urgent: number; Warning: number; Notice: number }> {
  const counts = new Map<string, { Urgent: number; Warning: number; Notice: number }>()
  for (const row of database.all<{ asset_id: string; severity: number; total: number }>(
    'SELECT asset_id, severity, count(*) AS total FROM alerts WHERE open = 1 GROUP BY asset_id, severity',
  )) {
    const count = counts.get(row.asset_id) ?? { Urgent: 0, Warning: 0, Notice: 0 }
    count[levelOf(row.severity)] = row.total
    counts.set(row.asset_id, count)
  }
  return counts
}
