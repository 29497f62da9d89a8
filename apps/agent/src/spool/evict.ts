/** Makes room: rewrites a segment without its events of one value, each counted by type. */
import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { arrayBody, arrayHead, decodeEach } from '../msgpack.ts'
import { eventValue, type Value } from '../sensing/value.ts'
import type { Drops } from './drops.ts'
import { countBatch, emptySegment, type Segment } from './scan.ts'
import { encodeRecord, readRecord, segmentHead } from './segment.ts'

const maxBatchBytes = 64 * 1024 * 1024
const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** The event types of a batch with their numbers; a batch that cannot be read is counted as `unknown`. */
export function typesIn(payload: Uint8Array, events: number): Record<string, number> {
  const types: Record<string, number> = {}
  const unreadable = { type: 'unknown', count: 1 }
  for (const { type, count } of eventsIn(payload) ?? new Array<typeof unreadable>(events).fill(unreadable))
    types[type] = (types[type] ?? 0) + count
  return types
}

/**
 * Rewrites a segment without the events of `value`, and without batches up to `acknowledged`. The old file stays until
 * the new one is complete. Batches keep their sequence; one that becomes empty stays as an empty batch.
 * Throws what the disk says (`ENOSPC`), with nothing changed.
 */
export function strip(segment: Segment, value: Value, acknowledged: number, drops: Drops): Segment {
  const kept: Uint8Array[] = [segmentHead]
  const stripped = { ...emptySegment('', segment.first), path: segment.path }
  const dropped: Record<string, number> = {}
  const fd = openSync(segment.path, 'r')
  try {
    let at = segmentHead.length
    for (let record = readRecord(fd, at, segment.first); record; record = readRecord(fd, at, segment.first)) {
      at = record.next
      let batch = record.batch
      if (batch.sequence <= acknowledged) continue
      const events = batch.values & (1 << value) ? eventsIn(batch.payload) : undefined
      if (events !== undefined) {
        const staying: Uint8Array[] = []
        for (const { type, count, bytes } of events)
          if (eventValue(type) === value) dropped[type] = (dropped[type] ?? 0) + count
          else staying.push(bytes)
        const payload = zstdCompressSync(Buffer.concat([arrayHead(staying.length), ...staying]), fast)
        batch = { ...batch, payload, events: staying.length, values: batch.values & ~(1 << value) }
      }
      kept.push(encodeRecord(batch, segment.first))
      countBatch(stripped, batch)
    }
  } finally {
    closeSync(fd)
  }
  const content = Buffer.concat(kept)
  writeFileSync(`${segment.path}.new`, content)
  renameSync(`${segment.path}.new`, segment.path)
  stripped.last = segment.last
  stripped.bytes = content.length
  drops.addAll(dropped, 'spool-full')
  return stripped
}

/** The types of all events of a segment behind `acknowledged`. */
export function typesOfSegment(segment: Segment, acknowledged: number): Record<string, number> {
  const types: Record<string, number> = {}
  const file = readFileSync(segment.path).length
  const fd = openSync(segment.path, 'r')
  try {
    let at = segmentHead.length
    while (at < file) {
      const record = readRecord(fd, at, segment.first)
      if (record === undefined) break
      at = record.next
      if (record.batch.sequence <= acknowledged) continue
      for (const [type, count] of Object.entries(typesIn(record.batch.payload, record.batch.events)))
        types[type] = (types[type] ?? 0) + count
    }
  } finally {
    closeSync(fd)
  }
  return types
}

function eventsIn(payload: Uint8Array): { type: string; count: number; bytes: Uint8Array }[] | undefined {
  try {
    const body = arrayBody(zstdDecompressSync(payload, { maxOutputLength: maxBatchBytes }))
    if (body === undefined) return undefined
    return decodeEach(body).map(({ value, bytes }) => {
      const { type, count } = value as { type?: unknown; count?: unknown }
      return { type: String(type), count: typeof count === 'number' ? count : 1, bytes }
    })
  } catch {
    return undefined
  }
}
