/**
 * Events in, numbered frames out to the agent; frames stay here until the agent has them in its spool, so that its death
 * or restart loses and doubles nothing. When the agent does not keep up, events wait in the fair queue.
 */
import type { Event } from '@rampart/event'
import { encode } from '../msgpack.ts'
import { FairQueue } from './fair-queue.ts'
import { encodeEventFrame } from './frames.ts'
import { eventValue } from './value.ts'

/** Longest time an event waits for company, ms: after a quiet moment, and in a stream, where every frame is a wake-up. */
const gatherMs = 3
const streamGatherMs = 15
const frameEvents = 500
const frameBytes = 1024 * 1024
/** Bytes in frames that the agent has not acknowledged; above it events wait in the queue. */
const windowBytes = 4 * 1024 * 1024

export class Outbox {
  readonly source: number
  readonly dropped: Record<string, number> = {}
  readonly tooLarge: Record<string, number> = {}
  readonly #queue = new FairQueue((type, count) => {
    this.dropped[type] = (this.dropped[type] ?? 0) + count
  })
  #frames: { number: number; bytes: number; pieces: Uint8Array[] }[] = []
  #windowBytes = 0
  #lastNumber = 0
  #pouredAt = 0
  #timer: NodeJS.Timeout | undefined
  #write: ((pieces: readonly Uint8Array[]) => void) | undefined
  #onEmpty: (() => void) | undefined
  /** Who waits for what was pushed until then; `number` is its last frame, once it is in frames. */
  #waiting: { number?: number; done: () => void }[] = []

  /** `source` tells this run of the process from others. */
  constructor(source: number) {
    this.source = source
  }

  get merged(): number {
    return this.#queue.merged
  }

  push(event: Event): void {
    this.#queue.push(event)
    this.#timer ??= setTimeout(
      this.#pour,
      performance.now() - this.#pouredAt < 2 * streamGatherMs ? streamGatherMs : gatherMs,
    )
  }

  /** The agent is there and has frames up to `frame`: the rest is sent again. */
  attach(write: (pieces: readonly Uint8Array[]) => void, frame: number): void {
    this.#write = write
    this.acknowledge(frame)
    for (const { pieces } of this.#frames) write(pieces)
    this.#pour()
  }

  detach(): void {
    this.#write = undefined
  }

  acknowledge(frame: number): void {
    while (this.#frames[0] !== undefined && this.#frames[0].number <= frame)
      this.#windowBytes -= this.#frames.shift()?.bytes ?? 0
    if (this.#queue.length > 0) this.#timer ??= setTimeout(this.#pour, 0)
    else if (this.#frames.length === 0) this.#onEmpty?.()
    this.#tellStored()
  }

  /** Resolves when the agent has everything that was pushed until now. */
  stored(): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ done })
      this.#tellStored()
    })
  }

  #tellStored(): void {
    if (this.#waiting.length === 0) return
    const acknowledged = (this.#frames[0]?.number ?? this.#lastNumber + 1) - 1
    this.#waiting = this.#waiting.filter((one) => {
      if (one.number === undefined && this.#queue.length === 0) one.number = this.#lastNumber
      const isStored = one.number !== undefined && one.number <= acknowledged
      if (isStored) one.done()
      return !isStored
    })
  }

  /** Everything that the agent has not acknowledged, as frames; the queue is empty afterwards. */
  unsent(): Uint8Array[] {
    while (this.#queue.length > 0) this.#frame(this.#queue.take(frameEvents))
    return this.#frames.flatMap(({ pieces }) => pieces)
  }

  /** Resolves when the agent has everything, or after so long. */
  async drained(waitMs: number): Promise<void> {
    this.#pour()
    if (this.#frames.length === 0 && this.#queue.length === 0) return
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve
      setTimeout(resolve, waitMs)
    })
  }

  readonly #pour = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#pouredAt = performance.now()
    while (this.#queue.length > 0 && this.#windowBytes < windowBytes) this.#frame(this.#queue.take(frameEvents))
    this.#tellStored()
  }

  #frame(events: readonly Event[]): void {
    let pieces: Uint8Array[] = []
    let bytes = 0
    let types: Record<string, number> = {}
    let values = 0
    const close = () => {
      if (pieces.length === 0) return
      const number = ++this.#lastNumber
      const frame = encodeEventFrame(
        { source: this.source, number, events: pieces.length, types, values, bytes: new Uint8Array() },
        pieces,
      )
      this.#frames.push({ number, bytes, pieces: frame })
      this.#windowBytes += bytes
      this.#write?.(frame)
      pieces = []
      bytes = 0
      types = {}
      values = 0
    }
    for (const event of events) {
      const encoded = encode(event)
      const count = event.count ?? 1
      if (encoded.length > frameBytes * 2) {
        this.tooLarge[event.type] = (this.tooLarge[event.type] ?? 0) + count
        continue
      }
      pieces.push(encoded)
      bytes += encoded.length
      types[event.type] = (types[event.type] ?? 0) + count
      values |= 1 << eventValue(event.type)
      if (bytes > frameBytes) close()
    }
    close()
  }
}
