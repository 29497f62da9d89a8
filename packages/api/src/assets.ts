/** Shapes of assets, their agents and sensors. */
import { assetKinds } from '@rampart/event'
import { z } from 'zod'

const instant = z.iso.datetime()

export const agentStates = ['online', 'offline', 'silent', 'never connected'] as const

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
    tags: z.array(z.string()),
    edition: z.enum(['Basic', 'Anti-virus', 'Advanced', 'Enterprise']),
    agent: z.object({
      state: z.enum(agentStates),
      version: z.string().nullable(),
      lastSeenAt: instant.nullable(),
      connectedAt: instant.nullable(),
    }),
    alerts: z
      .object({ Urgent: z.number().int(), Warning: z.number().int(), Notice: z.number().int() })
      .meta({ description: 'Unhandled ones.' }),
    eventsLost: z.number().int(),
    sensorsUnhealthy: z.number().int(),
    createdAt: instant,
  })
  .meta({ id: 'AssetRow' })

export const assetDetail = assetRow
  .extend({
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

export const assetQuery = z.object({
  alerting: z.enum(['yes', 'no']).optional().meta({ description: 'yes: only assets with unhandled alerts.' }),
  state: z.enum(agentStates).optional(),
  q: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
  cursor: z.string().max(512).optional(),
})

export const assetPage = z.object({
  items: z.array(assetRow),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
})

export const enrolmentToken = z
  .object({
    id: z.string().meta({ description: 'Names the token in `/api/v1/enrolment-tokens`.' }),
    token: z.string(),
    expiresAt: instant,
    uses: z.number().int(),
    command: z.string(),
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
export type AssetPage = z.infer<typeof assetPage>
export type SensorStatus = z.infer<typeof sensorStatus>
export type EnrolmentToken = z.infer<typeof enrolmentToken>
export type Banner = z.infer<typeof banner>
