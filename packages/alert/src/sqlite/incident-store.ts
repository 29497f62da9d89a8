/** Incidents in SQLite: list, details, handling. They are made by `joinIncidents`, with the alerts. */

import type { SQLInputValue } from 'node:sqlite'
import type { Level } from '@rampart/event'
import type { Alert, AssetScope, Page } from '../alert.ts'
import type { Incident, IncidentNote } from '../incident.ts'
import type {
  IncidentHandled,
  IncidentHandling,
  IncidentNoteChange,
  IncidentQuery,
  IncidentRefused,
  IncidentStore,
  SharedKey,
} from '../incident-store.ts'
import type { JoinKind } from '../join-keys.ts'
import type { Database } from './database.ts'
import { escapeLike, wordsOf } from './filter.ts'
import { changeIncidentNote } from './incident-notes.ts'
import { type IncidentRecord, viewIncidents } from './incident-rows.ts'
import { refresh, remember } from './join-incidents.ts'
import { type JoinedAlert, levelOf, maskOf, selectAlerts, severityOf, toAlert } from './tables.ts'

/** Weight of what two alerts have in common, for the order of related ones. */
const strengths: Record<JoinKind, number> = {
  process: 8,
  session: 8,
  'flow-out': 6,
  'flow-in': 6,
  path: 5,
  file: 5,
  service: 4,
  identity: 3,
  address: 3,
  account: 1,
}

/** Uses `database`, which needs `alertMigrations`; the caller closes it. */
export class SqliteIncidentStore implements IncidentStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  #record(id: string): IncidentRecord | null {
    const sql = 'SELECT * FROM incidents WHERE id = ?'
    const row = this.#database.get<IncidentRecord>(sql, id)
    if (!row) return null
    return row.merged_into === null ? row : (this.#database.get<IncidentRecord>(sql, row.merged_into) ?? null)
  }

  #alerts(id: string): Alert[] {
    return this.#database
      .all<JoinedAlert>(
        `${selectAlerts} JOIN incident_alerts ON alert_id = alerts.id WHERE incident_id = ? ORDER BY first_at, alerts.id`,
        id,
      )
      .map(toAlert)
  }

  #view(row: IncidentRecord): Incident {
    return this.#views([row])[0] as Incident
  }

  #views(rows: readonly IncidentRecord[]): Incident[] {
    return viewIncidents(this.#database, rows)
  }

  async get(id: string): Promise<Incident | null> {
    const row = this.#record(id)
    return row ? this.#view(row) : null
  }

  async list(query: IncidentQuery): Promise<Page<Incident>> {
    const { where, values } = conditionsOf(query)
    const total = this.#database.get<{ total: number }>(
      `SELECT count(*) AS total FROM incidents WHERE ${where.join(' AND ')}`,
      ...values,
    )
    const key = query.sort === 'level' ? 'severity, last_at, id' : 'last_at, id'
    const after = query.cursor === undefined ? null : this.#record(query.cursor)
    if (after) {
      where.push(`(${key}) < (${query.sort === 'level' ? '?, ?, ?' : '?, ?'})`)
      values.push(...(query.sort === 'level' ? [after.severity] : []), after.last_at, after.id)
    }
    const order = key
      .split(', ')
      .map((column) => `${column} DESC`)
      .join(', ')
    const rows = this.#database.all<IncidentRecord>(
      // Sorted as narrow rows of an index; only those shown are read whole.
      `SELECT * FROM incidents WHERE number IN
         (SELECT number FROM incidents WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT ?) ORDER BY ${order}`,
      ...values,
      query.limit + 1,
    )
    const shown = rows.slice(0, query.limit)
    return {
      items: this.#views(shown),
      nextCursor: rows.length > query.limit ? (shown.at(-1)?.id ?? null) : null,
      total: total?.total ?? 0,
    }
  }

  async counts(scope: AssetScope = null): Promise<Record<Level, number>> {
    const counts: Record<Level, number> = { Urgent: 0, Warning: 0, Notice: 0 }
    const { where, values } = conditionsOf({ state: ['open'], scope, sort: 'lastAt', limit: 0 })
    const sql = `SELECT severity, count(*) AS total FROM incidents WHERE ${where.join(' AND ')} GROUP BY severity`
    for (const row of this.#database.all<{ severity: number; total: number }>(sql, ...values))
      counts[levelOf(row.severity)] = row.total
    return counts
  }

  async alerts(id: string): Promise<Alert[]> {
    const row = this.#record(id)
    return row ? this.#alerts(row.id) : []
  }

  async ofAlert(alertId: string): Promise<Incident | null> {
    const row = this.#database.get<{ incident_id: string }>(
      'SELECT incident_id FROM incident_alerts WHERE alert_id = ?',
      alertId,
    )
    return row ? this.get(row.incident_id) : null
  }

  async history(id: string): Promise<IncidentNote[]> {
    return this.#database
      .all<IncidentNote>(
        `SELECT CAST(number AS TEXT) AS id, at, actor, operation, note, edited_at AS editedAt FROM incident_history
         WHERE incident_id = ? ORDER BY number`,
        this.#record(id)?.id ?? id,
      )
      .map((row) => ({ ...row }))
  }

  async handle(handling: IncidentHandling): Promise<IncidentHandled> {
    return this.#database.transaction(() => {
      const row = this.#record(handling.id)
      if (!row) return refuse('incident.not-found', 'There is no such incident.')
      // A note takes nothing away from anybody: it is added whatever happened since.
      if (handling.operation !== 'add note' && row.version !== handling.version)
        return refuse('incident.changed', 'The incident changed since. Look at it again, then decide.')
      const note = handling.note?.trim() || null
      if (handling.operation === 'add note' && !note) return refuse('incident.note-missing', 'A note needs some text.')
      if (handling.operation === 'close' && row.state === 'closed')
        return refuse('incident.not-offered', 'The incident is closed already.')
      if (handling.operation === 'reopen' && row.state === 'open')
        return refuse('incident.not-offered', 'The incident is open.')
      const state =
        handling.operation === 'close' ? 'closed' : handling.operation === 'reopen' ? 'open' : (row.state as string)
      const assignee = handling.operation === 'assign' ? (handling.assignee ?? null) : row.assignee
      this.#database.run(
        'UPDATE incidents SET state = ?, assignee = ?, note_count = note_count + ?, version = version + 1 WHERE id = ?',
        state,
        assignee,
        note && handling.operation === 'add note' ? 1 : 0,
        row.id,
      )
      const named = handling.operation === 'assign' ? (assignee ?? null) : null
      const text = [named, note].filter(Boolean).join(': ') || null
      remember(this.#database, row.id, handling.at, handling.operation, text, handling.actor)
      return this.#changed(row.id)
    })
  }

  async changeNote(change: IncidentNoteChange): Promise<IncidentHandled> {
    return this.#database.transaction(() => {
      const row = this.#record(change.id)
      if (!row) return refuse('incident.not-found', 'There is no such incident.')
      const refused = changeIncidentNote(this.#database, { ...change, id: row.id })
      return refused ? { ok: false, error: refused } : this.#changed(row.id)
    })
  }

  #changed(id: string): IncidentHandled {
    const row = this.#record(id)
    if (!row) throw new Error(`incident ${id} vanished inside its own transaction`)
    return { ok: true, incident: this.#view(row) }
  }

  async refresh(id: string): Promise<Incident | null> {
    const row = this.#record(id)
    if (!row) return null
    this.#database.transaction(() => refresh(this.#database, row.id))
    return this.get(row.id)
  }

  async note(id: string, entry: { at: number; actor: string; operation: string; note: string | null }): Promise<void> {
    remember(this.#database, this.#record(id)?.id ?? id, entry.at, entry.operation, entry.note, entry.actor)
  }

  async sharedWith(alertId: string, limit: number): Promise<{ alert: Alert; shared: SharedKey[] }[]> {
    const found = new Map<string, SharedKey[]>()
    const mine = this.#database.all<SharedKey>(
      'SELECT DISTINCT kind, value FROM join_keys WHERE alert_id = ? LIMIT 64',
      alertId,
    )
    for (const { kind, value } of mine) {
      const theirs = this.#database.all<{ alert_id: string }>(
        'SELECT DISTINCT alert_id FROM join_keys WHERE kind = ? AND value = ? AND alert_id <> ? ORDER BY at DESC LIMIT 200',
        kind,
        value,
        alertId,
      )
      for (const { alert_id } of theirs) found.set(alert_id, [...(found.get(alert_id) ?? []), { kind, value }])
    }
    const strength = (shared: readonly SharedKey[]) => shared.reduce((sum, { kind }) => sum + strengths[kind], 0)
    return [...found]
      .sort(([, one], [, other]) => strength(other) - strength(one))
      .slice(0, limit)
      .flatMap(([id, shared]) => {
        const row = this.#database.get<JoinedAlert>(`${selectAlerts} WHERE alerts.id = ?`, id)
        return row ? [{ alert: toAlert(row), shared }] : []
      })
  }

  async forgetKeys(before: number, limit: number): Promise<number> {
    return this.#database.run(
      `DELETE FROM join_keys WHERE (kind, value, at, alert_id) IN
         (SELECT kind, value, at, alert_id FROM join_keys WHERE at < ? LIMIT ?)`,
      before,
      limit,
    )
  }
}

