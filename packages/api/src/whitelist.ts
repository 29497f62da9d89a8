/** Shapes of whitelist rules: conditions, where a rule holds, what it would have hidden. */
import { alertTypes } from '@rampart/event'
import { z } from 'zod'
import { alertRow } from './alerts.ts'
import { alertBatch } from './batches.ts'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })

export const whitelistOperators = ['contains', 'not contains', 'equals', 'not equals', 'regex'] as const

export const whitelistCondition = z
  .object({
    field: z.string().min(1).max(128).meta({
      description: 'Path of the event, e.g. `process.commandLine`; or `entity`, `sourceAddress`.',
    }),
    operator: z.enum(whitelistOperators).meta({ description: 'Upper and lower case differ; `regex` is RE2 syntax.' }),
    value: z.string().max(4096),
  })
  .meta({ id: 'WhitelistCondition' })

const pattern = {
  conditions: z.array(whitelistCondition).max(20).meta({ description: 'All have to hold.' }),
  about: z.union([z.object({ model: z.string().max(64) }), z.object({ type: z.enum(alertTypes) })]),
  on: z
    .union([z.literal('all'), z.object({ asset: z.string().max(128) }), z.object({ group: z.string().max(128) })])
    .meta({ description: 'All assets, one, or those of a group.' }),
}

export const whitelistPattern = z.object(pattern)

export const whitelistRuleDraft = z.object({
  ...pattern,
  reason: z.string().trim().min(1).max(2000),
  expiresAt: instant.nullable().default(null),
  alertId: z.string().max(64).nullable().default(null).meta({ description: 'The alert that it is made from.' }),
  alsoMatching: z.boolean().default(false).meta({ description: 'Whitelists other open alerts that match, too.' }),
})

export const whitelistRuleChange = z
  .object({
    ...pattern,
    reason: z.string().trim().min(1).max(2000),
    expiresAt: instant.nullable(),
    enabled: z.boolean(),
  })
  .partial()

export const whitelistRule = z
  .object({
    id: z.string(),
    ...pattern,
    aboutTitle: z.string().meta({ description: 'Title of the model, or the type.' }),
    onName: z.string().nullable().meta({ description: 'Name of the asset or group; null for all.' }),
    reason: z.string(),
    alertId: z.string().nullable(),
    madeBy: z.string(),
    madeAt: instant,
    changedBy: z.string().nullable(),
    changedAt: instant.nullable(),
    expiresAt: instant.nullable(),
    state: z.enum(['in force', 'disabled', 'expired']),
    hits: z.number().int().meta({ description: 'Findings that it took in.' }),
    lastHitAt: instant.nullable(),
  })
  .meta({ id: 'WhitelistRule' })

export const whitelistRuleMade = z.object({
  rule: whitelistRule,
  batch: alertBatch.nullable().meta({ description: 'The handling of alerts that the rule takes; null without any.' }),
})

/** What a rule would have hidden of the last 30 days. */
export const whitelistPreview = z
  .object({
    days: z.number().int(),
    considered: z.number().int().meta({ description: 'Alerts of the model or type that were looked at.' }),
    matched: z.number().int().meta({ description: 'Alerts with at least one event that the rule takes.' }),
    matchedOpen: z.number().int(),
    complete: z.boolean().meta({ description: 'False when there were more alerts than are looked at.' }),
    byModel: z.array(
      z.object({ modelId: z.string(), title: z.string(), considered: z.number().int(), matched: z.number().int() }),
    ),
    examples: z.array(alertRow).meta({ description: 'Latest first, at most 10.' }),
    refusal: z
      .object({ code: z.string(), message: z.string(), condition: z.number().int().nullable() })
      .nullable()
      .meta({ description: 'Why the rule would not be accepted.' }),
  })
  .meta({ id: 'WhitelistPreview' })

/** Fields of an alert that a rule can ask for, with the values that its events have. */
export const whitelistFields = z.object({
  items: z.array(z.object({ field: z.string(), values: z.array(z.string()) })),
})

export type WhitelistCondition = z.infer<typeof whitelistCondition>
export type WhitelistOperator = WhitelistCondition['operator']
export type WhitelistPattern = z.infer<typeof whitelistPattern>
export type WhitelistPreview = z.infer<typeof whitelistPreview>
export type WhitelistRule = z.infer<typeof whitelistRule>
export type WhitelistRuleDraft = z.infer<typeof whitelistRuleDraft>
