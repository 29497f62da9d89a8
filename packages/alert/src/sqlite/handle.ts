/** What people (and time) do with alerts, in SQLite: handling, its history, undo, expiry. Runs inside a transaction. */
import type { AlertState } from '@rampart/event'
import type { Alert, HistoryEntry } from '../alert.ts'
import { type Circumstances, isOpen, mayFollow, operations, refusal, undoable } from '../life-cycle.ts'
import type { Handled, Handling, HandlingRefused, Movement } from '../store.ts'
import type { Database } from './database.ts'
import { reopenIncidentOf } from './join-incidents.ts'
import { noteOperationsSql } from './notes.ts'
import { type JoinedAlert, selectAlerts, toAlert } from './tables.ts'

/** What `undo` restores. */
interface Before {
  state: AlertState
  assignee: string | null
  silent: boolean
}

interface HistoryRecord {
  number: number
  at: number
  actor: string
  operation: string
  batch: string | null
  before: string | null
}

export function handleAlert(database: Database, handling: Handling): Handled {
  const row = readRow(database, handling.alertId)
  if (!row) return refuse('alert.not-found', 'There is no such alert.')
  const alert = toAlert(row)
  // A note takes nothing away from anybody: it is added whatever happened since.
  const decides = handling.operation !== 'add note'
  if (decides && (handling.version < row.decided_version || handling.version > row.version))
    return conflict(database, alert)
  const reason = refusal(handling.operation, alert.state, circumstancesOf(database, alert))
  if (reason) return refuse('alert.not-offered', reason)
  if (handling.operation === 'add note' && !handling.note?.trim())
    return refuse('alert.note-missing', 'A note needs some text.')
  if (handling.operation === 'assign' && handling.assignee === undefined)
    return refuse('alert.assignee-missing', 'Say whom the alert is for, or null for nobody.')
  const undone = handling.operation === 'undo' ? lastDecision(database, alert.id) : undefined
  if (handling.undoBatch !== undefined && undone?.batch !== handling.undoBatch) return conflict(database, alert)
  const before: Before = { state: alert.state, assignee: alert.assignee, silent: alert.silent }
  const after = undone?.before ? (JSON.parse(undone.before) as Before) : afterOperation(handling, before)
  const note = handling.operation === 'assign' ? assignmentNote(handling) : handling.note?.trim() || null
  database.run(
    `UPDATE alerts SET state = ?, open = ?, assignee = ?, silent = ?, note_count = note_count + ?, version = version + 1,
       decided_version = CASE ? WHEN 1 THEN version + 1 ELSE decided_version END,
       decided_at = CASE ? WHEN 1 THEN ? ELSE decided_at END WHERE id = ?`,
    after.state,
    isOpen(after.state) ? 1 : 0,
    after.assignee,
    after.silent ? 1 : 0,
    handling.note?.trim() ? 1 : 0,
    decides ? 1 : 0,
    decides ? 1 : 0,
    handling.at,
    alert.id,
  )
  record(database, alert.id, { ...handling, note, before, to: after.state, undoes: undone?.number ?? null })
  if (isOpen(after.state) && !isOpen(alert.state)) reopenIncidentOf(database, alert.id, handling.at)
  return { ok: true, alert: toAlert(readRow(database, alert.id) as JoinedAlert) }
}

/** What an operation of agents does to the alert: another state where that may follow, and a row in the history. */
export function moveAlert(database: Database, { alertId, version, to, ...entry }: Movement): Handled {
  const row = readRow(database, alertId)
  if (!row) return refuse('alert.not-found', 'There is no such alert.')
  const alert = toAlert(row)
  if (version !== undefined && (version < row.decided_version || version > row.version))
    return conflict(database, alert)
  const opens = to !== null && isOpen(to) && !isOpen(alert.state)
  const fits = to !== null && to !== alert.state && mayFollow(alert.state, to)
  const state = fits && !(opens && circumstancesOf(database, alert).openTwin) ? to : alert.state
  database.run(
    `UPDATE alerts SET state = ?, open = ?, silent = CASE ? WHEN 1 THEN 0 ELSE silent END, version = version + 1,
       decided_version = version + 1, decided_at = ? WHERE id = ?`,
    state,
    isOpen(state) ? 1 : 0,
    isOpen(state) ? 1 : 0,
    entry.at,
    alertId,
  )
  const before: Before = { state: alert.state, assignee: alert.assignee, silent: alert.silent }
  record(database, alertId, { ...entry, before, to: state })
  if (isOpen(state) && !isOpen(alert.state)) reopenIncidentOf(database, alertId, entry.at)
  return { ok: true, alert: toAlert(readRow(database, alertId) as JoinedAlert) }
}

function afterOperation(handling: Handling, before: Before): Before {
  const operation: { to: AlertState | null; silent?: true } = operations[handling.operation]
  return {
    state: operation.to ?? before.state,
    assignee: handling.operation === 'assign' ? (handling.assignee ?? null) : before.assignee,
    silent: operation.to === null ? before.silent : operation.silent === true,
  }
}

