/** Reads the log from a place on, as far as it is told that the log is on disk. */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchivePosition, EventBatch } from '../event-archive.ts'
import { framesOf } from '../segment.ts'

export const segmentName = (number: number) => `${String(number).padStart(10, '0')}.events`

export const isBefore = (one: ArchivePosition, other: ArchivePosition) =>
  one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset)

export const isSamePlace = (one: ArchivePosition, other: ArchivePosition) =>
  one.segment === other.segment && one.offset === other.offset

/** Whether no segment of this part of the log is gone. Segments are numbered from 1 and go oldest first. */
export async function isLogged(
  directory: string,
  { start, end }: { start: ArchivePosition; end: ArchivePosition },
): Promise<boolean> {
  const names = new Set(await readdir(directory).catch(() => []))
  // A file that ends at the beginning of a segment needs nothing of it.
  const last = end.offset === 0 ? end.segment - 1 : end.segment
  for (let segment = Math.max(1, start.segment); segment <= last; segment++)
    if (!names.has(segmentName(segment))) return false
  return true
}

/** Batches between two places with the place after each. Segments that are gone are passed over; damaged frames too. */
export async function* follow(
  directory: string,
  from: ArchivePosition,
  to: ArchivePosition,
): AsyncGenerator<{ batch: EventBatch | null; after: ArchivePosition }> {
  for (let segment = from.segment; segment <= to.segment; segment++) {
    const start = segment === from.segment ? from.offset : 0
    const handle = await open(join(directory, segmentName(segment)), 'r').catch(() => null)
    if (!handle) continue
    try {
      const end = segment === to.segment ? to.offset : (await handle.stat()).size
      for await (const { offset, bytes, batch } of framesOf(handle, start, end))
        yield { batch, after: { segment, offset: offset + bytes } }
    } finally {
      await handle.close()
    }
    if (segment < to.segment) yield { batch: null, after: { segment: segment + 1, offset: 0 } }
  }
}
