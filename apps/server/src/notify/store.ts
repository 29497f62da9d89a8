/** Channels, the alerts that wait in them, and what was sent. */
import { randomUUID } from 'node:crypto'
import type { Database } from '@rampart/alert'
import { type ChannelSettings, channelSettings, type SecretName, secretsOfKind } from '@rampart/api'
import type { AlertState, AlertType, Level } from '@rampart/event'
import { type Seal, secretPlace } from '../store/sealed.ts'

export interface Failure {
  code: string
  message: string
  /** Ms, like all instants here. */
  since: number
  tries: number
  nextAt: number
}

export interface Channel {
  id: string
  settings: ChannelSettings
  secrets: Partial<Record<SecretName, string>>
  dropped: number
  lastSentAt: number | null
  failure: Failure | null
}

export interface Waiting {
  number: number
  alertId: string
  urgent: boolean
  held: boolean
  queuedAt: number
}

export interface Delivery {
  number: number
  at: number
  kind: 'alert' | 'digest' | 'test'
  alerts: number
  ok: boolean
  code: string | null
  message: string
  tookMs: number
}

interface ChannelRecord {
  id: string
  settings: string
  secrets: string
  dropped: number
  last_sent_at: number | null
  failure: string | null
}

interface NewAlert {
  number: number
  id: string
  level: number
  type: AlertType
  state: AlertState
  grouped: string | null
}

/** States of an alert that is worth telling. */
export const worthTelling: readonly AlertState[] = ['unhandled', 'handling', 'auto-blocked']

/** Alerts that may wait in one channel; the oldest give way, counted. */
const waitingMax = 10_000
const collectMax = 1000
const deliveriesKept = 2000
const levelOfSeverity: readonly Level[] = ['Notice', 'Warning', 'Urgent']

export class NotificationStore {
  readonly #database: Database
  readonly #seal: Seal

  constructor(database: Database, seal: Seal) {
    this.#database = database
    this.#seal = seal
  }

  channels(): Channel[] {
    return this.#database
      .all<ChannelRecord>('SELECT * FROM notification_channels ORDER BY created_at, id')
      .map((row) => this.#toChannel(row))
  }

  channel(id: string): Channel | null {
    const row = this.#database.get<ChannelRecord>('SELECT * FROM notification_channels WHERE id = ?', id)
    return row ? this.#toChannel(row) : null
  }

  add(settings: ChannelSettings, secrets: Channel['secrets'], at: number): string {
    const id = randomUUID()
    this.#database.run(
      'INSERT INTO notification_channels (id, settings, secrets, created_at) VALUES (?, ?, ?, ?)',
      id,
      JSON.stringify(settings),
      this.#sealed(id, settings, secrets),
      at,
    )
    return id
  }

