/** What was committed → metrics, log and live updates. Alerts go out at once; counts follow at most every quarter second. */
import type { Alert, Committed } from '@rampart/alert'
import { toRow } from './api/alert-view.ts'
import { listBanners } from './api/asset-view.ts'
import { toSummary } from './api/summary-view.ts'
import type { Context } from './context.ts'

const summaryEveryMs = 250
const bannersEveryMs = 1000

export class Announcer {
  readonly #context: Context
  #summary: NodeJS.Timeout | null = null
  #banners: NodeJS.Timeout | null = null
  #shownBanners = ''

  constructor(context: Context) {
    this.#context = context
  }

  /** Never throws: what is stored stays stored, whatever becomes of its announcement. */
  announce(committed: Committed): void {
    try {
      this.#announce(committed)
    } catch (error) {
      this.#context.log.error({ error }, 'an announcement failed')
    }
  }

  #announce(committed: Committed): void {
    const { metrics, stream, log, now } = this.#context
    metrics.findingsRepeated.inc(committed.repeated)
    for (const { change, alert } of committed.raised) {
      metrics.findings.inc()
      if (change === 'raised') {
        metrics.alerts.inc({ level: alert.level })
        metrics.eventAgeSeconds.observe(Math.max(0, (now() - alert.lastAt) / 1000))
        log.info({ alert: alert.id, model: alert.modelId, asset: alert.asset.id, level: alert.level }, 'alert raised')
      }
      stream.publish(change === 'raised' ? 'alert.raised' : 'alert.updated', toRow(alert))
    }
    if (committed.raised.length > 0) this.countsChanged()
  }

  alertChanged(alert: Alert): void {
    this.#context.stream.publish('alert.updated', toRow(alert))
    this.countsChanged()
  }

  assetChanged(id: string): void {
    this.#context.stream.publish('asset.changed', { id })
    this.bannersChanged()
  }

  countsChanged(): void {
    this.#summary ??= setTimeout(() => {
      this.#summary = null
      if (this.#context.stream.clients === 0) return
      void this.#try(async () => this.#context.stream.publish('summary', await toSummary(this.#context)))
    }, summaryEveryMs)
  }

  bannersChanged(): void {
    this.#banners ??= setTimeout(() => {
      this.#banners = null
      void this.#try(async () => {
        const banners = await listBanners(this.#context)
        const text = JSON.stringify(banners)
        if (text === this.#shownBanners) return
        this.#shownBanners = text
        this.#context.stream.publish('banners', { count: banners.length })
      })
    }, bannersEveryMs)
  }

  async #try(body: () => Promise<void>): Promise<void> {
    try {
      await body()
    } catch (error) {
      this.#context.log.warn({ error }, 'live update failed')
    }
  }

  stop(): void {
    if (this.#summary) clearTimeout(this.#summary)
    if (this.#banners) clearTimeout(this.#banners)
  }
}
