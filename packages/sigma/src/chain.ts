// temporal_ordered: how far the rules of a correlation were matched one after another.
import type { WindowEntry } from './event-slab.ts'

/** The part of a chain that ends at one rule: the latest beginning there is. */
export interface Chain {
  startAt: number
  entry: WindowEntry
  before: Chain | undefined
}

/** The chains after one more event; an event is one step only. */
export function extendChains(chains: readonly (Chain | undefined)[], entry: WindowEntry): (Chain | undefined)[] {
  const extended = [...chains]
  for (const position of entry.positions) {
    const before = position === 0 ? undefined : chains[position - 1]
    if (position > 0 && !before) continue
    const startAt = before ? before.startAt : entry.at
    const known = extended[position]
    if (!known || startAt >= known.startAt) extended[position] = { startAt, entry, before }
  }
  return extended
}
