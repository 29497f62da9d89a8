/** The newest row of the audit trail, noted beside the database: when the database has lost it, rows were cut off. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditHead } from './audit-trail.ts'

export const auditHeadFile = 'audit-head.json'

/** Replaces the note; a reader sees the one before or this one. */
export function noteAuditHead(stateDirectory: string, head: AuditHead): void {
  const file = join(stateDirectory, auditHeadFile)
  writeFileSync(`${file}.new`, `${JSON.stringify({ number: head.number, hash: head.hash })}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Null when nothing was noted, or what was is unreadable. */
export function notedAuditHead(stateDirectory: string): AuditHead | null {
  try {
    const { number, hash } = JSON.parse(readFileSync(join(stateDirectory, auditHeadFile), 'utf8'))
    return Number.isSafeInteger(number) && (hash === null || typeof hash === 'string') ? { number, hash } : null
  } catch {
    return null
  }
}
