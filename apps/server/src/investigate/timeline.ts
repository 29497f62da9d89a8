/** Events and alerts around an alert, newest first, page by page. */
import type { Alert } from '@rampart/alert'
import type { EventCondition, Shortfall, Timeline, TimelineItem } from '@rampart/api'
import type { Event, EventType } from '@rampart/event'
import { iso } from '../api/process-chain.ts'
import { sentenceOf } from '../api/sentence.ts'
import { type EventQuestion, SearchError } from '../archive/event-search.ts'
import type { Context } from '../context.ts'
import { groupOf, typesOf } from './event-groups.ts'
import { ProcessTable } from './processes.ts'
import { eventsOfProcesses, evidenceOf, type Span, spanOf } from './span.ts'

type Scope = Timeline['scopes'][number]
interface Query {
  scope: Scope
  of?: string | undefined
  aroundMs: number
  group?: TimelineItem['group'][] | undefined
  cursor?: string | undefined
  limit: number
}

/** Processes of one tree that are asked for; values of one condition are bounded. */
const treeMax = 200
/** Alerts put between the events of one page. */
const alertsMax = 100

interface Place {
  at: number
  id: string
}
const isBefore = (one: Place, other: Place) => one.at < other.at || (one.at === other.at && one.id < other.id)

export async function timelineOf(context: Context, alert: Alert, query: Query): Promise<Timeline> {
  const evidence = await evidenceOf(context, alert.id)
  const span = spanOf(alert, query.aroundMs)
  const after = query.cursor === undefined ? null : decode(query.cursor)
  const to = Math.min(span.to, after?.at ?? span.to)
  const processes = await processesFor(context, alert, evidence, query)
  const conditions = conditionsFor(alert, evidence, query, processes)
  const types = query.group && typesOf(query.group)
  const found = new Map<string, Event>()
  let shortfall: Shortfall = null
  let more = false
  for (const condition of conditions) {
    const question = { from: span.from, to, types, conditions: condition, limit: query.limit + 50 }
    const answer = await ask(context, alert, question)
    shortfall = answer.shortfall ?? shortfall
    more ||= answer.nextCursor !== null
    for (const event of answer.events) found.set(event.id, event)
  }
  const behind = new Set(evidence.map(({ id }) => id))
  for (const event of evidence)
    if (event.at >= span.from && event.at <= to && (!types || types.includes(event.type))) found.set(event.id, event)
  const alerts = query.group ? [] : await alertsFor(context, alert, query, { from: span.from, to }, processes)
  const all = [...[...found.values()].map((event) => eventItem(event, behind)), ...alerts.map(alertItem)]
    .filter((item) => after === null || isBefore(item.place, after))
    .sort((one, other) => (isBefore(one.place, other.place) ? 1 : -1))
  const page = all.slice(0, query.limit)
  const last = page.at(-1)
  return {
    from: iso(span.from),
    to: iso(span.to),
    items: page.map(({ item }) => item),
    nextCursor: last && (all.length > page.length || more) ? encode(last.place) : null,
    scopes: scopesOf(alert, evidence),
    shortfall,
  }
}

async function ask(context: Context, alert: Alert, question: Omit<EventQuestion, 'assetIds'> & { limit: number }) {
  try {
    return await context.search.search({ ...question, assetIds: [alert.asset.id] })
  } catch (error) {
    if (error instanceof SearchError) return { events: [], nextCursor: null, shortfall: 'unavailable' as const }
    throw error
  }
}

const equals = (field: string, values: readonly string[]): EventCondition => ({
  field,
  negated: false,
  any: values.map((value) => ({ is: 'equals' as const, value })),
})
const within = (field: string, value: string): EventCondition => equals(field, [value])

/** What each search of the scope asks for; several searches make one timeline. */
function conditionsFor(
  alert: Alert,
  evidence: readonly Event[],
  { scope }: Query,
  processes: readonly string[],
): EventCondition[][] {
  if (scope === 'asset') return [[]]
  if (scope === 'address') {
    const address = addressOf(alert, evidence)
    if (address === null) return []
    return [[within('source.address', address)], [within('destination.address', address)]]
  }
  const logons = scope === 'process' ? [] : logonsOf(evidence)
  // Logons name no process: they belong to the tree by the daemon process that served the connection.
  const opened = logons.length === 0 ? [] : [[equals('service', ['sshd']), equals('event.sessionId', logons)]]
  if (scope === 'session') {
    const session = sessionOf(evidence)
    return session === null ? opened : [[equals('event.process.sessionId', [session])], ...opened]
  }
  return processes.length === 0 ? opened : [[equals('process.entityId', processes)], ...opened]
}

/** The processes of the tree, or the one that was named. */
async function processesFor(
  context: Context,
  alert: Alert,
  evidence: readonly Event[],
  { scope, of }: Query,
): Promise<string[]> {
  if (scope === 'process') return of === undefined ? [] : [of]
  if (scope !== 'tree') return []
  return treeOf(context, alert, evidence)
}

