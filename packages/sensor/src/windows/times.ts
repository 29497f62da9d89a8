/** When a Windows record happened: the names under which records tell it, and the forms in which they do. Pure; never throws. */
import { looseInstant } from '../weblog/json.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Of Windows itself, of Sysmon, of NXLog. The time is the first of these texts that can be read (see plainWindowsLine). */
export const ownTimes = ['TimeCreated_SystemTime', 'UtcTime', 'EventTime'] as const

/** Names within System, as some converters and PowerShell's Get-WinEvent write them. */
const systemTimes = ['TimeCreated', 'SystemTime'] as const

/** What shippers and stores write: Beats, Logstash, Defender, Hayabusa, Log Analytics, Splunk, plaso; last the time of receipt. */
const shippedTimes = [
  ...['@timestamp', 'timestamp', 'Timestamp', 'TimeGenerated', '_time', 'time', 'datetime'],
  ...['EventReceivedTime'],
] as const

/** The time that flat or flattened fields tell as Windows does, under the best name that can be read. */
export function ownInstant(fields: Row): number | undefined {
  return firstInstant(fields, ownTimes, textInstant) ?? firstInstant(fields, [...ownTimes, ...systemTimes], anyInstant)
}

/** The time that a shipper wrote beside the fields of Windows. */
export function shippedInstant(row: Row): number | undefined {
  return firstInstant(row, shippedTimes, anyInstant)
}

function firstInstant(
  row: Row,
  names: readonly string[],
  read: (value: unknown) => number | undefined,
): number | undefined {
  for (const name of names) {
    const value = row[name]
    const at = value === undefined ? undefined : read(value)
    if (at !== undefined) return at
  }
  return undefined
}

const textInstant = (value: unknown) => (typeof value === 'string' ? instantOfText(value) : undefined)

/** A list gives its first element, PowerShell's `{"value": …, "DateTime": …}` its value. */
function anyInstant(value: unknown): number | undefined {
  const inner = Array.isArray(value) ? value[0] : isRow(value) ? value.value : value
  if (typeof inner === 'number') return Number.isFinite(inner) ? instantOfText(String(inner)) : undefined
  return textInstant(inner)
}

/** Longer text is no time. */
const longest = 64
/** `Date.parse` finds a time in nearly any text with a number in it: these begin like one. */
const dated = /^(?:\d{4}-\d\d-\d\d|\d\d\/[A-Z][a-z]{2}\/\d{4}:|\d{9,19}(?:\.\d{1,9})?$)/
/** Of .NET, as ConvertTo-Json of Windows PowerShell writes it: ms since 1970, with an offset that says nothing of the instant. */
const dotNet = /^\/Date\((\d{1,15})(?:[+-]\d{4})?\)\/$/
/** A zone after a space, as Hayabusa and evtx_dump write it. */
const spacedZone = /^(\S+ \S+) (?:UTC|([+-]\d\d:?\d\d))$/
/** Hundreds of nanoseconds since 1601: eighteen digits from 1917 to 4769, where the nanoseconds since 1970 have nineteen. */
const fileTime = /^\d{18}$/

function instantOfText(text: string): number | undefined {
  if (text.length > longest) return undefined
  const ticks = dotNet.exec(text)?.[1]
  if (ticks !== undefined) return Number(ticks)
  if (fileTime.test(text)) return Math.max(0, Number(text) / 1e4 - 11_644_473_600_000)
  if (!dated.test(text)) return undefined
  const zoned = spacedZone.exec(text)
  return looseInstant(zoned ? `${zoned[1]}${zoned[2] ?? 'Z'}` : text)
}
