/** Backups and restores leave a row in the audit trail: they read and write every secret that the server has. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Database } from '@rampart/alert'
import { cliActor } from '../cli-actor.ts'
import { AuditTrail } from '../store/audit-trail.ts'
import { databaseFile } from './contents.ts'

/**
 * Writes down what somebody did on the command line, beside a running server or not. The database is not migrated for it.
 * False when there is no room, or the database is older than the trail: a backup is worth more than its row then.
 */
export function recordAct(
  stateDirectory: string,
  act: { at: number; action: 'backup.made' | 'backup.restored'; subject: string; detail: Record<string, unknown> },
): boolean {
  const file = join(stateDirectory, databaseFile)
  try {
    const present = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    const applied = present.prepare('SELECT name FROM migrations').all() as { name: string }[]
    present.close()
    const opened = Database.open(
      file,
      applied.map(({ name }) => ({ name, sql: '' })),
    )
    if (!opened.ok) return false
    try {
      new AuditTrail(opened.database).record({ ...act, actor: cliActor(), address: null })
      return true
    } finally {
      opened.database.close()
    }
  } catch {
    return false
  }
}
