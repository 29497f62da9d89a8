// The windows of one correlation by group: their events in time order, and what is known of the span that ends with the
// newest. Small, because there may be a million groups.
import { type Chain, extendChains } from './chain.ts'
import type { GroupKey } from './correlation-state.ts'
import type { Correlation } from './document.ts'
import { EventSlab, noEvent, resized, resizedNumbers, type WindowEntry } from './event-slab.ts'
import { numberOf, SpanNumbers } from './span-numbers.ts'

/** What correlations other than event_count keep up to date for the span. */
export interface SpanDetail {
  /** How often each value occurs (value_count). */
  values?: Map<string, number> | undefined
  /** value_sum, value_avg, value_percentile. */
  numbers?: SpanNumbers | undefined
  /** Time of the newest event of each rule (temporal). */
  newest?: number[] | undefined
  /** By rule, and the event that came last (temporal_ordered). */
  chains?: (Chain | undefined)[] | undefined
  last?: WindowEntry | undefined
}

const firstCapacity = 16

/** Windows by number; `find` and `add` give the number of a group, which is good until it is dropped. */
export class WindowTable {
  private readonly correlation: Correlation
  private readonly size: number
  private readonly events: EventSlab
  private readonly windows = new Map<GroupKey, number>()
  private first = new Int32Array(firstCapacity)
  private last = new Int32Array(firstCapacity)
  private counts = new Int32Array(firstCapacity)
  /** First event of the span that ends with the last event, and how many there are from it on. */
  private spanFirst = new Int32Array(firstCapacity)
  private spanCounts = new Int32Array(firstCapacity)
  /** End of the last span that was reported; not a number: none was. */
  private reportedAt = new Float64Array(firstCapacity)
  private touched = new Uint8Array(firstCapacity)
  private details: (SpanDetail | undefined)[] = []
  /** Where the span ends while it is worked out anew; otherwise it is at the last event. */
  private end = noEvent
  private readonly freed: number[] = []
  private used = 0

  constructor(correlation: Correlation, size: number) {
    this.correlation = correlation
    this.size = size
    this.events = new EventSlab(size, correlation.conditionFields.length > 0)
  }

  /** How many groups there are. */
  get groups(): number {
    return this.windows.size
  }

  /** All groups with their windows, the one untouched for longest first. */
  entriesOfGroups(): IterableIterator<[GroupKey, number]> {
    return this.windows.entries()
  }

  find(key: GroupKey): number | undefined {
    return this.windows.get(key)
  }

  /** A new, empty window. */
  add(key: GroupKey): number {
    const window = this.freed.pop() ?? this.used++
    if (window >= this.first.length) this.resize(this.first.length * 2)
    this.first[window] = noEvent
    this.last[window] = noEvent
    this.counts[window] = 0
    this.forgetSpan(window)
    this.reportedAt[window] = Number.NaN
    this.touched[window] = 0
    this.windows.set(key, window)
    return window
  }

  drop(key: GroupKey): boolean {
    const window = this.windows.get(key)
    if (window === undefined) return false
    while (this.count(window) > 0) this.shift(window)
    this.forgetSpan(window)
    this.windows.delete(key)
    this.freed.push(window)
    return true
  }

  clear(): void {
    this.windows.clear()
    this.events.clear()
    this.details = []
    this.freed.length = 0
    this.used = 0
  }

  touch(window: number): void {
    this.touched[window] = 1
  }

  /** Whether it was touched since this was asked; if so the group goes behind all others. */
  wasTouched(key: GroupKey, window: number): boolean {
    if (this.touched[window] === 0) return false
    this.touched[window] = 0
    this.windows.delete(key)
    this.windows.set(key, window)
    return true
  }

  count(window: number): number {
    return this.counts[window] ?? 0
  }

  firstAt(window: number): number | undefined {
    const event = this.first[window] ?? noEvent
    return event === noEvent ? undefined : this.events.at(event)
  }

  lastAt(window: number): number | undefined {
    const event = this.last[window] ?? noEvent
    return event === noEvent ? undefined : this.events.at(event)
  }

