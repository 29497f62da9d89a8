/** Which lane has the events of an asset: always the same one, as long as the number of lanes is. */
export function laneOf(assetId: string, lanes: number): number {
  if (lanes <= 1) return 0
  let hash = 0x811c9dc5
  for (let index = 0; index < assetId.length; index++) hash = Math.imul(hash ^ assetId.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % lanes
}
