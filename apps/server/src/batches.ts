/** Carries batches out in the background, a few hundred alerts at a time, so that everything else goes on in between. */
import { randomUUID } from 'node:crypto'
import { setImmediate as pause } from 'node:timers/promises'
import type { Alert, AlertStore } from '@rampart/alert'
import type { Logger } from 'pino'
import type { AlertOperations, AnyHandled, AnyHandling } from './alert-operations.ts'
import type { AlertBatches, Batch, BatchItem } from './store/alert-batches.ts'

/** Alerts that one transaction changes. */
const chunk = 100

interface Parts {
  alerts: AlertStore
  operations: AlertOperations
  store: AlertBatches
  log: Logger
  now: () => number
  onProgress: (batch: Batch) => void
  onChange: (alerts: readonly Alert[]) => void
}

export class Batches {
  readonly #parts: Parts
  readonly #running = new Map<string, Promise<void>>()
  readonly #cancelled = new Set<string>()
  #stopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Goes on with what a crash or a stop interrupted; what was done before is not done again. */
  resume(): void {
    for (const id of this.#parts.store.running()) this.#start(id)
  }

  /** Stores the batch and begins; the answer is how it stands at once. */
  start(
    request: Pick<Batch, 'actor' | 'operation' | 'note' | 'assignee'> & { undoes?: string },
    alerts: readonly { id: string; version: number }[],
  ): Batch {
    const id = randomUUID()
    const { store, now } = this.#parts
    store.add({ ...request, id, at: now(), undoes: request.undoes ?? null }, alerts)
    this.#start(id)
    return store.get(id) as Batch
  }

  get(id: string): Batch | null {
    return this.#parts.store.get(id)
  }

  groupsOf(id: string): (string | null)[] {
    return this.#parts.store.groupsOf(id)
  }

  items(id: string, outcome: BatchItem['outcome'] | 'all', offset: number, limit: number): BatchItem[] {
    return this.#parts.store.items(id, outcome, offset, limit)
  }

  /** Ends after the alerts in hand; what was done stays done. */
  async cancel(id: string): Promise<Batch | null> {
    this.#cancelled.add(id)
    await this.#running.get(id)
    this.#cancelled.delete(id)
    return this.get(id)
  }

  /** Takes back what a batch did to each alert, unless somebody decided about it since. */
  undo(batch: Batch, actor: string): Batch {
    const done = this.#parts.store.items(batch.id, 'done', 0, batch.total)
    // Versions are not what counts here: the store looks whether the batch's decision is still the last one.
    const alerts = done.map((item) => ({ id: item.alertId, version: 0 }))
    return this.start({ actor, operation: 'undo', note: null, assignee: null, undoes: batch.id }, alerts)
  }

  #start(id: string): void {
    const work = this.#work(id)
      .catch((error) => this.#parts.log.error({ error, batch: id }, 'a batch stopped; it goes on with the next start'))
      .finally(() => this.#running.delete(id))
    this.#running.set(id, work)
  }

  async #work(id: string): Promise<void> {
    const { store, alerts, now, onProgress } = this.#parts
    await pause()
    // After a crash between an operation and its record here, the history knows.
    const handledBefore = await alerts.inBatch(id)
    for (;;) {
      const batch = store.get(id)
      if (!batch || this.#stopped) return
      const waiting = store.items(id, 'waiting', 0, chunk)
      if (waiting.length === 0 || this.#cancelled.has(id)) {
        store.finish(id, waiting.length === 0 ? 'done' : 'cancelled', now())
        onProgress(store.get(id) ?? batch)
        return
      }
      await this.#handle(batch, waiting, handledBefore)
      onProgress(store.get(id) ?? batch)
      await pause()
    }
  }

  async #handle(batch: Batch, items: readonly BatchItem[], handledBefore: ReadonlySet<string>): Promise<void> {
    const { store, operations, onChange } = this.#parts
    const already = items.filter((item) => handledBefore.has(item.alertId))
    const fresh = items.filter((item) => !handledBefore.has(item.alertId))
    const handlings = await Promise.all(fresh.map((item) => this.#handling(batch, item)))
    const answers = await operations.apply(handlings)
    store.record(batch.id, [
      ...already.map(({ place }) => ({ place, outcome: 'done' as const, reason: null })),
      ...fresh.map(({ place }, index) => ({ place, ...outcomeOf(answers[index]) })),
    ])
    onChange(answers.flatMap((answer) => (answer.ok ? [answer.alert] : [])))
  }

  async #handling(batch: Batch, item: BatchItem): Promise<AnyHandling> {
    const version =
      batch.undoes === null ? item.version : ((await this.#parts.alerts.get(item.alertId))?.version ?? item.version)
    return {
      alertId: item.alertId,
      version,
      operation: batch.operation,
      actor: batch.actor,
      at: this.#parts.now(),
      batch: batch.id,
      ...(batch.undoes !== null && { undoBatch: batch.undoes }),
      ...(batch.note !== null && { note: batch.note }),
      ...(batch.operation === 'assign' && { assignee: batch.assignee }),
    }
  }

  /** Ends after the alerts in hand; the next start goes on. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running.values())
  }
}

function outcomeOf(answer: AnyHandled | undefined): Pick<BatchItem, 'outcome' | 'reason'> {
  if (answer?.ok) return { outcome: 'done', reason: null }
  const { code, message } = answer?.error ?? { code: 'alert.not-found', message: 'There is no such alert.' }
  return { outcome: code === 'alert.changed' ? 'changed' : 'refused', reason: message }
}
