/** What is open on the page of a server, as it stands in its address. */
import { type InventoryTab, type InventoryView, inventoryTabs } from '../../parts/inventory/views.ts'

export type AssetTab = 'overview' | InventoryTab | 'changes'

export const assetTabs: readonly AssetTab[] = ['overview', ...(Object.keys(inventoryTabs) as InventoryTab[]), 'changes']

export interface AssetTabSearch {
  tab?: AssetTab
  view?: InventoryView
  q?: string
  sort?: 'since' | 'changed'
  order?: 'desc'
  operation?: 'added' | 'changed' | 'removed'
}

const views: readonly InventoryView[] = Object.values(inventoryTabs).flat()

export function readAssetTab(search: Record<string, unknown>): AssetTabSearch {
  const read: AssetTabSearch = {}
  const tab = assetTabs.find((name) => name === search.tab)
  if (tab && tab !== 'overview') read.tab = tab
  const view = views.find((name) => name === search.view)
  if (view) read.view = view
  if (typeof search.q === 'string' && search.q) read.q = search.q.slice(0, 256)
  if (search.sort === 'since' || search.sort === 'changed') read.sort = search.sort
  if (search.order === 'desc') read.order = 'desc'
  const operation = (['added', 'changed', 'removed'] as const).find((name) => name === search.operation)
  if (operation) read.operation = operation
  return read
}
