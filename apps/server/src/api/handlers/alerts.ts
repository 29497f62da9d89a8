/** Handlers of routes/alerts.ts. */
import type { AlertQuery, HandlingRefused } from '@rampart/alert'
import type { Announcer } from '../../announcer.ts'
import type { Context } from '../../context.ts'
import { toFilter } from '../alert-filter.ts'
import { toRow } from '../alert-row.ts'
import { toDetail } from '../alert-view.ts'
import { assigneeOf, assigneesOf } from '../assignee.ts'
import type { Handlers } from '../call.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'
import { toSummary } from '../summary-view.ts'

export function alertHandlers(
  context: Context,
  announcer: Announcer,
): Pick<
  Handlers,
  | 'getSummary'
  | 'listAlerts'
  | 'alertFacets'
  | 'getAlert'
  | 'handleAlert'
  | 'changeAlertNote'
  | 'listAssignees'
  | 'similarAlerts'
> {
  const { alerts } = context
  return {
    async getSummary({ scope }) {
      return toSummary(context, scope)
    },
    async listAlerts({ query, scope, session }) {
      const { sort, order, cursor, limit, ...filter } = query
      const asked = toFilter(filter, session.user.name, scope)
      const page = await alerts.list({ ...asked, sort, order, cursor, limit } satisfies AlertQuery)
      return { ...page, items: page.items.map(toRow) }
    },
    async alertFacets({ query, scope, session }) {
      return alerts.facets(toFilter(query, session.user.name, scope))
    },
    async getAlert({ id, scope }) {
      return (await toDetail(context, id, scope)) ?? Refused.notFound('alert')
    },
    async handleAlert({ id, body, session, scope }) {
      const alert = await alerts.get(id)
      const assignee = assigneeOf(context, body.assignee, alert ? [alert.asset] : [])
      if (assignee instanceof Refused) return assignee
      const handled = await alerts.handle({
        ...body,
        assignee,
        alertId: id,
        actor: session.user.name,
        at: context.now(),
      })
      if (!handled.ok) return refusedHandling(handled.error)
      announcer.alertChanged(handled.alert)
      return (await toDetail(context, id, scope)) ?? Refused.notFound('alert')
    },
    async changeAlertNote({ id, body, session, scope }) {
      const changed = await alerts.changeNote({ ...body, alertId: id, actor: session.user.name, at: context.now() })
      if (!changed.ok) return refusedHandling(changed.error)
      announcer.alertChanged(changed.alert)
      return (await toDetail(context, id, scope)) ?? Refused.notFound('alert')
    },
    async listAssignees() {
      return { items: assigneesOf(context) }
    },
    async similarAlerts({ id, scope }) {
      return { items: await alerts.similar(id, scope) }
    },
  }
}

const handlingStatus = {
  'alert.not-found': 404,
  'alert.changed': 409,
  'alert.not-offered': 409,
  'alert.note-missing': 400,
  'alert.note-not-found': 409,
  'alert.note-not-yours': 403,
  'alert.assignee-missing': 400,
} as const

function refusedHandling({ conflict, ...error }: HandlingRefused): Refused {
  return new Refused(handlingStatus[error.code], {
    ...error,
    ...(conflict && { conflict: { ...conflict, at: iso(conflict.at) } }),
  })
}
