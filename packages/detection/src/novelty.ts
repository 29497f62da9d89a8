/** First-seen values: remembers the values of each group and tells which one is new after the group has learned. */
import type { NoveltyParameters } from './model.ts'

/** Bounds per model. Beyond them the group longest unseen is forgotten, and a full group reports nothing more. */
export const noveltyLimits = { groups: 20_000, valuesPerGroup: 2_000 } as const

interface Group {
  firstAt: number
  events: number
  values: Set<string>
}

/** Saved form: `[group key, firstAt, events, values]`. */
export type NoveltyState = [string, number, number, string[]][]

export interface Novelty {
  /** Takes one value and says whether it is new in a group that has finished learning. */
  observe(group: string, value: string, at: number): boolean
  save(): NoveltyState
  restore(state: NoveltyState): void
  readonly stats: { groups: number; forgottenGroups: number; fullGroups: number }
}

/** A value longer than this is cut before it is compared, so that state stays bounded in bytes. */
const maxValueLength = 512

export function createNovelty(parameters: NoveltyParameters): Novelty {
  const groups = new Map<string, Group>()
  const stats = { groups: 0, forgottenGroups: 0, fullGroups: 0 }

  return {
    stats,
    observe(key, text, at) {
      const value = text.slice(0, maxValueLength)
      let group = groups.get(key)
      if (!group) {
        group = { firstAt: at, events: 0, values: new Set() }
        if (groups.size >= noveltyLimits.groups) {
          const oldest = groups.keys().next().value
          if (oldest !== undefined) groups.delete(oldest)
          stats.forgottenGroups++
        }
      } else groups.delete(key)
      // Re-inserting keeps the map in order of last use: the first key is the one longest unseen.
      groups.set(key, group)
      stats.groups = groups.size
      group.events++
      group.firstAt = Math.min(group.firstAt, at)
      if (group.values.has(value)) return false
      if (group.values.size >= noveltyLimits.valuesPerGroup) {
        stats.fullGroups++
        return false
      }
      group.values.add(value)
      return group.events > parameters.learnEvents && at - group.firstAt >= parameters.learnMs
    },
    save: () => [...groups].map(([key, group]) => [key, group.firstAt, group.events, [...group.values]]),
    restore(state) {
      groups.clear()
      for (const [key, firstAt, events, values] of state.slice(-noveltyLimits.groups))
        groups.set(key, { firstAt, events, values: new Set(values.slice(0, noveltyLimits.valuesPerGroup)) })
      stats.groups = groups.size
    },
  }
}
