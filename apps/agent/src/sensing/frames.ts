/**
 * Frames between the sensor process and the agent over a unix socket: bytes in, frames out. A frame is
 * `u32 length, u8 kind`, then for kind 1 (events) `u32 source, f64 number, u32 events, u32 headLength, head, events`,
 * for kind 2 (message) one msgpack map. Both ends run the same version of this code.
 */
import { decode, encode } from '../msgpack.ts'

/** Events of one moment, already encoded one by one: the agent stores them without looking inside. */
export interface EventFrame {
  kind: 'events'
  /** Random number of one run of the sensor process. */
  source: number
  /** Rises by one per frame of its source; a resent frame keeps its number. */
  number: number
  /** How many encoded events `bytes` holds. */
  events: number
  /** Events by type. */
  types: Record<string, number>
  /** Bit mask of the values (`1 << Value`) among the events. */
  values: number
  /** msgpack events, one after another. */
  bytes: Uint8Array
}
export interface MessageFrame<Message> {
  kind: 'message'
  message: Message
}

/** Largest frame, bytes; a longer one means that the stream is not ours. */
export const maxFrameBytes = 8 * 1024 * 1024
const eventsHead = 4 + 1 + 4 + 8 + 4 + 4

/** Encodes a frame of events; the event bytes are not copied, so the result is a list of pieces to write. */
export function encodeEventFrame(frame: Omit<EventFrame, 'kind'>, pieces: readonly Uint8Array[]): Uint8Array[] {
  const head = encode({ types: frame.types, values: frame.values })
  const start = Buffer.allocUnsafe(eventsHead)
  let length = eventsHead - 4 + head.length
  for (const piece of pieces) length += piece.length
  start.writeUInt32LE(length, 0)
  start.writeUInt8(1, 4)
  start.writeUInt32LE(frame.source, 5)
  start.writeDoubleLE(frame.number, 9)
  start.writeUInt32LE(frame.events, 17)
  start.writeUInt32LE(head.length, 21)
  return [start, head, ...pieces]
}

export function encodeMessageFrame(message: object): Uint8Array {
  const body = encode(message)
  const start = Buffer.allocUnsafe(5)
  start.writeUInt32LE(1 + body.length, 0)
  start.writeUInt8(2, 4)
  return Buffer.concat([start, body])
}

/**
 * Cuts a stream into frames. `onFrame` runs for each; returns false when the bytes are no frames, after which the
 * stream has to be closed.
 */
export function frameReader<Message>(onFrame: (frame: EventFrame | MessageFrame<Message>) => void) {
  let pending: Buffer = Buffer.alloc(0)
  return (chunk: Buffer): boolean => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    let at = 0
    while (pending.length - at >= 5) {
      const length = pending.readUInt32LE(at)
      if (length < 1 || length > maxFrameBytes) return false
      if (pending.length - at - 4 < length) break
      const body = pending.subarray(at + 4, at + 4 + length)
      at += 4 + length
      const frame = decodeFrame<Message>(body)
      if (frame === undefined) return false
      onFrame(frame)
    }
    pending = at === pending.length ? Buffer.alloc(0) : pending.subarray(at)
    return true
  }
}

function decodeFrame<Message>(body: Buffer): EventFrame | MessageFrame<Message> | undefined {
  try {
    if (body[0] === 2) return { kind: 'message', message: decode(body.subarray(1)) as Message }
    if (body[0] !== 1) return undefined
    const bytesAt = 21 + body.readUInt32LE(17)
    const head = decode(body.subarray(21, bytesAt)) as { types: Record<string, number>; values: number }
    return {
      kind: 'events',
      source: body.readUInt32LE(1),
      number: body.readDoubleLE(5),
      events: body.readUInt32LE(13),
      types: head.types,
      values: head.values,
      bytes: body.subarray(bytesAt),
    }
  } catch {
    return undefined
  }
}
