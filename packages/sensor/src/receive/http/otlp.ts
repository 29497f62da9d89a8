/** An OTLP logs export (opentelemetry-proto 1.x, JSON or protobuf) → flat records as `decodeJsonRecord` takes them. */
import { parseJson } from '../../draft.ts'
import { readFields, type WireField } from './protobuf.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const rows = (value: unknown): Row[] => (Array.isArray(value) ? value.filter(isRow) : [])
const nestingLimit = 16

/** Records of a JSON export; undefined when it is none. */
export function otlpJsonRecords(text: string): Row[] | undefined {
  const value = parseJson(text)
  if (!isRow(value) || !Array.isArray(value.resourceLogs)) return undefined
  return rows(value.resourceLogs).flatMap((resourceLogs) => {
    const resource = attributes(isRow(resourceLogs.resource) ? resourceLogs.resource.attributes : [])
    return rows(resourceLogs.scopeLogs).flatMap((scope) =>
      rows(scope.logRecords).map((record) => flat(record, resource)),
    )
  })
}

/** Records of a protobuf export; undefined when the bytes are none. */
export function otlpProtobufRecords(bytes: Uint8Array): Row[] | undefined {
  const request = readFields(bytes)
  if (!request) return undefined
  const found: Row[] = []
  for (const resourceLogs of messages(request, 1)) {
    const [resource] = messages(resourceLogs, 1)
    const about = keyValues(resource ?? [], 1, 0)
    for (const scope of messages(resourceLogs, 2))
      for (const record of messages(scope, 2)) {
        const [body] = messages(record, 5)
        found.push(
          flat(
            {
              timeUnixNano: number(record, 1),
              observedTimeUnixNano: number(record, 11),
              severityText: string(record, 3),
              severityNumber: Number(number(record, 2) ?? 0),
              decodedBody: body && anyValue(body, 0),
              decodedAttributes: keyValues(record, 6, 0),
              eventName: string(record, 12),
            },
            about,
          ),
        )
      }
  }
  return found
}

function flat(record: Row, resource: Row): Row {
  const body = 'decodedBody' in record ? record.decodedBody : plain(record.body, 0)
  const own = 'decodedAttributes' in record ? (record.decodedAttributes as Row) : attributes(record.attributes)
  const nanos = [record.timeUnixNano, record.observedTimeUnixNano].find(
    (time) => (typeof time === 'string' || typeof time === 'bigint') && /^[1-9]\d{9,19}$/.test(String(time)),
  )
  const severity =
    typeof record.severityText === 'string' && record.severityText !== '' ? record.severityText : undefined
  const event = typeof record.eventName === 'string' && record.eventName !== '' ? record.eventName : undefined
  return {
    ...resource,
    ...own,
    ...(isRow(body)
      ? body
      : body === undefined
        ? {}
        : { message: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(nanos === undefined
      ? {}
      : { '@timestamp': new Date(Number(BigInt(nanos as string) / 1_000_000n)).toISOString() }),
    ...(severity === undefined ? {} : { 'log.level': severity }),
    ...(event === undefined ? {} : { 'event.name': event }),
  }
}

function attributes(value: unknown): Row {
  const found: Row = Object.create(null)
  for (const one of rows(value)) if (typeof one.key === 'string') found[one.key] = plain(one.value, 0)
  return found
}

/** The plain value of an AnyValue in JSON. */
function plain(value: unknown, depth: number): unknown {
  if (!isRow(value) || depth > nestingLimit) return undefined
  if (typeof value.stringValue === 'string') return value.stringValue
  if (typeof value.boolValue === 'boolean') return value.boolValue
  if (value.intValue !== undefined) return Number(value.intValue)
  if (typeof value.doubleValue === 'number') return value.doubleValue
  if (isRow(value.arrayValue))
    return Array.isArray(value.arrayValue.values) ? value.arrayValue.values.map((one) => plain(one, depth + 1)) : []
  if (isRow(value.kvlistValue)) {
    const found: Row = Object.create(null)
    for (const one of rows(value.kvlistValue.values))
      if (typeof one.key === 'string') found[one.key] = plain(one.value, depth + 1)
    return found
  }
  return typeof value.bytesValue === 'string' ? value.bytesValue : undefined
}

const messages = (fields: WireField[], wanted: number): WireField[][] =>
  fields.flatMap(({ number: found, value }) => {
    const inner = found === wanted && value instanceof Uint8Array ? readFields(value) : undefined
    return inner ? [inner] : []
  })
const last = (fields: WireField[], wanted: number) => fields.findLast((field) => field.number === wanted)?.value
const number = (fields: WireField[], wanted: number) => {
  const value = last(fields, wanted)
  return typeof value === 'bigint' ? value : undefined
}
const string = (fields: WireField[], wanted: number) => {
  const value = last(fields, wanted)
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined
}

function keyValues(fields: WireField[], wanted: number, depth: number): Row {
  const found: Row = Object.create(null)
  for (const pair of messages(fields, wanted)) {
    const [value] = messages(pair, 2)
    const key = string(pair, 1)
    if (key !== undefined) found[key] = value && anyValue(value, depth + 1)
  }
  return found
}

function anyValue(fields: WireField[], depth: number): unknown {
  const field = fields.at(-1)
  if (!field || depth > nestingLimit) return undefined
  const { number: kind, value } = field
  if (typeof value === 'bigint') {
    if (kind === 2) return value !== 0n
    if (kind === 3) return Number(BigInt.asIntN(64, value))
    if (kind === 4) return Buffer.from(BigInt.asUintN(64, value).toString(16).padStart(16, '0'), 'hex').readDoubleBE()
    return undefined
  }
  if (kind === 1) return Buffer.from(value).toString('utf8')
  const inner = kind === 5 || kind === 6 ? (readFields(value) ?? []) : []
  if (kind === 5) return messages(inner, 1).map((one) => anyValue(one, depth + 1))
  if (kind === 6) return keyValues(inner, 1, depth)
  return kind === 7 ? Buffer.from(value).toString('base64') : undefined
}
