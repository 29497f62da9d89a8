/** Writes that must not be lost: tried again until they succeed, with the reason for everybody to see meanwhile. */
import { setTimeout as wait } from 'node:timers/promises'
import { isDiskFull } from '@rampart/alert'
import type { Metrics } from './metrics.ts'

export interface StorageProblem {
  code: 'state.disk-full' | 'state.write-failed'
  message: string
  since: number
}

/** Thrown out of a write that waits when the server stops: nothing was acknowledged. */
export class StoppedError extends Error {}

const retryMs = 500

export class StorageGuard {
  readonly #metrics: Metrics
  readonly #directory: string
  readonly #now: () => number
  readonly #onChange: () => void
  readonly #stop = new AbortController()
  problem: StorageProblem | null = null

  constructor(parts: { metrics: Metrics; directory: string; now: () => number; onChange: () => void }) {
    this.#metrics = parts.metrics
    this.#directory = parts.directory
    this.#now = parts.now
    this.#onChange = parts.onChange
  }

  /** Ends waiting writes with `StoppedError`. */
  stop(): void {
    this.#stop.abort()
  }

  async untilStored<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await write()
        this.#set(null)
        return result
      } catch (error) {
        this.#set(this.#problemOf(error))
        this.#metrics.writeFailures.inc({ cause: isDiskFull(error) ? 'disk-full' : 'other' })
      }
      await wait(retryMs, undefined, { signal: this.#stop.signal }).catch(() => {
        throw new StoppedError('the server stops while it waits for its disk')
      })
    }
  }

  #problemOf(error: unknown): StorageProblem {
    const since = this.problem?.since ?? this.#now()
    if (isDiskFull(error))
      return {
        code: 'state.disk-full',
        message: `No space is left for ${this.#directory}. Agents keep their events; nothing is lost as long as their spools last. Free some space: the server goes on by itself.`,
        since,
      }
    const text = error instanceof Error ? error.message : String(error)
    return {
      code: 'state.write-failed',
      message: `Writing to ${this.#directory} fails (${text}). Check the disk; the server tries again and goes on by itself.`,
      since,
    }
  }

  #set(problem: StorageProblem | null): void {
    const changed = this.problem?.code !== problem?.code
    this.problem = problem
    if (changed) this.#onChange()
  }
}