  /** A changed channel is tried again at once. */
  change(id: string, settings: ChannelSettings, secrets: Channel['secrets']): void {
    this.#database.run(
      'UPDATE notification_channels SET settings = ?, secrets = ?, failure = NULL WHERE id = ?',
      JSON.stringify(settings),
      this.#sealed(id, settings, secrets),
      id,
    )
  }

  remove(id: string): boolean {
    return this.#database.run('DELETE FROM notification_channels WHERE id = ?', id) === 1
  }

  /**
   * Puts alerts raised since the last call into the channels that tell them; one transaction, so that each is put there
   * once. True when there may be more.
   */
  collect(channels: readonly Channel[], at: number): boolean {
    return this.#database.transaction(() => {
      const rows = this.#database.all<NewAlert>(
        `SELECT alerts.number, alerts.id, severity AS level, type, state, grouped FROM alerts JOIN assets ON assets.id = asset_id
         WHERE alerts.number > (SELECT alert_number FROM notification_cursor)
         ORDER BY alerts.number LIMIT ?`,
        collectMax,
      )
      for (const { settings, id } of channels)
        for (const row of rows)
          if (settings.enabled && worthTelling.includes(row.state) && tells(settings, row))
            this.#database.run(
              'INSERT OR IGNORE INTO notification_queue (channel_id, alert_id, urgent, queued_at) VALUES (?, ?, ?, ?)',
              id,
              row.id,
              row.level === 2 ? 1 : 0,
              at,
            )
      const last = rows.at(-1)?.number
      if (last !== undefined) this.#database.run('UPDATE notification_cursor SET alert_number = ?', last)
      return rows.length === collectMax
    })
  }

  /** Oldest first. */
  waiting(channelId: string): Waiting[] {
    return this.#database
      .all<{ number: number; alert_id: string; urgent: number; held: number; queued_at: number }>(
        'SELECT number, alert_id, urgent, held, queued_at FROM notification_queue WHERE channel_id = ? ORDER BY number',
        channelId,
      )
      .map((row) => ({
        number: row.number,
        alertId: row.alert_id,
        urgent: row.urgent === 1,
        held: row.held === 1,
        queuedAt: row.queued_at,
      }))
  }

  countWaiting(channelId: string): number {
    const sql = 'SELECT count(*) AS total FROM notification_queue WHERE channel_id = ?'
    return this.#database.get<{ total: number }>(sql, channelId)?.total ?? 0
  }

  /** What comes of them next is a digest. */
  hold(numbers: readonly number[]): void {
    this.#database.run(
      'UPDATE notification_queue SET held = 1 WHERE number IN (SELECT value FROM json_each(?))',
      JSON.stringify(numbers),
    )
  }

  /** Gives up what waited since before `before`, and the oldest of too many; both are counted. Returns how many. */
  giveUp(channelId: string, before: number): number {
    return this.#database.transaction(() => {
      const old = this.#database.run(
        'DELETE FROM notification_queue WHERE channel_id = ? AND queued_at < ?',
        channelId,
        before,
      )
      const many = this.#database.run(
        `DELETE FROM notification_queue WHERE channel_id = ? AND number <= (
           SELECT number FROM notification_queue WHERE channel_id = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
        channelId,
        channelId,
        waitingMax,
      )
      if (old + many > 0)
        this.#database.run('UPDATE notification_channels SET dropped = dropped + ? WHERE id = ?', old + many, channelId)
      return old + many
    })
  }

  /** Writes down what came of a message, and takes what it told out of the queue when it got through. */
  record(
    channelId: string,
    delivery: Omit<Delivery, 'number'>,
    told: readonly number[],
    failure: Failure | null,
  ): Delivery {
    return this.#database.transaction(() => {
      const { at, kind, alerts, ok, code, message, tookMs } = delivery
      this.#database.run(
        'INSERT INTO notification_deliveries (channel_id, at, kind, alerts, ok, code, message, took_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        channelId,
        at,
        kind,
        alerts,
        ok ? 1 : 0,
        code,
        message,
        tookMs,
      )
      if (ok) this.forget(told)
      this.#database.run(
        'UPDATE notification_channels SET failure = ?, last_sent_at = coalesce(?, last_sent_at) WHERE id = ?',
        failure && JSON.stringify(failure),
        ok ? at : null,
        channelId,
      )
      this.#database.run(
        `DELETE FROM notification_deliveries WHERE channel_id = ? AND number <= (
           SELECT number FROM notification_deliveries WHERE channel_id = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
        channelId,
        channelId,
        deliveriesKept,
      )
      const number =
        this.#database.get<{ number: number }>('SELECT max(number) AS number FROM notification_deliveries')?.number ?? 0
      return { ...delivery, number }
    })
  }

  /** Takes alerts out of the queue. */
  forget(numbers: readonly number[]): void {
    this.#database.run(
      'DELETE FROM notification_queue WHERE number IN (SELECT value FROM json_each(?))',
      JSON.stringify(numbers),
    )
  }

  /** Instants of the messages about alerts that got through since then, oldest first. */
  sentSince(channelId: string, since: number): number[] {
    return this.#database
      .all<{ at: number }>(
        "SELECT at FROM notification_deliveries WHERE channel_id = ? AND ok = 1 AND kind <> 'test' AND at > ? ORDER BY number",
        channelId,
        since,
      )
      .map(({ at }) => at)
  }

  /** Newest first. */
  deliveries(channelId: string, limit: number): Delivery[] {
    return this.#database
      .all<Omit<Delivery, 'ok' | 'tookMs'> & { ok: number; took_ms: number }>(
        'SELECT number, at, kind, alerts, ok, code, message, took_ms FROM notification_deliveries WHERE channel_id = ? ORDER BY number DESC LIMIT ?',
        channelId,
        limit,
      )
      .map(({ ok, took_ms, ...row }) => ({ ...row, ok: ok === 1, tookMs: took_ms }))
  }

  #sealed(id: string, settings: ChannelSettings, secrets: Channel['secrets']): string {
    return this.#seal.seal(JSON.stringify(fitting(settings, secrets)), secretPlace('secrets', id))
  }

  /** Secrets that cannot be opened are missing: the console shows them as not set. */
  #opened(row: ChannelRecord): Channel['secrets'] {
    const text = this.#seal.open(row.secrets, secretPlace('secrets', row.id))
    return text === null ? {} : JSON.parse(text)
  }

  #toChannel(row: ChannelRecord): Channel {
    return {
      id: row.id,
      settings: channelSettings.parse(JSON.parse(row.settings)),
      secrets: this.#opened(row),
      dropped: row.dropped,
      lastSentAt: row.last_sent_at,
      failure: row.failure === null ? null : JSON.parse(row.failure),
    }
  }
}

function tells({ levels, types, groups }: ChannelSettings, alert: NewAlert): boolean {
  const level = levelOfSeverity[alert.level]
  return (
    level !== undefined &&
    levels.includes(level) &&
    (types.length === 0 || types.includes(alert.type)) &&
    (groups.length === 0 || (alert.grouped !== null && groups.includes(alert.grouped)))
  )
}

/** Only the secrets that the kind has, and no empty ones. */
function fitting(settings: ChannelSettings, secrets: Channel['secrets']): Channel['secrets'] {
  const names: readonly SecretName[] = secretsOfKind[settings.target.kind]
  return Object.fromEntries(
    Object.entries(secrets).filter(([name, value]) => names.includes(name as SecretName) && value),
  )
}
