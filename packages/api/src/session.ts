/** Shapes of sign-in, the signed-in user, errors, and the live stream. */
import { alertStates } from '@rampart/event'
import { z } from 'zod'
import { alertRow, summary } from './alerts.ts'
import { batchProgress } from './batches.ts'
import { taskView } from './operations.ts'

export const credentials = z.object({
  username: z.string().min(1).max(128),
  password: z.string().min(1).max(1024),
  code: z
    .string()
    .max(32)
    .optional()
    .meta({ description: 'One-time code, or a recovery code, of a user who has a second factor.' }),
})
export const passwordChange = z.object({ current: z.string().max(1024), next: z.string().min(12).max(1024) })

export const session = z
  .object({
    user: z.object({
      name: z.string(),
      role: z.enum(['viewer', 'analyst', 'responder', 'administrator']),
      groups: z
        .array(z.string())
        .nullable()
        .meta({ description: 'Asset groups that bound what is seen; null: every asset.' }),
    }),
    mustChangePassword: z.boolean(),
    mustSetUpSecondFactor: z
      .boolean()
      .meta({ description: 'The role needs one-time codes and the user has none yet.' }),
    csrfToken: z
      .string()
      .meta({ description: 'Send as header `x-rampart-csrf` with every request that changes something.' }),
    version: z.string(),
  })
  .meta({ id: 'Session' })

/** Every error of the API. `code` is permanent. */
export const apiError = z
  .object({
    code: z.string().meta({ description: 'e.g. `session.wrong-password`, `alert.changed`, `request.invalid`.' }),
    message: z.string().meta({ description: 'What happened, then what to do.' }),
    path: z.string().optional().meta({ description: 'The place in the query or the body.' }),
    condition: z
      .number()
      .int()
      .nullable()
      .optional()
      .meta({ description: 'With `whitelist.*`: which of the conditions, from 0; null for the rule as a whole.' }),
    conflict: z
      .object({
        actor: z.string(),
        operation: z.string(),
        at: z.iso.datetime(),
        state: z.enum(alertStates),
        version: z.number().int(),
      })
      .optional()
      .meta({ description: 'With `alert.changed`: who was first, with what, and how the alert stands now.' }),
  })
  .meta({ id: 'Error' })

/** Messages of `GET /api/v1/stream` (server-sent events): `event:` is the key, `data:` the JSON value. */
export const streamMessages = {
  'alert.raised': alertRow,
  'alert.updated': alertRow,
  /** Many alerts changed at once: read the list anew. */
  'alerts.changed': z.object({}),
  'batch.progress': batchProgress,
  summary: summary,
  'task.changed': taskView,
  'operation.changed': z.object({ id: z.string(), alertId: z.string().nullable() }),
  'incidents.changed': z.object({ ids: z.array(z.string()) }),
  'asset.changed': z.object({ id: z.string() }),
  banners: z.object({ count: z.number().int() }),
} as const
export type StreamMessageName = keyof typeof streamMessages
export type StreamMessage<Name extends StreamMessageName> = z.infer<(typeof streamMessages)[Name]>

export type Session = z.infer<typeof session>
export type ApiError = z.infer<typeof apiError>
