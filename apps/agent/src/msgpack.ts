/** msgpack without msgpackr's own extensions to the format: plain maps, so that any reader understands it. */
import { Packr, Unpackr } from 'msgpackr'

// `skipValues` is missing from msgpackr's types: absent fields take no room.
const options = { useRecords: false, variableMapSize: true, skipValues: [undefined] }
const packr = new Packr(options)
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

export const encode = (value: unknown): Uint8Array => packr.pack(value)
/** Throws on bytes that are not msgpack. */
export const decode = (bytes: Uint8Array): unknown => unpackr.unpack(bytes)
/** Decodes values that follow one another without an array head. Throws on bytes that are not msgpack. */
export function decodeEach(bytes: Uint8Array): { value: unknown; bytes: Uint8Array }[] {
  const values: { value: unknown; bytes: Uint8Array }[] = []
  unpackr.unpackMultiple(bytes, (value, start, end) => {
    values.push({ value, bytes: bytes.subarray(start, end) })
  })
  return values
}

/** What follows the head of a msgpack array; undefined when the bytes are none. */
export function arrayBody(bytes: Uint8Array): Uint8Array | undefined {
  const kind = bytes[0] ?? 0
  const headLength = kind >> 4 === 9 ? 1 : kind === 0xdc ? 3 : kind === 0xdd ? 5 : undefined
  return headLength === undefined ? undefined : bytes.subarray(headLength)
}

/** Head of a msgpack array of so many elements; the encoded elements follow it. */
export function arrayHead(length: number): Uint8Array {
  if (length < 16) return Uint8Array.of(0x90 | length)
  if (length < 65_536) return Uint8Array.of(0xdc, length >> 8, length & 255)
  const head = Buffer.alloc(5, 0xdd)
  head.writeUInt32BE(length, 1)
  return head
}
