/** What goes, and when: files by age and size, the log as soon as its events are in files and nobody reads it again. */
import { existsSync, readdirSync } from 'node:fs'
import type { ArchivePosition, EventArchive } from './event-archive.ts'
import { isBefore } from './search/log-follower.ts'
import { parseFileName } from './search/stored-file.ts'
import type { SearchProcess } from './search-process.ts'

/** Of the log this much stays in any case: evidence of windows is looked for in it first. */
const logBytes = 256 * 1024 * 1024

export interface RetentionParts {
  archive: EventArchive
  search: SearchProcess
  /** From here on the log is read when the server starts anew. */
  checkpoint: ArchivePosition
  maxBytes: number
  maxAgeMs: number
}

/** Alerts keep their evidence in the database: nothing of it goes here. */
export async function sweepEvents(parts: RetentionParts, now: number): Promise<void> {
  const { archive, search, checkpoint, maxBytes, maxAgeMs } = parts
  const stored = search.state?.stored.segment ?? 0
  await archive.sweep(now, { before: Math.min(stored, checkpoint.segment), keepBytes: logBytes })
  search.sweep({ maxBytes: Math.max(0, maxBytes - archive.stats().bytes), before: now - maxAgeMs })
}

/** The last place of the log up to which there are files: a log that was restored may end before it. */
export function lastStoredPlace(searchable: string): ArchivePosition {
  const names = existsSync(searchable) ? readdirSync(searchable) : []
  const ends = names.flatMap((name) => parseFileName(name)?.end ?? [])
  return ends.reduce((last, end) => (isBefore(last, end) ? end : last), { segment: 0, offset: 0 })
}