function conditionsOf(query: IncidentQuery): { where: string[]; values: SQLInputValue[] } {
  const where: string[] = []
  const values: SQLInputValue[] = []
  const add = (sql: string, ...bound: SQLInputValue[]) => {
    where.push(sql)
    values.push(...bound)
  }
  const marks = (list: readonly unknown[]) => list.map(() => '?').join(', ')
  const states = query.state ?? ['open', 'closed']
  add(`state IN (${marks(states)})`, ...states)
  if (query.level) add(`severity IN (${marks(query.level)})`, ...query.level.map(severityOf))
  if (query.stage) add('stage_mask & ? <> 0', maskOf(query.stage))
  if (query.assignee !== undefined) add('assignee = ?', query.assignee)
  if (query.from !== undefined) add('last_at >= ?', query.from)
  if (query.to !== undefined) add('first_at <= ?', query.to)
  const touched = (condition: string) =>
    `id IN (SELECT incident_id FROM incident_alerts JOIN alerts ON alerts.id = alert_id JOIN assets ON assets.id = asset_id
      WHERE ${condition})`
  if (query.asset) add(touched(`asset_id IN (${marks(query.asset)})`), ...query.asset)
  if (query.scope) add(touched('grouped IN (SELECT value FROM json_each(?))'), JSON.stringify(query.scope.groups))
  for (const word of wordsOf(query.q)) add("search LIKE ? ESCAPE '\\'", `%${escapeLike(word)}%`)
  return { where, values }
}

function refuse(code: IncidentRefused['code'], message: string): IncidentHandled {
  return { ok: false, error: { code, message } }
}
