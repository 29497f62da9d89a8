// Whether a span of events fulfils a correlation, and which events those are.
import { type Chain, extendChains } from './chain.ts'
import { comparisonsHold } from './correlation-plan.ts'
import type { Correlation } from './document.ts'
import type { WindowEntry } from './event-slab.ts'
import { numberOf } from './span-numbers.ts'
import type { WindowTable } from './window-table.ts'

/**
 * Judges the span that the table is at, from what it keeps up to date, so that it costs the same however many events there
 * are. The latest entries that fulfil it, at most so many; undefined: not fulfilled.
 */
export function judgeKept(
  correlation: Correlation,
  size: number,
  table: WindowTable,
  window: number,
  most: number,
): readonly WindowEntry[] | undefined {
  const { conditions, timespanMs } = correlation
  const at = table.spanEndAt(window)
  switch (correlation.type) {
    case 'event_count':
      return comparisonsHold(conditions, table.spanCount(window)) ? table.spanEntries(window, most) : undefined
    case 'value_count': {
      // there are never more values than events
      if (!comparisonsHold(conditions, table.spanCount(window))) return undefined
      return comparisonsHold(conditions, table.distinctValues(window))
        ? table.spanEntries(window, most, (value) => value !== undefined)
        : undefined
    }
    case 'temporal': {
      let present = 0
      for (const newest of table.detail(window)?.newest ?? []) if (newest >= at - timespanMs) present++
      const isFulfilled = conditions.length === 0 ? present === size : comparisonsHold(conditions, present)
      return isFulfilled ? table.spanEntries(window, most) : undefined
    }
    case 'temporal_ordered':
      return judgeChains(
        correlation,
        size,
        table.detail(window)?.chains ?? [],
        table.detail(window)?.last,
        at - timespanMs,
      )
    default: {
      const numbers = table.numbers(window)
      if (numbers.count === 0) return undefined
      return comparisonsHold(conditions, numberOfSpan(correlation, table, window))
        ? table.spanEntries(window, most, (value) => numberOf(value) !== undefined)
        : undefined
    }
  }
}

function numberOfSpan({ type, percentile = 50 }: Correlation, table: WindowTable, window: number): number {
  const numbers = table.numbers(window)
  if (type === 'value_percentile') return numbers.percentile(percentile)
  return type === 'value_sum' ? table.sum(window) : table.sum(window) / numbers.count
}

/** The longest chain that ends with the entry and began at or after `from`. */
function judgeChains(
  { conditions }: Correlation,
  size: number,
  chains: readonly (Chain | undefined)[],
  last: WindowEntry | undefined,
  from: number,
): readonly WindowEntry[] | undefined {
  let longest = 0
  let best: Chain | undefined
  for (const [position, chain] of chains.entries())
    if (chain && chain.entry === last && chain.startAt >= from && position + 1 > longest) {
      longest = position + 1
      best = chain
    }
  const isFulfilled = conditions.length === 0 ? longest === size : longest > 0 && comparisonsHold(conditions, longest)
  if (!isFulfilled) return undefined
  const entries: WindowEntry[] = []
  for (let chain = best; chain; chain = chain.before) entries.unshift(chain.entry)
  return entries
}

/** The same for any span of entries, worked out from nothing. */
export function judgeSpan(
  correlation: Correlation,
  size: number,
  span: readonly WindowEntry[],
): readonly WindowEntry[] | undefined {
  const { conditions } = correlation
  const valued = span.filter(({ value }) => value !== undefined)
  switch (correlation.type) {
    case 'event_count':
      return comparisonsHold(conditions, span.length) ? span : undefined
    case 'value_count':
      return comparisonsHold(conditions, new Set(valued.map(({ value }) => value)).size) ? valued : undefined
    case 'temporal': {
      const present = new Set(span.flatMap(({ positions }) => positions)).size
      const isFulfilled = conditions.length === 0 ? present === size : comparisonsHold(conditions, present)
      return isFulfilled ? span : undefined
    }
    case 'temporal_ordered': {
      let chains: (Chain | undefined)[] = new Array(size).fill(undefined)
      for (const entry of span) chains = extendChains(chains, entry)
      return judgeChains(correlation, size, chains, span[span.length - 1], Number.NEGATIVE_INFINITY)
    }
    case 'value_sum':
    case 'value_avg':
      return judgeNumbers(correlation, valued)
    case 'value_percentile':
      return correlation.percentile === undefined ? rareValues(correlation, valued) : judgeNumbers(correlation, valued)
  }
}

function judgeNumbers(correlation: Correlation, valued: readonly WindowEntry[]): readonly WindowEntry[] | undefined {
  const { type, percentile = 50, conditions } = correlation
  const numeric = valued.filter(({ value }) => numberOf(value) !== undefined)
  if (numeric.length === 0) return undefined
  const numbers = numeric.map(({ value }) => Number(value))
  let result: number
  if (type === 'value_percentile') {
    // nearest rank
    numbers.sort((first, second) => first - second)
    result = numbers[Math.max(1, Math.ceil((percentile / 100) * numbers.length)) - 1] ?? 0
  } else {
    const sum = numbers.reduce((total, number) => total + number, 0)
    result = type === 'value_sum' ? sum : sum / numbers.length
  }
  return comparisonsHold(conditions, result) ? numeric : undefined
}

/** Without a percentile: values whose share of the group's events, in per cent, fulfils the condition. */
function rareValues({ conditions }: Correlation, valued: readonly WindowEntry[]): readonly WindowEntry[] | undefined {
  const counts = new Map<string | undefined, number>()
  for (const { value } of valued) counts.set(value, (counts.get(value) ?? 0) + 1)
  const chosen = valued.filter(({ value }) =>
    comparisonsHold(conditions, ((counts.get(value) ?? 0) / valued.length) * 100),
  )
  return chosen.length > 0 ? chosen : undefined
}
