/** Bounded reading of little-endian bytes. Reading past the end, or over a limit, is a fault of the input. */

/** A fault of the file. Thrown inside the reader only, and always caught at the record it happened in. */
export class EvtxFault extends Error {
  readonly code: EvtxCode
  constructor(code: EvtxCode) {
    super(code)
    this.code = code
  }
}

/** What can be wrong with a file, a chunk or a record. */
export type EvtxCode =
  | 'evtx.not-evtx'
  | 'evtx.bad-file-header'
  | 'evtx.unknown-version'
  | 'evtx.bad-chunk'
  | 'evtx.bad-chunk-checksum'
  | 'evtx.bad-records-checksum'
  | 'evtx.truncated-chunk'
  | 'evtx.bad-record'
  | 'evtx.truncated-value'
  | 'evtx.unknown-token'
  | 'evtx.unknown-value-type'
  | 'evtx.bad-template'
  | 'evtx.too-deep'
  | 'evtx.too-large'
  | 'evtx.no-event'

/** A window of a chunk. `at` moves; nothing outside `end` is read. */
export interface Cursor {
  bytes: Buffer
  at: number
  end: number
}

function take(cursor: Cursor, length: number): number {
  const from = cursor.at
  if (length < 0 || from < 0 || from + length > cursor.end) throw new EvtxFault('evtx.truncated-value')
  cursor.at = from + length
  return from
}

export const readU8 = (cursor: Cursor) => cursor.bytes.readUInt8(take(cursor, 1))
export const readU16 = (cursor: Cursor) => cursor.bytes.readUInt16LE(take(cursor, 2))
export const readU32 = (cursor: Cursor) => cursor.bytes.readUInt32LE(take(cursor, 4))
export const readBytes = (cursor: Cursor, length: number) => {
  const from = take(cursor, length)
  return cursor.bytes.subarray(from, from + length)
}
/** UTF-16 text of `units` code units. */
export const readText = (cursor: Cursor, units: number) => {
  const from = take(cursor, units * 2)
  return cursor.bytes.toString('utf16le', from, from + units * 2)
}
