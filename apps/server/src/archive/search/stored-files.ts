/** What a folder of files holds when it is opened: what was never finished goes, what is missing or damaged is named. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchivePosition } from '../event-archive.ts'
import { isBefore } from './log-follower.ts'
import {
  descriptionPath,
  fileName,
  parseFileName,
  readStoredFile,
  removeStoredFile,
  type StoredFile,
} from './stored-file.ts'

export const temporaryPrefix = 'new-'

export interface FoundFiles {
  /** In the order of the log; no two of them hold the same part of it. */
  files: StoredFile[]
  /** Parts of the log, as names of files, that no file holds. */
  damaged: string[]
  /** Up to here there are files, or there were. */
  end: ArchivePosition
}

interface LogRange {
  start: ArchivePosition
  end: ArchivePosition
}

const isWithin = (inner: LogRange, outer: LogRange) =>
  !isBefore(inner.start, outer.start) && !isBefore(outer.end, inner.end)
const inOrder = (one: LogRange, other: LogRange) =>
  isBefore(one.start, other.start) || (!isBefore(other.start, one.start) && isBefore(other.end, one.end)) ? -1 : 1

/** A file that others were merged into counts instead of them as soon as it is whole, and they go. */
export async function findStoredFiles(directory: string): Promise<FoundFiles> {
  await removeUnfinished(directory)
  const listed = (await readdir(directory)).map((name) => name.replace(/\.blocks$/, '.parquet'))
  const names = [...new Set(listed)].flatMap((name) => {
    const range = parseFileName(name)
    return range ? [{ name, ...range }] : []
  })
  const files: StoredFile[] = []
  const unread: (LogRange & { name: string })[] = []
  for (const range of names.sort(inOrder)) {
    const last = files.at(-1)
    const file = last && isWithin(range, last) ? null : await readStoredFile(directory, range.name)
    if (file) files.push(file)
    else if (last && isWithin(range, last)) await removeStoredFile(join(directory, range.name))
    else unread.push(range)
  }
  for (const range of unread)
    if (files.some((file) => isWithin(file, range))) await removeStoredFile(join(directory, range.name))
  const known = [...files, ...unread].sort(inOrder)
  return { files, damaged: gapsIn(known, files), end: endOf(known) }
}

function endOf(ranges: readonly LogRange[]): ArchivePosition {
  return ranges.reduce((end, range) => (isBefore(end, range.end) ? range.end : end), { segment: 0, offset: 0 })
}

/** Parts of the log between the first and the last known place that no file holds, cut where one of the known ends. */
function gapsIn(known: readonly LogRange[], files: readonly StoredFile[]): string[] {
  const gaps: string[] = []
  let place = known[0]?.start ?? { segment: 0, offset: 0 }
  const missUpTo = (end: ArchivePosition) => {
    if (!isBefore(place, end)) return
    for (const edge of known.flatMap((range) => [range.start, range.end]).sort(inPlace)) {
      if (!isBefore(place, edge) || isBefore(end, edge)) continue
      gaps.push(fileName(place, edge))
      place = edge
    }
  }
  for (const file of files) {
    missUpTo(file.start)
    if (isBefore(place, file.end)) place = file.end
  }
  missUpTo(endOf(known))
  return gaps
}

const inPlace = (one: ArchivePosition, other: ArchivePosition) => (isBefore(one, other) ? -1 : 1)

/** What a crash left half done: its events are still in the log, or in the files that were to be merged. */
async function removeUnfinished(directory: string): Promise<void> {
  const names = new Set(await readdir(directory))
  for (const name of names) {
    if (!name.startsWith(temporaryPrefix)) continue
    const finished = name.slice(temporaryPrefix.length)
    if (!names.has(finished)) await rm(descriptionPath(join(directory, finished)), { force: true })
    await rm(join(directory, name), { force: true })
  }
}
