/** What was refused is kept beside the archive with its reason: NDJSON, bounded, the older half goes first. */
import { appendFile, rename, stat } from 'node:fs/promises'
import type { Arrival } from './ingest/inbox.ts'
import type { Metrics } from './metrics.ts'

const fileMax = 16 * 1024 * 1024
/** Characters kept of one refused value. */
const valueMax = 16 * 1024

export class DeadLetters {
  readonly #file: string
  readonly #metrics: Metrics
  readonly #now: () => number

  constructor(file: string, metrics: Metrics, now: () => number) {
    this.#file = file
    this.#metrics = metrics
    this.#now = now
  }

  /** Keeps what the batches had refused. Never fails: it is counted even when the disk is full. */
  async setAside(arrivals: readonly Arrival[]): Promise<void> {
    const lines: string[] = []
    for (const { batch, refused } of arrivals)
      for (const { code, message, value } of refused) {
        this.#metrics.refusedEvents.inc({ code })
        lines.push(this.#line({ source: batch.source, sequence: batch.sequence, code, message, value: textOf(value) }))
      }
    await this.#write(lines)
  }

  /** Keeps a finding that could not be stored. */
  async setFindingAside(finding: { id: string }, error: unknown): Promise<void> {
    this.#metrics.findingsRefused.inc()
    const message = error instanceof Error ? error.message : String(error)
    await this.#write([this.#line({ code: 'finding.not-stored', message, value: textOf(finding) })])
  }

  #line(row: Record<string, unknown>): string {
    return JSON.stringify({ at: new Date(this.#now()).toISOString(), ...row })
  }

  async #write(lines: string[]): Promise<void> {
    if (lines.length === 0) return
    try {
      const size = await stat(this.#file).then(
        (file) => file.size,
        () => 0,
      )
      if (size > fileMax) await rename(this.#file, `${this.#file}.1`)
      await appendFile(this.#file, `${lines.join('\n')}\n`, { mode: 0o600 })
    } catch {
      // Counted above.
    }
  }
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return `base64:${Buffer.from(value.subarray(0, valueMax)).toString('base64')}`
  try {
    return (JSON.stringify(value) ?? 'undefined').slice(0, valueMax)
  } catch {
    return String(value).slice(0, valueMax)
  }
}
