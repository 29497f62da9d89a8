/**
 * Alerts → messages. Alerts raised are put into the channels that tell them (on disk), each channel sends what waits, one
 * message at a time. A message that does not get through is tried again with growing pauses for a day.
 */
import type { AlertStore } from '@rampart/alert'
import type { Logger } from 'pino'
import { toRow } from '../api/alert-row.ts'
import { digestMax, type Note, type ToldAlert } from './note.ts'
import { planStep } from './plan.ts'
import { DeliveryError } from './reach.ts'
import { send } from './send.ts'
import {
  type Channel,
  type Delivery,
  type Failure,
  type NotificationStore,
  type Waiting,
  worthTelling,
} from './store.ts'

export interface NotifierParts {
  store: NotificationStore
  alerts: Pick<AlertStore, 'get'>
  /** Origin of the console as people reach it. */
  consoleUrl: () => string
  version: string
  log: Logger
  now: () => number
  /** Told when a channel begins or ceases to fail. */
  onChange: () => void
}

const pauseMs = { first: 10_000, most: 30 * 60_000 }
const giveUpMs = 24 * 3_600_000
const collectSoonMs = 50
const longestSleepMs = 3_600_000

export class Notifier {
  readonly #parts: NotifierParts
  /** Channels at work; a channel sends one message at a time. */
  readonly #busy = new Set<string>()
  readonly #clocks = new Map<string, NodeJS.Timeout>()
  #soon: NodeJS.Timeout | null = null
  #stopped = false

  constructor(parts: NotifierParts) {
    this.#parts = parts
  }

  /** Call it when alerts may have been raised. Cheap. */
  look(): void {
    if (this.#stopped) return
    this.#soon ??= setTimeout(() => {
      this.#soon = null
      this.#collect()
    }, collectSoonMs)
  }

  #collect(): void {
    const { store, now, log } = this.#parts
    try {
      const channels = store.channels()
      if (store.collect(channels, now())) this.look()
      for (const channel of channels) this.#wake(channel.id)
    } catch (error) {
      // A full disk: the cursor stays, and the next alert or minute finds them.
      log.warn({ error }, 'alerts were not put into notification channels')
      this.#later('collect', 60_000, () => this.look())
    }
  }

  /** Lets a channel go on at once, after its settings changed. */
  wake(channelId: string): void {
    this.#wake(channelId)
  }

  #wake(channelId: string): void {
    if (this.#busy.has(channelId) || this.#stopped) return
    this.#busy.add(channelId)
    void this.#work(channelId)
      .catch((error) => {
        this.#parts.log.warn({ error, channel: channelId }, 'notification channel failed')
        return 60_000
      })
      .then((waitMs) => {
        this.#busy.delete(channelId)
        if (waitMs !== null) this.#later(channelId, waitMs, () => this.#wake(channelId))
      })
  }

  #later(key: string, waitMs: number, body: () => void): void {
    clearTimeout(this.#clocks.get(key))
    if (this.#stopped) return
    this.#clocks.set(key, setTimeout(body, Math.min(Math.max(waitMs, 10), longestSleepMs)))
  }

  /** Sends until nothing may be sent; returns how long to wait, null when nothing waits. */
  async #work(channelId: string): Promise<number | null> {
    const { store, now } = this.#parts
    while (!this.#stopped) {
      const channel = store.channel(channelId)
      if (!channel?.settings.enabled) return null
      const at = now()
      const dropped = store.giveUp(channelId, at - giveUpMs)
      if (dropped > 0) this.#parts.log.warn({ channel: channel.settings.name, dropped }, 'notifications given up')
      if (channel.failure && channel.failure.nextAt > at && channel.failure.nextAt - at <= pauseMs.most)
        return channel.failure.nextAt - at
      const windowMs = channel.settings.limit.minutes * 60_000
      const sent = store.sentSince(channelId, at - windowMs).filter((instant) => instant <= at)
      const { tell, hold, againAt } = planStep(channel.settings, store.waiting(channelId), sent, at)
      const newlyHeld = hold.filter((one) => !one.held)
      if (newlyHeld.length > 0) store.hold(newlyHeld.map((one) => one.number))
      if (tell.length > 0) await this.#tell(channel, tell)
      else return againAt === null ? null : againAt - at
    }
    return null
  }

  async #tell(channel: Channel, waiting: readonly Waiting[]): Promise<void> {
    const { alerts, store, now } = this.#parts
    const numbers = waiting.map((one) => one.number)
    const told: ToldAlert[] = []
    let total = 0
    for (const { alertId } of waiting) {
      const alert = await alerts.get(alertId)
      if (!alert || !worthTelling.includes(alert.state)) continue
      total++
      if (told.length < digestMax)
        told.push({ ...toRow(alert), url: `${this.#parts.consoleUrl()}/alerts/${encodeURIComponent(alertId)}` })
    }
    if (total === 0) return store.forget(numbers)
    const kind = total === 1 ? 'alert' : 'digest'
    const id = kind === 'alert' ? `${channel.id}.${told[0]?.id}` : `${channel.id}.digest-${numbers.at(-1)}`
    await this.#deliver(
      channel,
      { id, kind, at: now(), alerts: told, total, consoleUrl: `${this.#parts.consoleUrl()}/alerts` },
      numbers,
    )
  }

  async #deliver(channel: Channel, note: Note, numbers: readonly number[]): Promise<Delivery> {
    const { store, now, version, log, onChange } = this.#parts
    const startedAt = performance.now()
    const { target, allowPrivate } = channel.settings
    const error = await send({ target, secrets: channel.secrets, allowPrivate, note, at: now(), version }).then(
      () => null,
      (cause: unknown) =>
        cause instanceof DeliveryError
          ? cause
          : new DeliveryError('notify.failed', String((cause as Error)?.message ?? cause).slice(0, 300)),
    )
    const failure = error && this.#failure(channel.failure, error)
    // One message that the other side never takes must not keep back those behind it: they come together, in fewer words.
    if (error?.final) store.hold(numbers)
    const delivery = store.record(
      channel.id,
      {
        at: now(),
        kind: note.kind,
        alerts: note.total,
        ok: error === null,
        code: error?.code ?? null,
        message: error?.message ?? '',
        tookMs: Math.round(performance.now() - startedAt),
      },
      numbers,
      failure,
    )
    if (error)
      log.warn({ channel: channel.settings.name, code: error.code, message: error.message }, 'notification not sent')
    if ((failure === null) !== (channel.failure === null)) onChange()
    return delivery
  }

  #failure(before: Failure | null, error: DeliveryError): Failure {
    const at = this.#parts.now()
    const tries = (before?.tries ?? 0) + 1
    const waitMs = error.final ? pauseMs.most : Math.min(pauseMs.first * 2 ** (tries - 1), pauseMs.most)
    return { code: error.code, message: error.message, since: before?.since ?? at, tries, nextAt: at + waitMs }
  }

  /** Sends a test message now, past quiet hours and limit. */
  async test(channel: Channel): Promise<Delivery> {
    const { now, consoleUrl } = this.#parts
    const at = now()
    const delivery = await this.#deliver(
      channel,
      { id: `${channel.id}.test-${at}`, kind: 'test', at, alerts: [], total: 0, consoleUrl: consoleUrl() },
      [],
    )
    if (delivery.ok) this.#wake(channel.id)
    return delivery
  }

  stop(): void {
    this.#stopped = true
    if (this.#soon) clearTimeout(this.#soon)
    for (const clock of this.#clocks.values()) clearTimeout(clock)
  }
}
