/** Notes of people on incidents: their author may write them anew or take them away; the history keeps what was there. Runs inside a transaction. */
import type { IncidentNoteChange, IncidentRefused } from '../incident-store.ts'
import type { Database, Migration } from './database.ts'
import { remember } from './join-incidents.ts'

export const incidentNoteMigrations: readonly Migration[] = [
  {
    name: 'incident-notes',
    sql: 'ALTER TABLE incident_history ADD COLUMN edited_at REAL; -- the note was written anew, or taken away',
  },
]

/** `id` is that of the incident itself, not of one that was merged into it. Returns why it was refused, or null. */
export function changeIncidentNote(
  database: Database,
  { id, entry, note, actor, at }: IncidentNoteChange,
): IncidentRefused | null {
  const written = database.get<{ actor: string; note: string | null }>(
    "SELECT actor, note FROM incident_history WHERE number = ? AND incident_id = ? AND operation = 'add note'",
    Number(entry),
    id,
  )
  if (!written || written.note === null)
    return { code: 'incident.note-not-found', message: 'There is no such note any more.' }
  if (written.actor !== actor)
    return {
      code: 'incident.note-not-yours',
      message: `Only ${written.actor} can change this note. Add one of your own.`,
    }
  const text = note?.trim() || null
  if (text === written.note) return null
  database.run('UPDATE incident_history SET note = ?, edited_at = ? WHERE number = ?', text, at, Number(entry))
  remember(database, id, at, text === null ? 'note removed' : 'note changed', written.note, actor)
  database.run(
    'UPDATE incidents SET note_count = note_count - ?, version = version + 1 WHERE id = ?',
    text === null ? 1 : 0,
    id,
  )
  return null
}
