/** Shapes of what agents can be made to do: offers for an alert, quarantine, IP rules, brute-force defence. */
import { z } from 'zod'
import { operationView } from './operations.ts'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })
const direction = z.enum(['in', 'out', 'both'])
const note = z.string().max(4000).optional()
/** Null: until it is taken back. */
const minutes = z
  .number()
  .int()
  .min(1)
  .max(10 * 366 * 24 * 60)
  .nullable()

export const responseName = z.enum([
  'virus removal',
  'quarantine',
  'kill process',
  'deep cleanup',
  'block IP',
  'isolate host',
  'troubleshoot',
])

const barred = z.string().nullable().meta({ description: 'Why it is never touched; null when it may be.' })

export const responseOffers = z
  .object({
    offers: z.array(
      z.object({
        name: responseName,
        offered: z.boolean(),
        reason: z.string().nullable().meta({ description: 'Why it is not offered.' }),
        warning: z.string().nullable(),
        kind: z.string(),
      }),
    ),
    processes: z.array(
      z.object({
        entityId: z.string(),
        pid: z.number().int(),
        name: z.string().nullable(),
        executable: z.string().nullable(),
        commandLine: z.string().nullable(),
        program: z.string().nullable().meta({ description: 'The script that its interpreter runs.' }),
        sha256: z.string().nullable(),
        startedAt: instant.nullable(),
        barred,
      }),
    ),
    files: z.array(
      z.object({
        path: z.string(),
        sha256: z.string().nullable().meta({ description: 'Null: not known, so the content is not compared.' }),
        inode: z.number().nullable(),
        role: z.enum(['program', 'script', 'file']),
        isSystem: z.boolean().meta({ description: 'It lies where the programs of the system do.' }),
        barred,
      }),
    ),
    addresses: z.array(z.object({ address: z.string(), role: z.enum(['source', 'destination']), barred })),
    /** Newest first. */
    operations: z.array(operationView),
  })
  .meta({ id: 'ResponseOffers' })

const ifBlocked = z.enum(['refuse', 'extend', 'beside']).meta({
  description:
    'When a rule in force blocks the address there already: refuse, give that rule the later end, or make a second rule beside it.',
})

export const responseRequest = z.object({
  name: responseName,
  version: z.number().int().meta({ description: 'The version of the alert that was seen.' }),
  note,
  process: z.string().max(128).optional().meta({ description: 'Entity id of the only process to end.' }),
  processes: z.array(z.string().max(128)).min(1).max(20).optional().meta({
    description: 'Entity ids of the processes to end; all that may be ended when nothing is said.',
  }),
  tree: z.boolean().optional().meta({ description: 'Everything below it too; true when left out.' }),
  file: z.string().max(8192).optional().meta({ description: 'Path of the only file to move.' }),
  files: z.array(z.string().max(8192)).min(1).max(20).optional().meta({
    description: 'Paths of the files to move; when nothing is said, the programs that ran, or else the first file.',
  }),
  address: z.string().max(64).optional(),
  direction: direction.optional(),
  minutes: minutes.optional(),
  everywhere: z.boolean().optional().meta({ description: 'Block on every asset.' }),
  ifBlocked: ifBlocked.optional(),
  allow: z.array(z.string().max(64)).max(64).optional(),
})

export const hostResponseName = z.enum(['isolate host', 'release host', 'troubleshoot'])

export const assetResponseRequest = z.object({
  name: z.enum([...hostResponseName.options, 'upgrade agent', 'uninstall agent']),
  note,
  minutes: minutes.optional(),
  allow: z.array(z.string().max(64)).max(64).optional(),
  destroyQuarantined: z
    .boolean()
    .optional()
    .meta({ description: 'For `uninstall agent`: files in quarantine on the host may be destroyed with it.' }),
})

/** Parts of a finished plan of a deep cleanup. */
export const cleanUpRequest = z.object({ parts: z.array(z.string().max(64)).min(1).max(500), note })
export const undoRequest = z.object({
  note,
  tasks: z.array(z.string().max(64)).max(500).optional().meta({ description: 'Only these tasks of the operation.' }),
})