interface Entry {
  at: number
  actor: string
  operation: string
  before: Before
  to: AlertState
  note: string | null
  undoes?: number | null
  batch?: string
}

function record(database: Database, alertId: string, entry: Entry): void {
  database.run(
    `INSERT INTO history (alert_id, at, actor, operation, from_state, to_state, note, undoes, batch, before)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    alertId,
    entry.at,
    entry.actor,
    entry.operation,
    entry.before.state,
    entry.to,
    entry.note,
    entry.undoes ?? null,
    entry.batch ?? null,
    undoable.includes(entry.operation) ? JSON.stringify(entry.before) : null,
  )
}

function readRow(database: Database, id: string): JoinedAlert | undefined {
  return database.get<JoinedAlert>(`${selectAlerts} WHERE alerts.id = ?`, id)
}

/**
 * The latest decision that is not taken back. What was decided before it can be undone after it: undo walks backwards.
 * Decisions that are not undoable (a task that was carried out) stop the walk.
 */
function lastDecision(database: Database, alertId: string): HistoryRecord | undefined {
  const last = database.get<HistoryRecord>(
    `SELECT number, at, actor, operation, batch, before FROM history
     WHERE alert_id = ? AND operation NOT IN (${noteOperationsSql}, 'undo', 'raised')
       AND NOT EXISTS (SELECT 1 FROM history AS later WHERE later.undoes = history.number)
     ORDER BY number DESC LIMIT 1`,
    alertId,
  )
  return last?.before ? last : undefined
}

export function circumstancesOf(database: Database, alert: Alert): Circumstances {
  const twin = database.get(
    'SELECT 1 FROM alerts WHERE aggregation_key = ? AND open = 1 AND id <> ?',
    alert.aggregationKey,
    alert.id,
  )
  const last = lastDecision(database, alert.id)
  const before = last?.before ? (JSON.parse(last.before) as Before) : null
  return {
    openTwin: twin !== undefined,
    silent: alert.silent,
    last: last && before ? { operation: last.operation, state: before.state } : null,
  }
}

/** The loser of two learns who won, and with what. */
function conflict(database: Database, alert: Alert): Handled {
  const latest = database.get<HistoryRecord>(
    `SELECT number, at, actor, operation, batch, before FROM history
     WHERE alert_id = ? AND operation NOT IN (${noteOperationsSql}) ORDER BY number DESC LIMIT 1`,
    alert.id,
  )
  const { actor = 'rampart', operation = 'raised', at = alert.raisedAt } = latest ?? {}
  return {
    ok: false,
    error: {
      code: 'alert.changed',
      message: `${actor} was first: ${operation}. The alert is ${alert.state} now. Look at it again, then decide.`,
      conflict: { actor, operation, at, state: alert.state, version: alert.version },
    },
  }
}

export function readHistory(database: Database, alertId: string): HistoryEntry[] {
  return database
    .all<Omit<HistoryEntry, 'undone'> & { undone: number }>(
      `SELECT CAST(number AS TEXT) AS id, at, actor, operation, from_state AS fromState, to_state AS toState, note,
         CAST(undoes AS TEXT) AS undoes, batch, edited_at AS editedAt,
         EXISTS (SELECT 1 FROM history AS later WHERE later.undoes = history.number) AS undone
       FROM history WHERE alert_id = ? ORDER BY number`,
      alertId,
    )
    .map((row) => ({ ...row, undone: row.undone === 1 }))
}

export function expireAlerts(database: Database, before: number, at: number, limit: number): Alert[] {
  const rows = database.all<JoinedAlert>(
    `${selectAlerts} WHERE open = 1 AND state = 'unhandled' AND last_at < ? AND raised_at < ?
       AND coalesce(decided_at, 0) < ? ORDER BY last_at LIMIT ?`,
    before,
    before,
    before,
    limit,
  )
  return rows.map((row) => {
    database.run(
      `UPDATE alerts SET state = 'expired', open = 0, version = version + 1, decided_version = version + 1,
         decided_at = ? WHERE id = ?`,
      at,
      row.id,
    )
    record(database, row.id, {
      at,
      actor: 'rampart',
      operation: 'expired',
      before: { state: row.state, assignee: row.assignee, silent: row.silent === 1 },
      to: 'expired',
      note: null,
    })
    return toAlert(readRow(database, row.id) as JoinedAlert)
  })
}

function refuse(code: HandlingRefused['code'], message: string): Handled {
  return { ok: false, error: { code, message } }
}

/** Whom an assignment names, before what the person wrote. */
function assignmentNote(handling: Handling): string {
  const named = handling.assignee ? `Assigned to ${handling.assignee}.` : 'Assignment taken back.'
  return [named, handling.note?.trim()].filter(Boolean).join(' ')
}
