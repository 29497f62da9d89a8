/** Positions of followed files and the journal, kept in one file of the state directory across restarts. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { FilePosition } from './segment.ts'

export interface LogPositions {
  files: Record<string, FilePosition>
  /** Cursor of the last journal record that was handed out. */
  journalCursor?: string
}

const isPosition = (value: unknown): value is FilePosition => {
  const one = value as FilePosition
  return (
    typeof value === 'object' &&
    value !== null &&
    [one.device, one.inode, one.offset, one.headBytes].every((number) => Number.isSafeInteger(number) && number >= 0) &&
    one.headBytes <= 256 &&
    typeof one.headHash === 'string' &&
    typeof one.sourceId === 'string'
  )
}

/** Reads saved positions; a missing or damaged file is an empty one. */
export function loadPositions(path: string): LogPositions {
  const positions: LogPositions = { files: {} }
  try {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as Partial<LogPositions>
    for (const [name, position] of Object.entries(saved.files ?? {}))
      if (isPosition(position)) positions.files[name] = position
    if (typeof saved.journalCursor === 'string') positions.journalCursor = saved.journalCursor
  } catch {
    // First start, or a file cut by a crash of the host: reading begins as on the first start.
  }
  return positions
}

/** Replaces the file as a whole, so that a crash leaves the old or the new one. */
export function savePositions(path: string, positions: LogPositions): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.new`, JSON.stringify(positions), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
