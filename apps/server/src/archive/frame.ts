/** One batch ⇄ one frame of a segment: magic, lengths, CRC-32, then zstd of one JSON line a record. */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Event } from '@rampart/event'
import type { EventBatch } from './event-archive.ts'

/** Bytes before the payload: magic, payload length, length when unpacked, CRC-32 of the payload (little endian). */
export const headerBytes = 16
const magic = 0x31_46_52_52
/** Longest payload when unpacked, bytes. Larger than any batch that the protocol lets through. */
const unpackedMax = 512 * 1024 * 1024

export interface FrameHeader {
  payloadBytes: number
  unpackedBytes: number
  checksum: number
}

const texts = new WeakMap<EventBatch, Buffer>()

/** One line of head and one JSON line an event; made once for each batch. */
export function textOfBatch(batch: EventBatch): Buffer {
  const known = texts.get(batch)
  if (known) return known
  const { events, ...header } = batch
  const lines = [JSON.stringify({ ...header, events: events.length })]
  for (const event of events) lines.push(JSON.stringify(event))
  const text = Buffer.from(lines.join('\n'))
  texts.set(batch, text)
  return text
}

export function encodeFrame(batch: EventBatch): Buffer {
  const text = textOfBatch(batch)
  const payload = zstdCompressSync(text, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
  const frame = Buffer.allocUnsafe(headerBytes + payload.length)
  frame.writeUInt32LE(magic, 0)
  frame.writeUInt32LE(payload.length, 4)
  frame.writeUInt32LE(text.length, 8)
  frame.writeUInt32LE(crc32(payload), 12)
  payload.copy(frame, headerBytes)
  return frame
}

/** Null when the bytes are no header. */
export function decodeHeader(bytes: Buffer): FrameHeader | null {
  if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic) return null
  const header = {
    payloadBytes: bytes.readUInt32LE(4),
    unpackedBytes: bytes.readUInt32LE(8),
    checksum: bytes.readUInt32LE(12),
  }
  return header.unpackedBytes > unpackedMax ? null : header
}

/** Null when the payload is not what was written. */
export function decodePayload(header: FrameHeader, payload: Buffer): EventBatch | null {
  if (payload.length !== header.payloadBytes || crc32(payload) !== header.checksum) return null
  try {
    const text = zstdDecompressSync(payload, { maxOutputLength: header.unpackedBytes + 1 }).toString()
    const [first, ...rest] = text.split('\n')
    const batch = JSON.parse(first ?? '') as Omit<EventBatch, 'events'> & { events: number }
    return { ...batch, events: rest.map((line) => JSON.parse(line) as Event) }
  } catch {
    return null
  }
}
