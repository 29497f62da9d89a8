/**
 * One file of the spool: batches in, the same batches out. After a 16-byte head come records:
 * `u32 payload length, u32 crc, u32 index, u32 events, u32 values, u32 source, f64 frame, payload`, little-endian; the crc
 * (CRC-32 of zlib) covers everything behind itself. A batch's sequence is the number in the file's name plus its index, so that
 * batches are renumbered by renaming.
 */
import { readSync } from 'node:fs'
import { crc32 } from 'node:zlib'

export interface Batch {
  sequence: number
  events: number
  /** Bit mask of the values (`1 << Value`) among the events. */
  values: number
  /** Last frame of the sensor process that is in here or before: what it need not send again. */
  source: number
  frame: number
  /** zstd of a msgpack array of events. */
  payload: Uint8Array<ArrayBuffer>
}

export const segmentHead = Buffer.from('RAMPART-SPOOL-1\n')
export const recordHeadBytes = 32
/** Longest payload of a record; a longer length is damage. */
export const maxPayloadBytes = 16 * 1024 * 1024

export const segmentName = (first: number) => `${String(first).padStart(16, '0')}.spool`
export const segmentFirst = (name: string) => (/^\d{16}\.spool$/.test(name) ? Number(name.slice(0, 16)) : undefined)

export function encodeRecord(batch: Batch, first: number): Buffer {
  const record = Buffer.allocUnsafe(recordHeadBytes + batch.payload.length)
  record.writeUInt32LE(batch.payload.length, 0)
  record.writeUInt32LE(batch.sequence - first, 8)
  record.writeUInt32LE(batch.events, 12)
  record.writeUInt32LE(batch.values, 16)
  record.writeUInt32LE(batch.source, 20)
  record.writeDoubleLE(batch.frame, 24)
  record.set(batch.payload, recordHeadBytes)
  record.writeUInt32LE(crc32(record.subarray(8)), 4)
  return record
}

/**
 * Reads the record at an offset of an open segment. `undefined` when it is not whole: the end of what was written, or
 * damage.
 */
export function readRecord(fd: number, offset: number, first: number): { batch: Batch; next: number } | undefined {
  const head = Buffer.allocUnsafe(recordHeadBytes)
  if (readFully(fd, head, offset) < recordHeadBytes) return undefined
  const length = head.readUInt32LE(0)
  if (length > maxPayloadBytes) return undefined
  const payload = Buffer.allocUnsafe(length)
  if (readFully(fd, payload, offset + recordHeadBytes) < length) return undefined
  if (crc32(payload, crc32(head.subarray(8))) !== head.readUInt32LE(4)) return undefined
  const batch: Batch = {
    sequence: first + head.readUInt32LE(8),
    events: head.readUInt32LE(12),
    values: head.readUInt32LE(16),
    source: head.readUInt32LE(20),
    frame: head.readDoubleLE(24),
    payload,
  }
  return { batch, next: offset + recordHeadBytes + length }
}

/** Reads up to the buffer's length; less only at the end of the file. */
export function readFully(fd: number, into: Buffer, offset: number): number {
  let read = 0
  while (read < into.length) {
    const count = readSync(fd, into, read, into.length - read, offset + read)
    if (count === 0) break
    read += count
  }
  return read
}
