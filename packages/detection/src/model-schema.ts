/** Shape of the model document of a rule.yml: the Sigma keys the product needs, and the `rampart:` block. */
import type { EventType } from '@rampart/event'
import { eventTypes } from '@rampart/event/event-types'
import { alertTypes, editions, entityKinds, stages } from '@rampart/event/vocabulary'
import { indicatorKinds } from '@rampart/intel'
import { z } from 'zod'
import { modelKinds, sigmaLevels } from './model.ts'

const prose = z.string().trim().min(1)
const list = z.array(prose).min(1)
const field = z.string().min(1).max(256)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** `30s`, `15m`, `6h`, `7d` → ms. */
const timespan = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, 'a time span is a number and s, m, h or d, e.g. 7d')
  .transform((text) => Number(text.slice(0, -1)) * { s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[text.slice(-1) as 's'])

const intel = z.strictObject({
  indicator: z.enum(indicatorKinds),
  fields: z.array(field).min(1).max(16),
  urlsInText: z.boolean().default(false),
})

const novelty = z.strictObject({
  field,
  per: z.array(field).max(4).default([]),
  learnEvents: z.number().int().min(0).default(20),
  learnFor: timespan.default(7 * 864e5),
})

export const rampartBlock = z.strictObject({
  type: z.enum(alertTypes),
  edition: z.enum(editions).optional(),
  stages: z.array(z.enum(stages)).min(1),
  kind: z.enum(modelKinds).default('sigma'),
  entity: z.union([field, z.strictObject({ kind: z.enum(entityKinds), field })]),
  dedupBy: z.array(field).min(1).max(6).optional(),
  requires: z
    .array(z.enum(eventTypes as [EventType, ...EventType[]]))
    .min(1)
    .optional(),
  why: prose,
  blindSpots: prose,
  triage: list,
  advice: list,
  intel: intel.optional(),
  novelty: novelty.optional(),
})
export type RampartBlock = z.infer<typeof rampartBlock>

export const modelDocument = z.looseObject({
  id: z.string().regex(uuid, 'a UUID in lower case, e.g. from crypto.randomUUID()'),
  title: prose.max(120),
  status: z.enum(['stable', 'test', 'experimental', 'deprecated', 'unsupported']),
  description: prose,
  references: z.array(z.string()).default([]),
  author: z.string().default(''),
  date: z.string().default(''),
  tags: z.array(z.string()).default([]),
  logsource: z.looseObject({ product: z.string(), category: z.string(), service: z.string() }).partial().optional(),
  detection: z.unknown().optional(),
  falsepositives: list,
  level: z.enum(sigmaLevels),
  rampart: rampartBlock,
})
