/** The random id of a spool: batches are numbered within it, so the server can tell a new spool from an old one. */
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Reads the id of a spool's folder, or makes one. */
export function openSpoolId(folder: string): string {
  const path = join(folder, 'spool.id')
  try {
    const id = readFileSync(path, 'utf8').trim()
    if (/^[\w-]{8,64}$/.test(id)) return id
  } catch {
    // A new spool.
  }
  const id = randomUUID()
  writeFileSync(path, `${id}\n`, { mode: 0o600, flush: true })
  return id
}
