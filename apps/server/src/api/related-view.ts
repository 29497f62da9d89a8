/** What else belongs to an alert: its incident, and other alerts with what they have in common with it. */
import type { AssetScope, SharedKey } from '@rampart/alert'
import type { AlertDetail } from '@rampart/api'
import type { Context } from '../context.ts'
import { toRow } from './alert-row.ts'
import { isVisible } from './asset-scope.ts'
import { visibleIncident } from './incident-view.ts'

const relatedMax = 20
/** More are read than shown: some may be out of sight. */
const readMax = 100

export async function relatedTo(context: Context, id: string, scope: AssetScope): Promise<AlertDetail['related']> {
  const found = await context.incidents.sharedWith(id, readMax)
  const related = found
    .filter(({ alert }) => isVisible(scope, alert.asset))
    .map(({ alert, shared }) => ({ ...toRow(alert), shared: shared.map(toShared) }))
  const known = new Set(related.map((row) => row.id))
  // Alerts of before incidents were joined, and weaker links of the same asset.
  const weaker = (await context.alerts.related(id, relatedMax)).filter((alert) => !known.has(alert.id))
  return [...related, ...weaker.map((alert) => ({ ...toRow(alert), shared: [] }))].slice(0, relatedMax)
}

type Shared = AlertDetail['related'][number]['shared'][number]
const told = new Set(['file', 'address', 'account'])

/** Values that name a process or session tell a person nothing; those of one asset lose its id. */
function toShared({ kind, value }: SharedKey): Shared {
  if (kind === 'flow-in' || kind === 'flow-out') return { kind: 'connection', value }
  if (kind === 'path' || kind === 'identity') return { kind, value: value.slice(value.indexOf('/') + 1) }
  return { kind, value: told.has(kind) ? value : null }
}

export async function incidentLinkOf(
  context: Context,
  alertId: string,
  scope: AssetScope,
): Promise<AlertDetail['incident']> {
  const incident = await context.incidents.ofAlert(alertId)
  const seen = incident && (await visibleIncident(context, incident.id, scope))
  if (!seen) return null
  const { id, title, alertCount, state } = seen.incident
  return { id, title, alertCount, state }
}
