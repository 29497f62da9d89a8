/** Shapes of threat detection models and defence items. */
import { alertTypes, editions, levels, stages } from '@rampart/event'
import { z } from 'zod'

export const modelRow = z
  .object({
    id: z.string(),
    slug: z.string(),
    title: z.string(),
    type: z.enum(alertTypes),
    stages: z.array(z.enum(stages)),
    techniques: z.array(z.string()),
    level: z.enum(levels),
    kind: z.string(),
    status: z.string(),
    enabled: z.boolean(),
    attackSamples: z.number().int(),
    benignSamples: z.number().int(),
    openAlerts: z.number().int(),
    lastFiredAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ModelRow' })

export const modelDetail = modelRow
  .extend({
    description: z.string(),
    why: z.string(),
    blindSpots: z.string(),
    falsePositives: z.array(z.string()),
    triage: z.array(z.string()),
    advice: z.array(z.string()),
    references: z.array(z.string()),
    rule: z.string().meta({ description: 'The rule text (YAML).' }),
    samples: z.array(z.object({ label: z.enum(['attack', 'benign']), name: z.string(), text: z.string() })),
  })
  .meta({ id: 'ModelDetail' })

export const modelList = z.object({
  items: z.array(modelRow),
  techniques: z.record(z.string(), z.object({ name: z.string(), tactics: z.array(z.string()) })).meta({
    description: 'Names of the techniques that the models state.',
  }),
  tactics: z.array(z.string()).meta({ description: 'Short names of the ATT&CK tactics in the order of the matrix.' }),
  refused: z
    .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
    .meta({ description: 'Models that could not be used.' }),
})

const itemScope = z.object({
  groups: z.array(z.string().max(128)).max(200).default([]),
  assets: z.array(z.string().max(128)).max(1000).default([]),
})

/** What is changed of a defence item; what is left out stays. */
export const defenceItemChange = z.object({
  enabled: z.boolean().optional(),
  scope: itemScope.nullable().optional().meta({ description: 'null protects every asset.' }),
})

/** A defence item: one kind of protection that can be switched on or off. */
export const defenceItem = z
  .object({
    id: z.string(),
    type: z.enum(alertTypes),
    title: z.string(),
    description: z.string(),
    enabled: z.boolean(),
    valueAdded: z.boolean(),
    edition: z.enum(editions).meta({ description: 'Least edition of assets that raise its alerts.' }),
    scope: itemScope.nullable().meta({ description: 'null: every asset.' }),
    models: z.number().int(),
  })
  .meta({ id: 'DefenceItem' })

export type ModelRow = z.infer<typeof modelRow>
export type ModelDetail = z.infer<typeof modelDetail>
export type ModelList = z.infer<typeof modelList>
export type DefenceItem = z.infer<typeof defenceItem>
