/** Evidence is found by the id of its event: from an event of the search to the alerts that it supports. */
import type { Migration } from './database.ts'

export const evidenceMigrations: readonly Migration[] = [
  { name: 'evidence-by-event', sql: 'CREATE INDEX evidence_by_event ON evidence (event_id);' },
]
