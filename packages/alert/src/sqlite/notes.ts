/** Notes of people: their author may write them anew or take them away; the history keeps what was there. Runs inside a transaction. */
import type { Handled, HandlingRefused, NoteChange } from '../store.ts'
import type { Database, Migration } from './database.ts'
import { type JoinedAlert, selectAlerts, toAlert } from './tables.ts'

export const noteMigrations: readonly Migration[] = [
  {
    name: 'alert-notes',
    sql: 'ALTER TABLE history ADD COLUMN edited_at REAL; -- the note was written anew, or taken away',
  },
]

/** Operations in the history that only are about notes. */
export const noteOperations = ['add note', 'note changed', 'note removed'] as const
/** The same for a condition of a query. */
export const noteOperationsSql = noteOperations.map((name) => `'${name}'`).join(', ')

export function changeNote(database: Database, { alertId, entry, note, actor, at }: NoteChange): Handled {
  const read = () => database.get<JoinedAlert>(`${selectAlerts} WHERE alerts.id = ?`, alertId)
  const alert = read()
  if (!alert) return refuse('alert.not-found', 'There is no such alert.')
  const written = database.get<{ actor: string; note: string | null }>(
    "SELECT actor, note FROM history WHERE number = ? AND alert_id = ? AND operation = 'add note'",
    Number(entry),
    alertId,
  )
  if (!written || written.note === null) return refuse('alert.note-not-found', 'There is no such note any more.')
  if (written.actor !== actor)
    return refuse('alert.note-not-yours', `Only ${written.actor} can change this note. Add one of your own.`)
  const text = note?.trim() || null
  if (text === written.note) return { ok: true, alert: toAlert(alert) }
  database.run('UPDATE history SET note = ?, edited_at = ? WHERE number = ?', text, at, Number(entry))
  database.run(
    `INSERT INTO history (alert_id, at, actor, operation, from_state, to_state, note) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    alertId,
    at,
    actor,
    text === null ? 'note removed' : 'note changed',
    alert.state,
    alert.state,
    written.note,
  )
  database.run(
    'UPDATE alerts SET note_count = note_count - ?, version = version + 1 WHERE id = ?',
    text === null ? 1 : 0,
    alertId,
  )
  return { ok: true, alert: toAlert(read() as JoinedAlert) }
}

function refuse(code: HandlingRefused['code'], message: string): Handled {
  return { ok: false, error: { code, message } }
}
