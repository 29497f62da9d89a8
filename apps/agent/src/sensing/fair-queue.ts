/**
 * The queue in front of the spool: events in, events out in fair turns. Each container, or else each process tree, has
 * its own lane, so that a flood in one cannot hide the events of another. Repeats in a flooded lane are merged
 * (`event.count`); when all is full the longest lane gives way, its low-value events first, every one counted.
 */
import type { Event } from '@rampart/event'
import { laneOf, repeatKey, sizeOf } from './flood.ts'
import { eventValue, type Value } from './value.ts'

export interface FairQueueLimits {
  /** Events held at most, all lanes together. */
  maxEvents: number
  /** Estimated bytes of memory held at most. */
  maxBytes: number
  /** A lane longer than this merges equal events. */
  mergeAbove: number
}
interface Queued {
  event: Event
  arrival: number
  size: number
  value: Value
}
interface Lane {
  items: Queued[]
  head: number
  /** Events that a repeat may be merged into, by their key; only kept while the lane is flooded. */
  repeats: Map<string, Queued>
}

export const queueLimits: FairQueueLimits = { maxEvents: 20_000, maxBytes: 32 * 1024 * 1024, mergeAbove: 256 }
/** Events a lane gives per turn. */
const quantum = 16
const maxLanes = 1024

export class FairQueue {
  readonly #limits: FairQueueLimits
  readonly #lanes = new Map<string, Lane>()
  readonly #onDrop: (type: string, count: number) => void
  #arrivals = 0
  #bytes = 0
  #length = 0
  /** Events that were merged into an earlier equal one; nothing of them but their number is kept. */
  merged = 0

  /** `onDrop` is told of every event that is given up. */
  constructor(onDrop: (type: string, count: number) => void, limits: FairQueueLimits = queueLimits) {
    this.#onDrop = onDrop
    this.#limits = limits
  }

  get length(): number {
    return this.#length
  }

  /** Takes one event over. It must not be changed afterwards by the caller. */
  push(event: Event): void {
    const lane = this.#lane(laneOf(event))
    const queued: Queued = { event, arrival: this.#arrivals++, size: sizeOf(event), value: eventValue(event.type) }
    if (lane.items.length - lane.head > this.#limits.mergeAbove) {
      const key = repeatKey(event)
      const earlier = lane.repeats.get(key)
      if (earlier !== undefined) {
        earlier.event = { ...earlier.event, count: (earlier.event.count ?? 1) + (event.count ?? 1) }
        this.merged++
        return
      }
      lane.repeats.set(key, queued)
    }
    lane.items.push(queued)
    this.#length++
    this.#bytes += queued.size
    if (this.#length > this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes) this.#shed()
  }

  /** The next events, at most so many; lanes take turns, and what comes out together is in the order of arrival. */
  take(limit: number): Event[] {
    const taken: Queued[] = []
    while (taken.length < limit && this.#length > 0) {
      for (const [key, lane] of this.#lanes) {
        const end = Math.min(lane.items.length, lane.head + Math.min(quantum, limit - taken.length))
        for (; lane.head < end; lane.head++) {
          const queued = lane.items[lane.head] as Queued
          taken.push(queued)
          this.#length--
          this.#bytes -= queued.size
        }
        // The lane that had its turn goes to the end of the line.
        this.#lanes.delete(key)
        if (lane.head < lane.items.length) this.#lanes.set(key, tidied(lane, this.#limits.mergeAbove))
        if (taken.length >= limit) break
      }
    }
    taken.sort((a, b) => a.arrival - b.arrival)
    return taken.map((queued) => queued.event)
  }

  #lane(wanted: string): Lane {
    const key = this.#lanes.size >= maxLanes && !this.#lanes.has(wanted) ? 'all others' : wanted
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { items: [], head: 0, repeats: new Map() }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  /** Takes a quarter out of the heaviest lane, lowest value and oldest first: one pass for many events to come. */
  #shed(): void {
    let heaviest: Lane | undefined
    for (const lane of this.#lanes.values())
      if (heaviest === undefined || lane.items.length - lane.head > heaviest.items.length - heaviest.head)
        heaviest = lane
    if (heaviest === undefined) return
    const held = heaviest.items.slice(heaviest.head)
    let excess = Math.ceil(held.length / 4)
    const given = new Set<Queued>()
    for (const value of [0, 1, 2])
      for (const queued of held)
        if (excess > 0 && queued.value === value) {
          given.add(queued)
          excess--
        }
    for (const { event, size } of given) {
      this.#onDrop(event.type, event.count ?? 1)
      this.#length--
      this.#bytes -= size
    }
    heaviest.items = held.filter((queued) => !given.has(queued))
    heaviest.head = 0
    heaviest.repeats.clear()
  }
}

/** Lets go of what was taken: the array's front, and merge keys whose events are gone. */
function tidied(lane: Lane, mergeAbove: number): Lane {
  if (lane.items.length - lane.head <= mergeAbove) lane.repeats.clear()
  else if (lane.repeats.size > 0)
    for (let at = Math.max(0, lane.head - quantum); at < lane.head; at++) {
      const queued = lane.items[at] as Queued
      const key = repeatKey(queued.event)
      if (lane.repeats.get(key) === queued) lane.repeats.delete(key)
    }
  if (lane.head > 1024) {
    lane.items = lane.items.slice(lane.head)
    lane.head = 0
  }
  return lane
}
