/** What logs a host has, and how the lines of each become events. */
import { createAuditDecoder } from '../audit/decode.ts'
import { createAuthDecoder } from '../auth/decode.ts'
import { bareSshdLine } from '../auth/sshd.ts'
import { type EventDraft, parseJson } from '../draft.ts'
import { decodeSuricata } from '../suricata/decode.ts'
import { createWeblogDecoder } from '../weblog/decode.ts'
import { decodeJsonRecord } from './json-record.ts'
import { parseSyslogLine } from './syslog.ts'
import { createTextDecoder } from './text.ts'

/** Kinds of log files: how their lines are read. `text` is any application's log, `json` one JSON record a line. */
export const fileKinds = ['auth', 'access', 'audit', 'suricata', 'text', 'json'] as const

/**
 * A log to follow. `path` is absolute; `*` stands for any characters of one component. `service` names the program of a
 * text log; without it the path does.
 */
export type LogSource = { kind: (typeof fileKinds)[number]; path: string; service?: string } | { kind: 'journal' }

export type FileKind = Exclude<LogSource['kind'], 'journal'>

/**
 * The logs that the usual distributions write. The journal is read only where no authentication log file is there,
 * because the same logon would be seen twice.
 */
export const defaultLogSources: readonly LogSource[] = [
  { kind: 'auth', path: '/var/log/auth.log' },
  { kind: 'auth', path: '/var/log/secure' },
  { kind: 'journal' },
  { kind: 'access', path: '/var/log/nginx/*access.log' },
  { kind: 'access', path: '/var/log/apache2/*access.log' },
  { kind: 'access', path: '/var/log/httpd/*access_log' },
  { kind: 'access', path: '/var/log/caddy/*access.log' },
  { kind: 'audit', path: '/var/log/audit/audit.log' },
  { kind: 'suricata', path: '/var/log/suricata/eve.json' },
  { kind: 'text', path: '/var/log/nginx/*error.log' },
  { kind: 'text', path: '/var/log/apache2/*error.log', service: 'apache' },
  { kind: 'text', path: '/var/log/httpd/*error_log', service: 'apache' },
  { kind: 'text', path: '/var/log/php*-fpm.log', service: 'php-fpm' },
  { kind: 'text', path: '/var/log/mysql/*error.log' },
  { kind: 'text', path: '/var/log/mariadb/mariadb.log' },
  { kind: 'text', path: '/var/log/postgresql/postgresql-*.log' },
  { kind: 'text', path: '/var/log/redis/*.log' },
  { kind: 'text', path: '/var/log/dpkg.log' },
  { kind: 'text', path: '/var/log/apt/history.log' },
  { kind: 'text', path: '/var/log/dnf.rpm.log', service: 'dnf' },
  { kind: 'json', path: '/var/log/falco/*.json' },
  { kind: 'json', path: '/var/log/falco.json' },
  { kind: 'json', path: '/var/log/tetragon/tetragon.log' },
]

/** Event types that a kind of log can give, for the capability map. */
export const typesOfKind: Record<FileKind, readonly EventDraft['type'][]> = {
  auth: ['logon.attempted', 'logon.ended', 'privilege.used', 'account.changed', 'log.recorded'],
  access: ['web.requested', 'log.recorded'],
  audit: ['audit.recorded'],
  suricata: ['network.alerted'],
  text: ['log.recorded'],
  json: ['log.recorded', 'network.alerted', 'windows.recorded'],
}

/** Where a line stands: what its event ids are made of. */
export interface LinePlace {
  sourceId: string
  offset: number
}

/** Turns the lines of one file into drafts, handed out with the place of the (first) line they came from. */
export interface LineDecoder {
  line(text: string, truncated: boolean, place: LinePlace): void
  /** Hands out what waits for further lines; called when the log has been quiet for a moment. */
  settle(): void
  /** First line of what waits for further lines; after a crash reading goes on there. */
  waiting?(): LinePlace | undefined
}

export interface LineSink {
  drafts(drafts: EventDraft[], place: LinePlace): void
  lost(cause: string): void
}

/** The decoder of a kind of log. `now` gives the reference for timestamps without a year. */
export function createLineDecoder(
  { kind, service }: { kind: FileKind; service?: string },
  path: string,
  now: () => number,
  sink: LineSink,
): LineDecoder {
  if (kind === 'auth') {
    const decode = createAuthDecoder(path)
    return {
      line(text, truncated, place) {
        if (text.trim() === '') return
        const line = parseSyslogLine(text, { reference: now(), zone: 'local' }) ?? bareSshdLine(text, now())
        if (!line) return sink.lost('unparsed-line')
        const drafts = decode(line)
        for (const draft of drafts) if (truncated && draft.type === 'log.recorded') draft.truncated = true
        sink.drafts(drafts, place)
      },
      settle() {},
    }
  }
  if (kind === 'audit') return createAuditLines(sink)
  if (kind === 'text')
    return createTextDecoder({ path, now, ...(service === undefined ? {} : { service }) }, (draft, place) =>
      sink.drafts([draft], place),
    )
  if (kind === 'json') return createJsonLines(path, now, sink)
  const weblog = createWeblogDecoder(path, 'local')
  return {
    line(text, truncated, place) {
      if (text.trim() === '') return
      if (truncated) return sink.lost('line-too-long')
      const decoded = kind === 'access' ? weblog(text) : decodeSuricata(parseJson(text), now)
      if (decoded.ok) sink.drafts(decoded.drafts, place)
      else sink.lost('unparsed-line')
    },
    settle() {},
  }
}

function createJsonLines(path: string, now: () => number, sink: LineSink): LineDecoder {
  const auth = createAuthDecoder(path)
  return {
    line(text, truncated, place) {
      if (text.trim() === '') return
      if (truncated) return sink.lost('line-too-long')
      const row = parseJson(text)
      const decoded = row === undefined ? undefined : decodeJsonRecord(row, { now: now(), auth, path })
      if (decoded?.ok) sink.drafts(decoded.drafts, place)
      else sink.lost('unparsed-line')
    },
    settle() {},
  }
}

function createAuditLines(sink: LineSink): LineDecoder {
  // The joiner knows lines by number; the numbers of waiting lines are resolved to their places here.
  const places = new Map<number, LinePlace>()
  let number = 0
  const decoder = createAuditDecoder({
    event(drafts, record) {
      const place = places.get(record)
      if (place) sink.drafts(drafts, place)
      places.delete(record)
    },
    unparsed(record) {
      places.delete(record)
      sink.lost('unparsed-line')
    },
  })
  return {
    line(text, _truncated, place) {
      places.set(++number, place)
      decoder.line(text, number)
      // Lines that joined an earlier one never come out under their own number.
      if (places.size > 8192) places.delete(places.keys().next().value ?? 0)
    },
    settle: () => decoder.end(),
    waiting: () => places.values().next().value,
  }
}

/** Sources in what people decided: absolute paths, known kinds, at most 256; anything else is left out. */
export function readLogSources(value: unknown): LogSource[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, 256).flatMap((one: unknown): LogSource[] => {
    const { kind, path, service } = (one ?? {}) as Record<string, unknown>
    const known = fileKinds.find((name) => name === kind)
    if (known === undefined || typeof path !== 'string' || !path.startsWith('/') || path.length > 4096) return []
    return [
      { kind: known, path, ...(typeof service === 'string' && service !== '' && { service: service.slice(0, 128) }) },
    ]
  })
}
