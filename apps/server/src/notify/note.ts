/** What a message tells: one alert, many at once, or that the channel works. Pure; texts of alerts are hostile. */
import type { AlertRow } from '@rampart/api'
import { visibleText } from '@rampart/event'

export interface ToldAlert extends AlertRow {
  /** Address of the alert in the console. */
  url: string
}

export interface Note {
  /** The same for every try of one message: receivers may recognise repeats by it. */
  id: string
  kind: 'alert' | 'digest' | 'test'
  /** Ms since 1970-01-01 UTC. */
  at: number
  /** Oldest first; a digest names the first `digestMax`. */
  alerts: readonly ToldAlert[]
  /** How many alerts it stands for, also those not named. */
  total: number
  /** Address of the Alerts page. */
  consoleUrl: string
}

/** Alerts that a digest names one by one. */
export const digestMax = 20

/** Most of one text of an alert that a message shows, in UTF-16 units. */
const factMost = 300

/** One line that says what the message is about. */
export function headline(note: Note): string {
  const [alert] = note.alerts
  if (note.kind === 'test') return 'Rampart: this channel works'
  if (note.kind === 'digest' || !alert) return `Rampart: ${note.total} alerts`
  return `${alert.level}: ${visibleText(alert.title, 160)} on ${visibleText(alert.asset.name, 80)}`
}

/** What of an alert is told, in order; empty values are left out. */
export function factsOf(alert: ToldAlert): [label: string, value: string][] {
  const facts: [string, string | null][] = [
    ['Level', alert.level],
    ['Type', alert.type],
    ['Stage', alert.stages.join(', ')],
    ['Server', [alert.asset.name, ...alert.asset.addresses.slice(0, 3)].join(' · ')],
    [entityLabel[alert.entity.kind] ?? 'About', alert.entity.value],
    ['From', alert.sourceAddress],
    ['Seen', alert.count > 1 ? `${alert.count} times, last ${alert.lastAt}` : alert.lastAt],
  ]
  return facts.flatMap(([label, value]) => (value ? [[label, visibleText(value, factMost)] as [string, string]] : []))
}

const entityLabel: Partial<Record<AlertRow['entity']['kind'], string>> = {
  process: 'Program',
  file: 'File',
  address: 'Address',
  account: 'Account',
  domain: 'Domain',
  container: 'Container',
  url: 'URL',
}

/** Plain text of several lines, for e-mail and as a fall-back. */
export function textOf(note: Note): string {
  if (note.kind === 'test') return `This is a test. Alerts of this channel will look like this.\n\n${note.consoleUrl}`
  if (note.kind === 'alert') {
    const [alert] = note.alerts
    if (!alert) return note.consoleUrl
    return [headline(note), '', ...factsOf(alert).map(([label, value]) => `${label}: ${value}`), '', alert.url].join(
      '\n',
    )
  }
  return [`${note.total} alerts:`, '', ...digestLines(note), '', note.consoleUrl].join('\n')
}

/** UTF-8 bytes of the lines of a digest: chat services refuse messages of more than 20,000, and escaping may double them. */
const digestBytes = 8000

/** One line for each alert that a digest names as long as there is room, and one for the rest. */
export function digestLines(note: Note): string[] {
  const lines: string[] = []
  let bytes = 0
  for (const alert of note.alerts) {
    const line = `${alert.level}  ${alert.lastAt}  ${visibleText(alert.title, 120)}  on ${visibleText(alert.asset.name, 80)}`
    bytes += Buffer.byteLength(line)
    if (bytes > digestBytes) break
    lines.push(line)
  }
  const rest = note.total - lines.length
  return rest > 0 ? [...lines, `… and ${rest} more`] : lines
}
