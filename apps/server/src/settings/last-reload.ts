/** What became of the last reload of the settings, read from the state directory beside a running server. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SettingsIssue } from './settings-file.ts'

export interface ReloadOutcome {
  /** Number of its row in the audit trail. */
  number: number
  ok: boolean
  detail: { changes?: Record<string, { from: unknown; to: unknown }>; waiting?: string[]; problems?: SettingsIssue[] }
}

/** True while a server holds the lock of the state directory. */
export function isServerRunning(stateDirectory: string): boolean {
  const file = join(resolve(stateDirectory), 'server.lock')
  if (!existsSync(file)) return false
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK')
    return false
  } catch {
    return true
  } finally {
    lock.close()
  }
}

export function lastReload(stateDirectory: string): ReloadOutcome | null {
  const database = new DatabaseSync(join(resolve(stateDirectory), 'rampart.db'), { readOnly: true, timeout: 5000 })
  try {
    const row = database
      .prepare(
        "SELECT number, action, detail FROM audit_trail WHERE action IN ('settings.reloaded', 'settings.refused') ORDER BY number DESC LIMIT 1",
      )
      .get() as { number: number; action: string; detail: string } | undefined
    return row ? { number: row.number, ok: row.action === 'settings.reloaded', detail: JSON.parse(row.detail) } : null
  } finally {
    database.close()
  }
}
