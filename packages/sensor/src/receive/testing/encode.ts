/** What senders put on the wire, made after the protocols' descriptions: Lumberjack frames and an OTLP logs export. */
import { deflateSync } from 'node:zlib'

const number32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** One window of events; `packed` puts them into one compressed frame, as Beats do by default. */
export function lumberjack(rows: readonly unknown[], packed: boolean): Buffer {
  const frames = Buffer.concat(
    rows.map((row, at) => {
      const json = Buffer.from(JSON.stringify(row))
      return Buffer.concat([Buffer.from('2J'), number32(at + 1), number32(json.length), json])
    }),
  )
  const inner = packed ? deflateSync(frames) : frames
  const body = packed ? Buffer.concat([Buffer.from('2C'), number32(inner.length), inner]) : inner
  return Buffer.concat([Buffer.from('2W'), number32(rows.length), body])
}

const varint = (value: number): Buffer => {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}
const field = (number: number, value: Buffer | string) => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes])
}
const keyValue = (key: string, value: string) => Buffer.concat([field(1, key), field(2, field(1, value))])

/** An export of one log record. */
export function otlpProtobuf(record: {
  time: number
  severity: string
  body: string
  host: string
  service: string
  attributes: Record<string, string>
}): Buffer {
  const time = Buffer.alloc(9, 0x09)
  time.writeBigUInt64LE(BigInt(record.time) * 1_000_000n, 1)
  const attributes = Object.entries(record.attributes).map(([key, value]) => field(6, keyValue(key, value)))
  const log = Buffer.concat([time, field(3, record.severity), field(5, field(1, record.body)), ...attributes])
  const resource = Buffer.concat([
    field(1, keyValue('host.name', record.host)),
    field(1, keyValue('service.name', record.service)),
  ])
  return field(1, Buffer.concat([field(1, resource), field(2, field(2, log))]))
}
