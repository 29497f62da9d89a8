/** What was committed → metrics, log and live updates. Alerts go out at once; counts follow at most every quarter second. */
import type { Alert, Committed } from '@rampart/alert'
import type { BatchProgress } from '@rampart/api'
import { toRow } from './api/alert-row.ts'
import { listBanners } from './api/asset-view.ts'
import { toTaskView } from './api/operation-view.ts'
import { toSummary } from './api/summary-view.ts'
import type { Context } from './context.ts'
import type { StoredOperation, StoredTask } from './response/task-store.ts'

const summaryEveryMs = 250
const bannersEveryMs = 1000
const updatesEveryMs = 100
/** Up to so many changed alerts are told one by one. */
const tellEachMax = 50
const incidentsEveryMs = 500
const incidentsToldMax = 200
const manyEveryMs = 500

export class Announcer {
  readonly #context: Context
  #summary: NodeJS.Timeout | null = null
  #banners: NodeJS.Timeout | null = null
  #shownBanners = ''
  #updates: NodeJS.Timeout | null = null
  #many: NodeJS.Timeout | null = null
  /** Alerts told within the present tenth of a second, and those of them that changed again since. */
  readonly #told = new Set<string>()
  readonly #later = new Map<string, Alert>()
  #incidents: NodeJS.Timeout | null = null
  readonly #changedIncidents = new Set<string>()

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
        log.info(
          { alert: alert.id, model: alert.modelId, asset: alert.asset.id, alertLevel: alert.level },
          'alert raised',
        )
      }
      if (change === 'raised') stream.publish('alert.raised', toRow(alert), alert.asset)
      else this.#update(alert)
    }
    if (committed.raised.length > 0) this.countsChanged()
    this.incidentsChanged(committed.incidents)
  }

  /** A repeat goes out at once; more of the same alert within a tenth of a second become one message. */
  #update(alert: Alert): void {
    const told = this.#told.has(alert.id)
    this.#told.add(alert.id)
    if (told) this.#later.set(alert.id, alert)
    else this.#context.stream.publish('alert.updated', toRow(alert), alert.asset)
    this.#updates ??= setTimeout(() => {
      this.#updates = null
      this.#told.clear()
      const later = [...this.#later.values()]
      this.#later.clear()
      for (const one of later) this.#update(one)
    }, updatesEveryMs)
  }

  alertChanged(alert: Alert): void {
    this.#context.stream.publish('alert.updated', toRow(alert), alert.asset)
    this.countsChanged()
    void this.#try(() => this.#renewIncidents([alert]))
  }

  /** Many at once: browsers are told to ask again instead of getting each. */
  alertsChanged(alerts: readonly Alert[]): void {
    if (alerts.length === 0) return
    if (alerts.length <= tellEachMax)
      for (const alert of alerts) this.#context.stream.publish('alert.updated', toRow(alert), alert.asset)
    else
      this.#many ??= setTimeout(() => {
        this.#many = null
        this.#context.stream.publish('alerts.changed', {}, 'everybody')
      }, manyEveryMs)
    this.countsChanged()
    void this.#try(() => this.#renewIncidents(alerts))
  }

  /** What people decide about alerts changes level, title and open alerts of their incidents. */
  async #renewIncidents(alerts: readonly Alert[]): Promise<void> {
    const { incidents } = this.#context
    const found = await Promise.all(alerts.map((alert) => incidents.ofAlert(alert.id)))
    const ids = new Set(found.flatMap((incident) => (incident ? [incident.id] : [])))
    for (const id of ids) await incidents.refresh(id)
    this.incidentsChanged([...ids])
  }

  batchChanged(progress: BatchProgress): void {
    this.#context.stream.publish('batch.progress', progress, 'everybody')
  }

  /** Which of them a browser may see it finds out by asking; an id tells nothing. */
  incidentsChanged(ids: readonly string[]): void {
    for (const id of ids) if (this.#changedIncidents.size < incidentsToldMax) this.#changedIncidents.add(id)
    if (this.#changedIncidents.size === 0) return
    this.#incidents ??= setTimeout(() => {
      this.#incidents = null
      this.#context.stream.publish('incidents.changed', { ids: [...this.#changedIncidents] }, 'everybody')
      this.#changedIncidents.clear()
    }, incidentsEveryMs)
  }

  assetChanged(id: string): void {
    void this.#try(async () => {
      const asset = await this.#context.alerts.asset(id)
      this.#context.stream.publish('asset.changed', { id }, asset ?? { group: null })
    })
    this.bannersChanged()
  }

  taskChanged(task: StoredTask): void {
    void this.#try(async () => {
      const asset = await this.#context.alerts.asset(task.assetId)
      this.#context.stream.publish('task.changed', toTaskView(task, asset?.name), asset ?? { group: null })
    })
  }

  operationChanged({ id, alertId }: StoredOperation): void {
    this.#context.stream.publish('operation.changed', { id, alertId }, 'everybody')
  }

  countsChanged(): void {
    this.#summary ??= setTimeout(() => {
      this.#summary = null
      if (this.#context.stream.clients === 0) return
      void this.#try(() => this.#context.stream.publishScoped('summary', (scope) => toSummary(this.#context, scope)))
    }, summaryEveryMs)
  }

  bannersChanged(): void {
    this.#banners ??= setTimeout(() => {
      this.#banners = null
      void this.#try(async () => {
        const banners = await listBanners(this.#context, null)
        const text = JSON.stringify(banners)
        if (text === this.#shownBanners) return
        this.#shownBanners = text
        await this.#context.stream.publishScoped('banners', async (scope) => ({
          count: (await listBanners(this.#context, scope)).length,
        }))
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
    for (const clock of [this.#summary, this.#banners, this.#updates, this.#many, this.#incidents])
      if (clock) clearTimeout(clock)
  }
}
