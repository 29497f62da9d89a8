/** Shapes of users, the own account, API tokens and the audit trail. */
import { z } from 'zod'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })
export const roleNames = ['viewer', 'analyst', 'responder', 'administrator'] as const
export const role = z.enum(roleNames)
const groups = z
  .array(z.string().min(1).max(128))
  .max(64)
  .nullable()
  .meta({ description: 'Asset groups that bound what is seen; null: every asset. An administrator is never bound.' })
const password = z.string().max(1024)
const oneTimePassword = z
  .string()
  .meta({ description: 'Shown once; the user has to choose another at the first sign-in.' })

/** What a user name may be. Case does not tell names apart. */
export const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
    'takes letters, digits and . _ @ -, at most 64, and begins with a letter or digit',
  )

export const user = z
  .object({
    name: z.string(),
    role,
    groups,
    disabled: z.boolean(),
    mustChangePassword: z.boolean(),
    secondFactor: z.boolean(),
    sessions: z.number().int(),
    tokens: z.number().int(),
    createdAt: instant,
    signedInAt: instant.nullable(),
  })
  .meta({ id: 'User' })

export const newUser = z.object({ name: userName, role, groups: groups.default(null) })
export const userChange = z.object({
  role: role.optional(),
  groups: groups.optional(),
  disabled: z.boolean().optional(),
})
export const userWithPassword = z.object({ user, password: oneTimePassword })

export const account = z
  .object({
    user,
    secondFactorRequired: z.boolean().meta({ description: 'The settings ask this role for one-time codes.' }),
    recoveryCodesLeft: z.number().int(),
    longestTokenDays: z.number().int(),
  })
  .meta({ id: 'Account' })

export const passwordCheck = z.object({ password })
export const codeCheck = z.object({ code: z.string().min(6).max(32) })
export const secondFactorOffer = z.object({
  secret: z.string().meta({ description: 'Base32, to type in where no picture can be taken.' }),
  uri: z.string(),
  qr: z.array(z.string()).meta({ description: 'Rows of a QR code of `uri`: 1 is dark.' }),
})
export const recoveryCodes = z.object({
  codes: z.array(z.string()).meta({ description: 'Shown once; each is good for one sign-in.' }),
})

export const ownSession = z
  .object({
    id: z.string(),
    current: z.boolean(),
    address: z.string(),
    browser: z.string().meta({ description: 'The User-Agent header at sign-in.' }),
    createdAt: instant,
    seenAt: instant,
  })
  .meta({ id: 'OwnSession' })

export const apiToken = z
  .object({
    id: z.string(),
    title: z.string(),
    role: role.meta({ description: 'Ceiling: the token may do what this role and its user may.' }),
    groups,
    createdAt: instant,
    expiresAt: instant,
    usedAt: instant.nullable(),
    usedFrom: z.string().nullable(),
  })
  .meta({ id: 'ApiToken' })
export const newApiToken = z.object({
  title: z.string().trim().min(1).max(100),
  role,
  groups: groups.default(null),
  days: z.number().int().min(1).max(3650).default(90),
})
export const createdApiToken = z.object({
  token: apiToken,
  text: z.string().meta({ description: 'Shown once. Send it as `Authorization: Bearer …`.' }),
})

export const auditRow = z
  .object({
    number: z.number().int(),
    at: instant,
    actor: z.string(),
    address: z.string().nullable(),
    action: z.string().meta({ description: 'Name of the route, or an act of the server, e.g. `agent.enrolled`.' }),
    subject: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()).nullable(),
    hash: z.string().nullable().meta({ description: 'SHA-256 over the hash of the row before and this row.' }),
  })
  .meta({ id: 'AuditRow' })

const list = z
  .union([z.string().max(256), z.array(z.string().max(256)).max(64)])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .optional()
export const auditFilter = z.object({
  actor: list,
  action: list,
  subject: z.string().max(256).optional(),
  q: z.string().max(256).optional().meta({ description: 'Words in any column.' }),
  from: instant.optional(),
  to: instant.optional(),
})
export const auditQuery = auditFilter.extend({
  cursor: z.coerce.number().int().min(1).optional().meta({ description: '`nextCursor` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export const auditPage = z.object({
  items: z.array(auditRow),
  nextCursor: z.number().int().nullable(),
  total: z.number().int(),
  actors: z.array(z.string()),
  actions: z.array(z.string()),
})
export const auditExport = auditFilter.extend({ format: z.enum(['csv', 'ndjson']).default('csv') })
export const auditVerdict = z.object({
  intact: z.boolean(),
  rows: z.number().int(),
  head: z
    .string()
    .nullable()
    .meta({ description: 'Hash of the newest row. Note it elsewhere to see later that no newest rows were cut off.' }),
  brokenAt: z.number().int().nullable(),
  why: z.string().nullable(),
})

export type User = z.infer<typeof user>
export type Account = z.infer<typeof account>
export type OwnSession = z.infer<typeof ownSession>
export type ApiToken = z.infer<typeof apiToken>
export type AuditRow = z.infer<typeof auditRow>
export type AuditPage = z.infer<typeof auditPage>
export type SecondFactorOffer = z.infer<typeof secondFactorOffer>
