/** Shapes of alerts as the API gives them: rows of the list, the details, the numbers on top. */
import { alertStates, alertTypes, assetKinds, entityKinds, levels, stages } from '@rampart/event'
import { z } from 'zod'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })

export const entity = z.object({ kind: z.enum(entityKinds), value: z.string() })

export const alertRow = z
  .object({
    id: z.string(),
    title: z.string(),
    modelId: z.string(),
    type: z.enum(alertTypes),
    level: z.enum(levels),
    state: z.enum(alertStates),
    stages: z.array(z.enum(stages)),
    techniques: z.array(z.string()),
    asset: z.object({
      id: z.string(),
      name: z.string(),
      kind: z.enum(assetKinds),
      addresses: z.array(z.string()),
      group: z.string().nullable(),
    }),
    entity,
    sourceAddress: z.string().nullable(),
    count: z.number().int(),
    firstAt: instant,
    lastAt: instant,
    assignee: z.string().nullable(),
    noteCount: z.number().int(),
    hits: z
      .number()
      .int()
      .meta({ description: 'How often it would have come back since it was whitelisted or silently defended.' }),
    lastHitAt: instant.nullable(),
    silent: z.boolean().meta({ description: 'After `defend without notification`: repeats are counted in silence.' }),
    version: z.number().int().meta({ description: 'Rises with every change; send it back to change the alert.' }),
  })
  .meta({ id: 'AlertRow' })

/** One process of the chain, from the oldest known ancestor to the marked one. */
export const chainProcess = z
  .object({
    entityId: z.string(),
    pid: z.number().int(),
    name: z.string().nullable(),
    executable: z.string().nullable(),
    commandLine: z.string().nullable(),
    user: z.string().nullable(),
    startedAt: instant.nullable(),
    marked: z.boolean().meta({ description: 'True for the process of the evidence.' }),
  })
  .meta({ id: 'ChainProcess' })

/** Operations on an alert that need no agent. */
export const operationNames = [
  'handled manually',
  'add to whitelist',
  'defend without notification',
  'ignore',
  'false positive',
  'reopen',
  'undo',
  'add note',
  'assign',
] as const
export const operationName = z.enum(operationNames)

export const operation = z
  .object({
    name: operationName,
    offered: z.boolean(),
    reason: z.string().nullable().meta({ description: 'Why it is not offered.' }),
  })
  .meta({ id: 'Operation' })

export const historyEntry = z
  .object({
    id: z.string(),
    at: instant,
    actor: z.string(),
    operation: z.string(),
    fromState: z.enum(alertStates).nullable(),
    toState: z.enum(alertStates).nullable(),
    note: z.string().nullable(),
    undoes: z.string().nullable().meta({ description: 'Id of the entry that this one took back.' }),
    undone: z.boolean(),
    batch: z.string().nullable().meta({ description: 'Id of the batch that it was part of.' }),
    editedAt: instant.nullable().meta({
      description: 'When its author wrote the note anew or took it away; a later entry holds what was there.',
    }),
  })
  .meta({ id: 'HistoryEntry' })

/** What two alerts may have in common. */
export const sharedKinds = [
  'process',
  'service',
  'session',
  'file',
  'path',
  'address',
  'account',
  'identity',
  'connection',
] as const

export const alertDetail = alertRow
  .extend({
    summary: z.string().meta({ description: 'What happened, one sentence built from the evidence.' }),
    description: z.string(),
    why: z.string(),
    triage: z.array(z.string()),
    advice: z.array(z.string()),
    blindSpots: z.string(),
    falsePositives: z.array(z.string()),
    references: z.array(z.string()),
    matched: z.array(z.object({ field: z.string(), value: z.string() })),
    entities: z.array(
      entity.extend({
        label: z.string(),
        field: z.string().meta({ description: 'Where it stands in the event, as a whitelist rule asks for it.' }),
      }),
    ),
    processChain: z.array(chainProcess).meta({ description: 'Oldest first. Empty when no process is involved.' }),
    evidence: z.array(z.looseObject({ id: z.string(), type: z.string(), at: z.number() })).meta({
      description: 'Raw events, newest first, at most 50; the first and the latest are always kept.',
    }),
    evidenceTotal: z.number().int(),
    operations: z.array(operation),
    history: z.array(historyEntry),
    related: z
      .array(
        alertRow.extend({
          shared: z
            .array(z.object({ kind: z.enum(sharedKinds), value: z.string().nullable() }))
            .meta({ description: 'What it has in common with this alert; the value where it says something.' }),
        }),
      )
      .meta({ description: 'Other alerts of what may be the same attack; at most 20.' }),
    incident: z
      .object({ id: z.string(), title: z.string(), alertCount: z.number().int(), state: z.enum(['open', 'closed']) })
      .nullable()
      .meta({ description: 'The incident that it belongs to.' }),
  })
  .meta({ id: 'AlertDetail' })

export const alertSorts = ['lastAt', 'firstAt', 'level', 'count', 'title', 'asset', 'type', 'state'] as const

