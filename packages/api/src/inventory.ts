/** Shapes of what a host has: packages, ports, accounts and so on, as its agent last told it, and what changed. */
import { z } from 'zod'
import { agentStates } from './assets.ts'

const instant = z.iso.datetime()

/** Kinds of things that an inventory has, in the order in which people look at them. */
export const inventoryKinds = [
  'package',
  'port',
  'account',
  'group',
  'ssh-key',
  'unit',
  'job',
  'module',
  'web-server',
  'web-root',
  'container',
  'image',
  'privileged-file',
  'sudo-rule',
  'start-item',
] as const
export type InventoryKind = (typeof inventoryKinds)[number]

/** Most things of one kind that an agent tells. */
export const inventoryThingsMax = 20_000
/** Largest part of an inventory after decompression, bytes. */
export const inventoryBytesMax = 12 * 1024 * 1024

const facts = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .meta({ description: 'What is known of it; names depend on the kind.' })
const operations = ['added', 'changed', 'removed'] as const

export const inventoryThing = z
  .object({
    kind: z.enum(inventoryKinds),
    name: z.string().meta({ description: 'Names it among its kind: `nginx:amd64`, `tcp 0.0.0.0:22`, a path.' }),
    facts,
    since: instant.nullable().meta({
      description: 'Since when it is there; null: it was there at the first look, and nothing says since when.',
    }),
    changedAt: instant.nullable().meta({ description: 'When it last changed; null: never since it is known.' }),
  })
  .meta({ id: 'InventoryThing' })

export const inventoryChange = z
  .object({
    number: z.number().int(),
    kind: z.enum(inventoryKinds),
    name: z.string(),
    operation: z.enum(operations),
    before: facts.nullable(),
    after: facts.nullable(),
    at: instant.meta({ description: 'When the agent first saw it so.' }),
  })
  .meta({ id: 'InventoryChange' })

export const inventorySummary = z
  .object({
    agent: z.enum(agentStates),
    lastSeenAt: instant.nullable(),
    supported: z.boolean().meta({ description: 'The agent is of a version that tells its inventory.' }),
    kinds: z
      .array(
        z.object({
          kind: z.enum(inventoryKinds),
          count: z.number().int(),
          leftOut: z.number().int().meta({ description: 'Things beyond the bounds of one kind.' }),
          collectedAt: instant,
          changedAt: instant.nullable().meta({ description: 'Of the newest difference that is kept.' }),
          changes: z.number().int().meta({ description: 'Differences of the last seven days.' }),
        }),
      )
      .meta({ description: 'Kinds that the agent has told so far.' }),
  })
  .meta({ id: 'InventorySummary' })

const cursor = z.string().max(2048).optional()
const limit = z.coerce.number().int().min(1).max(500).default(100)
const kindList = z
  .union([z.enum(inventoryKinds), z.array(z.enum(inventoryKinds)).max(20)])
  .transform((value) => [value].flat())

export const inventoryThingQuery = z.object({
  kind: kindList.optional(),
  q: z.string().max(256).optional().meta({ description: 'Words that name or facts contain.' }),
  sort: z.enum(['name', 'since', 'changed']).default('name'),
  order: z.enum(['asc', 'desc']).default('asc'),
  cursor,
  limit,
})
export const inventoryThingPage = z
  .object({ items: z.array(inventoryThing), nextCursor: z.string().nullable(), total: z.number().int() })
  .meta({ id: 'InventoryThingPage' })

export const inventoryChangeQuery = z.object({
  kind: kindList.optional(),
  q: z.string().max(256).optional().meta({ description: 'Words that name or facts contain.' }),
  operation: z.enum(operations).optional(),
  cursor,
  limit,
})
export const inventoryChangePage = z
  .object({ items: z.array(inventoryChange), nextCursor: z.string().nullable(), total: z.number().int() })
  .meta({ id: 'InventoryChangePage' })

export const versionTests = ['is', 'below', 'at least'] as const

export const inventorySearchQuery = z.object({
  kind: z.enum(inventoryKinds).default('package'),
  name: z.string().trim().min(1).max(256).meta({
    description: 'Name of a package, account, unit, image …, or number of a port. `*` stands for any characters.',
  }),
  version: z.string().trim().max(128).optional().meta({ description: 'Of a package.' }),
  test: z.enum(versionTests).default('below').meta({ description: 'How versions are compared with `version`.' }),
  cursor,
  limit,
})
export const inventorySearchPage = z
  .object({
    items: z.array(
      inventoryThing.extend({
        asset: z.object({ id: z.string(), name: z.string(), agent: z.enum(agentStates) }),
        collectedAt: instant,
      }),
    ),
    nextCursor: z.string().nullable(),
    total: z.number().int(),
    assets: z.number().int().meta({ description: 'How many assets have one.' }),
    told: z.number().int().meta({ description: 'How many assets that the caller may see have told this kind.' }),
    cut: z.boolean().meta({ description: 'There are more than are counted here: ask more exactly.' }),
  })
  .meta({ id: 'InventorySearchPage' })

export type InventoryThing = z.infer<typeof inventoryThing>
export type InventoryChange = z.infer<typeof inventoryChange>
export type InventorySummary = z.infer<typeof inventorySummary>
export type InventorySearchPage = z.infer<typeof inventorySearchPage>
