/** Makes room: rewrites a segment without its events of one value, each counted by type. */
import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { arrayHead, decode, encode } from '../msgpack.ts'
import { eventValue, type Value } from '../sensing/value.ts'
import type { Drops } from './drops.ts'
import { countBatch, emptySegment, type Segment } from './scan.ts'
import { encodeRecord, readRecord, segmentHead } from './segment.ts'

const maxBatchBytes = 64 * 1024 * 1024

/** The event types of a batch with their numbers; a batch that cannot be read is counted as `unknown`. */
export function typesIn(payload: Uint8Array, events: number): Record<string, number> {
  const types: Record<string, number> = {}
  for (const event of eventsIn(payload) ?? new Array(events).fill({ type: 'unknown' }))
    types[event.type] = (types[event.type] ?? 0) + (event.count ?? 1)
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
        const staying = events.filter((event) => eventValue(event.type) !== value)
        for (const event of events)
          if (eventValue(event.type) === value) dropped[event.type] = (dropped[event.type] ?? 0) + (event.count ?? 1)
        const payload = zstdCompressSync(Buffer.concat([arrayHead(staying.length), ...staying.map(encode)]))
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

function eventsIn(payload: Uint8Array): { type: string; count?: number }[] | undefined {
  try {
    const events = decode(zstdDecompressSync(payload, { maxOutputLength: maxBatchBytes }))
    return Array.isArray(events) ? (events as { type: string; count?: number }[]) : undefined
  } catch {
    return undefined
  }
}
