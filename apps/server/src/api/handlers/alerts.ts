/** Handlers of routes/alerts.ts. */
import type { AlertFilter, AlertQuery } from '@rampart/alert'
import type { Announcer } from '../../announcer.ts'
import type { Context } from '../../context.ts'
import { toDetail, toRow } from '../alert-view.ts'
import type { Handlers, Query } from '../call.ts'
import { Refused } from '../refused.ts'
import { toSummary } from '../summary-view.ts'

export function alertHandlers(
  context: Context,
  announcer: Announcer,
): Pick<Handlers, 'getSummary' | 'listAlerts' | 'alertFacets' | 'getAlert' | 'handleAlert'> {
  const { alerts } = context
  return {
    async getSummary({ scope }) {
      return toSummary(context, scope)
    },
    async listAlerts({ query, scope }) {
      const { sort, order, cursor, limit, ...filter } = query
      const page = await alerts.list({ ...toFilter(filter), scope, sort, order, cursor, limit } satisfies AlertQuery)
      return { ...page, items: page.items.map(toRow) }
    },
    async alertFacets({ query, scope }) {
      return alerts.facets({ ...toFilter(query), scope })
    },
    async getAlert({ id }) {
      return (await toDetail(context, id)) ?? Refused.notFound('alert')
    },
    async handleAlert({ id, body, session }) {
      const handled = await alerts.handle({ ...body, alertId: id, actor: session.user.name, at: context.now() })
      if (!handled.ok) return new Refused(handlingStatus[handled.error.code], handled.error)
      announcer.alertChanged(handled.alert)
      return (await toDetail(context, id)) ?? Refused.notFound('alert')
    },
  }
}

const handlingStatus = {
  'alert.not-found': 404,
  'alert.changed': 409,
  'alert.not-offered': 409,
  'alert.note-missing': 400,
  'alert.assignee-missing': 400,
} as const

function toFilter({ from, to, ...filter }: Query<'alertFacets'>): AlertFilter {
  return {
    ...filter,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  }
}
