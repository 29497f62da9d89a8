/** A typed BinXML value → text, number or boolean, in the notation that Sigma rules are written for. */
import { type Cursor, EvtxFault, readBytes } from './cursor.ts'

/** A decoded value; arrays are lists of the same. */
export type Scalar = string | number | boolean | null
export type Value = Scalar | Scalar[]

/** Type numbers with a meaning of their own. */
export const binXmlType = 0x21
const stringType = 0x01
const arrayFlag = 0x80

const isoMicroseconds = (ticks: bigint): string => {
  // FILETIME: 100 ns since 1601-01-01. Dates past the year 9999 are not representable and are given as the number.
  const micros = ticks / 10n - 11_644_473_600_000_000n
  const ms = Number(micros / 1000n)
  if (micros < -62_135_596_800_000_000n || ms > 253_402_300_799_999) return ticks.toString()
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19)
  return `${seconds}.${fraction.toString().padStart(6, '0')}Z`
}

/** Milliseconds since 1970 of a FILETIME, never below 0. */
export function filetimeMs(bytes: Buffer, at: number): number {
  const micros = bytes.readBigUInt64LE(at) / 10n - 11_644_473_600_000_000n
  return Math.max(0, Number(micros) / 1000)
}

function guid(bytes: Buffer): string {
  const hex = (from: number, to: number) => bytes.toString('hex', from, to)
  const first = bytes.readUInt32LE(0).toString(16).padStart(8, '0')
  const [second, third] = [bytes.readUInt16LE(4), bytes.readUInt16LE(6)].map((part) =>
    part.toString(16).padStart(4, '0'),
  )
  return `${first}-${second}-${third}-${hex(8, 10)}-${hex(10, 16)}`.toUpperCase()
}

function sid(bytes: Buffer): string {
  const count = bytes.length >= 8 ? bytes.readUInt8(1) : 0
  if (bytes.length < 8 + count * 4) throw new EvtxFault('evtx.truncated-value')
  const parts = Array.from({ length: count }, (_, at) => bytes.readUInt32LE(8 + at * 4))
  return ['S', bytes.readUInt8(0), bytes.readUIntBE(2, 6), ...parts].join('-')
}

function systemTime(bytes: Buffer): string {
  const part = (at: number, width: number) => bytes.readUInt16LE(at).toString().padStart(width, '0')
  return `${part(0, 4)}-${part(2, 2)}-${part(6, 2)}T${part(8, 2)}:${part(10, 2)}:${part(12, 2)}.${part(14, 3)}000Z`
}

const whole = (value: bigint) => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}
const text = (value: string) => {
  const end = value.indexOf('\0')
  return end < 0 ? value : value.slice(0, end)
}

interface Kind {
  /** Bytes of one element; undefined for types that fill their whole value. */
  size?: number
  read(bytes: Buffer): Scalar
}

/** By type number ([MS-EVEN6] 2.2.12, "BinXml value types"). */
const kinds: Readonly<Record<number, Kind>> = {
  [stringType]: { read: (bytes) => text(bytes.toString('utf16le')) },
  2: { read: (bytes) => text(bytes.toString('latin1')) },
  3: { size: 1, read: (bytes) => bytes.readInt8() },
  4: { size: 1, read: (bytes) => bytes.readUInt8() },
  5: { size: 2, read: (bytes) => bytes.readInt16LE() },
  6: { size: 2, read: (bytes) => bytes.readUInt16LE() },
  7: { size: 4, read: (bytes) => bytes.readInt32LE() },
  8: { size: 4, read: (bytes) => bytes.readUInt32LE() },
  9: { size: 8, read: (bytes) => whole(bytes.readBigInt64LE()) },
  10: { size: 8, read: (bytes) => whole(bytes.readBigUInt64LE()) },
  11: { size: 4, read: (bytes) => bytes.readFloatLE() },
  12: { size: 8, read: (bytes) => bytes.readDoubleLE() },
  13: { size: 4, read: (bytes) => bytes.readUInt32LE() !== 0 },
  14: { read: (bytes) => bytes.toString('hex').toUpperCase() },
  15: { size: 16, read: guid },
  16: {
    read: (bytes) =>
      bytes.length === 4 ? `0x${bytes.readUInt32LE().toString(16)}` : `0x${readWide(bytes).toString(16)}`,
  },
  17: { size: 8, read: (bytes) => isoMicroseconds(bytes.readBigUInt64LE()) },
  18: { size: 16, read: systemTime },
  19: { read: sid },
  20: { size: 4, read: (bytes) => `0x${bytes.readUInt32LE().toString(16)}` },
  21: { size: 8, read: (bytes) => `0x${bytes.readBigUInt64LE().toString(16)}` },
  32: { read: (bytes) => bytes.toString('hex').toUpperCase() },
  35: { read: (bytes) => text(bytes.toString('utf16le')) },
}

function readWide(bytes: Buffer): bigint {
  if (bytes.length !== 8) throw new EvtxFault('evtx.truncated-value')
  return bytes.readBigUInt64LE()
}

/** Reads the value of `length` bytes at the cursor. BinXML values are not read here. */
export function readValue(cursor: Cursor, type: number, length: number): Value {
  const bytes = readBytes(cursor, length)
  if (type === 0) return null
  const kind = kinds[type & ~arrayFlag]
  if (!kind) throw new EvtxFault('evtx.unknown-value-type')
  if ((type & arrayFlag) === 0) {
    if (kind.size !== undefined && bytes.length < kind.size) {
      if (bytes.length === 0) return null
      throw new EvtxFault('evtx.truncated-value')
    }
    return kind.read(bytes)
  }
  if ((type & ~arrayFlag) === stringType) return bytes.toString('utf16le').replace(/\0$/, '').split('\0')
  const size = kind.size ?? ((type & ~arrayFlag) === 16 ? 8 : undefined)
  if (size === undefined) return (type & ~arrayFlag) === 19 ? sids(bytes) : kind.read(bytes)
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, at) =>
    kind.read(bytes.subarray(at * size, at * size + size)),
  )
}

function sids(bytes: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = 8 + bytes.readUInt8(at + 1) * 4
    found.push(sid(bytes.subarray(at, at + length)))
    at += length
  }
  return found
}
