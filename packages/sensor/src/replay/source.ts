/** The sources that recorded input can come from, and recognising them by content. */
import { eventTypes } from '@rampart/event/event-types'
import { cloudProvider } from '../cloud/decode.ts'
import { isKubernetesAudit } from '../kubernetes/decode.ts'
import { parseSyslogLine } from '../log/syslog.ts'
import { isSuricata } from '../suricata/decode.ts'
import { parseCombined } from '../weblog/combined.ts'
import { parseErrorLog } from '../weblog/error-log.ts'
import { parseJsonRequest } from '../weblog/json.ts'
import { isWindowsRecord } from '../windows/decode.ts'
import { wrapperKeys } from './json-records.ts'

/** Every source that a person can name; `auto` recognises by content. */
export const recordedSources = [
  ...(['auto', 'sshd', 'auditd', 'syslog', 'access', 'evtx', 'sysmon-json', 'cloudtrail', 'actiontrail'] as const),
  ...(['kubernetes', 'suricata', 'events'] as const),
] as const
export type RecordedSource = (typeof recordedSources)[number]

/** How the content is cut into records. */
export type Framing = 'lines' | 'document' | 'evtx'
/** What the content is: how to cut it, and (for text lines) who wrote it. */
export interface Recognised {
  framing: Framing
  source: Exclude<RecordedSource, 'auto'> | 'json' | 'unknown'
}

/**
 * The name by which a record of the journal is known. Its messages are lines of syslog, which are decoded with those
 * before them, so an input is ordered from the first one on.
 */
export const journalMark = '__REALTIME_TIMESTAMP'

type Row = Record<string, unknown>
const types: ReadonlySet<string> = new Set(eventTypes)
const w3cLine = /^#(?:Software|Version|Date|Fields|Start-Date|End-Date|Remark):/
export const auditLine = /^(?:node=\S+ )?type=[A-Z0-9_[\]]+ msg=audit\(\d/

/** The source of one JSON record, or undefined. */
export function recogniseRow(row: Row): Exclude<RecordedSource, 'auto'> | 'journal' | undefined {
  if (typeof row.type === 'string' && types.has(row.type)) return 'events'
  if (row.__REALTIME_TIMESTAMP !== undefined) return 'journal'
  const provider = cloudProvider(row)
  if (provider) return provider === 'aws' ? 'cloudtrail' : 'actiontrail'
  if (isKubernetesAudit(row)) return 'kubernetes'
  if (isSuricata(row)) return 'suricata'
  if (isWindowsRecord(row)) return 'sysmon-json'
  return parseJsonRequest(row) ? 'access' : undefined
}

/** Recognises a text line that is not JSON. */
function recogniseLine(line: string): Recognised['source'] | undefined {
  if (w3cLine.test(line)) return 'access'
  if (auditLine.test(line)) return 'auditd'
  if (parseCombined(line) || parseErrorLog(line, 'utc')) return 'access'
  return parseSyslogLine(line, { reference: Date.UTC(2100, 0), zone: 'utc' }) ? 'syslog' : undefined
}

/**
 * Recognises content by its beginning (at least the first 64 KB, or all of it). A comment in the first line, as
 * samples have, is passed over.
 */
export function recognise(head: Uint8Array): Recognised {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.toString('latin1', 0, 8) === 'ElfFile\0') return { framing: 'evtx', source: 'evtx' }
  let text = bytes.toString('utf8').replace(/^\ufeff/, '')
  const comment = /^#[^\n]*\n/.exec(text)
  if (comment && !w3cLine.test(text)) text = text.slice(comment[0].length)
  const first = /\S/.exec(text)?.[0]
  // A log line may begin with a bracket; an array of records goes on with a record.
  if (first === '{' || (first === '[' && /^\[\s*[{\]]/.test(text.trimStart())))
    return { framing: jsonFraming(text.trimStart(), first), source: 'json' }
  const found = text
    .split('\n', 64)
    .map((line) => recogniseLine(line.trimEnd()))
    .find((source) => source !== undefined)
  return { framing: 'lines', source: found ?? 'unknown' }
}

/** One record a line, or a document of many: a line that is a whole object without a wrapper array decides. */
function jsonFraming(text: string, first: string): Framing {
  if (first === '[') return 'document'
  const end = text.indexOf('\n')
  const line = end < 0 ? text : text.slice(0, end)
  try {
    const row = JSON.parse(line) as Row
    return Object.keys(row).some((key) => wrapperKeys.has(key) && Array.isArray(row[key])) ? 'document' : 'lines'
  } catch {
    // A first line longer than what was read: a wrapper shows at its beginning, else it is a long record.
    if (end < 0 || line.length > 65_536) {
      const wrapper = /^\{\s*(?:"[\w.]+"\s*:\s*(?:"[^"]*"|\{[^{}]*\}|\d+)\s*,\s*){0,8}"(\w+)"\s*:\s*\[/.exec(
        line.slice(0, 4096),
      )
      return end < 0 || wrapperKeys.has(wrapper?.[1] ?? '') ? 'document' : 'lines'
    }
    // A broken first line among whole ones is still one record a line.
    return text.split('\n', 8).slice(1).some(isWholeObject) ? 'lines' : 'document'
  }
}

function isWholeObject(line: string): boolean {
  if (!line.startsWith('{')) return false
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
