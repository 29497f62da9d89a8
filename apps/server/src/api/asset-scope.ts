/** Which assets a caller may see. */
import type { AssetScope } from '@rampart/alert'

export type { AssetScope } from '@rampart/alert'

export function isVisible(scope: AssetScope, asset: { group: string | null }): boolean {
  return scope === null || (asset.group !== null && scope.groups.includes(asset.group))
}

/** A text that is equal for scopes that see the same. */
export function scopeKey(scope: AssetScope): string {
  return scope === null ? '' : JSON.stringify([...scope.groups].sort())
}
