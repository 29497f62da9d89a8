/** Quarantined files, IP rules and offers → as the API gives them. */
import type { Alert, Asset } from '@rampart/alert'
import type { QuarantinedFile as FileView, IpRule as IpRuleView, ResponseOffers } from '@rampart/api'
import type { Context } from '../context.ts'
import type { IpRule } from '../response/ip-rule-store.ts'
import type { QuarantinedFile } from '../response/quarantine.ts'
import { type AssetScope, isVisible } from './asset-scope.ts'
import { toOperationView } from './operation-view.ts'
import { iso } from './process-chain.ts'
import { Refused } from './refused.ts'

type Assets = ReadonlyMap<string, Asset>

const nameOf = (assets: Assets, id: string) => ({ id, name: assets.get(id)?.name ?? id })
const instant = (at: number | null) => (at === null ? null : iso(at))
export const maySee = (scope: AssetScope, assets: Assets, id: string) =>
  isVisible(scope, assets.get(id) ?? { group: null })

const operationsMax = 50

export async function toOffers(
  context: Context,
  alert: Alert,
  assets: Assets,
  scope: AssetScope,
): Promise<ResponseOffers> {
  const { ipRules } = context.response
  const { offers, targets } = await context.response.offers.ofAlert(alert)
  const { items } = context.tasks.store.operations({ alertId: alert.id, limit: operationsMax })
  return {
    offers,
    processes: targets.processes.map((one) => ({ ...one, startedAt: instant(one.startedAt) })),
    files: targets.files,
    addresses: targets.addresses.map((one) => ({ ...one, barred: ipRules.spare(one.address) })),
    operations: items.map((one) => toOperationView(context, one, assets, scope)).filter((one) => one !== null),
  }
}

export function toFileView(context: Context, file: QuarantinedFile, assets: Assets): FileView {
  const { entry, assetId, operationId: _, changedAt: _changed, createdAt, keptUntil, ...plain } = file
  return {
    ...plain,
    id: entry,
    asset: nameOf(assets, assetId),
    createdAt: iso(createdAt),
    keptUntil: instant(keptUntil),
    download: context.response.downloads.state(entry),
  }
}

/** Null when the caller may see none of the assets that it is for. `beside`: prepared by whoever makes many. */
export function toRuleView(
  context: Context,
  rule: IpRule,
  assets: Assets,
  scope: AssetScope,
  beside = context.response.ipRules.besides(),
): IpRuleView | null {
  const visible = (id: string) => maySee(scope, assets, id)
  const named = rule.assets?.filter(visible) ?? null
  if (named !== null && named.length === 0) return null
  const now = context.now()
  return {
    id: rule.id,
    kind: rule.kind,
    address: rule.address,
    direction: rule.direction,
    assets: named?.map((id) => nameOf(assets, id)) ?? null,
    reason: rule.reason,
    alertId: rule.alertId,
    actor: rule.actor,
    enabled: rule.enabled,
    inForce: isInForce(rule, now),
    createdAt: iso(rule.createdAt),
    expiresAt: instant(rule.expiresAt),
    beside: beside(rule)
      .filter((one) => one.assets === null || one.assets.some(visible))
      .map(({ id, address, actor, expiresAt }) => ({ id, address, actor, expiresAt: instant(expiresAt) })),
    states: context.response.ipRules.store
      .assetStates(rule.id)
      .filter(({ assetId }) => visible(assetId))
      .map(({ assetId, state, message }) => ({ asset: nameOf(assets, assetId), state, message })),
  }
}

export const everyAsset = () =>
  new Refused(403, {
    code: 'session.not-allowed',
    message: 'Only somebody who sees every asset may decide for all of them.',
  })

/** Why a caller may not decide about a rule: it concerns assets that the caller may not see. Null when all is visible. */
export function partlyHidden(context: Context, ruleId: string, assets: Assets, scope: AssetScope): Refused | null {
  const rule = context.response.ipRules.store.rule(ruleId)
  if (rule === null) return Refused.notFound('rule')
  if (scope === null) return null
  if (rule.assets === null) return everyAsset()
  return rule.assets.every((one) => maySee(scope, assets, one)) ? null : Refused.notFound('rule')
}

export const isInForce = (rule: IpRule, now: number) =>
  rule.enabled && (rule.expiresAt === null || rule.expiresAt > now)
