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

const headBytes = 6

/** A reader of one connection. `feed` gives a reason when the stream is none of this protocol; then it is to be closed. */
export function createBeatsReader(sink: BeatsSink): { feed(bytes: Uint8Array): string | undefined } {
  let pending: Uint8Array[] = []
  let waiting = 0
  /** Bytes that the next frame needs at least: pieces are not put together before they are there. */
  let wanted = headBytes
  /** Events that the open window still takes. */
  let left = 0

  /** Reads whole frames from `bytes`; gives how many were used, or why it cannot go on. */
  const read = (bytes: Buffer, nested: boolean): number | string => {
    let at = 0
    while (bytes.length - at >= 6) {
      if (bytes[at] !== 0x32) return 'not-lumberjack'
      const kind = bytes[at + 1]
      if (kind === 0x57) {
        const size = bytes.readUInt32BE(at + 2)
        if (size === 0 || size > windowLimit) return 'window-too-large'
        left = size
        sink.window(size)
        at += 6
      } else if (kind === 0x4a) {
        if (left === 0) return 'window-exceeded'
        if (bytes.length - at < 10) break
        const length = bytes.readUInt32BE(at + 6)
        if (length > messageLimit) return 'message-too-long'
        if (bytes.length - at < 10 + length) {
          wanted = 10 + length
          break
        }
        left--
        sink.event(bytes.readUInt32BE(at + 2), bytes.toString('utf8', at + 10, at + 10 + length))
        at += 10 + length
      } else if (kind === 0x43 && !nested) {
        const length = bytes.readUInt32BE(at + 2)
        if (length > bodyLimit) return 'message-too-long'
        if (bytes.length - at < 6 + length) {
          wanted = 6 + length
          break
        }
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
      pending.push(Buffer.from(bytes))
      waiting += bytes.length
      if (waiting < wanted) return undefined
      const whole = Buffer.concat(pending, waiting)
      wanted = headBytes
      const used = read(whole, false)
      pending = typeof used === 'string' ? [] : [whole.subarray(used)]
      waiting = typeof used === 'string' ? 0 : whole.length - used
      return typeof used === 'string' ? used : undefined
    },
  }
}

/** The frame that acknowledges all events up to `sequence`. */
export function acknowledgement(sequence: number): Buffer {
  const frame = Buffer.from([0x32, 0x41, 0, 0, 0, 0])
  frame.writeUInt32BE(sequence >>> 0, 2)
  return frame
}
