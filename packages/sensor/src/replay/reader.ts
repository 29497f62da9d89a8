/** Records of one input, in order → events, through the decoder of their source. */
import { createRequire } from 'node:module'
import type { Asset, Event } from '@rampart/event'
import { createAuditDecoder } from '../audit/decode.ts'
import { createAuthDecoder, recorded } from '../auth/decode.ts'
import { bareSshdLine } from '../auth/sshd.ts'
import { decodeCloudRecord } from '../cloud/decode.ts'
import { completeDraft, type Decoded, type EventDraft, hostAsset, type InstantBefore, parseJson } from '../draft.ts'
import { decodeKubernetesAudit } from '../kubernetes/decode.ts'
import { journalLine } from '../log/journal-record.ts'
import { parseSyslogLine, type SyslogTime } from '../log/syslog.ts'
import { decodeSuricata } from '../suricata/decode.ts'
import { createWeblogDecoder } from '../weblog/decode.ts'
import { parseJsonRequest } from '../weblog/json.ts'
import { webRequest } from '../weblog/request.ts'
import { decodeWindowsRecord, windowsDraft } from '../windows/decode.ts'
import type { EvtxRecord } from '../windows/evtx/chunk.ts'
import { journalMark, type Recognised, type RecordedSource, recogniseRow } from './source.ts'

/** Where the outcome of every record goes. Each record ends in exactly one of events, `unparsed` and `skipped`. */
export interface RecordSink {
  events(events: Event[], record: number): void
  unparsed(record: number, reason: string): void
  skipped(record: number): void
  /** The events come next of a record of which no time can be read. */
  undated?(record: number): void
}

export interface ReaderContext {
  asset: Asset
  /** Middle part of the ids of the events. */
  sourceId: string
  time: SyslogTime
  /** The time of the record before, for one whose own cannot be read. */
  before: InstantBefore
  /** Value of `log.path` in events of log lines; absent when the name of the file means nothing. */
  path?: string
}

/** Takes records in order: text lines, JSON texts, or records of an EVTX file. */
export interface RecordReader {
  line(text: string, record: number, truncated: boolean): void
  json(text: string, record: number): void
  windows(record: EvtxRecord): void
  end(): void
}

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

const require = createRequire(import.meta.url)
let completeEvent: typeof import('./events.ts').completeEvent | undefined

/** Loaded when the first event of our schema comes: the schemas are half of what a replay would load. */
function loadCompleteEvent() {
  completeEvent ??= (require('./events.ts') as typeof import('./events.ts')).completeEvent
  return completeEvent
}

