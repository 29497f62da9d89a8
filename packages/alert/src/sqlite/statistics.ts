/** Alerts of a span of time, counted by when, level, type, stage, asset and model. */
import { type Level, type Stage, stages } from '@rampart/event'
import type { AlertStatistics, AssetScope } from '../alert.ts'
import type { Database } from './database.ts'
import { levelOf, stagesOf } from './tables.ts'

const topMax = 10

export function countStatistics(
  database: Database,
  { from, to, steps }: { from: number; to: number; steps: number },
  scope: AssetScope,
): AlertStatistics {
  const stepMs = (to - from) / steps
  const bound = [from, to, ...(scope ? [JSON.stringify(scope.groups)] : [])]
  const where = `raised_at > ? AND raised_at <= ?${
    scope ? ' AND asset_id IN (SELECT id FROM assets WHERE grouped IN (SELECT value FROM json_each(?)))' : ''
  }`
  const overTime = Array.from({ length: steps }, () => ({ Urgent: 0, Warning: 0, Notice: 0 }))
  const byLevel: Record<Level, number> = { Urgent: 0, Warning: 0, Notice: 0 }
  const cells = database.all<{ step: number; severity: number; total: number }>(
    `SELECT CAST((raised_at - ?) / ? AS INTEGER) AS step, severity, count(*) AS total FROM alerts
     WHERE ${where} GROUP BY step, severity`,
    from,
    stepMs,
    ...bound,
  )
  for (const { step, severity, total } of cells) {
    const cell = overTime[Math.min(step, steps - 1)]
    if (cell) cell[levelOf(severity)] += total
    byLevel[levelOf(severity)] += total
  }
  const counted = <Name extends string>(column: string) =>
    database.all<{ name: Name; total: number }>(
      `SELECT ${column} AS name, count(*) AS total FROM alerts WHERE ${where} GROUP BY ${column} ORDER BY total DESC`,
      ...bound,
    )
  const byStage: Partial<Record<Stage, number>> = {}
  for (const { name: mask, total } of counted('stage_mask'))
    for (const stage of stagesOf(Number(mask))) byStage[stage] = (byStage[stage] ?? 0) + total
  const top = (column: 'asset_id' | 'model_id') =>
    counted(column)
      .slice(0, topMax)
      .map(({ name, total }) => ({ id: name, count: total }))
  return {
    stepMs,
    overTime,
    byLevel,
    byType: Object.fromEntries(counted('type').map(({ name, total }) => [name, total])),
    byStage: Object.fromEntries(stages.flatMap((stage) => (byStage[stage] ? [[stage, byStage[stage]]] : []))),
    topAssets: top('asset_id'),
    topModels: top('model_id'),
  }
}
