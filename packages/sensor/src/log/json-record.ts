/**
 * One JSON record of a third program → events and the host it names: Windows events, Suricata, Falco, Tetragon, what
 * shippers wrap around a line, and any other structured log as `log.recorded`. Pure but for the decoders' state; never throws.
 */
import type { AuthDecoder } from '../auth/decode.ts'
import { clip, type Decoded, type EventDraft, parseJson } from '../draft.ts'
import { decodeSuricata, isSuricata } from '../suricata/decode.ts'
import { parseCombined } from '../weblog/combined.ts'
import { looseInstant } from '../weblog/json.ts'
import { webRequest } from '../weblog/request.ts'
import { decodeWindowsRecord, isWindowsRecord } from '../windows/decode.ts'
import { parseSyslogLine } from './syslog.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

export interface RecordOrigin {
  /** Host that the record names. */
  host?: string
}
export type DecodedRecord = Decoded & RecordOrigin

const tetragonKinds = [
  ...['process_exec', 'process_exit', 'process_kprobe', 'process_tracepoint', 'process_uprobe', 'process_lsm'],
  ...['process_loader', 'process_throttle'],
]

/** The value of a dotted name, whether the record nests or is flat. */
function at(row: Row, name: string): unknown {
  if (Object.hasOwn(row, name)) return row[name]
  let value: unknown = row
  for (const part of name.split('.')) {
    if (!isRow(value) || !Object.hasOwn(value, part)) return undefined
    value = value[part]
  }
  return value
}

function textAt(row: Row, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = at(row, name)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

function instantOf(row: Row): number | undefined {
  for (const name of ['@timestamp', 'time', 'timestamp', 'ts', 'eventTime', 'date']) {
    const value = at(row, name)
    const found =
      typeof value === 'string'
        ? looseInstant(value)
        : typeof value === 'number'
          ? looseInstant(String(value))
          : undefined
    if (found !== undefined && Number.isFinite(found) && found >= 0) return found
  }
  return undefined
}

/** The host that a record names, under the names of the usual shippers. */
export function hostOfRecord(row: Row): string | undefined {
  return textAt(row, [
    ...['winlog.computer_name', 'host.name', 'host.hostname', 'hostname', 'Hostname', 'Computer', 'node_name'],
    ...['agent.hostname', 'beat.hostname', 'agent.name', 'host'],
  ])
}

/** Decodes one record. `now` stands in for a time that the record does not have. */
export function decodeJsonRecord(
  row: unknown,
  context: { now: number; auth: AuthDecoder; path?: string },
): DecodedRecord {
  if (!isRow(row)) return { ok: false, code: 'decode.not-an-object' }
  const host = hostOfRecord(row)
  const decoded = decodeRow(row, context)
  return host === undefined ? decoded : { ...decoded, host }
}

function decodeRow(row: Row, context: { now: number; auth: AuthDecoder; path?: string }): Decoded {
  const before = () => context.now
  if (isWindowsRecord(row)) return decodeWindowsRecord(row, before)
  if (isSuricata(row)) return decodeSuricata(row, before)
  const message = textAt(row, ['message', 'msg', 'log', 'body', 'MESSAGE'])
  if (message?.startsWith('{')) {
    const inner = parseJson(message)
    // A line of another program's JSON log, carried by a shipper. Only one level: what is inside is not looked into again.
    if (isRow(inner) && !message.startsWith('{"message"'))
      return decodeRow({ ...inner, message: undefined, ...innerText(inner) }, context)
  }
  if (typeof row.rule === 'string' && typeof row.priority === 'string' && typeof row.output === 'string')
    return recordedAs('falco', row.output, row, context, row.priority)
  const kind = tetragonKinds.find((name) => isRow(row[name]))
  if (kind !== undefined) return recordedAs('tetragon', tetragonText(kind, row[kind] as Row), row, context)
  if (message !== undefined) {
    const line = parseSyslogLine(message, { reference: context.now, zone: 'local' })
    if (line) return { ok: true, drafts: context.auth(line) }
    const request = parseCombined(message)
    if (request) return { ok: true, drafts: [webRequest(request, textAt(row, ['log.file.path']) ?? context.path)] }
  }
  const service = textAt(row, [
    ...['service.name', 'event.module', 'event.dataset', 'service', 'program', 'app', 'application', 'process.name'],
    ...['logger', 'SYSLOG_IDENTIFIER', 'name'],
  ])
  const severity = textAt(row, ['log.level', 'level', 'severity', 'severityText'])
  return recordedAs(service ?? 'json', message ?? JSON.stringify(row), row, context, severity)
}

const innerText = (inner: Row) =>
  typeof inner.message === 'string' && !inner.message.startsWith('{') ? { message: inner.message } : {}

function tetragonText(kind: string, body: Row): string {
  const process = isRow(body.process) ? body.process : {}
  const words = [kind, process.binary, process.arguments, body.function_name]
  return words.filter((word) => typeof word === 'string' && word !== '').join(' ')
}

function recordedAs(
  service: string,
  message: string,
  row: Row,
  context: { now: number; path?: string },
  severity?: string,
): Decoded {
  const path = textAt(row, ['log.file.path']) ?? context.path
  const draft: EventDraft = {
    type: 'log.recorded',
    at: instantOf(row) ?? context.now,
    log: {
      service: clip(service.toLowerCase(), 128),
      ...(path === undefined ? {} : { path: clip(path, 8192) }),
      ...(severity === undefined ? {} : { severity: clip(severity.toLowerCase(), 32) }),
    },
    message: clip(message, 1_048_576),
    fields: row,
  }
  return { ok: true, drafts: [draft] }
}