/** The evidence's processes, those above them that belong to the tree, and everything below, as far as the bound goes. */
export async function treeOf(context: Context, alert: Alert, evidence: readonly Event[]): Promise<string[]> {
  const table = new ProcessTable()
  table.add(evidence)
  const tree = new Set<string>()
  for (const { process } of evidence)
    if (process) for (const one of table.chainOf(process.entityId).slice(-3)) if (one.pid > 2) tree.add(one.entityId)
  let edge = [...tree]
  for (let round = 0; round < 4 && edge.length > 0 && tree.size < treeMax; round++) {
    const { events } = await eventsOfProcesses(context, alert.asset.id, edge, spanOf(alert))
    table.add(events)
    edge = edge.flatMap((id) => table.childrenOf(id).map(({ entityId }) => entityId)).filter((id) => !tree.has(id))
    for (const id of edge) if (tree.size < treeMax) tree.add(id)
  }
  return [...tree]
}

function addressOf(alert: Alert, evidence: readonly Event[]): string | null {
  if (alert.sourceAddress) return alert.sourceAddress
  const connected = evidence.find((event) => event.type === 'network.connected')
  return connected?.type === 'network.connected' ? (connected.destination.address ?? null) : null
}

/** Pids of the daemon processes of ssh connections above the evidence, and of logons that are evidence themselves. */
function logonsOf(evidence: readonly Event[]): string[] {
  const sessions = new Set<string>()
  for (const event of evidence) {
    if (event.type === 'logon.attempted' && event.sessionId) sessions.add(event.sessionId)
    for (const one of event.process?.ancestors ?? [])
      if ((one.executable ?? one.name ?? '').split('/').pop()?.startsWith('sshd')) sessions.add(String(one.pid))
  }
  return [...sessions].slice(0, 50)
}

function sessionOf(evidence: readonly Event[]): string | null {
  const session = evidence.find(({ process }) => process?.sessionId)?.process?.sessionId
  return session === undefined ? null : String(session)
}

function scopesOf(alert: Alert, evidence: readonly Event[]): Scope[] {
  const scopes: Scope[] = []
  if (evidence.some(({ process }) => process)) scopes.push('tree')
  if (sessionOf(evidence)) scopes.push('session')
  if (addressOf(alert, evidence)) scopes.push('address')
  return [...scopes, 'asset']
}

/** Alerts of the asset in the span; narrower scopes take those that have something in common with this one. */
async function alertsFor(context: Context, alert: Alert, query: Query, span: Span, processes: readonly string[]) {
  const fits = ({ firstAt }: Alert) => firstAt >= span.from && firstAt <= span.to
  if (query.scope === 'asset') {
    const asked = { handled: 'all', asset: [alert.asset.id], from: span.from, sort: 'firstAt', order: 'desc' } as const
    return (await context.alerts.list({ ...asked, limit: alertsMax })).items.filter(fits)
  }
  const byProcess = await context.alerts.ofProcesses(alert.asset.id, processes)
  const shared = query.scope === 'process' ? [] : await context.incidents.sharedWith(alert.id, alertsMax)
  const all = new Map<string, Alert>()
  for (const one of [...byProcess.values()].flat()) all.set(one.id, one)
  for (const one of shared) if (one.alert.asset.id === alert.asset.id) all.set(one.alert.id, one.alert)
  if (query.scope !== 'process') all.set(alert.id, alert)
  return [...all.values()].filter(fits).slice(0, alertsMax)
}

interface Placed {
  place: Place
  item: TimelineItem
}

function eventItem(event: Event, behind: ReadonlySet<string>): Placed {
  return {
    place: { at: event.at, id: event.id },
    item: {
      id: event.id,
      at: iso(event.at),
      kind: 'event',
      type: event.type,
      group: groupOf(event.type as EventType),
      sentence: sentenceOf(event),
      entityId: event.process?.entityId ?? null,
      evidence: behind.has(event.id),
      level: null,
      alertId: null,
    },
  }
}

function alertItem(alert: Alert): Placed {
  return {
    // Right after the event that raised it.
    place: { at: alert.firstAt, id: `\u{10ffff}${alert.id}` },
    item: {
      id: alert.id,
      at: iso(alert.firstAt),
      kind: 'alert',
      type: alert.title,
      group: 'other',
      sentence: alert.title,
      entityId: null,
      evidence: false,
      level: alert.level,
      alertId: alert.id,
    },
  }
}

const encode = ({ at, id }: Place) => Buffer.from(JSON.stringify([at, id])).toString('base64url')

/** Null for anything that `encode` did not make: the timeline then starts at its end. */
function decode(cursor: string): Place | null {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    return typeof at === 'number' && typeof id === 'string' ? { at, id } : null
  } catch {
    return null
  }
}
