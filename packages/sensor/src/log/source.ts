/** What logs a host has, and how the lines of each become events. */
import { createAuditDecoder } from '../audit/decode.ts'
import { createAuthDecoder } from '../auth/decode.ts'
import { bareSshdLine } from '../auth/sshd.ts'
import { type EventDraft, parseJson } from '../draft.ts'
import { decodeSuricata } from '../suricata/decode.ts'
import { createWeblogDecoder } from '../weblog/decode.ts'
import { parseSyslogLine } from './syslog.ts'

/** A log to follow. `path` is absolute; `*` stands for any characters of one component. */
export type LogSource = { kind: 'auth' | 'access' | 'audit' | 'suricata'; path: string } | { kind: 'journal' }

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
]

/** Event types that a kind of log can give, for the capability map. */
export const typesOfKind: Record<FileKind, readonly EventDraft['type'][]> = {
  auth: ['logon.attempted', 'logon.ended', 'privilege.used', 'account.changed', 'log.recorded'],
  access: ['web.requested', 'log.recorded'],
  audit: ['audit.recorded'],
  suricata: ['network.alerted'],
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
}

export interface LineSink {
  drafts(drafts: EventDraft[], place: LinePlace): void
  lost(cause: string): void
}

/** The decoder of a kind of log. `now` gives the reference for timestamps without a year. */
export function createLineDecoder(kind: FileKind, path: string, now: () => number, sink: LineSink): LineDecoder {
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
  const weblog = createWeblogDecoder(path, 'local')
  return {
    line(text, truncated, place) {
      if (text.trim() === '') return
      if (truncated) return sink.lost('line-too-long')
      const decoded = kind === 'access' ? weblog(text) : decodeSuricata(parseJson(text))
      if (decoded.ok) sink.drafts(decoded.drafts, place)
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
  }
}
