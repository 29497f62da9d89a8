/** Shapes of assets, their agents and sensors. */
import { assetKinds, editions } from '@rampart/event'
import { z } from 'zod'
import { hostResponseName } from './responses.ts'

const instant = z.iso.datetime()

/** `uninstalled`: removed in order; nothing is expected of it until its host is enrolled again. */
export const agentStates = ['online', 'offline', 'silent', 'never connected', 'uninstalled'] as const

export const capability = z.object({ works: z.boolean(), reason: z.string().nullable() })

export const sensorStatus = z
  .object({
    sensor: z.string(),
    state: z.enum(['running', 'unavailable', 'failed', 'degraded']),
    reason: z.string().nullable().meta({ description: 'Why, and what to do.' }),
    eventsSeen: z.number().int(),
    eventsLost: z.number().int(),
    lostByCause: z.record(z.string(), z.number().int()),
    capabilities: z.record(z.string(), capability).meta({ description: 'By event type.' }),
    sources: z
      .array(
        z.object({
          kind: z.string(),
          name: z.string(),
          state: z.enum(['reading', 'missing', 'not-readable', 'not-a-file', 'listening', 'failed']),
          reason: z.string().nullable(),
          events: z.number().int(),
          lost: z.number().int(),
        }),
      )
      .meta({ description: 'The places that it reads from or listens on: logs, receivers.' }),
  })
  .meta({ id: 'SensorStatus' })

export const assetRow = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(assetKinds),
    addresses: z.array(z.string()),
    operatingSystem: z.string().nullable(),
    kernel: z.string().nullable(),
    group: z.string().nullable(),
    receivedBy: z
      .object({
        id: z.string(),
        name: z.string().nullable().meta({ description: 'Null when the caller may not see that server.' }),
      })
      .nullable()
      .meta({ description: 'The server whose agent receives the records of this one, which has none; else null.' }),
    tags: z.array(z.string()),
    edition: z.enum(editions),
    agent: z.object({
      state: z.enum(agentStates),
      version: z.string().nullable(),
      upgrade: z.string().nullable().meta({
        description: 'A newer version that this server has a package of, when the agent can take it; else null.',
      }),
      lastSeenAt: instant.nullable(),
      connectedAt: instant.nullable(),
    }),
    alerts: z
      .object({ Urgent: z.number().int(), Warning: z.number().int(), Notice: z.number().int() })
      .meta({ description: 'Unhandled ones.' }),
    eventsLost: z.number().int(),
    sensorsUnhealthy: z.number().int(),
    isolated: z
      .object({
        until: instant.nullable().meta({ description: 'Null: until it is released.' }),
        operationId: z.string(),
      })
      .nullable()
      .meta({ description: 'Cut off from the network but for its agent; null when it is not.' }),
    createdAt: instant,
  })
  .meta({ id: 'AssetRow' })

export const assetDetail = assetRow
  .extend({
    responses: z
      .array(
        z.object({
          name: hostResponseName,
          offered: z.boolean(),
          reason: z.string().nullable().meta({ description: 'Why it is not offered.' }),
          warning: z.string().nullable(),
        }),
      )
      .meta({ description: 'What its agent can do for the server as a whole.' }),
    sensors: z.array(sensorStatus),
    spool: z
      .object({ events: z.number().int(), bytes: z.number().int(), dropped: z.record(z.string(), z.number().int()) })
      .nullable()
      .meta({ description: 'What the agent holds back, from its last heartbeat.' }),
    resources: z.object({ rssBytes: z.number().int(), cpuFraction: z.number() }).nullable(),
    certificate: z
      .object({
        serial: z.string(),
        issuedAt: instant,
        expiresAt: instant,
        revokedAt: instant.nullable(),
        revokedFor: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'The newest one of this agent. With `revokedAt` no connection is accepted with it.' }),
    copied: z
      .string()
      .nullable()
      .meta({ description: 'Why it is believed that two machines use this identity; null when nothing says so.' }),
    spoolMegabytes: z.number().int().nullable().meta({ description: 'Setting of this asset; null for the default.' }),
    eventsReceived: z.number().int(),
  })
  .meta({ id: 'AssetDetail' })

export const assetSorts = [
  'name',
  'alerts',
  'lastSeen',
  'state',
  'group',
  'edition',
  'version',
  'lost',
  'added',
] as const

const list = <T extends z.ZodType>(item: T) =>
  z
    .union([item, z.array(item).max(100)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.infer<T>[])
    .optional()

/** Values of one parameter are joined by or, parameters by and. An empty group or tag means: without one. */
export const assetQuery = z.object({
  alerting: z.enum(['yes', 'no']).optional().meta({ description: 'yes: only assets with unhandled alerts.' }),
  state: list(z.enum(agentStates)),
  kind: list(z.enum(assetKinds)),
  group: list(z.string().max(128)),
  tag: list(z.string().max(64)),
  edition: list(z.enum(editions)),
  version: list(z.string().max(64)).meta({ description: 'Versions of the agent.' }),
  q: z.string().max(256).optional().meta({ description: 'Words in name, id, address, system, group, tag.' }),
  sort: z.enum(assetSorts).default('name'),
  order: z.enum(['asc', 'desc']).default('asc'),
  limit: z.coerce.number().int().min(1).max(500).default(200),
  cursor: z.string().max(512).optional(),
})

const counts = z.record(z.string(), z.number().int())
export const assetPage = z.object({
  items: z.array(assetRow),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
  facets: z
    .object({ state: counts, kind: counts, group: counts, tag: counts, edition: counts, version: counts })
    .meta({ description: 'Per facet: counts under all other filters.' }),
})

const word = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\p{C}]*$/u, 'no control characters')

/** What is changed of many assets at once; what is left out stays. */
export const assetChange = z.object({
  ids: z.array(z.string().max(128)).min(1).max(1000),
  group: word.max(128).nullable().optional().meta({ description: 'null takes them out of their group.' }),
  addTags: z.array(word).max(20).default([]),
  removeTags: z.array(z.string().max(64)).max(100).default([]),
  edition: z.enum(editions).optional(),
})
export const assetsChanged = z.object({
  items: z.array(assetRow),
  notFound: z.array(z.string()).meta({ description: 'Ids of no asset that the caller may see.' }),
})

export const enrolmentToken = z
  .object({
    id: z.string().meta({ description: 'Names the token in `/api/v1/enrolment-tokens`.' }),
    token: z.string(),
    expiresAt: instant,
    uses: z.number().int(),
    command: z.string().meta({ description: 'For a server that has a checkout of Rampart.' }),
    install: z
      .object({ command: z.string(), version: z.string(), sizeBytes: z.number().int(), sha256: z.string() })
      .nullable()
      .meta({
        description: 'One line that fetches the agent from this server; null when it has no package to hand out.',
      }),
  })
  .meta({ description: 'Shown once. `command` is the line to run on the new server.' })

/** A sensor or agent problem that the whole console shows as a banner. */
export const banner = z.object({
  asset: z.object({ id: z.string(), name: z.string() }).nullable(),
  severity: z.enum(['warning', 'error']),
  subject: z.string().meta({ description: 'e.g. the sensor name.' }),
  reason: z.string(),
})

export type AssetRow = z.infer<typeof assetRow>
export type AssetDetail = z.infer<typeof assetDetail>
export type AssetSort = (typeof assetSorts)[number]
export type AssetPage = z.infer<typeof assetPage>
export type SensorStatus = z.infer<typeof sensorStatus>
export type EnrolmentToken = z.infer<typeof enrolmentToken>
export type Banner = z.infer<typeof banner>
