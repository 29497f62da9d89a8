// The events of one group of a correlation in time order, and whether a span of them fulfils the correlation.
import { comparisonsHold } from './correlation-plan.ts'
import type { Correlation } from './document.ts'

/** One event in a group. `positions` says which of the correlation's rules it matched. */
export interface WindowEntry {
  at: number
  id: string
  positions: readonly number[]
  value: string | undefined
}

export interface GroupWindow {
  key: string
  group: readonly (string | null)[]
  /** By time; events of the same time in the order they came. */
  entries: WindowEntry[]
  /** End of the last window that was reported. */
  reportedAt: number
  /** When the window closes, for correlations that are judged then. */
  closesAt: number
}

/** Index of the first entry not before `at`. */
export function lowerBound(entries: readonly WindowEntry[], at: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle]?.at ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Puts an entry in its place; the index, or -1 when the event is there already (its positions are joined then, and
 * `isKnown` tells so by -1 only if they add nothing).
 */
export function insertEntry(entries: WindowEntry[], entry: WindowEntry): number {
  let index = entries.length
  while (index > 0 && (entries[index - 1]?.at ?? 0) > entry.at) index--
  for (let same = index - 1; same >= 0 && entries[same]?.at === entry.at; same--) {
    const known = entries[same]
    if (known?.id !== entry.id) continue
    const added = entry.positions.filter((position) => !known.positions.includes(position))
    if (added.length === 0) return -1
    entries[same] = { ...known, positions: [...known.positions, ...added] }
    return same
  }
  entries.splice(index, 0, entry)
  return index
}

/** Ids of the entries that fulfil the correlation within entries[from..to], the last one included; or undefined. */
export function fulfilled(
  correlation: Correlation,
  size: number,
  entries: readonly WindowEntry[],
  from: number,
  to: number,
): string[] | undefined {
  const span = entries.slice(from, to + 1)
  switch (correlation.type) {
    case 'event_count':
      return comparisonsHold(correlation.conditions, span.length) ? idsOf(span) : undefined
    case 'value_count': {
      const valued = span.filter(({ value }) => value !== undefined)
      const distinct = new Set(valued.map(({ value }) => value)).size
      return comparisonsHold(correlation.conditions, distinct) ? idsOf(valued) : undefined
    }
    case 'temporal': {
      const present = new Set(span.flatMap(({ positions }) => positions))
      const isFulfilled =
        correlation.conditions.length === 0
          ? present.size === size
          : comparisonsHold(correlation.conditions, present.size)
      return isFulfilled ? idsOf(span) : undefined
    }
    case 'temporal_ordered':
      return ordered(correlation, size, span)
    case 'value_sum':
    case 'value_avg':
    case 'value_percentile':
      return numeric(correlation, span)
  }
}

function idsOf(span: readonly WindowEntry[]): string[] {
  return [...new Set(span.map(({ id }) => id))]
}

/** The latest chain of different events in the order of the rules that ends with the last entry of the span. */
function ordered(correlation: Correlation, size: number, span: readonly WindowEntry[]): string[] | undefined {
  // chains[k]: the chain over the first k + 1 rules that began last
  const chains: (WindowEntry[] | undefined)[] = new Array(size).fill(undefined)
  let extended: WindowEntry[] = []
  for (const entry of span) {
    extended = []
    for (const position of [...entry.positions].sort((first, second) => second - first)) {
      const before = position === 0 ? [] : chains[position - 1]
      if (!before) continue
      const chain = [...before, entry]
      const known = chains[position]
      if (!known || (chain[0]?.at ?? 0) >= (known[0]?.at ?? 0)) chains[position] = chain
      if (chain.length > extended.length) extended = chain
    }
  }
  const { conditions } = correlation
  const isFulfilled = conditions.length === 0 ? extended.length === size : comparisonsHold(conditions, extended.length)
  return isFulfilled ? idsOf(extended) : undefined
}

function numeric(correlation: Correlation, span: readonly WindowEntry[]): string[] | undefined {
  const { type, percentile, conditions } = correlation
  if (type === 'value_percentile' && percentile === undefined) return rareValues(correlation, span)
  const valued = span.filter(
    ({ value }) => value !== undefined && value.trim() !== '' && Number.isFinite(Number(value)),
  )
  if (valued.length === 0) return undefined
  const numbers = valued.map(({ value }) => Number(value))
  let result: number
  if (type === 'value_percentile') {
    numbers.sort((first, second) => first - second)
    const rank = Math.max(1, Math.ceil(((percentile ?? 50) / 100) * numbers.length))
    result = numbers[rank - 1] ?? 0
  } else {
    const sum = numbers.reduce((total, number) => total + number, 0)
    result = type === 'value_sum' ? sum : sum / numbers.length
  }
  return comparisonsHold(conditions, result) ? idsOf(valued) : undefined
}

/** Without a percentile: values whose share of the group's events, in per cent, fulfils the condition. */
function rareValues(correlation: Correlation, span: readonly WindowEntry[]): string[] | undefined {
  const valued = span.filter(({ value }) => value !== undefined)
  const counts = new Map<string | undefined, number>()
  for (const { value } of valued) counts.set(value, (counts.get(value) ?? 0) + 1)
  const chosen = valued.filter(({ value }) =>
    comparisonsHold(correlation.conditions, ((counts.get(value) ?? 0) / valued.length) * 100),
  )
  return chosen.length > 0 ? idsOf(chosen) : undefined
}
