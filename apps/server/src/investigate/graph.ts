/** The attack source tracing graph of alerts: their evidence, what the archive knows around it, and what a person expands. */
import type { Alert } from '@rampart/alert'
import type { Graph, Shortfall } from '@rampart/api'
import type { Event } from '@rampart/event'
import { SearchError } from '../archive/event-search.ts'
import type { Context } from '../context.ts'
import { GraphBuilder } from './graph-builder.ts'
import { eventsOfProcesses, evidenceOf, type Span } from './span.ts'

/** Of incidents: alerts and evidence events that are drawn, earliest alerts first. */
const alertsMax = 200
const evidencePerAlert = 10
/** Processes per asset whose other acts are asked for. */
const processesMax = 60
const aroundMs = 3_600_000
const expandedEvents = 500

export async function graphOfAlerts(
  context: Context,
  alerts: readonly Alert[],
  query: { expand?: string[] | undefined; limit: number },
): Promise<Graph> {
  const builder = new GraphBuilder()
  const drawn = alerts.slice(0, alertsMax)
  const evidence = new Map<Alert, Event[]>()
  for (const alert of drawn) evidence.set(alert, (await evidenceOf(context, alert.id)).slice(0, evidencePerAlert))
  // Logons and files first: processes look for the logon and the file that they came from.
  const inOrder = [...evidence.values()].flat().sort((one, other) => Number(!!one.process) - Number(!!other.process))
  for (const event of inOrder) builder.addEvent(event, 0)
  for (const [alert, events] of evidence) builder.addAlert(alert, events)
  let shortfall: Shortfall = alerts.length > drawn.length ? 'limit' : null
  const spans = spansOf(drawn)
  for (const [assetId, span] of spans) {
    const events = drawn.filter(({ asset }) => asset.id === assetId).flatMap((alert) => evidence.get(alert) ?? [])
    const ids = [...new Set(events.flatMap(({ process }) => (process ? [process.entityId] : [])))]
    const around = await eventsOfProcesses(context, assetId, ids.slice(0, processesMax), span, 1000)
    shortfall = shortfall ?? around.shortfall
    for (const event of [...around.events, ...(await logonsOf(context, assetId, events, span))])
      builder.addEvent(event, 2)
    for (const event of events) builder.addEvent(event, 0)
  }
  const expand = new Set(query.expand ?? [])
  for (const node of expand) {
    const more = await expanded(context, node, spans)
    shortfall = shortfall ?? more.shortfall
    for (const event of more.events) builder.addEvent(event, 2)
  }
  return { ...builder.build(query.limit, expand), shortfall }
}

/** From an hour before the first alert of an asset to an hour after its last one. */
function spansOf(alerts: readonly Alert[]): Map<string, Span> {
  const spans = new Map<string, Span>()
  for (const { asset, firstAt, lastAt } of alerts) {
    const span = spans.get(asset.id) ?? { from: firstAt - aroundMs, to: lastAt + aroundMs }
    spans.set(asset.id, {
      from: Math.min(span.from, firstAt - aroundMs),
      to: Math.max(span.to, lastAt + aroundMs),
    })
  }
  return spans
}

/** Logons that opened the sessions in which the processes run. */
async function logonsOf(context: Context, assetId: string, events: readonly Event[], span: Span): Promise<Event[]> {
  const sessions = new Set<string>()
  for (const { process } of events)
    for (const one of process?.ancestors ?? [])
      if ((one.executable ?? one.name ?? '').includes('sshd') && sessions.size < 50) sessions.add(String(one.pid))
  if (sessions.size === 0) return []
  const any = [...sessions].map((value) => ({ is: 'equals' as const, value }))
  const question = {
    ...span,
    assetIds: [assetId],
    types: ['logon.attempted' as const],
    conditions: [{ field: 'event.sessionId', negated: false, any }],
    limit: 100,
  }
  return search(context, question).then(({ events: found }) => found)
}

/** What a node has around it that was not asked for yet. */
async function expanded(
  context: Context,
  node: string,
  spans: ReadonlyMap<string, Span>,
): Promise<{ events: Event[]; shortfall: Shortfall }> {
  const [kind = '', rest = ''] = node.split(/:(.*)/s, 2)
  const [assetId = '', entityId = ''] = rest.split(/\/(.*)/s, 2)
  const span = spans.get(assetId)
  if (kind === 'process' && span) return eventsOfProcesses(context, assetId, [entityId], span, expandedEvents)
  const fields =
    kind === 'address' ? ['source.address', 'destination.address'] : kind === 'domain' ? ['question.name'] : []
  const found: Event[] = []
  let shortfall: Shortfall = null
  for (const [asset, { from, to }] of spans)
    for (const field of fields) {
      const conditions = [{ field, negated: false, any: [{ is: 'equals' as const, value: rest }] }]
      const answer = await search(context, { from, to, assetIds: [asset], conditions, limit: expandedEvents })
      shortfall = shortfall ?? answer.shortfall
      found.push(...answer.events)
    }
  return { events: found, shortfall }
}

async function search(context: Context, question: Parameters<Context['search']['search']>[0]) {
  try {
    return await context.search.search(question)
  } catch (error) {
    if (error instanceof SearchError) return { events: [], nextCursor: null, shortfall: 'unavailable' as const }
    throw error
  }
}
