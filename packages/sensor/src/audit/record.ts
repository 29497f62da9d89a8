/** One line of the Linux audit log → its type, serial, instant and fields, hex values decoded. Pure; linear. */
import { trimEndOf } from '../draft.ts'

export interface AuditRecord {
  type: string
  /** Host named by `node=`, when the dispatcher adds it. */
  node?: string
  at: number
  serial: string
  /** Fields in their order. A name that comes twice keeps its first value. Enriched names are upper-case. */
  fields: Map<string, string>
}

const header =
  /^(?:(?!node=|type=)[^\n]{0,200}? )?(?:node=(\S+) )?type=([A-Z0-9_]+|UNKNOWN\[\d+\]) msg=audit\(([^):]*(?::\d\d:\d\d\.\d+)?):(\d{1,20})\) ?: ?/
const interpretedTime = /^(\d\d)\/(\d\d)\/(\d{2,4}) (\d\d:\d\d:\d\d\.\d+)$/

/** Fields that hold text of any bytes and are written in hex when they need it. */
const hexFields = new Set([
  ...['name', 'comm', 'exe', 'proctitle', 'cwd', 'acct', 'key', 'cmd', 'data', 'path', 'dir', 'file', 'grp', 'unit'],
  ...['new-disk', 'old-disk', 'device', 'ocomm', 'vm', 'terminal', 'hostname', 'new_name', 'invalid_context'],
])
const argument = /^a\d+(?:\[\d+\])?$/
const hex = /^(?:[0-9A-F]{2})+$/

/** Seconds with fraction, or the date that `ausearch -i` prints (month first, read as UTC). */
function instant(text: string): number | undefined {
  const seconds = /^\d{1,12}(?:\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1e6) / 1e3 : Number.NaN
  if (!Number.isNaN(seconds)) return seconds
  const parts = interpretedTime.exec(text)
  if (!parts) return undefined
  const year = (parts[3] ?? '').length === 2 ? `20${parts[3]}` : parts[3]
  const at = Date.parse(`${year}-${parts[1]}-${parts[2]}T${parts[4]}Z`)
  return Number.isNaN(at) || at < 0 ? undefined : at
}

/** Decodes a hex value as UTF-8. Zero bytes, which separate arguments, become spaces; `\x01` separates keys and stays. */
const decodeHex = (value: string) => trimEndOf(Buffer.from(value, 'hex').toString('utf8'), '\0').replaceAll('\0', ' ')

/**
 * Reads `key=value` pairs. Values are bare (to the next space), in double quotes, in braces, or in single quotes around
 * further pairs, which are read as fields of the same record. The value of `op` may hold spaces.
 */
function readPairs(text: string, type: string, interpreted: boolean, fields: Map<string, string>, depth: number): void {
  let at = 0
  let last = ''
  while (at < text.length && fields.size < 4096) {
    while (at < text.length && (text.charCodeAt(at) <= 32 || text[at] === '\x1d' || text[at] === ',')) at++
    let end = at
    while (end < text.length && text.charCodeAt(end) > 32 && text[end] !== '=' && text[end] !== '\x1d') end++
    const word = text.slice(at, end)
    if (text[end] !== '=') {
      // A word without `=`: the operations of old user-space tools are several words (`op=adding user id=…`).
      if (last === 'op' && word !== '') fields.set('op', `${fields.get('op') ?? ''} ${word}`)
      at = end + 1
      continue
    }
    at = end + 1
    const open = text[at]
    let quoted = false
    let stop: number
    if (open === '"') {
      stop = text.indexOf('"', at + 1)
      quoted = true
    } else if (open === "'") {
      const enriched = text.indexOf('\x1d', at)
      stop = text.lastIndexOf("'", enriched < 0 ? text.length : enriched)
      quoted = true
    } else if (open === '{') {
      stop = text.indexOf('}', at)
      quoted = true
    } else if (interpreted && word === 'proctitle') stop = text.length
    else {
      stop = at
      while (stop < text.length && text.charCodeAt(stop) > 32 && text[stop] !== '\x1d') stop++
    }
    if (quoted && stop <= at) stop = text.length
    const raw = text.slice(quoted ? at + 1 : at, stop)
    at = quoted ? stop + 1 : stop
    last = word
    if (depth === 0 && (open === "'" || open === '{')) {
      readPairs(raw, type, interpreted, fields, 1)
      if (open === "'") continue
    }
    if (raw === '' || raw === '(null)' || fields.has(word)) continue
    const textual = hexFields.has(word) || (type === 'EXECVE' && argument.test(word))
    fields.set(word, !quoted && !interpreted && textual && hex.test(raw) ? decodeHex(raw) : raw)
  }
}

/** Reads one line, or returns undefined when it is none of the audit log. */
export function parseAuditLine(line: string): AuditRecord | undefined {
  const head = header.exec(line)
  const at = head ? instant(head[3] ?? '') : undefined
  if (!head || at === undefined) return undefined
  const fields = new Map<string, string>()
  const type = head[2] ?? ''
  readPairs(line.slice(head[0].length), type, (head[3] ?? '').includes('/'), fields, 0)
  return { type, ...(head[1] === undefined ? {} : { node: head[1] }), at, serial: head[4] ?? '', fields }
}
