/** Batches that the disk does not take, kept in memory as far as there is room: whoever fills the disk must not blind the agent. */
import type { Batch } from './segment.ts'

const limitBytes = 8 * 1024 * 1024

export class Overflow {
  #batches: Batch[] = []
  #bytes = 0

  get first(): Batch | undefined {
    return this.#batches[0]
  }
  get events(): number {
    return this.#batches.reduce((sum, batch) => sum + batch.events, 0)
  }
  get bytes(): number {
    return this.#bytes
  }

  /** False when there is no room. */
  push(batch: Batch): boolean {
    if (this.#bytes + batch.payload.length > limitBytes) return false
    this.#batches.push(batch)
    this.#bytes += batch.payload.length
    return true
  }

  shift(): Batch | undefined {
    const batch = this.#batches.shift()
    this.#bytes -= batch?.payload.length ?? 0
    return batch
  }

  after(sequence: number): Batch | undefined {
    return this.#batches.find((batch) => batch.sequence > sequence)
  }

  renumber(ahead: number): void {
    for (const batch of this.#batches) batch.sequence += ahead
  }
}