  reported(window: number): number | undefined {
    const at = this.reportedAt[window] ?? Number.NaN
    return Number.isNaN(at) ? undefined : at
  }

  setReported(window: number, at: number | undefined): void {
    this.reportedAt[window] = at ?? Number.NaN
  }

  /**
   * Puts an event in its place. `newest`: behind all others; `late`: before some; `known`: the event is there already
   * and matched nothing new.
   */
  insert(window: number, entry: WindowEntry): 'newest' | 'late' | 'known' {
    const { events } = this
    const last = this.last[window] ?? noEvent
    let before = last
    while (before !== noEvent && events.at(before) > entry.at) before = events.before[before] ?? noEvent
    for (let each = before; each !== noEvent && events.at(each) === entry.at; each = events.before[each] ?? noEvent)
      if (events.hasId(each, entry.id)) return events.widen(each, entry.positions) ? 'late' : 'known'
    const event = events.add(entry)
    const next = before === noEvent ? (this.first[window] ?? noEvent) : (events.next[before] ?? noEvent)
    events.before[event] = before
    events.next[event] = next
    if (before === noEvent) this.first[window] = event
    else events.next[before] = event
    if (next === noEvent) this.last[window] = event
    else events.before[next] = event
    this.counts[window] = this.count(window) + 1
    return next === noEvent ? 'newest' : 'late'
  }

  /** Drops the oldest event. */
  shift(window: number): void {
    const event = this.first[window] ?? noEvent
    if (event === noEvent) return
    if (this.spanFirst[window] === event) this.leaveSpan(window, event)
    const next = this.events.next[event] ?? noEvent
    this.first[window] = next
    if (next === noEvent) this.last[window] = noEvent
    else this.events.before[next] = noEvent
    this.counts[window] = this.count(window) - 1
    this.events.release(event)
  }

  /** Takes the events up to a time out of the window. */
  take(window: number, until: number): WindowEntry[] {
    const taken: WindowEntry[] = []
    for (let event = this.first[window] ?? noEvent; event !== noEvent; event = this.first[window] ?? noEvent) {
      if (this.events.at(event) > until) break
      taken.push(this.events.entry(event))
      this.shift(window)
    }
    return taken
  }

  /** Moves the span so that it ends with the last event, which was just put there. */
  advanceSpan(window: number): void {
    this.extendSpan(window, this.last[window] ?? noEvent)
  }

  /**
   * Works the span out anew, after an event was put among older ones. `judge` is called whenever it ends with an event of
   * these times, on its way to the last one.
   */
  rebuildSpan(
    window: number,
    from = 0,
    until = Number.NEGATIVE_INFINITY,
    judge: (at: number) => void = () => {},
  ): void {
    const { events } = this
    this.forgetSpan(window)
    try {
      for (let event = this.first[window] ?? noEvent; event !== noEvent; event = events.next[event] ?? noEvent) {
        this.end = event
        this.extendSpan(window, event)
        const at = events.at(event)
        if (at >= from && at <= until) judge(at)
      }
    } finally {
      // also for the other groups, when judging fails
      this.end = noEvent
    }
  }

  /** Time of the event that the span ends with. */
  spanEndAt(window: number): number {
    return this.events.at(this.spanEnd(window))
  }

  private spanEnd(window: number): number {
    return this.end === noEvent ? (this.last[window] ?? noEvent) : this.end
  }

  /** The events of the span, the oldest first. */
  private *eventsOfSpan(window: number): Generator<number> {
    const end = this.spanEnd(window)
    for (let event = this.spanFirst[window] ?? noEvent; event !== noEvent; event = this.events.next[event] ?? noEvent) {
      yield event
      if (event === end) return
    }
  }

  spanCount(window: number): number {
    return this.spanCounts[window] ?? 0
  }

  detail(window: number): SpanDetail | undefined {
    return this.details[window]
  }

  /** Different values in the span. */
  distinctValues(window: number): number {
    const detail = this.detailOf(window)
    if (!detail.values) {
      detail.values = new Map()
      for (const event of this.eventsOfSpan(window)) count(detail.values, this.events.value(event))
    }
    return detail.values.size
  }

