/**
 * Bytes of a Lumberjack version 2 connection (Filebeat, Winlogbeat, Logstash's `beats` output) → events and windows. Frames:
 * `2W` window size, `2J` sequence and JSON, `2C` zlib-packed frames. Pure but for unpacking; never throws.
 */
import { inflateSync } from 'node:zlib'
import { bodyLimit, messageLimit } from '../receiver.ts'

export interface BeatsSink {
  /** A window of so many events begins. */
  window(size: number): void
  event(sequence: number, json: string): void
}

/** Most events that a window may have. */
export const windowLimit = 16_384

/** A reader of one connection. `feed` gives a reason when the stream is none of this protocol; then it is to be closed. */
export function createBeatsReader(sink: BeatsSink): { feed(bytes: Uint8Array): string | undefined } {
  let pending: Buffer = Buffer.alloc(0)

  /** Reads whole frames from `bytes`; gives how many were used, or why it cannot go on. */
  const read = (bytes: Buffer, nested: boolean): number | string => {
    let at = 0
    while (bytes.length - at >= 6) {
      if (bytes[at] !== 0x32) return 'not-lumberjack'
      const kind = bytes[at + 1]
      if (kind === 0x57) {
        const size = bytes.readUInt32BE(at + 2)
        if (size === 0 || size > windowLimit) return 'window-too-large'
        sink.window(size)
        at += 6
      } else if (kind === 0x4a) {
        if (bytes.length - at < 10) break
        const length = bytes.readUInt32BE(at + 6)
        if (length > messageLimit) return 'message-too-long'
        if (bytes.length - at < 10 + length) break
        sink.event(bytes.readUInt32BE(at + 2), bytes.toString('utf8', at + 10, at + 10 + length))
        at += 10 + length
      } else if (kind === 0x43 && !nested) {
        const length = bytes.readUInt32BE(at + 2)
        if (length > bodyLimit) return 'message-too-long'
        if (bytes.length - at < 6 + length) break
        let unpacked: Buffer
        try {
          unpacked = inflateSync(bytes.subarray(at + 6, at + 6 + length), { maxOutputLength: bodyLimit })
        } catch {
          return 'not-unpackable'
        }
        const used = read(unpacked, true)
        if (typeof used === 'string') return used
        if (used !== unpacked.length) return 'not-lumberjack'
        at += 6 + length
      } else return 'not-lumberjack'
    }
    return at
  }
  return {
    feed(bytes) {
      pending = pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([pending, bytes])
      const used = read(pending, false)
      if (typeof used === 'string') {
        pending = Buffer.alloc(0)
        return used
      }
      pending = pending.subarray(used)
      return undefined
    },
  }
}

/** The frame that acknowledges all events up to `sequence`. */
export function acknowledgement(sequence: number): Buffer {
  const frame = Buffer.from([0x32, 0x41, 0, 0, 0, 0])
  frame.writeUInt32BE(sequence >>> 0, 2)
  return frame
}
