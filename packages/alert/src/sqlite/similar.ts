/** In what an alert is like others: its type, its model, and the traits of its evidence. */
import type { AlertType } from '@rampart/event'
import type { AlertFilter, AssetScope, Similar } from '../alert.ts'
import type { Trait } from '../raise.ts'
import type { Database } from './database.ts'
import { countMatching } from './list.ts'

const traitsMax = 12

export function findSimilar(database: Database, id: string, scope: AssetScope): Similar[] {
  const alert = database.get<{ number: number; type: AlertType; model_id: string }>(
    'SELECT number, type, model_id FROM alerts WHERE id = ?',
    id,
  )
  if (!alert) return []
  const like = (by: Similar['by'], value: string, filter: Partial<AlertFilter>): Similar => ({
    by,
    value,
    total: countMatching(database, { handled: 'no', scope, ...filter }),
  })
  const traits = database.all<Trait>(
    'SELECT kind, value FROM alert_traits WHERE alert_number = ? ORDER BY kind, value LIMIT ?',
    alert.number,
    traitsMax,
  )
  return [
    like('type', alert.type, { type: [alert.type] }),
    like('model', alert.model_id, { model: [alert.model_id] }),
    ...traits.map(({ kind, value }) => like(kind, value, { [kind]: [value] })),
  ]
}
