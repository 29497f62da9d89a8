/** Alerts as syslog messages: RFC 5424 with structured data, or CEF inside of one. */
import { hostname } from 'node:os'
import { visibleText } from '@rampart/event'
import { headline, type Note, type ToldAlert } from '../note.ts'

export interface SyslogShape {
  format: 'rfc5424' | 'cef'
  facility: number
  version: string
  /** Longest message in bytes; without it any length. */
  maxBytes?: number | undefined
}

/** Private enterprise number for documentation (RFC 5612). */
const enterprise = 32473
const severities = { Urgent: 2, Warning: 4, Notice: 5 }
const cefSeverities = { Urgent: 9, Warning: 6, Notice: 3 }

/** Longest value in UTF-16 units, and shorter ones that are tried until the message fits. */
const lengths = [1024, 512, 256, 128, 64, 32, 16] as const

/** One message for each alert (a digest gives many), or the words of a test. */
export function syslogMessages(note: Note, shape: SyslogShape): string[] {
  if (note.kind === 'test') return [frame(shape, 6, note.at, 'test', '-', headline(note))]
  const messages = note.alerts.map((alert) => {
    const at = Date.parse(alert.lastAt)
    const made = lengths.map((longest) => () => {
      const isCut = longest !== lengths[0]
      const severity = severities[alert.level]
      if (shape.format === 'cef')
        return frame(shape, severity, at, 'alert', '-', cef(alert, shape.version, longest, isCut))
      const text = visibleText(`${alert.title} on ${alert.asset.name}`, Math.min(300, longest * 2))
      return frame(shape, severity, at, 'alert', structured(alert, longest, isCut), text)
    })
    return firstFitting(made, shape.maxBytes)
  })
  const rest = note.total - note.alerts.length
  return rest > 0 ? [...messages, frame(shape, 5, note.at, 'digest', '-', `and ${rest} more alerts`)] : messages
}

/** The first that fits, or the last with its end cut; a cut value ends in `…`. */
function firstFitting(made: readonly (() => string)[], maxBytes = Number.POSITIVE_INFINITY): string {
  let message = ''
  for (const make of made) {
    message = make()
    if (Buffer.byteLength(message) <= maxBytes) return message
  }
  return cutToBytes(message, maxBytes)
}

/** Never ends within a character; `…` says that more was there. */
export function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes - Buffer.byteLength('…')
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)}…`
}

/** `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG`; the text is UTF-8 with its mark. */
function frame(shape: SyslogShape, severity: number, at: number, id: string, data: string, text: string): string {
  const priority = shape.facility * 8 + severity
  const host =
    hostname()
      .replace(/[^\x21-\x7e]/g, '')
      .slice(0, 255) || '-'
  const mark = shape.format === 'cef' ? '' : '\ufeff'
  return `<${priority}>1 ${new Date(at).toISOString()} ${host} rampart ${process.pid} ${id} ${data} ${mark}${text}`
}

function structured(alert: ToldAlert, longest: number, isCut: boolean): string {
  const values: [string, string | null][] = [
    ['alert', alert.id],
    ['model', alert.modelId],
    ['level', alert.level],
    ['type', alert.type],
    ['stages', alert.stages.join(',')],
    ['techniques', alert.techniques.join(',')],
    ['asset', alert.asset.id],
    ['assetName', alert.asset.name],
    ['entityKind', alert.entity.kind],
    ['entity', alert.entity.value],
    ['sourceAddress', alert.sourceAddress],
    ['count', String(alert.count)],
    ['url', alert.url],
    ['cut', isCut ? 'true' : null],
  ]
  // RFC 5424 6.3.3: these three are escaped inside of a value.
  const escaped = (value: string) => visibleText(value, longest).replace(/["\\\]]/g, (character) => `\\${character}`)
  const text = values.flatMap(([name, value]) => (value ? [`${name}="${escaped(value)}"`] : []))
  return `[alert@${enterprise} ${text.join(' ')}]`
}

/** ArcSight Common Event Format, version 0. */
function cef(alert: ToldAlert, version: string, longest: number, isCut: boolean): string {
  const head = (value: string) =>
    visibleText(value, Math.min(512, longest)).replace(/[\\|]/g, (character) => `\\${character}`)
  const value = (text: string) => visibleText(text, longest).replace(/[\\=]/g, (character) => `\\${character}`)
  const extension: [string, string | null][] = [
    ['externalId', alert.id],
    ['rt', String(Date.parse(alert.lastAt))],
    ['start', String(Date.parse(alert.firstAt))],
    ['cnt', String(alert.count)],
    ['cat', alert.type],
    ['dvchost', alert.asset.name],
    ['dvc', alert.asset.addresses.find((address) => address.includes('.')) ?? null],
    ['src', alert.sourceAddress],
    ['fname', alert.entity.kind === 'file' ? alert.entity.value : null],
    ['sproc', alert.entity.kind === 'process' ? alert.entity.value : null],
    ['duser', alert.entity.kind === 'account' ? alert.entity.value : null],
    ['request', alert.url],
    ['cs1Label', 'stages'],
    ['cs1', alert.stages.join(',')],
    ['cs2Label', 'techniques'],
    ['cs2', alert.techniques.join(',') || null],
    ['cs3Label', 'entity'],
    ['cs3', `${alert.entity.kind} ${alert.entity.value}`],
    ['cs4Label', isCut ? 'cut' : null],
    ['cs4', isCut ? 'true' : null],
  ]
  const fields = extension.flatMap(([name, text]) => (text === null ? [] : [`${name}=${value(text)}`]))
  return `CEF:0|Rampart|Rampart|${head(version)}|${head(alert.modelId)}|${head(alert.title)}|${cefSeverities[alert.level]}|${fields.join(' ')}`
}
