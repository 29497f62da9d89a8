/** Shapes of batches: one operation on many alerts, carried out in the background. */
import { z } from 'zod'
import { alertFilter, operationName } from './alerts.ts'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })
export const batchStates = ['running', 'done', 'cancelled'] as const

const progress = {
  id: z.string(),
  state: z.enum(batchStates),
  total: z.number().int(),
  done: z.number().int(),
  refused: z.number().int().meta({ description: 'The operation did not fit; `reason` says why.' }),
  changed: z.number().int().meta({ description: 'Somebody else decided since the batch began.' }),
}

/** What the live stream tells of a batch. */
export const batchProgress = z.object(progress)

export const alertBatch = batchProgress
  .extend({
    at: instant,
    actor: z.string(),
    operation: z.string(),
    note: z.string().nullable(),
    assignee: z.string().nullable(),
    undoes: z.string().nullable().meta({ description: 'Id of the batch that this one takes back.' }),
    undoneBy: z.string().nullable(),
    undoable: z.boolean(),
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'AlertBatch' })

/** Operations of agents that many alerts can have at once; each acts on what its alert names first. Role responder. */
export const batchResponses = ['virus removal', 'quarantine', 'kill process', 'block IP'] as const

export const batchAlertsMax = 5000

/** Either chosen alerts with the versions that were seen, or all that a filter finds. */
export const batchRequest = z.object({
  operation: z.enum([...operationName.exclude(['undo']).options, ...batchResponses]),
  alerts: z
    .array(z.object({ id: z.string().max(64), version: z.number().int() }))
    .min(1)
    .max(batchAlertsMax)
    .optional(),
  filter: alertFilter.optional(),
  note: z.string().max(4000).optional(),
  assignee: z.string().max(128).nullable().optional(),
})

export const batchItem = z.object({
  alertId: z.string(),
  title: z.string().nullable(),
  asset: z.string().nullable(),
  outcome: z.enum(['waiting', 'done', 'refused', 'changed']),
  reason: z.string().nullable(),
})

export const batchItemsQuery = z.object({
  outcome: z.enum(['waiting', 'done', 'refused', 'changed', 'all']).default('all'),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

export const batchItems = z.object({ items: z.array(batchItem), total: z.number().int() })

export type AlertBatch = z.infer<typeof alertBatch>
export type BatchItem = z.infer<typeof batchItem>
export type BatchProgress = z.infer<typeof batchProgress>
export type BatchRequest = z.infer<typeof batchRequest>
