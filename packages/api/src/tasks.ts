/** Tasks on the wire between server and agent. The agent checks the same by hand (packages/response/src/task.ts). */
import type { Task } from '@rampart/response'
import { z } from 'zod'

const id = z.string().regex(/^[A-Za-z0-9-]{1,64}$/)
const path = z
  .string()
  .max(4096)
  .refine((text) => text.startsWith('/') && !text.includes('\0'))
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const line = z.string().max(8192)
const expiresInMs = z
  .number()
  .int()
  .min(1000)
  .max(10 * 366 * 24 * 3_600_000)
  .nullable()

const processTarget = z.object({
  pid: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31),
  entityId: z.string().max(128),
  executable: z.string().max(8192).nullable(),
  sha256: sha256.nullable(),
})
const fileTarget = z.object({ path, sha256: sha256.nullable(), inode: z.number().int().nonnegative().nullable() })

const kind = <Kind extends string, Shape extends z.ZodRawShape>(name: Kind, shape: Shape) =>
  z.object({ kind: z.literal(name), parameters: z.object(shape) })

/** Kind and parameters of a task; the kinds are a closed set. */
export const taskBody = z.discriminatedUnion('kind', [
  kind('kill-process', { process: processTarget, tree: z.boolean() }),
  kind('quarantine-file', { file: fileTarget, entry: id }),
  kind('remove-virus', { process: processTarget.nullable(), file: fileTarget, entry: id }),
  kind('restore-file', {
    entry: id,
    ifInTheWay: z.enum(['refuse', 'replace']),
    path: path.nullable(),
    acceptPlace: z.boolean(),
  }),
  kind('delete-quarantined', { entry: id }),
  kind('fetch-quarantined', { entry: id }),
  kind('plan-clean-up', {
    processes: z.array(processTarget).max(256),
    files: z.array(fileTarget).max(256),
    texts: z.array(line).max(256),
  }),
  kind('remove-line', { path, line }),
  kind('insert-line', {
    path,
    line,
    after: line.nullable(),
    at: z
      .number()
      .int()
      .min(0)
      .max(2 ** 23),
    copies: z
      .number()
      .int()
      .min(0)
      .max(2 ** 23),
  }),
  kind('block-address', {
    rule: id,
    address: z.string().max(64),
    direction: z.enum(['in', 'out', 'both']),
    expiresInMs,
  }),
  kind('unblock-address', { rule: id }),
  kind('isolate-host', { allow: z.array(z.string().max(64)).max(64), expiresInMs }),
  kind('release-host', {}),
  kind('troubleshoot', {}),
  kind('upgrade-agent', {}),
  kind('uninstall-agent', {}),
])

const wireTask = {
  type: z.literal('task'),
  id,
  /** Server clock, ms. */
  issuedAt: z.number().int().nonnegative(),
  expiresAt: z.number().int().nonnegative(),
  /** What is left of the time when it is sent: the agent goes by this, whatever its own clock says. */
  expiresInMs: z.number().int().nonnegative(),
}

/** A task for the agent of this connection. Carried out once, however often it comes. */
export const taskMessage = z
  .object({ ...wireTask, kind: z.string().max(64), parameters: z.looseObject({}) })
  .transform((message, context) => {
    const body = taskBody.safeParse(message)
    if (body.success) return { ...message, ...(body.data as Omit<Task, 'id'>) } as TaskMessage
    context.addIssue({ code: 'custom', message: 'unknown kind or wrong parameters' })
    return z.NEVER
  })
export type TaskMessage = Task & { type: 'task'; issuedAt: number; expiresAt: number; expiresInMs: number }

/** Takes a task back that has not begun. */
export const cancelTaskMessage = z.object({ type: z.literal('cancel-task'), id })
/** The result is stored: the agent need not repeat it. */
export const taskRecordedMessage = z.object({ type: z.literal('task-recorded'), id })

export const taskResultMessage = z.object({
  type: z.literal('task-result'),
  id,
  state: z.enum(['running', 'done', 'failed', 'refused']),
  code: z.string().max(64),
  message: z.string().max(4096),
  progress: z.number().min(0).max(1).optional(),
  details: z.looseObject({}).optional(),
  /** Agent clock, ms. */
  at: z.number().nonnegative(),
})

/** A piece of what `fetch-quarantined` sends, in order, before its result. */
export const taskDataMessage = z.object({
  type: z.literal('task-data'),
  id,
  offset: z.number().int().nonnegative(),
  bytes: z.instanceof(Uint8Array),
})

export type TaskResultMessage = z.infer<typeof taskResultMessage>
