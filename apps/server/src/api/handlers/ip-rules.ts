/** Handlers of routes/responses.ts: the IP Policy Library and brute-force defence. */
import { bruteForceChoices, overlaps, parseRange } from '@rampart/policy'
import type { Announcer } from '../../announcer.ts'
import type { Context } from '../../context.ts'
import type { AssetScope } from '../asset-scope.ts'
import type { Handlers } from '../call.ts'
import { visibleIncident } from '../incident-view.ts'
import { assetsById } from '../operation-view.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'
import { everyAsset, maySee, partlyHidden, toRuleView } from '../response-view.ts'
import { refusedResponse } from './responses.ts'

type Names =
  | 'listIpRules'
  | 'createIpRule'
  | 'switchIpRule'
  | 'deleteIpRule'
  | 'listApprovedAddresses'
  | 'approveAddress'
  | 'disapproveAddress'
  | 'getBruteForceRules'
  | 'setBruteForceRule'

export function ipRuleHandlers(context: Context, announcer: Announcer): Pick<Handlers, Names> {
  const incidentChanged = (id: string) => announcer.incidentsChanged([id])
  const { now, agentPolicies } = context
  const { ipRules, bruteForce } = context.response
  const { store } = ipRules

  async function ruleView(id: string, scope: AssetScope) {
    const rule = store.rule(id)
    return (rule && toRuleView(context, rule, await assetsById(context), scope)) ?? Refused.notFound('rule')
  }

  const tellAgents = () => agentPolicies.changed(context.presence.all().map(({ assetId }) => assetId))

  async function bruteForceView(scope: AssetScope) {
    const assets = await assetsById(context)
    const rules = store.bruteForceRules()
    return {
      default: bruteForce.ruleOf(''),
      assets: [...rules]
        .filter(([id]) => id !== '' && maySee(scope, assets, id))
        .map(([id, rule]) => ({ asset: { id, name: assets.get(id)?.name ?? id }, rule })),
    }
  }

  return {
    async listIpRules({ query, scope }) {
      const assets = await assetsById(context)
      const range = query.address === undefined ? undefined : parseRange(query.address)
      if (query.address !== undefined && range === undefined) return { items: [] }
      const beside = ipRules.besides()
      const items = store
        .rules()
        .filter((rule) => {
          const blocked = range && parseRange(rule.address)
          return range === undefined || (blocked !== undefined && overlaps(range, blocked))
        })
        .map((rule) => toRuleView(context, rule, assets, scope, beside))
        .filter((rule) => rule !== null)
        .filter(({ inForce }) => query.inForce === undefined || inForce === (query.inForce === 'yes'))
        .filter(({ kind }) => query.kind === undefined || kind === query.kind)
      return { items }
    },
    async createIpRule({ body, session, scope }) {
      if (body.assets === null && scope !== null) return everyAsset()
      const assets = await assetsById(context)
      if (body.assets?.some((id) => !assets.has(id) || !maySee(scope, assets, id))) return Refused.notFound('asset')
      const { minutes, incident, ifBlocked, ...rule } = body
      if (incident !== undefined && !(await visibleIncident(context, incident, scope)))
        return Refused.notFound('incident')
      const expiresAt = minutes === null ? null : now() + minutes * 60_000
      const there = ifBlocked === 'extend' ? ipRules.covering(rule) : null
      // An extension is for all assets of the rule.
      const barred = there && partlyHidden(context, there.id, assets, scope)
      if (barred) return barred
      const added = await ipRules.add({ ...rule, actor: session.user.name, expiresAt }, { ifBlocked })
      if (!added.ok) return refusedResponse(added.error)
      if (incident !== undefined) {
        const { title, note } = added.value.operation
        const told = [title, note].filter(Boolean).join(' ')
        await context.incidents.note(incident, {
          at: now(),
          actor: session.user.name,
          operation: 'block IP',
          note: told,
        })
        incidentChanged(incident)
      }
      return ruleView(added.value.rule.id, scope)
    },
    async switchIpRule({ id, body, session, scope }) {
      const barred = partlyHidden(context, id, await assetsById(context), scope)
      if (barred) return barred
      const switched = await ipRules.switch(id, body.enabled, session.user.name)
      return switched.ok ? ruleView(id, scope) : refusedResponse(switched.error)
    },
    async deleteIpRule({ id, session, scope }) {
      const barred = partlyHidden(context, id, await assetsById(context), scope)
      if (barred) return barred
      const removed = await ipRules.remove(id, session.user.name)
      return removed.ok ? { ok: true as const } : refusedResponse(removed.error)
    },
    async listApprovedAddresses() {
      return { items: store.approved().map((one) => ({ ...one, createdAt: iso(one.createdAt) })) }
    },
    async approveAddress({ body, session }) {
      const range = parseRange(body.address)
      if (range === undefined)
        return new Refused(400, {
          code: 'address.invalid',
          message: `"${body.address}" is no IP address and no range (CIDR).`,
        })
      const approved = { address: range.text, note: body.note, actor: session.user.name, createdAt: now() }
      store.approve(approved)
      tellAgents()
      // Rules that block it are of no more use.
      for (const rule of store.inForce(now())) {
        const blocked = parseRange(rule.address)
        if (blocked !== undefined && overlaps(range, blocked)) await ipRules.switch(rule.id, false, session.user.name)
      }
      return { ...approved, createdAt: iso(approved.createdAt) }
    },
    async disapproveAddress({ id }) {
      if (!store.disapprove(id)) return Refused.notFound('address')
      tellAgents()
      return { ok: true as const }
    },
    async getBruteForceRules({ scope }) {
      return bruteForceView(scope)
    },
    async setBruteForceRule({ body: { asset, rule }, session, scope }) {
      if (asset === null && (scope !== null || rule === null)) return everyAsset()
      if (asset !== null) {
        const assets = await assetsById(context)
        if (!assets.has(asset) || !maySee(scope, assets, asset)) return Refused.notFound('asset')
      }
      const { windowMs, failures, banMs } = bruteForceChoices
      const allowed = (list: readonly (number | null)[], value: number | null) => list.includes(value)
      if (rule && !(allowed(windowMs, rule.windowMs) && allowed(failures, rule.failures) && allowed(banMs, rule.banMs)))
        return new Refused(400, {
          code: 'brute-force.invalid-choice',
          message: 'One of the values is not among those to choose from.',
        })
      store.setBruteForceRule(asset ?? '', rule, session.user.name, now())
      bruteForce.rulesChanged()
      return bruteForceView(scope)
    },
  }
}
