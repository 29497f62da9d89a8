/** Handlers of routes/incidents.ts. */
import type { Announcer } from '../../announcer.ts'
import type { Context } from '../../context.ts'
import { graphOfAlerts } from '../../investigate/graph.ts'
import { isVisible } from '../asset-scope.ts'
import { assigneeOf } from '../assignee.ts'
import type { Handlers } from '../call.ts'
import { mayDo } from '../caller.ts'
import { withFeature } from '../edition-check.ts'
import { seenThrough, toIncidentDetail, toIncidentRow, visibleIncident } from '../incident-view.ts'
import { Refused } from '../refused.ts'
import { isResponse, toBatch } from './batches.ts'

const status = {
  'incident.not-found': 404,
  'incident.changed': 409,
  'incident.not-offered': 409,
  'incident.note-missing': 400,
  'incident.note-not-found': 409,
  'incident.note-not-yours': 403,
} as const
const missing = () => Refused.notFound('incident')

type Names =
  | 'listIncidents'
  | 'getIncident'
  | 'handleIncident'
  | 'changeIncidentNote'
  | 'handleIncidentAlerts'
  | 'getIncidentGraph'

export function incidentHandlers(context: Context, announcer: Announcer): Pick<Handlers, Names> {
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
      const assignee = assigneeOf(context, body.assignee)
      if (assignee instanceof Refused) return assignee
      const handled = await incidents.handle({ ...body, assignee, id, actor: session.user.name, at: context.now() })
      if (!handled.ok) return new Refused(status[handled.error.code], handled.error)
      announcer.incidentsChanged([handled.incident.id])
      return (await toIncidentDetail(context, id, scope)) ?? missing()
    },
    async changeIncidentNote({ id, body, session, scope }) {
      if (!(await visibleIncident(context, id, scope))) return missing()
      const changed = await incidents.changeNote({ ...body, id, actor: session.user.name, at: context.now() })
      if (!changed.ok) return new Refused(status[changed.error.code], changed.error)
      announcer.incidentsChanged([changed.incident.id])
      return (await toIncidentDetail(context, id, scope)) ?? missing()
    },
    async handleIncidentAlerts({ id, body, session, scope }) {
      const seen = await visibleIncident(context, id, scope)
      if (!seen) return missing()
      const { operation, note, close } = body
      if (isResponse(operation) && !mayDo(session.role, 'responder'))
        return new Refused(403, { code: 'session.not-allowed', message: 'This needs the role responder.' })
      const assignee = assigneeOf(context, body.assignee)
      if (assignee instanceof Refused) return assignee
      if (operation === 'add note' && !note?.trim())
        return new Refused(400, { code: 'alert.note-missing', message: 'A note needs some text.' })
      if (operation === 'assign' && assignee === undefined)
        return new Refused(400, { code: 'alert.assignee-missing', message: 'Say whom the alerts are for, or null.' })
      const actor = session.user.name
      const request = { actor, operation, note: note?.trim() || null, assignee: assignee ?? null }
      const batch = context.batches.start(request, seen.alerts)
      const told = [`${seen.alerts.length} alerts`, request.note].filter(Boolean).join(': ')
      await incidents.note(id, { at: context.now(), actor, operation, note: told })
      const { version, state } = seen.incident
      if (close && state === 'open')
        await incidents.handle({ id, operation: 'close', version, actor, at: context.now() })
      announcer.incidentsChanged([seen.incident.id])
      const incident = await toIncidentDetail(context, id, scope)
      return incident ? { batch: toBatch(batch), incident } : missing()
    },
    async getIncidentGraph({ id, query, scope }) {
      const seen = await visibleIncident(context, id, scope)
      if (!seen) return missing()
      const traced = withFeature(context, 'attack source tracing', seen.alerts)
      return traced instanceof Refused ? traced : graphOfAlerts(context, traced, query)
    },
  }
}
