/** Handlers of routes/incidents.ts. */
import type { Alert } from '@rampart/alert'
import type { IncidentAlertsHandled } from '@rampart/api'
import type { Announcer } from '../../announcer.ts'
import type { Context } from '../../context.ts'
import { graphOfAlerts } from '../../investigate/graph.ts'
import { isVisible } from '../asset-scope.ts'
import type { Body, Handlers } from '../call.ts'
import { withFeature } from '../edition-check.ts'
import { seenThrough, toIncidentDetail, toIncidentRow, visibleIncident } from '../incident-view.ts'
import { Refused } from '../refused.ts'

const status = {
  'incident.not-found': 404,
  'incident.changed': 409,
  'incident.not-offered': 409,
  'incident.note-missing': 400,
} as const
const missing = () => Refused.notFound('incident')

export function incidentHandlers(
  context: Context,
  announcer: Announcer,
): Pick<Handlers, 'listIncidents' | 'getIncident' | 'handleIncident' | 'handleIncidentAlerts' | 'getIncidentGraph'> {
  const { incidents } = context
  return {
    async listIncidents({ query, scope }) {
      const { state, from, to, ...rest } = query
      const page = await incidents.list({
        ...rest,
        scope,
        ...(state !== 'all' && { state: [state] }),
        ...(from !== undefined && { from: Date.parse(from) }),
        ...(to !== undefined && { to: Date.parse(to) }),
      })
      const items = page.items.map(async (incident) => {
        if (scope === null) return toIncidentRow(incident)
        const alerts = (await incidents.alerts(incident.id)).filter(({ asset }) => isVisible(scope, asset))
        return toIncidentRow(seenThrough(incident, alerts))
      })
      return { ...page, items: await Promise.all(items), open: await incidents.counts(scope) }
    },
    async getIncident({ id, scope }) {
      return (await toIncidentDetail(context, id, scope)) ?? missing()
    },
    async handleIncident({ id, body, session, scope }) {
      if (!(await visibleIncident(context, id, scope))) return missing()
      const handled = await incidents.handle({ ...body, id, actor: session.user.name, at: context.now() })
      if (!handled.ok) return new Refused(status[handled.error.code], handled.error)
      announcer.incidentsChanged([handled.incident.id])
      return (await toIncidentDetail(context, id, scope)) ?? missing()
    },
    async handleIncidentAlerts({ id, body, session, scope }) {
      const seen = await visibleIncident(context, id, scope)
      if (!seen) return missing()
      const results = await handleAlerts(seen.alerts, body, session.user.name)
      const done = results.filter(({ ok }) => ok).length
      const actor = session.user.name
      const note = [`${done} of ${results.length} alerts`, body.note?.trim()].filter(Boolean).join(': ')
      await incidents.note(id, { at: context.now(), actor, operation: body.operation, note })
      const after = await incidents.refresh(id)
      if (body.close && after?.state === 'open' && after.openCount === 0)
        await incidents.handle({ id, operation: 'close', version: after.version, actor, at: context.now() })
      announcer.incidentsChanged([seen.incident.id])
      const incident = await toIncidentDetail(context, id, scope)
      return incident ? { results, incident } : missing()
    },
    async getIncidentGraph({ id, query, scope }) {
      const seen = await visibleIncident(context, id, scope)
      if (!seen) return missing()
      const traced = withFeature(context, 'attack source tracing', seen.alerts)
      return traced instanceof Refused ? traced : graphOfAlerts(context, traced, query)
    },
  }

  /** One alert after the other, each as it stands now: what does not fit one alert does not stop the others. */
  async function handleAlerts(
    alerts: readonly Alert[],
    body: Body<'handleIncidentAlerts'>,
    actor: string,
  ): Promise<IncidentAlertsHandled['results']> {
    const { operation, note, assignee } = body
    const results: IncidentAlertsHandled['results'] = []
    for (const { id, title, version, state } of alerts) {
      const handled = await context.alerts.handle({
        alertId: id,
        operation,
        version,
        actor,
        at: context.now(),
        ...(note !== undefined && { note }),
        ...(assignee !== undefined && { assignee }),
      })
      if (handled.ok) announcer.alertChanged(handled.alert)
      results.push(
        handled.ok
          ? { alertId: id, title, ok: true, state: handled.alert.state, code: null, message: null }
          : { alertId: id, title, ok: false, state, code: handled.error.code, message: handled.error.message },
      )
    }
    return results
  }
}