  entries(window: number): WindowEntry[] {
    const entries: WindowEntry[] = []
    for (let event = this.first[window] ?? noEvent; event !== noEvent; event = this.events.next[event] ?? noEvent)
      entries.push(this.events.entry(event))
    return entries
  }

  /** The latest events of the span that have a value as wanted, at most so many, the oldest first. */
  spanEntries(
    window: number,
    most: number,
    isWanted: (value: string | undefined) => boolean = () => true,
  ): WindowEntry[] {
    const { events } = this
    const first = this.spanFirst[window] ?? noEvent
    const entries: WindowEntry[] = []
    for (let event = this.spanEnd(window); event !== noEvent; event = events.before[event] ?? noEvent) {
      if (entries.length === most) break
      if (isWanted(events.value(event))) entries.push(events.entry(event))
      if (event === first) break
    }
    return entries.reverse()
  }

  /** The numbers among the values of the span. */
  numbers(window: number): SpanNumbers {
    const detail = this.detailOf(window)
    if (!detail.numbers) {
      detail.numbers = new SpanNumbers(this.correlation.type === 'value_percentile')
      for (const event of this.eventsOfSpan(window)) detail.numbers.add(this.events.value(event))
    }
    return detail.numbers
  }

  /** Their sum, the oldest first. */
  sum(window: number): number {
    const known = this.numbers(window).sum
    if (known !== undefined) return known
    let sum = 0
    for (const event of this.eventsOfSpan(window)) sum += numberOf(this.events.value(event)) ?? 0
    return sum
  }

  private extendSpan(window: number, event: number): void {
    const { events, size } = this
    const { type, timespanMs } = this.correlation
    const at = events.at(event)
    if (this.spanFirst[window] === noEvent) this.spanFirst[window] = event
    this.spanCounts[window] = this.spanCount(window) + 1
    const known = this.details[window]
    if (known?.values) count(known.values, events.value(event))
    known?.numbers?.add(events.value(event))
    for (let first = this.spanFirst[window] ?? noEvent; first !== noEvent; first = this.spanFirst[window] ?? noEvent) {
      if (events.at(first) >= at - timespanMs) break
      this.leaveSpan(window, first)
    }
    if (type === 'temporal') {
      const detail = this.detailOf(window)
      detail.newest ??= new Array<number>(size).fill(Number.NEGATIVE_INFINITY)
      for (const position of events.positions(event)) detail.newest[position] = at
    } else if (type === 'temporal_ordered') {
      const detail = this.detailOf(window)
      detail.last = events.entry(event)
      detail.chains = extendChains(detail.chains ?? new Array(size).fill(undefined), detail.last)
    }
  }

  private leaveSpan(window: number, event: number): void {
    this.spanFirst[window] = this.events.next[event] ?? noEvent
    this.spanCounts[window] = this.spanCount(window) - 1
    const detail = this.details[window]
    if (!detail) return
    const value = this.events.value(event)
    detail.numbers?.remove(value)
    const { values } = detail
    if (!values || value === undefined) return
    const left = (values.get(value) ?? 0) - 1
    if (left > 0) values.set(value, left)
    else values.delete(value)
  }

  private forgetSpan(window: number): void {
    this.spanFirst[window] = noEvent
    this.spanCounts[window] = 0
    if (this.details[window]) this.details[window] = undefined
  }

  private detailOf(window: number): SpanDetail {
    const known = this.details[window]
    if (known) return known
    const made: SpanDetail = {}
    this.details[window] = made
    return made
  }

  private resize(capacity: number): void {
    this.first = resized(this.first, capacity)
    this.last = resized(this.last, capacity)
    this.counts = resized(this.counts, capacity)
    this.spanFirst = resized(this.spanFirst, capacity)
    this.spanCounts = resized(this.spanCounts, capacity)
    this.reportedAt = resizedNumbers(this.reportedAt, capacity)
    this.touched = new Uint8Array(this.touched.buffer.transfer(capacity))
  }
}

function count(values: Map<string, number>, value: string | undefined): void {
  if (value !== undefined) values.set(value, (values.get(value) ?? 0) + 1)
}
