/** One record of `journalctl -o json` → a syslog line. Pure; never throws. */
import { clip } from '../draft.ts'
import { type SyslogLine, splitPriority } from './syslog.ts'

type Row = Record<string, unknown>

/** A journal field as text: a string, or an array of bytes when it is not UTF-8, or the first of several values. */
function fieldText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return undefined
  if (value.length > 0 && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256))
    return Buffer.from(value as number[]).toString('utf8')
  return fieldText(value[0])
}

const whole = (text: string | undefined) => (text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined)

/** Reads one journal record, or returns undefined when it has no time or message. */
export function journalLine(row: Row): SyslogLine | undefined {
  const micros = Number(fieldText(row._SOURCE_REALTIME_TIMESTAMP) ?? fieldText(row.__REALTIME_TIMESTAMP))
  const message = fieldText(row.MESSAGE)
  if (!Number.isFinite(micros) || micros < 0 || message === undefined) return undefined
  const host = fieldText(row._HOSTNAME)
  const severity = whole(fieldText(row.PRIORITY))
  const facility = whole(fieldText(row.SYSLOG_FACILITY))
  const pid = whole(fieldText(row.SYSLOG_PID)) ?? whole(fieldText(row._PID))
  return {
    at: micros / 1000,
    ...(host === undefined ? {} : { host }),
    program: clip(fieldText(row.SYSLOG_IDENTIFIER) ?? fieldText(row._COMM) ?? 'unknown', 128) || 'unknown',
    ...(pid === undefined ? {} : { pid }),
    message,
    ...(facility === undefined ? {} : { facility: splitPriority(facility << 3).facility }),
    ...(severity === undefined ? {} : { severity: splitPriority(severity).severity }),
  }
}
