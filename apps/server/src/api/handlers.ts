/** One handler for each route of the table; a route without one does not compile. */
import type { AlertFilter, AlertQuery } from '@rampart/alert'
import type { RouteAnswer, RouteName, routes } from '@rampart/api'
import { defenceItems } from '@rampart/policy'
import type { z } from 'zod'
import type { Announcer } from '../announcer.ts'
import type { Context } from '../context.ts'
import { toDetail, toRow } from './alert-view.ts'
import { listBanners, toAssetDetail, toAssetRow } from './asset-view.ts'
import { toModelDetail, toModelList } from './model-view.ts'
import { iso } from './process-chain.ts'
import { Refused } from './refused.ts'
import type { SignedIn } from './sessions.ts'
import { toDefenceItem, toSummary } from './summary-view.ts'

type Table = typeof routes
type Query<Name extends RouteName> = Table[Name] extends { query: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined
type Body<Name extends RouteName> = Table[Name] extends { body: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined

export interface Call<Name extends RouteName> {
  query: Query<Name>
  body: Body<Name>
  /** The `:id` of the path, or empty. */
  id: string
  address: string
  /** Host name under which the browser reached the console. */
  host: string
  /** Who calls. Public routes have nobody. */
  session: Table[Name]['role'] extends 'public' ? SignedIn | null : SignedIn
  /** Sets the session cookie, or removes it with null. */
  setToken: (token: string | null) => void
}

export type Handlers = { [Name in RouteName]: (call: Call<Name>) => Promise<RouteAnswer<Name> | Refused> }

const done = { ok: true } as const

export function createHandlers(context: Context, announcer: Announcer): Handlers {
  const { alerts, sessions, switches, version } = context
  const view = ({ user, csrfToken }: SignedIn) => ({
    user: { name: user.name, role: user.role },
    mustChangePassword: user.mustChange,
    csrfToken,
    version,
  })
  return {
    async signIn({ body, address, setToken }) {
      const result = await sessions.signIn(body.username, body.password, address)
      if (!result.ok) return new Refused(result.error.code === 'session.too-many-tries' ? 429 : 401, result.error)
      setToken(result.value.token)
      return view(result.value.session)
    },
    async getSession({ session }) {
      return view(session)
    },
    async signOut({ session, setToken }) {
      sessions.end(session)
      context.stream.checkSessions()
      setToken(null)
      return done
    },
    async changePassword({ session, body, address, setToken }) {
      const result = await sessions.changePassword(session, body.current, body.next, address)
      if (!result.ok) return new Refused(result.error.code === 'session.too-many-tries' ? 429 : 400, result.error)
      context.stream.checkSessions()
      setToken(result.value.token)
      return view(result.value.session)
    },

    async getSummary() {
      return toSummary(context)
    },
    async listAlerts({ query }) {
      const { sort, order, cursor, limit, ...filter } = query
      const page = await alerts.list({ ...toFilter(filter), sort, order, cursor, limit } satisfies AlertQuery)
      return { ...page, items: page.items.map(toRow) }
    },
    async alertFacets({ query }) {
      return alerts.facets(toFilter(query))
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

    async listAssets({ query }) {
      const counts = await alerts.countsByAsset()
      const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
      const rows = (await alerts.assets())
        .map((asset) =>
          toAssetRow(asset, context.presence.agent(asset.id), context.presence.sensors(asset.id), counts.get(asset.id)),
        )
        .filter((row) => query.alerting === undefined || (query.alerting === 'yes') === counts.has(row.id))
        .filter((row) => query.state === undefined || row.agent.state === query.state)
        .filter((row) => {
          const text = [row.name, row.id, row.group ?? '', ...row.addresses, ...row.tags].join('\n').toLowerCase()
          return words.every((word) => text.includes(word))
        })
      const start = query.cursor === undefined ? 0 : rows.findIndex((row) => row.id === query.cursor) + 1
      const items = rows.slice(start, start + query.limit)
      const more = start + query.limit < rows.length
      return { items, nextCursor: more ? (items.at(-1)?.id ?? null) : null, total: rows.length }
    },
    async getAsset({ id }) {
      return (await toAssetDetail(context, id)) ?? Refused.notFound('asset')
    },
    async listBanners() {
      return { items: await listBanners(context) }
    },
    async createEnrolmentToken({ body, session, host }) {
      const { token, expiresAt } = context.createToken({ ...body, by: session.user.name, host })
      return {
        token,
        expiresAt: iso(expiresAt),
        uses: body.uses,
        // Not as an argument: every user of that server could read it in the list of processes.
        command: `RAMPART_ENROLMENT_TOKEN=${token} ./rampart agent run`,
      }
    },

    async listModels() {
      return toModelList(context)
    },
    async getModel({ id }) {
      return (await toModelDetail(context, id)) ?? Refused.notFound('model')
    },
    async switchModel({ id, body }) {
      if (!context.detector.catalogue.has(id)) return Refused.notFound('model')
      switches.switchModel(id, body.enabled)
      return (await toModelDetail(context, id)) ?? Refused.notFound('model')
    },
    async listDefenceItems() {
      return { items: defenceItems.map((item) => toDefenceItem(context, item)) }
    },
    async switchDefenceItem({ id, body }) {
      const item = defenceItems.find((one) => one.id === id)
      if (!item) return Refused.notFound('defence item')
      switches.switchItem(id, body.enabled)
      announcer.countsChanged()
      return toDefenceItem(context, item)
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
