// The events of the windows of one correlation: columns of numbers, linked into one list a window.
import { TextSlab } from './text-slab.ts'
import { TimeColumn } from './time-column.ts'

/** One event in a window, as judges see it. `positions` says which of the correlation's rules it matched. */
export interface WindowEntry {
  at: number
  id: string
  positions: readonly number[]
  value: string | undefined
}

/** Stands where there is no event. */
export const noEvent = -1

const firstCapacity = 64
/** A full slab grows by a quarter. */
const growth = 2
/** Rules whose positions fit the bits of a word. */
const maxBits = 31

/** Events by number. A number is taken again after `release`. */
export class EventSlab {
  private readonly times = new TimeColumn(firstCapacity)
  next = new Int32Array(firstCapacity)
  before = new Int32Array(firstCapacity)
  private ids = new Int32Array(firstCapacity)
  /** Positions as bits; absent where there is one rule only. */
  private bits: Int32Array | undefined
  /** Positions of correlations with more rules than a word has bits. */
  private readonly lists: (readonly number[])[] | undefined
  private readonly values: (string | undefined)[] | undefined
  private readonly texts = new TextSlab()
  private capacity = firstCapacity
  private used = 0
  private freed = noEvent

  /** `size`: how many rules the correlation names; `hasValues`: whether it counts or adds up values. */
  constructor(size: number, hasValues: boolean) {
    if (size > maxBits) this.lists = []
    else if (size > 1) this.bits = new Int32Array(firstCapacity)
    if (hasValues) this.values = []
  }

  add({ at, id, positions, value }: WindowEntry): number {
    const event = this.take()
    this.times.set(event, at)
    this.ids[event] = this.texts.put(id)
    this.next[event] = noEvent
    this.before[event] = noEvent
    this.place(event, positions)
    if (this.values) this.values[event] = value
    return event
  }

  release(event: number): void {
    this.texts.drop(this.ids[event] ?? 0)
    if (this.values) this.values[event] = undefined
    this.next[event] = this.freed
    this.freed = event
  }

  clear(): void {
    this.texts.clear()
    this.used = 0
    this.freed = noEvent
    if (this.values) this.values.length = 0
    if (this.lists) this.lists.length = 0
    this.times.clear(firstCapacity)
    this.resize(firstCapacity)
  }

  at(event: number): number {
    return this.times.get(event)
  }

  hasId(event: number, id: string): boolean {
    return this.texts.equals(this.ids[event] ?? 0, id)
  }

  value(event: number): string | undefined {
    return this.values?.[event]
  }

  positions(event: number): readonly number[] {
    if (this.lists) return this.lists[event] ?? []
    if (!this.bits) return only
    const found: number[] = []
    for (let bits = this.bits[event] ?? 0; bits !== 0; bits &= bits - 1) found.push(31 - Math.clz32(bits & -bits))
    return found
  }

  /** Adds positions; false when the event had them all. */
  widen(event: number, positions: readonly number[]): boolean {
    const known = this.positions(event)
    const added = positions.filter((position) => !known.includes(position))
    if (added.length > 0) this.place(event, [...known, ...added])
    return added.length > 0
  }

  entry(event: number): WindowEntry {
    return {
      at: this.times.get(event),
      id: this.texts.get(this.ids[event] ?? 0),
      positions: this.positions(event),
      value: this.value(event),
    }
  }

  private place(event: number, positions: readonly number[]): void {
    if (this.lists) this.lists[event] = positions
    if (!this.bits) return
    let bits = 0
    for (const position of positions) bits |= 1 << position
    this.bits[event] = bits
  }

  private take(): number {
    if (this.freed !== noEvent) {
      const event = this.freed
      this.freed = this.next[event] ?? noEvent
      return event
    }
    if (this.used === this.capacity) this.resize(this.capacity + Math.max(firstCapacity, this.capacity >> growth))
    return this.used++
  }

  private resize(capacity: number): void {
    this.capacity = capacity
    this.times.resize(capacity)
    this.next = resized(this.next, capacity)
    this.before = resized(this.before, capacity)
    this.ids = resized(this.ids, capacity)
    if (this.bits) this.bits = resized(this.bits, capacity)
  }
}

const only: readonly number[] = [0]

/** The same column with room for so many; the old one is given up at once, not when its memory is collected. */
export function resized(column: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  return new Int32Array((column.buffer as ArrayBuffer).transfer(capacity * 4))
}

export function resizedNumbers(column: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  return new Float64Array((column.buffer as ArrayBuffer).transfer(capacity * 8))
}
