/** Shapes of the event search, its statistics, and of downloads. */
import { z } from 'zod'
import { alertFilter } from './alerts.ts'
import { eventFields } from './event-fields.ts'
import { shortfall } from './investigation.ts'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })

/** Which events: when they happened, and what holds of them in the query language. */
export const eventFilter = z.object({
  from: instant,
  to: instant,
  q: z.string().max(4096).default('').meta({
    description:
      'Terms that must all hold: `process.name:curl destination.address:192.0.2.0/24 -user.name:root "exact text"`.',
  }),
})

const waitMs = z.coerce.number().int().min(0).max(10_000).default(10_000).meta({
  description: 'After this time the answer is what was found by then; `nextCursor` says where to go on.',
})

export const eventQuery = eventFilter.extend({
  order: z.enum(['newest', 'oldest']).default('newest').meta({ description: 'Which events come first.' }),
  waitMs,
  cursor: z.string().max(1024).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

export const eventPage = z.object({
  items: z.array(z.looseObject({ id: z.string(), type: z.string(), at: z.number() })).meta({
    description: 'In the order that was asked for.',
  }),
  nextCursor: z.string().nullable(),
  searchedTo: instant.nullable().meta({
    description: 'Time was up: events were looked at up to this instant, and `nextCursor` goes on there. Else null.',
  }),
  shortfall,
})

export const histogramQuery = eventFilter.extend({
  buckets: z.coerce.number().int().min(1).max(200).default(60),
  waitMs,
  cursor: z.string().max(1024).optional(),
})

export const eventHistogram = z.object({
  from: instant,
  stepMs: z.number(),
  counts: z.array(z.number().int()),
  total: z.number().int(),
  nextCursor: z.string().nullable().meta({
    description:
      'Where to go on counting, with the same question; the counts of all parts are added up. Null at the end.',
  }),
  countedTo: instant.nullable().meta({ description: 'What happened after it is counted. Null when everything is.' }),
  shortfall,
})

const fieldNames = Object.keys(eventFields) as [keyof typeof eventFields]
export const valuesQuery = eventFilter.extend({ field: z.enum(fieldNames), prefix: z.string().max(256).default('') })
export const eventValues = z.object({
  items: z.array(z.object({ value: z.string(), count: z.number().int() })).meta({
    description: 'Most frequent first, in lower case, over the newest million events that fit.',
  }),
})

/** How much can be searched. */
export const eventArchive = z.object({
  events: z.number().int(),
  oldestAt: instant.nullable(),
  bytes: z.number().int().meta({ description: 'Of the files that are searched.' }),
  logBytes: z
    .number()
    .int()
    .meta({ description: 'Of the log, which holds the newest events before they are in files.' }),
  files: z.number().int(),
  damagedFiles: z.number().int(),
  keepDays: z.number(),
  keepBytes: z.number(),
})

export const eventExport = eventFilter.extend({ format: z.enum(['csv', 'ndjson']) })
export const alertExport = alertFilter.extend({
  format: z.enum(['csv', 'ndjson', 'ocsf']).meta({ description: 'ocsf: Detection Finding of OCSF 1.6.0, one a line.' }),
  id: z
    .union([z.string().max(128), z.array(z.string().max(128)).max(1000)])
    .transform((value) => [value].flat())
    .optional()
    .meta({ description: 'Only these alerts, whatever the filters say.' }),
})

export type EventPage = z.infer<typeof eventPage>
export type EventHistogramView = z.infer<typeof eventHistogram>
export type EventArchiveView = z.infer<typeof eventArchive>
