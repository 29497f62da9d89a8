/** Batches on their way into the pipeline: bounded per sender, in order, handed over in units of work. */
import type { EventBatch } from '../archive/event-archive.ts'
import type { Refusal } from './decode-batch.ts'

/** A batch that waits, with what its sender is told when it is stored. */
export interface Arrival {
  batch: EventBatch
  /** Size when unpacked. */
  bytes: number
  refused: Refusal[]
  /** Called once the batch is durably stored. */
  acknowledge: () => void
}

/** Events that one unit of work takes at most, unless a single batch has more. */
const unitEvents = 2000
const unitBatches = 128
/** Batches and events of one source that may wait; beyond them its socket is no longer read. */
const waitingBatches = 16
const waitingEvents = 20_000
/** Unpacked bytes of all sources that may wait; a source of which nothing waits may always send one batch. */
const waitingBytes = 64 * 1024 * 1024

/** One consumer. */
export class Inbox {
  #waiting: Arrival[] = []
  #wake: (() => void) | null = null
  #closed = false
  readonly #depth = new Map<string, number>()
  readonly #events = new Map<string, number>()
  #bytes = 0
  #hopefuls: { source: string; resolve: (room: boolean) => void }[] = []
  #idlers: { source: string; resolve: () => void }[] = []

  push(arrival: Arrival): void {
    this.#count(arrival, 1)
    const acknowledge = () => {
      this.#count(arrival, -1)
      arrival.acknowledge()
    }
    this.#waiting.push({ ...arrival, acknowledge })
    this.#wake?.()
  }

  #count({ batch, bytes }: Arrival, change: number): void {
    this.#bytes += change * bytes
    const depth = (this.#depth.get(batch.source) ?? 0) + change
    this.#events.set(batch.source, (this.#events.get(batch.source) ?? 0) + change * batch.events.length)
    if (depth !== 0) this.#depth.set(batch.source, depth)
    else {
      this.#events.delete(batch.source)
      this.#depth.delete(batch.source)
      for (const idler of this.#idlers) if (idler.source === batch.source) idler.resolve()
      this.#idlers = this.#idlers.filter((idler) => idler.source !== batch.source)
    }
    if (change < 0) this.#tellHopefuls()
  }

  #tellHopefuls(): void {
    const served = this.#hopefuls.filter(({ source }) => this.#closed || !this.isFull(source))
    this.#hopefuls = this.#hopefuls.filter((hopeful) => !served.includes(hopeful))
    for (const { resolve } of served) resolve(!this.#closed)
  }

  /** Resolves with true when the source may send, with false when the inbox is closed. */
  async room(source: string): Promise<boolean> {
    if (this.#closed || !this.isFull(source)) return !this.#closed
    return new Promise<boolean>((resolve) => this.#hopefuls.push({ source, resolve }))
  }

  /** Resolves when nothing of the source waits any more. */
  async idle(source: string): Promise<void> {
    if (this.depth(source) === 0) return
    await new Promise<void>((resolve) => this.#idlers.push({ source, resolve }))
  }

  /** Batches of one source that are not stored yet. */
  depth(source: string): number {
    return this.#depth.get(source) ?? 0
  }

  /** True when the source should wait before it sends more. */
  isFull(source: string): boolean {
    const depth = this.depth(source)
    if (depth > 0 && this.#bytes >= waitingBytes) return true
    return depth >= waitingBatches || (this.#events.get(source) ?? 0) >= waitingEvents
  }

  /** All batches that are not stored yet. */
  size(): number {
    return [...this.#depth.values()].reduce((sum, depth) => sum + depth, 0)
  }

  /** No more batches come; `receive` ends when those that wait are done. */
  close(): void {
    this.#closed = true
    this.#wake?.()
    this.#tellHopefuls()
  }

  /** Units of work, each of what waits at that moment: nothing is held back to make a unit larger. */
  async *receive(): AsyncGenerator<Arrival[]> {
    for (;;) {
      while (this.#waiting.length === 0) {
        if (this.#closed) return
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        this.#wake = null
      }
      let events = 0
      let batches = 0
      for (const { batch } of this.#waiting) {
        if (batches > 0 && (events + batch.events.length > unitEvents || batches >= unitBatches)) break
        events += batch.events.length
        batches++
      }
      const unit = this.#waiting.splice(0, batches)
      yield unit
    }
  }
}
