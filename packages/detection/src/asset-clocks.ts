/**
 * The newest event time of each asset. Assets deliver on their own: one that was cut off sends an hour of events later, and a
 * replay reads one file after the other. Windows must judge such events by the asset's own time, not by that of the others.
 */

const maxAssets = 200_000
/** An asset's events may come this much out of order and still be seen in windows with those before and after. */
const latenessMs = 60_000

export interface AssetClocks {
  /** Newest time of the asset before this event; the event's own time when it comes from further back than the allowance. */
  before(assetId: string, at: number): number
  save(): [string, number][]
  restore(saved: readonly [string, number][]): void
}

export function createAssetClocks(): AssetClocks {
  const newest = new Map<string, number>()
  return {
    before(assetId, at) {
      const known = newest.get(assetId)
      if (known === undefined || at > known) {
        if (known === undefined && newest.size >= maxAssets) {
          const first = newest.keys().next().value
          if (first !== undefined) newest.delete(first)
        }
        newest.set(assetId, at)
        return known ?? at
      }
      return at < known - latenessMs ? at : known
    },
    save: () => [...newest],
    restore(saved) {
      newest.clear()
      for (const [assetId, at] of saved.slice(-maxAssets)) newest.set(assetId, at)
    },
  }
}
