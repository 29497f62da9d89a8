/** Handlers of routes/whitelist.ts. */
import type { Asset, AssetScope, StoredWhitelistRule } from '@rampart/alert'
import type { WhitelistRule } from '@rampart/api'
import { compileWhitelistPattern, type WhitelistPattern } from '@rampart/detection'
import type { Context } from '../../context.ts'
import { previewDays, previewRule } from '../../whitelist-preview.ts'
import { toRow } from '../alert-row.ts'
import { isVisible } from '../asset-scope.ts'
import type { Handlers } from '../call.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'
import { whitelistFieldsOf } from '../whitelist-fields.ts'
import { toBatch } from './batches.ts'

export function whitelistHandlers(
  context: Context,
): Pick<
  Handlers,
  | 'listWhitelistRules'
  | 'previewWhitelistRule'
  | 'createWhitelistRule'
  | 'changeWhitelistRule'
  | 'deleteWhitelistRule'
  | 'restoreWhitelistRule'
  | 'whitelistFields'
> {
  const { alerts, whitelist, batches, now } = context
  const mayTouch = async ({ on }: Pick<WhitelistPattern, 'on'>, scope: AssetScope): Promise<boolean> => {
    if (scope === null) return true
    if (on === 'all') return false
    const group = 'group' in on ? on.group : ((await alerts.asset(on.asset))?.group ?? null)
    return isVisible(scope, { group })
  }
  const find = async (id: string, scope: AssetScope): Promise<StoredWhitelistRule | null> => {
    const rule = whitelist.get(id)
    return rule && (await mayTouch(rule, scope)) ? rule : null
  }
  const view = async (rule: StoredWhitelistRule) => toRule(context, rule, await alerts.assets())
  return {
    async listWhitelistRules({ scope }) {
      const assets = await alerts.assets()
      const items: WhitelistRule[] = []
      for (const rule of whitelist.all()) if (await mayTouch(rule, scope)) items.push(toRule(context, rule, assets))
      return { items }
    },
    async previewWhitelistRule({ body, scope }) {
      const { open, byModel, examples, ...preview } = await previewRule(alerts, body, scope, now())
      return {
        ...preview,
        days: previewDays,
        matchedOpen: open.length,
        byModel: [...byModel].map(([modelId, counts]) => ({ modelId, ...counts })),
        examples: examples.map(toRow),
      }
    },
    async createWhitelistRule({ body, scope, session }) {
      const { alsoMatching, expiresAt, ...draft } = body
      if (!(await mayTouch(body, scope))) return outsideScope()
      const alert = body.alertId === null ? null : await alerts.get(body.alertId)
      if (body.alertId !== null && !(alert && isVisible(scope, alert.asset))) return Refused.notFound('alert')
      if (expiresAt !== null && Date.parse(expiresAt) <= now())
        return new Refused(400, { code: 'whitelist.expired', message: 'The rule would expire before it begins.' })
      const preview = await previewRule(alerts, body, scope, now())
      if (preview.refusal) return new Refused(400, preview.refusal)
      const rule = whitelist.add(
        { ...draft, expiresAt: expiresAt === null ? null : Date.parse(expiresAt) },
        session.user.name,
        now(),
      )
      const taken = new Map<string, { id: string; version: number }>()
      if (alert) taken.set(alert.id, { id: alert.id, version: alert.version })
      if (alsoMatching) for (const one of preview.open) taken.set(one.id, one)
      const request = { actor: session.user.name, operation: 'add to whitelist', note: body.reason } as const
      const batch = taken.size > 0 ? batches.start({ ...request, assignee: null }, [...taken.values()]) : null
      return { rule: await view(rule), batch: batch && toBatch(batch) }
    },
    async changeWhitelistRule({ id, body, scope, session }) {
      const before = await find(id, scope)
      if (!before) return Refused.notFound('whitelist rule')
      const { expiresAt, ...change } = body
      if (!(await mayTouch({ ...before, ...body }, scope))) return outsideScope()
      if (body.conditions) {
        const compiled = compileWhitelistPattern(body.conditions)
        if (!compiled.ok) return new Refused(400, compiled.refusal)
        const { refusal } = await previewRule(alerts, { ...before, ...change } as WhitelistPattern, scope, now())
        if (refusal) return new Refused(400, refusal)
      }
      const expiry = expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : Date.parse(expiresAt) }
      const rule = whitelist.change(id, { ...change, ...expiry }, session.user.name, now())
      return rule ? view(rule) : Refused.notFound('whitelist rule')
    },
    async deleteWhitelistRule({ id, scope }) {
      if (!(await find(id, scope)) || !whitelist.delete(id, now())) return Refused.notFound('whitelist rule')
      return { ok: true }
    },
    async restoreWhitelistRule({ id, scope }) {
      const before = whitelist.evenDeleted(id)
      if (!before || !(await mayTouch(before, scope))) return Refused.notFound('whitelist rule')
      return view(whitelist.restore(id) ?? before)
    },
    async whitelistFields({ id }) {
      const alert = await alerts.get(id)
      if (!alert) return Refused.notFound('alert')
      const evidence = await alerts.evidence(id)
      return {
        items: whitelistFieldsOf(
          alert,
          evidence.map((one) => one.event),
        ),
      }
    },
  }
}

function outsideScope(): Refused {
  return new Refused(403, {
    code: 'session.not-allowed',
    message: 'You see some asset groups only: make the rule for one of them, or for one of their assets.',
  })
}

function toRule({ detector, now }: Context, rule: StoredWhitelistRule, assets: readonly Asset[]): WhitelistRule {
  const { about, on, expiresAt, changedAt, lastHitAt } = rule
  const expired = expiresAt !== null && expiresAt <= now()
  return {
    id: rule.id,
    conditions: rule.conditions.map((condition) => ({ ...condition })),
    about,
    on,
    aboutTitle: 'type' in about ? about.type : (detector.catalogue.get(about.model)?.model.title ?? about.model),
    onName:
      on === 'all'
        ? null
        : 'group' in on
          ? on.group
          : (assets.find((asset) => asset.id === on.asset)?.name ?? on.asset),
    reason: rule.reason,
    alertId: rule.alertId,
    madeBy: rule.madeBy,
    madeAt: iso(rule.madeAt),
    changedBy: rule.changedBy,
    changedAt: changedAt === null ? null : iso(changedAt),
    expiresAt: expiresAt === null ? null : iso(expiresAt),
    state: !rule.enabled ? 'disabled' : expired ? 'expired' : 'in force',
    hits: rule.hits,
    lastHitAt: lastHitAt === null ? null : iso(lastHitAt),
  }
}
