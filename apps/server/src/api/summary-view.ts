/** The six numbers of the Alerts page and the defence items. */
import type { DefenceItem as DefenceItemView, Summary } from '@rampart/api'
import { type DefenceItem, defenceItems, isItemOn } from '@rampart/policy'
import type { Context } from '../context.ts'
import type { AssetScope } from './asset-scope.ts'

/** Quarantine and brute-force defence do not exist yet: their numbers are honest zeros. */
export async function toSummary(context: Context, scope: AssetScope): Promise<Summary> {
  const numbers = await context.alerts.numbers(context.now(), scope)
  const zeros = new Array<number>(24).fill(0)
  return {
    alertingServers: numbers.alertingAssets,
    allAlerts: numbers.open,
    urgentAlerts: numbers.openUrgent,
    preciseDefense: numbers.autoBlocked,
    ipBlocking: { inForce: 0, all: 0, trend: zeros },
    quarantinedFiles: { value: 0, trend: zeros },
    defenceItems: {
      enabled: defenceItems.filter((item) => isItemOn(item, context.switches)).length,
      all: defenceItems.length,
    },
  }
}

export function toDefenceItem(context: Context, item: DefenceItem): DefenceItemView {
  const { id, type, title, description, valueAdded } = item
  const models = [...context.detector.catalogue.values()].filter(({ model }) => model.type === type).length
  return { id, type, title, description, valueAdded, enabled: isItemOn(item, context.switches), models }
}
