/** Shapes of operations and their tasks as the API gives them. */
import { z } from 'zod'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })

export const taskState = z.enum(['queued', 'sent', 'running', 'done', 'failed', 'refused', 'expired', 'cancelled'])
export const operationState = z.enum(['running', 'done', 'partly', 'failed', 'expired', 'cancelled'])

/** What one agent does for an operation. */
export const taskView = z
  .object({
    id: z.string(),
    operationId: z.string(),
    asset: z.object({ id: z.string(), name: z.string() }),
    kind: z.string(),
    /** As sent to the agent. */
    parameters: z.looseObject({}),
    state: taskState.meta({
      description:
        'queued: the agent is not there. sent: it has not begun. expired: its time was over before it began.',
    }),
    code: z.string().nullable().meta({ description: 'What became of it, e.g. `process.ended`; permanent.' }),
    message: z.string().nullable().meta({ description: 'The same in one sentence.' }),
    progress: z.number().nullable(),
    details: z.looseObject({}).nullable(),
    canBeUndone: z.boolean().meta({ description: 'By itself, without the rest of its operation.' }),
    createdAt: instant,
    expiresAt: instant,
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'ResponseTask' })

export const operationView = z
  .object({
    id: z.string(),
    name: z.string(),
    title: z.string().meta({ description: 'What it does, one sentence.' }),
    alertId: z.string().nullable(),
    actor: z.string(),
    note: z.string().nullable(),
    state: operationState.meta({ description: 'partly: some of its tasks succeeded.' }),
    undoes: z.string().nullable().meta({ description: 'The operation that this one undoes.' }),
    undone: z.string().nullable().meta({ description: 'The operation that undid this one, or what was left of it.' }),
    carriedOut: z.boolean().meta({ description: 'It is the plan of a deep cleanup, and parts of it were removed.' }),
    undo: z
      .object({ offered: z.boolean(), reason: z.string().nullable(), title: z.string() })
      .meta({ description: 'Whether it can be undone, why not, and what that does.' }),
    createdAt: instant,
    finishedAt: instant.nullable(),
    tasks: z.array(taskView),
  })
  .meta({ id: 'ResponseOperation' })

export type TaskView = z.infer<typeof taskView>
export type OperationView = z.infer<typeof operationView>
export type TaskStateName = z.infer<typeof taskState>
export type OperationStateName = z.infer<typeof operationState>
