/** What a whitelist rule would have hidden: held against the evidence of the alerts of the last 30 days. */
import { setImmediate as pause } from 'node:timers/promises'
import type { Alert, AlertFilter, AlertStore, AssetScope } from '@rampart/alert'
import type { RefusalCode } from '@rampart/api'
import { compileWhitelistPattern, type WhitelistPattern } from '@rampart/detection'

export const previewDays = 30
const dayMs = 86_400_000
/** Alerts and events that are looked at. */
const alertsMax = 10_000
const eventsMax = 50_000
const pageSize = 200
const examplesMax = 10
/** A rule about a whole type, on all assets, that takes this much of it switches the type off. */
const broad = { alerts: 20, share: 0.9 }

export interface Preview {
  considered: number
  matched: number
  /** Open alerts that the rule takes. */
  open: { id: string; version: number }[]
  complete: boolean
  byModel: Map<string, { title: string; considered: number; matched: number }>
  examples: Alert[]
  refusal: { code: RefusalCode; message: string; condition: number | null } | null
}

export async function previewRule(
  alerts: AlertStore,
  pattern: WhitelistPattern,
  scope: AssetScope,
  now: number,
): Promise<Preview> {
  const preview: Preview = {
    considered: 0,
    matched: 0,
    open: [],
    complete: true,
    byModel: new Map(),
    examples: [],
    refusal: null,
  }
  const compiled = compileWhitelistPattern(pattern.conditions)
  if (!compiled.ok) {
    const { code, message } = compiled.refusal
    const condition = 'condition' in compiled.refusal ? compiled.refusal.condition : null
    return { ...preview, refusal: { code, message, condition } }
  }
  let events = 0
  for await (const alert of alertsOf(alerts, filterOf(pattern, scope, now - previewDays * dayMs))) {
    if (preview.considered >= alertsMax || events >= eventsMax) {
      preview.complete = false
      break
    }
    const evidence = await alerts.evidence(alert.id)
    events += evidence.length
    const { modelId, type, entity, sourceAddress } = alert
    const holds = evidence.some(({ event }) =>
      compiled.pattern.holds({
        modelId,
        type,
        entity,
        assetId: alert.asset.id,
        evidence: event,
        ...(sourceAddress !== null && { sourceAddress }),
      }),
    )
    count(preview, alert, holds)
  }
  if (takesAlmostAll(pattern, preview))
    preview.refusal = {
      code: 'whitelist.too-broad',
      message: `It would have hidden ${preview.matched} of the last ${preview.considered} alerts of this type, on every asset. Narrow it to a model, an asset or a longer value; to silence the whole type, switch its defence item off.`,
      condition: null,
    }
  return preview
}

function takesAlmostAll({ about, on }: WhitelistPattern, { considered, matched }: Preview): boolean {
  return 'type' in about && on === 'all' && considered >= broad.alerts && matched / considered >= broad.share
}

function count(preview: Preview, alert: Alert, holds: boolean): void {
  const model = preview.byModel.get(alert.modelId) ?? { title: alert.title, considered: 0, matched: 0 }
  preview.byModel.set(alert.modelId, model)
  preview.considered++
  model.considered++
  if (!holds) return
  preview.matched++
  model.matched++
  if (preview.examples.length < examplesMax) preview.examples.push(alert)
  if (alert.state === 'unhandled' || alert.state === 'handling')
    preview.open.push({ id: alert.id, version: alert.version })
}

function filterOf({ about, on }: WhitelistPattern, scope: AssetScope, from: number): AlertFilter {
  return {
    handled: 'all',
    scope,
    from,
    ...('model' in about ? { model: [about.model] } : { type: [about.type] }),
    ...(on !== 'all' && ('asset' in on ? { asset: [on.asset] } : { group: [on.group] })),
  }
}

/** Latest first, page by page, with a pause for everything else in between. */
async function* alertsOf(alerts: AlertStore, filter: AlertFilter): AsyncGenerator<Alert> {
  let cursor: string | undefined
  do {
    const page = await alerts.list({
      ...filter,
      sort: 'lastAt',
      order: 'desc',
      limit: pageSize,
      ...(cursor !== undefined && { cursor }),
    })
    yield* page.items
    cursor = page.nextCursor ?? undefined
    await pause()
  } while (cursor !== undefined)
}
