/** Opens what an earlier run left on disk: a spool folder in, its segments out, torn ends cut off. */
import { closeSync, ftruncateSync, openSync, readdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readFully, readRecord, segmentFirst, segmentHead, segmentName } from './segment.ts'

/** What is known of one file without reading it again. */
export interface Segment {
  path: string
  first: number
  /** Sequence of the last batch; `first - 1` when there is none. */
  last: number
  bytes: number
  events: number
  /** Values (`1 << Value`) that occur. */
  values: number
}
export interface Scan {
  segments: Segment[]
  /** Last frame of each sensor process run that is in the spool. */
  frames: Map<number, number>
  /** Bytes cut off because they were no whole record. */
  tornBytes: number
}

export function emptySegment(folder: string, first: number): Segment {
  return { path: join(folder, segmentName(first)), first, last: first - 1, bytes: 0, events: 0, values: 0 }
}

/** Reads all segments of a folder, oldest first. Every record's checksum is verified; what follows a bad one is cut. */
export function scanSpool(folder: string): Scan {
  const scan: Scan = { segments: [], frames: new Map(), tornBytes: 0 }
  const names = readdirSync(folder).sort()
  for (const name of names) {
    const first = segmentFirst(name)
    if (first !== undefined) scan.segments.push(scanSegment(folder, first, scan))
    // A rewrite that a crash interrupted: the file it was made from is still there.
    else if (name.endsWith('.spool.new')) unlinkSync(join(folder, name))
  }
  return scan
}

function scanSegment(folder: string, first: number, scan: Scan): Segment {
  const segment = emptySegment(folder, first)
  const size = statSync(segment.path).size
  const fd = openSync(segment.path, 'r+')
  try {
    const head = Buffer.alloc(segmentHead.length)
    let at = 0
    if (readFully(fd, head, 0) === head.length && head.equals(segmentHead)) {
      at = segmentHead.length
      for (let record = readRecord(fd, at, first); record !== undefined; record = readRecord(fd, at, first)) {
        at = record.next
        countBatch(segment, record.batch)
        const { source, frame } = record.batch
        scan.frames.set(source, Math.max(frame, scan.frames.get(source) ?? 0))
      }
    }
    if (at < size) {
      ftruncateSync(fd, at)
      scan.tornBytes += size - at
    }
    segment.bytes = at
  } finally {
    closeSync(fd)
  }
  return segment
}

/** Notes that a batch is in a segment. */
export function countBatch(segment: Segment, batch: { sequence: number; events: number; values: number }): void {
  segment.last = batch.sequence
  segment.events += batch.events
  segment.values |= batch.values
}
