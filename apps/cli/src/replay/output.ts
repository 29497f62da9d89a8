/** Alerts of a replay as text for people or as NDJSON. */
import type { Writable } from 'node:stream'
import type { Model } from '@rampart/detection'
import { visibleJson, visibleText } from '@rampart/event/visible-text'
import type { AlertBook, ReplayAlert } from './alerts.ts'

/** Most of one hostile text that a line of output shows, in UTF-16 units. */
export const lineMost = 400

/** Writes and waits while the reader is slow. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await new Promise<void>((done) => stream.once('drain', done))
}

/** A line for one match of a rule. */
export type MatchLine = (model: Model | undefined, rule: string, file: string, record: number) => string

/** Lines of JSON, or for people. What is the same for all matches of a rule in a file is made once. */
export function createMatchLine(json: boolean): MatchLine {
  const made = new Map<string, { file: string; before: string; after: string }>()
  return (model, rule, file, record) => {
    let parts = made.get(rule)
    if (parts?.file !== file) {
      parts = { file, ...aroundRecord(model, rule, file, json) }
      made.set(rule, parts)
    }
    return `${parts.before}${record}${parts.after}`
  }
}

/** What stands before the number of the record, and after it. */
function aroundRecord(model: Model | undefined, rule: string, file: string, json: boolean) {
  const { title = '', sigmaLevel: level = '' } = model ?? {}
  if (json) return { before: `${visibleJson({ rule, title, level, file }).slice(0, -1)},"record":`, after: '}\n' }
  return { before: `${visibleText(file, lineMost)}:`, after: `  ${level}  ${visibleText(title, lineMost)}  ${rule}\n` }
}

/** Prints every alert: one JSON object a line, or a paragraph for people, most urgent first. */
export async function printAlerts(book: AlertBook, json: boolean): Promise<void> {
  const alerts = [...book.all()]
  if (!json) alerts.sort((a, b) => rank(a) - rank(b))
  for (const alert of alerts) await write(process.stdout, json ? `${visibleJson(alert)}\n` : paragraph(alert))
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
  return `${level}  ${visibleText(alert.title, lineMost)}
  ${alert.entity.kind} ${visibleText(alert.entity.value, 200)}${visibleText(from, lineMost)}  on ${visibleText(alert.asset, lineMost)}
  ${alert.count} × ${times}
  ${alert.type}: ${alert.stages.join(', ')}${alert.techniques.length > 0 ? ` (${alert.techniques.join(', ')})` : ''}
  ${visibleText(where, lineMost)}${more}

`
}
