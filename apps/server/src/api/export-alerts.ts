/** Alerts → a file: CSV, lines of JSON as the API gives them, or lines of OCSF. Read page by page. */
import type { Alert, AlertFilter } from '@rampart/alert'
import type { Context } from '../context.ts'
import { toRow } from './alert-row.ts'
import { type AssetScope, isVisible } from './asset-scope.ts'
import { csvLine, MadeFile } from './made-file.ts'
import { toDetectionFinding } from './ocsf.ts'
import { iso } from './process-chain.ts'

const page = 500
const evidenceMax = 10

export interface AlertExport {
  format: 'csv' | 'ndjson' | 'ocsf'
  name: string
  scope: AssetScope
  /** These alerts, or those that fit the filter. */
  ids?: readonly string[]
  filter?: AlertFilter
}

export function exportAlerts(context: Context, asked: AlertExport): MadeFile {
  const { format, name } = asked
  if (format === 'csv') return new MadeFile('text/csv; charset=utf-8', `${name}.csv`, csvOf(chosen(context, asked)))
  const lines = format === 'ocsf' ? findingsOf(context, chosen(context, asked)) : rowsOf(chosen(context, asked))
  return new MadeFile('application/x-ndjson', `${name}${format === 'ocsf' ? '.ocsf' : ''}.ndjson`, lines)
}

async function* chosen({ alerts }: Context, { ids, filter, scope }: AlertExport): AsyncGenerator<Alert[]> {
  if (ids) {
    const found = await Promise.all(ids.map((id) => alerts.get(id)))
    yield found.filter((alert) => alert !== null && isVisible(scope, alert.asset)) as Alert[]
    return
  }
  let cursor: string | undefined
  do {
    const asked = { ...filter, handled: filter?.handled ?? 'no', sort: 'firstAt', order: 'asc', limit: page, cursor }
    const { items, nextCursor } = await alerts.list(asked as Parameters<typeof alerts.list>[0])
    yield items
    cursor = nextCursor ?? undefined
  } while (cursor !== undefined)
}

const header =
  'id title level type state stages techniques asset assetId entityKind entity sourceAddress count firstAt lastAt assignee model'

async function* csvOf(pages: AsyncIterable<Alert[]>): AsyncGenerator<string> {
  yield csvLine(header.split(' '))
  for await (const alerts of pages) yield alerts.map((alert) => csvLine(cellsOf(alert))).join('')
}

const cellsOf = (alert: Alert) => [
  alert.id,
  alert.title,
  alert.level,
  alert.type,
  alert.state,
  alert.stages.join('; '),
  alert.techniques.join('; '),
  alert.asset.name,
  alert.asset.id,
  alert.entity.kind,
  alert.entity.value,
  alert.sourceAddress,
  alert.count,
  iso(alert.firstAt),
  iso(alert.lastAt),
  alert.assignee,
  alert.modelId,
]

async function* rowsOf(pages: AsyncIterable<Alert[]>): AsyncGenerator<string> {
  for await (const alerts of pages) yield alerts.map((alert) => `${JSON.stringify(toRow(alert))}\n`).join('')
}

async function* findingsOf(context: Context, pages: AsyncIterable<Alert[]>): AsyncGenerator<string> {
  for await (const alerts of pages)
    for (const alert of alerts) {
      const evidence = await context.alerts.evidence(alert.id)
      const events = evidence.slice(0, evidenceMax).map((one) => one.event)
      const description = context.detector.catalogue.get(alert.modelId)?.model.description ?? alert.title
      yield `${JSON.stringify(toDetectionFinding({ alert, events, description, version: context.version }))}\n`
    }
}