/** A reader for one input. `wanted` overrides what was recognised. */
export function createRecordReader(
  recognised: Recognised,
  wanted: RecordedSource,
  context: ReaderContext,
  sink: RecordSink,
): RecordReader {
  const source = wanted === 'auto' ? recognised.source : wanted
  const { before } = context
  const auth = createAuthDecoder(context.path)
  const weblog = createWeblogDecoder(context.path, context.time.zone)

  const hand = (drafts: EventDraft[], record: number, sensor: string, asset: Asset) => {
    if (drafts.length === 0) return sink.skipped(record)
    const complete = (draft: EventDraft, at: number) =>
      completeDraft(draft, asset, `replay.${sensor}`, context.sourceId, at === 0 ? `${record}` : `${record}.${at}`)
    sink.events(drafts.map(complete), record)
  }
  const handDecoded = (decoded: Decoded, record: number, sensor: string, asset = context.asset) => {
    if (!decoded.ok) return sink.unparsed(record, decoded.code)
    if (decoded.undated) sink.undated?.(record)
    hand(decoded.drafts, record, sensor, decoded.asset ?? asset)
  }
  const audit = createAuditDecoder({
    event(drafts, record, lines, host) {
      hand(drafts, record, 'auditd', host === undefined ? context.asset : hostAsset(host))
      for (let line = 1; line < lines; line++) sink.events([], record)
    },
    unparsed: (record, code) => sink.unparsed(record, code),
  })

  const row = (value: unknown, record: number, text: string) => {
    if (!isRow(value)) return sink.unparsed(record, 'decode.not-an-object')
    const kind =
      source === 'json' || source === 'unknown' || source === 'syslog' || source === 'sshd'
        ? recogniseRow(value)
        : source
    if (kind === 'events') {
      const defaults = { ...context, sensor: 'replay.events', sequence: `${record}`, at: context.time.reference }
      const parsed = loadCompleteEvent()(value, defaults)
      if (parsed.ok) return sink.events([parsed.event], record)
      return sink.unparsed(record, `${parsed.issue.code} ${parsed.issue.path} ${parsed.issue.message}`)
    }
    if (kind === 'cloudtrail' || kind === 'actiontrail')
      return handDecoded(decodeCloudRecord(value, before), record, kind)
    if (kind === 'kubernetes') {
      const cluster: Asset = { id: 'kubernetes', name: 'kubernetes', kind: 'kubernetes' }
      return handDecoded(decodeKubernetesAudit(value, before), record, kind, cluster)
    }
    if (kind === 'suricata') return handDecoded(decodeSuricata(value, before), record, kind)
    if (kind === 'sysmon-json' || kind === 'evtx')
      return handDecoded(decodeWindowsRecord(value, before), record, 'windows')
    if (kind === 'access') {
      const request = parseJsonRequest(value)
      if (!request) return sink.unparsed(record, 'decode.not-access-log')
      return hand([webRequest(request, context.path)], record, 'access', context.asset)
    }
    // a name that is written with escapes would be missed by what cuts the input
    const line = kind === 'journal' && text.includes(journalMark) ? journalLine(value) : undefined
    if (!line) return sink.unparsed(record, 'decode.unknown-record')
    return hand(auth(line), record, 'journal', line.host === undefined ? context.asset : hostAsset(line.host))
  }

  const json = (text: string, record: number) => {
    const value = parseJson(text)
    if (value === undefined) return sink.unparsed(record, 'decode.not-json')
    row(unwrap(value), record, text)
  }

  const syslog = (text: string, record: number, truncated: boolean) => {
    const line =
      parseSyslogLine(text, context.time) ??
      (source === 'sshd' ? bareSshdLine(text, context.time.reference) : undefined)
    if (!line) return sink.unparsed(record, 'decode.not-syslog')
    const drafts = truncated ? [{ ...recorded(line, context.path), truncated: true } as EventDraft] : auth(line)
    return hand(drafts, record, 'syslog', line.host === undefined ? context.asset : hostAsset(line.host))
  }

  return {
    json,
    line(text, record, truncated) {
      if (text.trim() === '' || (text.startsWith('#') && source !== 'access')) return sink.skipped(record)
      if (text.charCodeAt(0) === 123) {
        if (truncated) return sink.unparsed(record, 'replay.record-too-long')
        return json(text, record)
      }
      if (source === 'auditd') return audit.line(text, record)
      if (source === 'access') return handDecoded(weblog(text), record, 'access')
      if (source === 'sshd' || source === 'syslog') return syslog(text, record, truncated)
      return sink.unparsed(record, source === 'unknown' ? 'replay.unknown-format' : 'decode.not-json')
    },
    windows: (record) =>
      handDecoded(windowsDraft(record.fields, before, record.writtenAt || undefined), record.number, 'windows'),
    end: () => audit.end(),
  }
}

/** Takes the audit record out of the envelope that log services put around it (`{"event": …}`, `{"message": "…"}`). */
function unwrap(value: unknown): unknown {
  if (!isRow(value)) return value
  const inner = value.event ?? value.message
  if (isRow(inner) && typeof inner.eventName === 'string') return inner
  if (typeof inner !== 'string' || !inner.startsWith('{') || recogniseRow(value) !== undefined) return value
  const parsed = parseJson(inner)
  return isRow(parsed) ? parsed : value
}
