/** After a finding of several events: brings the others from the archive into the evidence, so that they outlive the archive. */
import type { Alert, AlertStore, EvidenceWindow } from '@rampart/alert'
import type { Logger } from 'pino'
import type { EventArchive } from './archive/event-archive.ts'

/** How far back the archive is searched, and how much of it is read for one window. */
export const windowSearch = { backMs: 24 * 3_600_000, maxBytes: 8 * 1024 * 1024 }
/** Events of one window that are kept. */
const eventsMax = 49
/** Windows that may wait; of more the details find what they can when somebody looks. */
const waitingMax = 200

export class EvidenceKeeper {
  readonly #archive: EventArchive
  readonly #alerts: AlertStore
  readonly #log: Logger
  readonly #onChange: (alert: Alert) => void
  readonly #waiting: EvidenceWindow[] = []
  #working: Promise<void> | null = null
  #stopped = false

  constructor(parts: { archive: EventArchive; alerts: AlertStore; log: Logger; onChange: (alert: Alert) => void }) {
    this.#archive = parts.archive
    this.#alerts = parts.alerts
    this.#log = parts.log
    this.#onChange = parts.onChange
  }

  /** Returns at once; the pipeline does not wait for it. */
  keep(windows: readonly EvidenceWindow[]): void {
    if (this.#stopped || windows.length === 0) return
    this.#waiting.push(...windows.slice(0, waitingMax - this.#waiting.length))
    this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    for (let window = this.#waiting.shift(); window && !this.#stopped; window = this.#waiting.shift())
      try {
        const { alertId, findingId, at, eventIds } = window
        const ids = new Set(eventIds.slice(-eventsMax))
        const events = await this.#archive.find(ids, at - windowSearch.backMs, at, windowSearch.maxBytes)
        const changed = await this.#alerts.addEvidence(alertId, findingId, events)
        if (changed) this.#onChange(changed)
      } catch (error) {
        this.#log.warn({ error }, 'evidence of a window not kept')
      }
    this.#working = null
  }

  /** Ends after the window in hand. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#working
  }
}
