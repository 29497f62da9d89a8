/** Protocol Buffers wire format (the part that OTLP logs use) → fields. Bounded by the length of the message. */

export interface WireField {
  number: number
  /** A varint or 64-bit value, or the bytes of a string, message or list. */
  value: bigint | Uint8Array
}

/** Most fields of one message: an object for every two bytes of 8 MB would be too much. */
const fieldsLimit = 65_536

/** Fields of one message in their order; undefined when the bytes are none, or too many. */
export function readFields(bytes: Uint8Array): WireField[] | undefined {
  const fields: WireField[] = []
  let at = 0
  const varint = (): bigint | undefined => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    return undefined
  }
  while (at < bytes.length) {
    if (fields.length >= fieldsLimit) return undefined
    const key = varint()
    if (key === undefined) return undefined
    const number = Number(key >> 3n)
    const kind = Number(key & 7n)
    if (number === 0) return undefined
    if (kind === 0) {
      const value = varint()
      if (value === undefined) return undefined
      fields.push({ number, value })
    } else if (kind === 1 || kind === 5) {
      const size = kind === 1 ? 8 : 4
      if (at + size > bytes.length) return undefined
      let value = 0n
      for (let index = size - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[at + index] ?? 0)
      at += size
      fields.push({ number, value })
    } else if (kind === 2) {
      const length = varint()
      if (length === undefined || length > BigInt(bytes.length - at)) return undefined
      fields.push({ number, value: bytes.subarray(at, at + Number(length)) })
      at += Number(length)
    } else return undefined
  }
  return fields
}
