/** Counts of events that were given up, by type and reason; kept on disk so that a restart forgets none. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export type DropReason =
  /** The fair queue was full: events came faster than the agent may work. */
  | 'queue-full'
  /** One event alone was larger than a batch may be. */
  | 'too-large'
  /** The spool reached the size that policy gives it. */
  | 'spool-full'
  /** The disk under the spool had no room left, or refused to be written. */
  | 'disk-full'
  /** The spool's file was damaged. */
  | 'spool-damaged'

export class Drops {
  readonly #path: string
  readonly #counts: Record<string, number>
  #changed = false

  constructor(path: string) {
    this.#path = path
    this.#counts = readCounts(path)
  }

  add(type: string, reason: DropReason, count: number): void {
    if (count <= 0) return
    const key = `${type}:${reason}`.slice(0, 64)
    this.#counts[key] = (this.#counts[key] ?? 0) + count
    this.#changed = true
  }

  addAll(types: Record<string, number>, reason: DropReason): void {
    for (const [type, count] of Object.entries(types)) this.add(type, reason, count)
  }

  /** By `<event type>:<reason>`, since the agent was enrolled. */
  get counts(): Record<string, number> {
    return { ...this.#counts }
  }

  get total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0)
  }

  /** Writes the counts if they changed. Returns the error's text when the disk refuses; the counts stay in memory. */
  save(): string | undefined {
    if (!this.#changed) return undefined
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify(this.#counts))
      renameSync(`${this.#path}.new`, this.#path)
      this.#changed = false
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
}

function readCounts(path: string): Record<string, number> {
  try {
    const counts: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof counts !== 'object' || counts === null) return {}
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => Number.isSafeInteger(count) && count > 0))
  } catch {
    return {}
  }
}
