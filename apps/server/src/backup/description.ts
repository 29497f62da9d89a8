/** What a backup says of itself: first entry `backup.json` (what it is), last entry `end.json` (that it is whole). */
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

export const descriptionFile = 'backup.json'
export const endFile = 'end.json'
/** Rises when an older version could not restore it. */
export const formatVersion = 1

export const description = z.object({
  format: z.number().int(),
  version: z.string(),
  createdAt: z.string(),
  /** Rows of the tables that matter to people, to compare after a restore. */
  rows: z.record(z.string(), z.number().int()),
  migrations: z.array(z.string()),
})
export const end = z.object({ files: z.number().int(), bytes: z.number().int() })

export type Description = z.infer<typeof description>

const countedTables = ['alerts', 'findings', 'evidence', 'history', 'assets', 'agents', 'users', 'audit_trail']

/** Counts of a copy that nobody writes to. */
export function describe(database: DatabaseSync): Pick<Description, 'rows' | 'migrations'> {
  const rows: Record<string, number> = {}
  for (const table of countedTables)
    rows[table] = Number(database.prepare(`SELECT count(*) AS total FROM ${table}`).get()?.total ?? 0)
  const migrations = database
    .prepare('SELECT name FROM migrations ORDER BY name')
    .all()
    .map((row) => String(row.name))
  return { rows, migrations }
}
