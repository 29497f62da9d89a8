/** Which assets a caller may see. */

/** Null sees every asset; otherwise only assets of these groups. */
export type AssetScope = { groups: readonly string[] } | null

export function isVisible(scope: AssetScope, asset: { group: string | null }): boolean {
  return scope === null || (asset.group !== null && scope.groups.includes(asset.group))
}
