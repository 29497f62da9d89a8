/** Alerts of a replay as text for people or as NDJSON. */
import type { Writable } from 'node:stream'
import type { AlertBook, ReplayAlert } from './alerts.ts'

/** Event text is hostile: control characters become visible, so that nothing moves the cursor of a terminal. */
export function printable(text: string, limit = 400): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    },
  )
}

/** The same for text of several lines, each of any length. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, Number.POSITIVE_INFINITY))
    .join('\n')
}

/** Writes and waits while the reader is slow. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await new Promise<void>((done) => stream.once('drain', done))
}

/** Prints every alert: one JSON object a line, or a paragraph for people, most urgent first. */
export async function printAlerts(book: AlertBook, json: boolean): Promise<void> {
  const alerts = [...book.all()]
  if (!json) alerts.sort((a, b) => rank(a) - rank(b))
  for (const alert of alerts) await write(process.stdout, json ? `${JSON.stringify(alert)}\n` : paragraph(alert))
}

const order = ['Urgent', 'Warning', 'Notice']
const rank = (alert: ReplayAlert) => order.indexOf(alert.level)
const colours: Record<string, string> = { Urgent: '31;1', Warning: '33', Notice: '36' }

function paragraph(alert: ReplayAlert): string {
  const level = process.stdout.isTTY ? `\u001b[${colours[alert.level]}m${alert.level}\u001b[0m` : alert.level
  const times = alert.firstAt === alert.lastAt ? alert.firstAt : `${alert.firstAt} … ${alert.lastAt}`
  const from =
    alert.sourceAddress === null || alert.entity.value === alert.sourceAddress ? '' : `  from ${alert.sourceAddress}`
  const first = alert.records[0]
  const where = first ? `${first.file}:${first.record}` : ''
  const more = alert.records.length > 1 ? ` and ${alert.records.length - 1} more` : ''
  return `${level}  ${printable(alert.title)}
  ${alert.entity.kind} ${printable(alert.entity.value, 200)}${printable(from)}  on ${printable(alert.asset)}
  ${alert.count} × ${times}
  ${alert.type}: ${alert.stages.join(', ')}${alert.techniques.length > 0 ? ` (${alert.techniques.join(', ')})` : ''}
  ${printable(where)}${more}

`
}
