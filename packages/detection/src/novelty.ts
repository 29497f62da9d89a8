/** First-seen values: remembers the values of each group and tells which one is new after the group has learned. */
import { sha256 } from '@rampart/sigma'
import type { NoveltyParameters } from './model.ts'

/** Bounds per model. Beyond them the group longest unseen is forgotten, and a full group reports nothing more. */
export const noveltyLimits = { groups: 20_000, valuesPerGroup: 2_000, values: 200_000 } as const

interface Group {
  firstAt: number
  events: number
  values: Set<string>
}

/** Saved form: `[group key, firstAt, events, values]`, the group longest unseen first. */
export type NoveltyState = [string, number, number, string[]][]

export interface NoveltyStats {
  groups: number
  values: number
  /** Groups forgotten for lack of room. */
  forgottenGroups: number
  /** Values that found their group full and were not judged. */
  unjudged: number
}

export interface Novelty {
  /** Takes one value and says whether it is new in a group that has finished learning. */
  observe(group: string, value: string, at: number): boolean
  save(): NoveltyState
  restore(state: NoveltyState): void
  readonly stats: NoveltyStats
}

/** Longer keys and values are kept as their digest, so that state is bounded in bytes whatever an attacker sends. */
const maxKeptLength = 64
const kept = (text: string) => (text.length > maxKeptLength ? sha256(text) : text)

export function createNovelty(
  parameters: NoveltyParameters,
  limits: { groups: number; valuesPerGroup: number; values: number } = noveltyLimits,
): Novelty {
  // In order of last use: the first group is the one longest unseen.
  const groups = new Map<string, Group>()
  const stats: NoveltyStats = { groups: 0, values: 0, forgottenGroups: 0, unjudged: 0 }

  function makeRoom(): void {
    while (groups.size > 1 && (groups.size > limits.groups || stats.values > limits.values)) {
      const [oldest] = groups
      if (!oldest) return
      groups.delete(oldest[0])
      stats.values -= oldest[1].values.size
      stats.forgottenGroups++
    }
    stats.groups = groups.size
  }

  return {
    stats,
    observe(name, text, at) {
      const key = kept(name)
      const value = kept(text)
      const group = groups.get(key) ?? { firstAt: at, events: 0, values: new Set<string>() }
      groups.delete(key)
      groups.set(key, group)
      group.events++
      group.firstAt = Math.min(group.firstAt, at)
      if (group.values.has(value)) return false
      if (group.values.size >= limits.valuesPerGroup) {
        stats.unjudged++
        return false
      }
      group.values.add(value)
      stats.values++
      makeRoom()
      return group.events > parameters.learnEvents && at - group.firstAt >= parameters.learnMs
    },
    save: () => [...groups].map(([key, group]) => [key, group.firstAt, group.events, [...group.values]]),
    restore(state) {
      groups.clear()
      stats.values = 0
      for (const [key, firstAt, events, list] of state) {
        const values = new Set(list.slice(0, limits.valuesPerGroup))
        groups.set(key, { firstAt, events, values })
        stats.values += values.size
      }
      makeRoom()
    },
  }
}
