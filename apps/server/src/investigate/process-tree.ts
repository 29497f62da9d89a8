/** The process tree of an alert: up to the first process, down one level, the rest on demand. */
import type { Alert } from '@rampart/alert'
import type { ProcessTree, TreeProcess } from '@rampart/api'
import type { Context } from '../context.ts'
import { type KnownProcess, ProcessTable, toTreeProcess } from './processes.ts'
import { eventsOfProcesses, evidenceOf, spanOf } from './span.ts'

/** Processes of the evidence whose chains are shown. */
const markedMax = 10
/** Processes above the evidence whose children are counted; further up they are those of the whole host. */
const countedAbove = 3

interface Query {
  of?: string | undefined
  cursor?: string | undefined
  limit: number
}

export async function processTreeOf(context: Context, alert: Alert, query: Query): Promise<ProcessTree> {
  const evidence = await evidenceOf(context, alert.id)
  const marked = new Set<string>()
  for (const { process } of evidence) if (process && marked.size < markedMax) marked.add(process.entityId)
  const table = new ProcessTable()
  table.add(evidence)
  return query.of === undefined
    ? chains(context, alert, table, marked, query.limit)
    : children(context, alert, table, marked, { ...query, of: query.of })
}

async function chains(
  context: Context,
  alert: Alert,
  table: ProcessTable,
  marked: ReadonlySet<string>,
  limit: number,
): Promise<ProcessTree> {
  const shown = new Map<string, KnownProcess>()
  const counted = new Set<string>()
  for (const id of marked) {
    const chain = table.chainOf(id)
    for (const one of chain) shown.set(one.entityId, one)
    // What init and the like have started has nothing to do with the alert.
    for (const one of chain.slice(-1 - countedAbove)) if (one.pid > 2) counted.add(one.entityId)
  }
  const { events, shortfall } = await eventsOfProcesses(context, alert.asset.id, [...counted], spanOf(alert))
  table.add(events)
  let nextCursor: string | null = null
  for (const id of marked) {
    const below = table.childrenOf(id)
    for (const one of below.slice(0, limit)) shown.set(one.entityId, one)
    if (below.length > limit && marked.size === 1) nextCursor = below[limit - 1]?.entityId ?? null
  }
  const nodes = [...shown.values()]
  return { nodes: await describe(context, alert, table, nodes, { marked, counted }), nextCursor, shortfall }
}

async function children(
  context: Context,
  alert: Alert,
  table: ProcessTable,
  marked: ReadonlySet<string>,
  { of, cursor, limit }: Query & { of: string },
): Promise<ProcessTree> {
  const { asset } = alert
  const below = await eventsOfProcesses(context, asset.id, [of], spanOf(alert))
  table.add(below.events)
  const all = table.childrenOf(of)
  const start = cursor === undefined ? 0 : all.findIndex(({ entityId }) => entityId === cursor) + 1
  const page = all.slice(start, start + limit)
  const counted = new Set(page.map(({ entityId }) => entityId))
  const further = await eventsOfProcesses(context, asset.id, [...counted], spanOf(alert))
  table.add(further.events)
  return {
    nodes: await describe(context, alert, table, page, { marked, counted }),
    nextCursor: start + limit < all.length ? (page.at(-1)?.entityId ?? null) : null,
    shortfall: below.shortfall ?? further.shortfall,
  }
}

async function describe(
  context: Context,
  alert: Alert,
  table: ProcessTable,
  nodes: readonly KnownProcess[],
  { marked, counted }: { marked: ReadonlySet<string>; counted: ReadonlySet<string> },
): Promise<TreeProcess[]> {
  const raised = await context.alerts.ofProcesses(
    alert.asset.id,
    nodes.map(({ entityId }) => entityId),
  )
  return nodes.map((node) =>
    toTreeProcess(node, {
      marked: marked.has(node.entityId),
      alerts: (raised.get(node.entityId) ?? []).map(({ id, title, level }) => ({ id, title, level })),
      children: counted.has(node.entityId) ? table.childrenOf(node.entityId).length : null,
      counted: counted.has(node.entityId),
    }),
  )
}
