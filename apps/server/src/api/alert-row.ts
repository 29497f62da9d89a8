/** Stored alerts → the rows of the API. */
import type { Alert } from '@rampart/alert'
import type { AlertRow } from '@rampart/api'
import { iso } from './process-chain.ts'

export function toRow(alert: Alert): AlertRow {
  return {
    id: alert.id,
    title: alert.title,
    modelId: alert.modelId,
    type: alert.type,
    level: alert.level,
    state: alert.state,
    stages: alert.stages,
    techniques: alert.techniques,
    asset: alert.asset,
    entity: alert.entity,
    sourceAddress: alert.sourceAddress,
    count: alert.count,
    firstAt: iso(alert.firstAt),
    lastAt: iso(alert.lastAt),
    assignee: alert.assignee,
    noteCount: alert.noteCount,
    hits: alert.hits,
    lastHitAt: alert.lastHitAt === null ? null : iso(alert.lastHitAt),
    silent: alert.silent,
    version: alert.version,
  }
}
