// The events of one group of a correlation in time order, and what is known of the span that ends with the newest.
import type { Correlation } from './document.ts'

/** One event in a group. `positions` says which of the correlation's rules it matched. */
export interface WindowEntry {
  at: number
  id: string
  positions: readonly number[]
  value: string | undefined
  next: WindowEntry | undefined
}

/** The part of a chain of temporal_ordered that ends at one rule: the latest beginning there is. */
export interface Chain {
  startAt: number
  entry: WindowEntry
  before: Chain | undefined
}

/** What correlations other than event_count keep up to date for the span. */
export interface WindowDetail {
  /** When the window closes, for correlations that are judged then. */
  closesAt?: number
  /** How often each value occurs (value_count). */
  values?: Map<string, number> | undefined
  /** Time of the newest event of each rule (temporal). */
  newest?: number[] | undefined
  /** By rule (temporal_ordered). */
  chains?: (Chain | undefined)[] | undefined
}

/** State of one group. Small, because there may be a million of them. */
export class GroupWindow {
  first: WindowEntry | undefined = undefined
  last: WindowEntry | undefined = undefined
  count = 0
  /** First entry of the span that ends with the last entry, and how many there are from it on. */
  spanFirst: WindowEntry | undefined = undefined
  spanCount = 0
  /** End of the last span that was reported. */
  reportedAt: number | undefined = undefined
  wasTouched = false
  /** What only some correlations need. */
  detail: WindowDetail | undefined = undefined

  /**
   * Puts an entry in its place. `newest`: behind all others; `late`: before some; `known`: the event is there already
   * and matched nothing new.
   */
  insert(entry: WindowEntry): 'newest' | 'late' | 'known' {
    const { last } = this
    if (last === undefined || entry.at > last.at) {
      this.append(entry)
      return 'newest'
    }
    let before: WindowEntry | undefined
    for (let each = this.first; each && each.at <= entry.at; each = each.next) {
      if (each.at === entry.at && each.id === entry.id) {
        const added = entry.positions.filter((position) => !each.positions.includes(position))
        if (added.length === 0) return 'known'
        each.positions = [...each.positions, ...added]
        return 'late'
      }
      before = each
    }
    if (before === last) {
      this.append(entry)
      return 'newest'
    }
    entry.next = before ? before.next : this.first
    if (before) before.next = entry
    else this.first = entry
    this.count++
    return 'late'
  }

  private append(entry: WindowEntry): void {
    if (this.last) this.last.next = entry
    else this.first = entry
    this.last = entry
    this.count++
  }

  /** Drops the oldest entry. */
  shift(): void {
    const { first } = this
    if (!first) return
    if (this.spanFirst === first) this.leaveSpan(first)
    this.first = first.next
    if (!this.first) this.last = undefined
    this.count--
  }

  /** Moves the span so that it ends with the last entry, which was just appended. */
  advanceSpan({ timespanMs, type }: Correlation, size: number): void {
    const { last } = this
    if (!last) return
    this.spanFirst ??= last
    this.spanCount++
    if (this.detail?.values) count(this.detail.values, last.value)
    while (this.spanFirst && this.spanFirst.at < last.at - timespanMs) this.leaveSpan(this.spanFirst)
    if (type === 'temporal') {
      this.detail ??= {}
      this.detail.newest ??= new Array<number>(size).fill(Number.NEGATIVE_INFINITY)
      for (const position of last.positions) this.detail.newest[position] = last.at
    } else if (type === 'temporal_ordered') {
      this.detail ??= {}
      this.detail.chains = extendChains(this.detail.chains ?? new Array(size).fill(undefined), last)
    }
  }

  private leaveSpan(entry: WindowEntry): void {
    this.spanFirst = entry.next
    this.spanCount--
    const values = this.detail?.values
    if (!values || entry.value === undefined) return
    const left = (values.get(entry.value) ?? 0) - 1
    if (left > 0) values.set(entry.value, left)
    else values.delete(entry.value)
  }

  /** Different values in the span. */
  distinctValues(): number {
    this.detail ??= {}
    let { values } = this.detail
    if (!values) {
      values = new Map()
      this.detail.values = values
      for (let each = this.spanFirst; each; each = each.next) count(values, each.value)
    }
    return values.size
  }

  /** Works the span out anew, after an entry was put among older ones. */
  rebuildSpan(correlation: Correlation, size: number): void {
    this.detail = undefined
    this.spanFirst = undefined
    this.spanCount = 0
    const entries = this.entries()
    const whole = this.last
    for (const entry of entries) {
      this.last = entry
      this.advanceSpan(correlation, size)
    }
    this.last = whole
  }

  entries(from = this.first): WindowEntry[] {
    const entries: WindowEntry[] = []
    for (let each = from; each; each = each.next) entries.push(each)
    return entries
  }
}

function count(values: Map<string, number>, value: string | undefined): void {
  if (value !== undefined) values.set(value, (values.get(value) ?? 0) + 1)
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
