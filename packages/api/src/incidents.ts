/** Shapes of incidents: alerts of one attack joined. */
import { assetKinds, levels, stages } from '@rampart/event'
import { z } from 'zod'
import { alertRow, entity, operationName } from './alerts.ts'
import { alertBatch, batchResponses } from './batches.ts'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })
const list = <T extends z.ZodType>(item: T) =>
  z
    .union([item, z.array(item)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.infer<T>[])
    .optional()

export const incidentStates = ['open', 'closed'] as const

export const incidentRow = z
  .object({
    id: z.string(),
    title: z
      .string()
      .meta({ description: 'e.g. `Reverse shell after SSH password guessing from 192.0.2.7 on web-1`.' }),
    headline: z
      .object({
        lead: z.string(),
        start: z.string().nullable(),
        address: z.string().nullable(),
        asset: z.string(),
        otherAssets: z.number().int(),
      })
      .meta({ description: 'The parts of the title, for other languages.' }),
    level: z.enum(levels).meta({ description: 'The highest of its alerts.' }),
    state: z.enum(incidentStates),
    stages: z.array(z.enum(stages)),
    assets: z.array(z.object({ id: z.string(), name: z.string(), kind: z.enum(assetKinds) })),
    alertCount: z.number().int(),
    openCount: z.number().int().meta({ description: 'Alerts that nobody has handled yet.' }),
    leftOut: z.number().int().meta({ description: 'Alerts that belong to it and were left out because it is full.' }),
    firstAt: instant,
    lastAt: instant,
    createdAt: instant,
    assignee: z.string().nullable(),
    noteCount: z.number().int(),
    version: z.number().int().meta({ description: 'Rises with every change but repeats; send it back to change it.' }),
  })
  .meta({ id: 'IncidentRow' })

export const incidentDetail = incidentRow
  .extend({
    stageTimes: z
      .array(
        z.object({
          stage: z.enum(stages),
          firstAt: instant,
          lastAt: instant,
          alertIds: z.array(z.string()),
        }),
      )
      .meta({ description: 'In the order of an attack.' }),
    alerts: z.array(alertRow).meta({ description: 'Earliest first; at most 500.' }),
    entities: z
      .array(
        entity.extend({
          alertIds: z.array(z.string()),
          block: z
            .object({
              reason: z.string().nullable().meta({ description: 'Why it is never blocked; null when it may be.' }),
              inForce: z.boolean().meta({ description: 'A rule that blocks it is in force on some asset.' }),
            })
            .nullable()
            .meta({ description: 'For addresses.' }),
        }),
      )
      .meta({ description: 'What its alerts are about and where they came from, most frequent first; at most 100.' }),
    history: z.array(
      z.object({
        id: z.string(),
        at: instant,
        actor: z.string(),
        operation: z.string(),
        note: z.string().nullable(),
        editedAt: instant.nullable().meta({ description: 'Its author wrote the note anew or took it away then.' }),
      }),
    ),
  })
  .meta({ id: 'IncidentDetail' })

export const incidentFilter = z.object({
  state: z.enum(['open', 'closed', 'all']).default('open'),
  level: list(z.enum(levels)),
  stage: list(z.enum(stages)),
  asset: list(z.string().max(128)).meta({ description: 'Asset ids.' }),
  assignee: z.string().max(128).optional(),
  q: z.string().max(256).optional().meta({ description: 'Words in title, asset, address, entity.' }),
  from: instant.optional(),
  to: instant.optional(),
  sort: z.enum(['lastAt', 'level']).default('lastAt'),
  cursor: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const incidentPage = z.object({
  items: z.array(incidentRow),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
  open: z
    .object({ Urgent: z.number().int(), Warning: z.number().int(), Notice: z.number().int() })
    .meta({ description: 'Open incidents by level, whatever the filter.' }),
})

export const incidentOperations = ['close', 'reopen', 'assign', 'add note'] as const

export const incidentHandling = z.object({
  operation: z.enum(incidentOperations),
  version: z.number().int(),
  note: z.string().max(4000).optional(),
  assignee: z.string().max(128).nullable().optional(),
})

/** One operation on every alert of an incident. */
export const incidentAlertsHandling = z.object({
  operation: z.enum([...operationName.exclude(['undo']).options, ...batchResponses]),
  note: z.string().max(4000).optional(),
  assignee: z.string().max(128).nullable().optional(),
  close: z.boolean().default(false).meta({ description: 'Closes the incident as well; a new alert opens it again.' }),
})

export const incidentAlertsHandled = z.object({
  batch: alertBatch.meta({
    description: 'Runs in the background: its progress, results and undo are those of every batch.',
  }),
  incident: incidentDetail,
})

export type IncidentRow = z.infer<typeof incidentRow>
export type IncidentDetail = z.infer<typeof incidentDetail>
export type IncidentPage = z.infer<typeof incidentPage>
export type IncidentHandling = z.infer<typeof incidentHandling>
export type IncidentAlertsHandling = z.infer<typeof incidentAlertsHandling>
export type IncidentAlertsHandled = z.infer<typeof incidentAlertsHandled>
