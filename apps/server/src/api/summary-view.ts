/** The six numbers of the Alerts page and the defence items. */
import type { DefenceItem as DefenceItemView, Summary } from '@rampart/api'
import { type DefenceItem, defenceItems, editionOfType, isItemOn } from '@rampart/policy'
import type { Context } from '../context.ts'
import { type AssetScope, isVisible } from './asset-scope.ts'
import { assetsById } from './operation-view.ts'
import { isInForce, maySee } from './response-view.ts'

export async function toSummary(context: Context, scope: AssetScope): Promise<Summary> {
  const numbers = await context.alerts.numbers(context.now(), scope)
  const assets = await assetsById(context)
  const now = context.now()
  const { quarantine, ipRules } = context.response
  const visible = (id: string) => maySee(scope, assets, id)
  // Rules made by brute-force defence; those that people made stand in the library too, but are not counted here.
  const made = ipRules.store
    .rules()
    .filter(({ kind, assets: list }) => kind === 'system' && (list === null || list.some(visible)))
  const kept = [...quarantine.countsByAsset()].filter(([id]) => visible(id))
  const arrivals = quarantine.arrivals(now - 24 * hourMs).filter(({ assetId }) => visible(assetId))
  return {
    alertingServers: numbers.alertingAssets,
    allAlerts: numbers.open,
    urgentAlerts: numbers.openUrgent,
    preciseDefense: numbers.autoBlocked,
    ipBlocking: {
      inForce: made.filter((rule) => isInForce(rule, now)).length,
      all: made.length,
      trend: hourly(
        made.map(({ createdAt }) => createdAt),
        now,
      ),
    },
    quarantinedFiles: {
      value: kept.reduce((sum, [, count]) => sum + count, 0),
      trend: hourly(
        arrivals.map(({ at }) => at),
        now,
      ),
    },
    defenceItems: {
      enabled: defenceItems.filter((item) => isItemOn(item, context.switches)).length,
      all: defenceItems.length,
    },
  }
}

const hourMs = 3_600_000

/** How many fall into each of the last 24 hours, oldest first. */
function hourly(times: readonly number[], now: number): number[] {
  const hours = new Array<number>(24).fill(0)
  for (const at of times) {
    const hour = 23 - Math.floor((now - at) / hourMs)
    if (hour >= 0 && hour < 24) hours[hour] = (hours[hour] ?? 0) + 1
  }
  return hours
}

/** Of the assets that it is for only those that the caller may see. */
export async function toDefenceItem(context: Context, item: DefenceItem, seen: AssetScope): Promise<DefenceItemView> {
  const { id, type, title, description, valueAdded } = item
  const models = [...context.detector.catalogue.values()].filter(({ model }) => model.type === type).length
  const scope = context.switches.scopes.get(id)
  const assets = await assetsById(context)
  return {
    id,
    type,
    title,
    description,
    valueAdded,
    enabled: isItemOn(item, context.switches),
    edition: editionOfType[type],
    scope: scope
      ? {
          groups: scope.groups.filter((group) => isVisible(seen, { group })),
          assets: scope.assets.filter((asset) => maySee(seen, assets, asset)),
        }
      : null,
    models,
  }
}
