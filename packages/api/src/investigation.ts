/** Shapes of what is found around an alert: the process tree, the timeline, the attack source tracing graph. */
import { levels } from '@rampart/event'
import { z } from 'zod'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })

/** Why an answer may lack events. */
export const shortfall = z
  .enum(['timeout', 'damaged', 'behind', 'limit', 'unavailable'])
  .nullable()
  .meta({ description: 'Why there may be more than what is shown; null when there is not.' })

const raised = z.object({ id: z.string(), title: z.string(), level: z.enum(levels) })

export const treeProcess = z
  .object({
    entityId: z.string(),
    parentId: z.string().nullable(),
    pid: z.number().int(),
    name: z.string().nullable(),
    executable: z.string().nullable(),
    commandLine: z.string().nullable(),
    user: z.string().nullable(),
    startedAt: instant.nullable(),
    endedAt: instant.nullable(),
    exitCode: z.number().int().nullable(),
    signal: z.number().int().nullable(),
    marked: z.boolean().meta({ description: 'True for a process of the evidence.' }),
    alerts: z.array(raised).meta({ description: 'Alerts about this process; at most 20.' }),
    children: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Processes that it started, as far as seen; null: not counted.' }),
    connections: z.number().int().nullable(),
    files: z.number().int().nullable(),
  })
  .meta({ id: 'TreeProcess' })

export const processTreeQuery = z.object({
  of: z
    .string()
    .max(128)
    .optional()
    .meta({ description: 'Children of this process; left out: the chains of the evidence.' }),
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const processTree = z.object({
  nodes: z.array(treeProcess).meta({ description: 'Parents before their children, children by start time.' }),
  nextCursor: z.string().nullable().meta({ description: 'For more children of `of`.' }),
  shortfall,
})

export const eventGroups = ['process', 'file', 'network', 'logon', 'other'] as const
export const timelineScopes = ['tree', 'process', 'session', 'address', 'asset'] as const

export const timelineQuery = z.object({
  scope: z.enum(timelineScopes).default('tree'),
  of: z.string().max(128).optional().meta({ description: 'With `scope=process`: the process.' }),
  aroundMs: z.coerce.number().int().min(1000).max(86_400_000).default(600_000).meta({
    description: 'From this long before the first event of the alert to this long after the last one.',
  }),
  group: z
    .union([z.enum(eventGroups), z.array(z.enum(eventGroups))])
    .transform((value) => [value].flat())
    .optional(),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
})

export const timelineItem = z
  .object({
    id: z.string(),
    at: instant,
    kind: z.enum(['event', 'alert']),
    type: z.string().meta({ description: 'Event type, or the title of the alert.' }),
    group: z.enum(eventGroups),
    sentence: z.string(),
    entityId: z.string().nullable(),
    evidence: z.boolean().meta({ description: 'True for an event behind the alert.' }),
    level: z.enum(levels).nullable(),
    alertId: z.string().nullable(),
  })
  .meta({ id: 'TimelineItem' })

export const timeline = z.object({
  from: instant,
  to: instant,
  items: z.array(timelineItem).meta({ description: 'Newest first.' }),
  nextCursor: z.string().nullable().meta({ description: 'For earlier ones.' }),
  scopes: z.array(z.enum(timelineScopes)).meta({ description: 'Scopes that make sense for this alert.' }),
  shortfall,
})

export const graphNodeKinds = ['address', 'logon', 'process', 'file', 'domain', 'alert', 'asset'] as const
export const graphEdgeKinds = [
  'logged on as',
  'started',
  'wrote',
  'connected to',
  'resolved',
  'raised',
  'ran',
  'on',
] as const

export const graphNode = z
  .object({
    id: z.string(),
    kind: z.enum(graphNodeKinds),
    label: z.string(),
    detail: z.string().nullable().meta({ description: 'A command line, a whole path, a title.' }),
    at: instant.nullable().meta({ description: 'When it was first seen.' }),
    level: z.enum(levels).nullable(),
    alertId: z.string().nullable(),
    evidence: z.boolean(),
    hidden: z
      .number()
      .int()
      .meta({ description: 'Neighbours that are not in the answer; name the node in `expand` to get them.' }),
  })
  .meta({ id: 'GraphNode' })

export const graphEdge = z
  .object({
    id: z.string(),
    from: z.string(),
    to: z.string(),
    kind: z.enum(graphEdgeKinds),
    at: instant.nullable(),
    count: z.number().int(),
  })
  .meta({ id: 'GraphEdge' })

export const graphQuery = z.object({
  expand: z
    .union([z.string().max(512), z.array(z.string().max(512)).max(50)])
    .transform((value) => [value].flat())
    .optional(),
  limit: z.coerce.number().int().min(10).max(1000).default(120),
})

export const graph = z.object({
  nodes: z.array(graphNode),
  edges: z.array(graphEdge),
  hidden: z.number().int().meta({ description: 'Nodes beyond the limit.' }),
  shortfall,
})

export type TreeProcess = z.infer<typeof treeProcess>
export type ProcessTree = z.infer<typeof processTree>
export type Timeline = z.infer<typeof timeline>
export type TimelineItem = z.infer<typeof timelineItem>
export type Graph = z.infer<typeof graph>
export type GraphNode = z.infer<typeof graphNode>
export type GraphEdge = z.infer<typeof graphEdge>
export type Shortfall = z.infer<typeof shortfall>