const list = <T extends z.ZodType>(item: T) =>
  z
    .union([item, z.array(item)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.infer<T>[])
    .optional()

/** Filters of the list. A parameter may be repeated: values of one parameter are joined by or, parameters by and. */
export const alertFilter = z
  .object({
    handled: z.enum(['no', 'yes', 'all']).default('no').meta({ description: 'no: unhandled and handling.' }),
    state: list(z.enum(alertStates)),
    level: list(z.enum(levels)),
    type: list(z.enum(alertTypes)),
    stage: list(z.enum(stages)),
    kind: list(z.enum(assetKinds)),
    group: list(z.string().max(128)),
    asset: list(z.string().max(128)).meta({ description: 'Asset ids.' }),
    model: list(z.string().max(64)).meta({ description: 'Model ids.' }),
    technique: list(z.string().max(16)),
    assignee: list(z.string().max(128)).meta({ description: 'User names; `@me` for the caller, `@nobody` for none.' }),
    source: list(z.string().max(64)).meta({ description: 'Source addresses, exactly.' }),
    event: list(z.string().max(256)).meta({ description: 'Ids of events in the evidence.' }),
    hash: list(z.string().max(128)).meta({ description: 'SHA-256 of a file or program in the evidence.' }),
    address: list(z.string().max(64)).meta({ description: 'Remote addresses in the evidence, in either direction.' }),
    url: list(z.string().max(2048)).meta({ description: 'URLs in the evidence.' }),
    incident: list(z.string().max(64)).meta({ description: 'Ids of incidents.' }),
    q: z.string().max(256).optional().meta({ description: 'Words in asset name, address, entity, title.' }),
    from: instant.optional().meta({ description: 'Last seen at or after.' }),
    to: instant.optional(),
  })
  .meta({ id: 'AlertFilter' })

export const alertQuery = alertFilter.extend({
  sort: z.enum(alertSorts).default('lastAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

export const alertPage = z.object({
  items: z.array(alertRow),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
})

const counts = z.record(z.string(), z.number().int())
export const alertFacets = z
  .object({ level: counts, type: counts, stage: counts, kind: counts, group: counts, state: counts, assignee: counts })
  .meta({ description: 'Per facet: counts under all other filters.' })

const number = z.object({
  value: z.number().int(),
  trend: z.array(z.number().int()).length(24).meta({ description: 'New in each of the last 24 hours, oldest first.' }),
})

/** The six numbers of the Alerts page, and the defence items. */
export const summary = z
  .object({
    alertingServers: number,
    allAlerts: number,
    urgentAlerts: number,
    preciseDefense: number,
    ipBlocking: z.object({ inForce: z.number().int(), all: z.number().int(), trend: number.shape.trend }),
    quarantinedFiles: number,
    defenceItems: z.object({ enabled: z.number().int(), all: z.number().int() }),
  })
  .meta({ id: 'Summary' })

export const handlingRequest = z.object({
  operation: operationName,
  version: z.number().int().meta({ description: 'The version that was seen; a newer one gives 409 `alert.changed`.' }),
  note: z.string().max(4000).optional(),
  assignee: z.string().max(128).nullable().optional(),
})

/** Somebody who can handle alerts. */
export const assignee = z.object({ name: z.string() })

/** Null takes the note away. Only its author may. */
export const noteChange = z.object({
  entry: z
    .string()
    .regex(/^\d{1,15}$/)
    .meta({ description: 'Id of the entry of the history.' }),
  note: z.string().trim().min(1).max(4000).nullable(),
})

/** In what an alert is like others; `filter` finds them in the list. */
export const similar = z
  .object({
    by: z.enum(['type', 'model', 'hash', 'address', 'url']),
    value: z.string(),
    total: z.number().int().meta({ description: 'Open alerts that are like it, itself included.' }),
  })
  .meta({ id: 'Similar' })

export type Entity = z.infer<typeof entity>
export type AlertRow = z.infer<typeof alertRow>
export type AlertDetail = z.infer<typeof alertDetail>
export type AlertFilter = z.infer<typeof alertFilter>
export type AlertQuery = z.infer<typeof alertQuery>
export type AlertPage = z.infer<typeof alertPage>
export type AlertFacets = z.infer<typeof alertFacets>
export type ChainProcess = z.infer<typeof chainProcess>
export type HandlingRequest = z.infer<typeof handlingRequest>
export type HistoryEntry = z.infer<typeof historyEntry>
export type Operation = z.infer<typeof operation>
export type OperationName = z.infer<typeof operationName>
export type Similar = z.infer<typeof similar>
export type Summary = z.infer<typeof summary>

const levelCounts = z.object({ Urgent: z.number().int(), Warning: z.number().int(), Notice: z.number().int() })
export const statisticsQuery = z.object({ days: z.coerce.number().int().min(1).max(90).default(30) })
/** Alerts raised in the last days, handled or not. */
export const alertStatistics = z
  .object({
    from: instant,
    stepMs: z.number(),
    overTime: z.array(levelCounts).meta({ description: 'Oldest first: a step is a day, or an hour for one day.' }),
    byLevel: levelCounts,
    byType: z.record(z.string(), z.number().int()),
    byStage: z.record(z.string(), z.number().int()),
    topAssets: z.array(z.object({ id: z.string(), name: z.string(), count: z.number().int() })),
    topModels: z.array(z.object({ id: z.string(), title: z.string(), count: z.number().int() })),
  })
  .meta({ id: 'AlertStatistics' })
export type AlertStatisticsView = z.infer<typeof alertStatistics>
