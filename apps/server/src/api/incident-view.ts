/** Stored incidents → the rows and details of the API, each as far as the caller may see its alerts. */
import {
  type Alert,
  type AssetScope,
  headlineOf,
  type Incident,
  isOpen,
  levelOfAll,
  stagesOfAll,
  titleOf,
  weighed,
} from '@rampart/alert'
import type { IncidentDetail, IncidentRow } from '@rampart/api'
import { stages } from '@rampart/event'
import type { Context } from '../context.ts'
import { toRow } from './alert-row.ts'
import { isVisible } from './asset-scope.ts'
import { iso } from './process-chain.ts'

const entitiesMax = 100

export function toIncidentRow(incident: Incident): IncidentRow {
  return {
    ...incident,
    firstAt: iso(incident.firstAt),
    lastAt: iso(incident.lastAt),
    createdAt: iso(incident.createdAt),
  }
}

/** The incident as one sees it who may see these alerts of it only. */
export function seenThrough(incident: Incident, alerts: readonly Alert[]): Incident {
  if (alerts.length === incident.alertCount) return incident
  const weighty = weighed(alerts)
  const headline = headlineOf(weighty)
  return {
    ...incident,
    title: titleOf(headline),
    headline,
    level: levelOfAll(weighty),
    stages: stagesOfAll(weighty),
    assets: [...new Map(alerts.map(({ asset: { id, name, kind } }) => [id, { id, name, kind }])).values()],
    alertCount: alerts.length,
    openCount: alerts.filter(({ state }) => isOpen(state)).length,
    leftOut: 0,
    firstAt: Math.min(...alerts.map(({ firstAt }) => firstAt)),
    lastAt: Math.max(...alerts.map(({ lastAt }) => lastAt)),
  }
}

/** The incident and those of its alerts that the caller may see; null when that is none. */
export async function visibleIncident(
  context: Context,
  id: string,
  scope: AssetScope,
): Promise<{ incident: Incident; alerts: Alert[] } | null> {
  const incident = await context.incidents.get(id)
  if (!incident) return null
  const alerts = (await context.incidents.alerts(id)).filter(({ asset }) => isVisible(scope, asset))
  return alerts.length === 0 ? null : { incident: seenThrough(incident, alerts), alerts }
}

export async function toIncidentDetail(
  context: Context,
  id: string,
  scope: AssetScope,
): Promise<IncidentDetail | null> {
  const seen = await visibleIncident(context, id, scope)
  if (!seen) return null
  const { incident, alerts } = seen
  const whole = (await context.incidents.get(id))?.alertCount === alerts.length
  // Titles of what was merged and notes may name what the caller may not see.
  const history = whole ? await context.incidents.history(incident.id) : []
  return {
    ...toIncidentRow(incident),
    stageTimes: stages.flatMap((stage) => {
      const of = alerts.filter((alert) => alert.stages.includes(stage))
      if (of.length === 0) return []
      return {
        stage,
        firstAt: iso(Math.min(...of.map(({ firstAt }) => firstAt))),
        lastAt: iso(Math.max(...of.map(({ lastAt }) => lastAt))),
        alertIds: of.map((alert) => alert.id),
      }
    }),
    alerts: alerts.map(toRow),
    entities: entitiesOfAll(context, alerts),
    history: history.map(({ editedAt, ...entry }) => ({
      ...entry,
      at: iso(entry.at),
      editedAt: editedAt === null ? null : iso(editedAt),
    })),
  }
}

function entitiesOfAll({ response: { ipRules }, now }: Context, alerts: readonly Alert[]): IncidentDetail['entities'] {
  const entities = new Map<string, IncidentDetail['entities'][number]>()
  for (const { id, entity, sourceAddress } of alerts) {
    const named = sourceAddress === null ? [entity] : [entity, { kind: 'address' as const, value: sourceAddress }]
    for (const { kind, value } of named) {
      const known = entities.get(`${kind} ${value}`) ?? { kind, value, alertIds: [], block: null }
      if (!known.alertIds.includes(id)) known.alertIds.push(id)
      entities.set(`${kind} ${value}`, known)
    }
  }
  const blocked = new Set(ipRules.store.inForce(now()).map(({ address }) => address))
  return [...entities.values()]
    .sort((one, other) => other.alertIds.length - one.alertIds.length)
    .slice(0, entitiesMax)
    .map((one) => {
      if (one.kind !== 'address') return one
      return { ...one, block: { reason: ipRules.spare(one.value), inForce: blocked.has(one.value) } }
    })
}
