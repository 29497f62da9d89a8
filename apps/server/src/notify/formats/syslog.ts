/** Alerts as syslog messages: RFC 5424 with structured data, or CEF inside of one. */
import { hostname } from 'node:os'
import { visibleText } from '@rampart/event'
import { headline, type Note, type ToldAlert } from '../note.ts'

export interface SyslogShape {
  format: 'rfc5424' | 'cef'
  facility: number
  version: string
}

/** Private enterprise number for documentation (RFC 5612). */
const enterprise = 32473
const severities = { Urgent: 2, Warning: 4, Notice: 5 }
const cefSeverities = { Urgent: 9, Warning: 6, Notice: 3 }

/** One message for each alert (a digest gives many), or the words of a test. */
export function syslogMessages(note: Note, shape: SyslogShape): string[] {
  if (note.kind === 'test') return [frame(shape, 6, note.at, 'test', '-', headline(note))]
  const messages = note.alerts.map((alert) => {
    const at = Date.parse(alert.lastAt)
    return shape.format === 'cef'
      ? frame(shape, severities[alert.level], at, 'alert', '-', cef(alert, shape.version))
      : frame(
          shape,
          severities[alert.level],
          at,
          'alert',
          structured(alert),
          visibleText(`${alert.title} on ${alert.asset.name}`, 300),
        )
  })
  const rest = note.total - note.alerts.length
  return rest > 0 ? [...messages, frame(shape, 5, note.at, 'digest', '-', `and ${rest} more alerts`)] : messages
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

function structured(alert: ToldAlert): string {
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
  ]
  // RFC 5424 6.3.3: these three are escaped inside of a value.
  const escaped = (value: string) => visibleText(value, 1024).replace(/["\\\]]/g, (character) => `\\${character}`)
  const text = values.flatMap(([name, value]) => (value ? [`${name}="${escaped(value)}"`] : []))
  return `[alert@${enterprise} ${text.join(' ')}]`
}

/** ArcSight Common Event Format, version 0. */
function cef(alert: ToldAlert, version: string): string {
  const head = (value: string) => visibleText(value, 512).replace(/[\\|]/g, (character) => `\\${character}`)
  const value = (text: string) => visibleText(text, 1024).replace(/[\\=]/g, (character) => `\\${character}`)
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
  ]
  const fields = extension.flatMap(([name, text]) => (text === null ? [] : [`${name}=${value(text)}`]))
  return `CEF:0|Rampart|Rampart|${head(version)}|${head(alert.modelId)}|${head(alert.title)}|${cefSeverities[alert.level]}|${fields.join(' ')}`
}