export const operationQuery = z.object({
  alert: z.string().max(128).optional(),
  asset: z.string().max(128).optional(),
  state: z.enum(['running', 'done', 'partly', 'failed', 'expired', 'cancelled']).optional(),
  name: z.string().max(64).optional(),
  cursor: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const operationPage = z.object({
  items: z.array(operationView),
  nextCursor: z.string().nullable(),
})

export const quarantineState = z.enum([
  'quarantining',
  'quarantined',
  'failed',
  'restoring',
  'restored',
  'deleting',
  'deleted',
  'expired',
])
export const quarantinedFile = z
  .object({
    id: z.string(),
    asset: z.object({ id: z.string(), name: z.string() }),
    path: z.string(),
    state: quarantineState,
    sha256: z.string().nullable(),
    sizeBytes: z.number().nullable(),
    ownerId: z.number().nullable(),
    groupId: z.number().nullable(),
    mode: z.number().nullable(),
    otherNames: z.number().int().meta({ description: 'Hard links to the same content that are still there.' }),
    alertId: z.string().nullable(),
    model: z.string().nullable(),
    actor: z.string(),
    code: z.string().nullable().meta({ description: 'What became of what was done last, e.g. `restore.in-the-way`.' }),
    message: z.string().nullable(),
    createdAt: instant,
    keptUntil: instant.nullable(),
    download: z.enum(['none', 'fetching', 'ready']),
  })
  .meta({ id: 'QuarantinedFile' })

const list = <T extends z.ZodType>(item: T) =>
  z
    .union([item, z.array(item)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.infer<T>[])
    .optional()
export const quarantineQuery = z.object({
  state: list(quarantineState),
  asset: z.string().max(128).optional(),
  q: z.string().max(256).optional(),
  cursor: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
})
export const quarantinePage = z.object({ items: z.array(quarantinedFile), nextCursor: z.string().nullable() })
export const restoreRequest = z.object({
  ifInTheWay: z.enum(['refuse', 'replace']).default('refuse'),
  path: z.string().max(4096).nullable().default(null).meta({ description: 'Another place; null for its own.' }),
  acceptPlace: z.boolean().default(false).meta({ description: 'Also where the folder changed since.' }),
  note,
})

export const ipRule = z
  .object({
    id: z.string(),
    kind: z.enum(['system', 'custom']).meta({ description: 'system: made by brute-force defence.' }),
    address: z.string(),
    direction,
    assets: z
      .array(z.object({ id: z.string(), name: z.string() }))
      .nullable()
      .meta({ description: 'Null: all assets.' }),
    reason: z.string(),
    alertId: z.string().nullable(),
    actor: z.string(),
    enabled: z.boolean(),
    inForce: z.boolean().meta({ description: 'Switched on and not over.' }),
    createdAt: instant,
    expiresAt: instant.nullable(),
    beside: z
      .array(z.object({ id: z.string(), address: z.string(), actor: z.string(), expiresAt: instant.nullable() }))
      .meta({ description: 'Other rules in force that block a part of the same on one of the same assets.' }),
    states: z.array(
      z.object({
        asset: z.object({ id: z.string(), name: z.string() }),
        state: z.enum(['pending', 'in force', 'removing', 'removed', 'failed']),
        message: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'IpRule' })
export const ipRuleQuery = z.object({
  inForce: z.enum(['yes', 'no']).optional(),
  address: z.string().max(64).optional().meta({ description: 'Rules whose range has a part in common with this one.' }),
  kind: z.enum(['system', 'custom']).optional(),
})
export const ipRuleBody = z.object({
  address: z.string().min(2).max(64).meta({ description: 'IP address or range (CIDR).' }),
  direction: direction.default('in'),
  assets: z.array(z.string().max(128)).min(1).max(10_000).nullable().meta({ description: 'Null: all assets.' }),
  minutes: minutes.default(1440),
  reason: z.string().min(1).max(500),
  ifBlocked: ifBlocked.default('refuse'),
  incident: z.string().max(128).optional().meta({ description: 'Written down in the history of this incident.' }),
})
export const approvedAddress = z
  .object({ address: z.string(), note: z.string(), actor: z.string(), createdAt: instant })
  .meta({ id: 'ApprovedAddress' })
export const approvedAddressBody = z.object({
  address: z.string().min(2).max(64),
  note: z.string().max(500).default(''),
})

export const bruteForceRule = z
  .object({
    enabled: z.boolean(),
    services: z.array(z.enum(['SSH', 'RDP', 'SQL'])).max(3),
    windowMs: z.number().int().meta({ description: 'One of 1, 2, 5, 10, 15 minutes.' }),
    failures: z.number().int().meta({ description: 'One of 2, 3, 4, 5, 10, 50, 80, 100.' }),
    banMs: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'One of 5, 15, 30 minutes, 1, 2, 6, 12 hours, 1, 7 days; null: until it is taken back.' }),
  })
  .meta({ id: 'BruteForceRule' })
export const bruteForceRules = z.object({
  default: bruteForceRule,
  assets: z.array(z.object({ asset: z.object({ id: z.string(), name: z.string() }), rule: bruteForceRule })),
})

export type ResponseName = z.infer<typeof responseName>
export type HostResponseName = z.infer<typeof hostResponseName>
export type ResponseOffers = z.infer<typeof responseOffers>
export type ResponseRequest = z.infer<typeof responseRequest>
export type OperationPage = z.infer<typeof operationPage>
export type QuarantinedFile = z.infer<typeof quarantinedFile>
export type QuarantineStateName = z.infer<typeof quarantineState>
export type RestoreRequest = z.infer<typeof restoreRequest>
export type IpRule = z.infer<typeof ipRule>
export type ApprovedAddress = z.infer<typeof approvedAddress>
export type BruteForceRule = z.infer<typeof bruteForceRule>
