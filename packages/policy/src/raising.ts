/** Which findings become alerts: what people switched off raises nothing. */
import type { AlertType } from '@rampart/event'
import { type DefenceItem, defenceItems } from './defence-items.ts'

/** What was decided; what is missing stands as it is by default (models: on). */
export interface Switches {
  /** By defence item id. */
  items: ReadonlyMap<string, boolean>
  /** By model id. */
  models: ReadonlyMap<string, boolean>
}

const itemOfType = new Map<AlertType, DefenceItem>(defenceItems.map((item) => [item.type, item]))

export function isItemOn(item: DefenceItem, switches: Switches): boolean {
  return switches.items.get(item.id) ?? item.onByDefault
}

export function isModelOn(modelId: string, switches: Switches): boolean {
  return switches.models.get(modelId) ?? true
}

/** True when a finding of this model and type becomes an alert. */
export function raises(finding: { modelId: string; type: AlertType }, switches: Switches): boolean {
  const item = itemOfType.get(finding.type)
  return isModelOn(finding.modelId, switches) && (item === undefined || isItemOn(item, switches))
}
