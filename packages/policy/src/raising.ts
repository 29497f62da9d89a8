/** Which findings become alerts: what people switched off, left out or did not book for an asset raises nothing. */
import type { AlertType, Edition, Level } from '@rampart/event'
import { type DefenceItem, defenceItems } from './defence-items.ts'
import { leastEdition, reaches } from './editions.ts'

/** The assets of an item: those of any of the groups, and those named. */
export interface ItemScope {
  groups: readonly string[]
  assets: readonly string[]
}

/** What was decided; what is missing stands as it is by default (models: on, scope: every asset). */
export interface Switches {
  /** By defence item id. */
  items: ReadonlyMap<string, boolean>
  /** By defence item id. */
  scopes: ReadonlyMap<string, ItemScope>
  /** By model id. */
  models: ReadonlyMap<string, boolean>
}

/** What decisions depend on of an asset. */
export interface DecidedAsset {
  id: string
  group: string | null
  edition: Edition
}

const itemOfType = new Map<AlertType, DefenceItem>(defenceItems.map((item) => [item.type, item]))

/** True when the item is on anywhere. */
export function isItemOn(item: Pick<DefenceItem, 'id' | 'onByDefault'>, switches: Pick<Switches, 'items'>): boolean {
  return switches.items.get(item.id) ?? item.onByDefault
}

/** True when the item protects this asset. */
export function protects(
  item: Pick<DefenceItem, 'id' | 'onByDefault'>,
  asset: Pick<DecidedAsset, 'id' | 'group'>,
  switches: Pick<Switches, 'items' | 'scopes'>,
): boolean {
  if (!isItemOn(item, switches)) return false
  const scope = switches.scopes.get(item.id)
  return (
    scope === undefined ||
    scope.assets.includes(asset.id) ||
    (asset.group !== null && scope.groups.includes(asset.group))
  )
}

export function isModelOn(modelId: string, switches: Pick<Switches, 'models'>): boolean {
  return switches.models.get(modelId) ?? true
}

/** True when a finding of this model and type becomes an alert of this asset. */
export function raises(
  finding: { modelId: string; type: AlertType; level: Level; edition?: Edition },
  asset: DecidedAsset,
  switches: Switches,
): boolean {
  const item = itemOfType.get(finding.type)
  return (
    isModelOn(finding.modelId, switches) &&
    (item === undefined || protects(item, asset, switches)) &&
    reaches(asset.edition, leastEdition(finding))
  )
}
