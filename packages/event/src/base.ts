/** What every event has, and the one way to define an event type. */
import { z } from 'zod'
import { assetSchema, containerSchema, processSchema, userSchema } from './parts.ts'
import { schemaVersion } from './schema-version.ts'

export { schemaVersion }

const base = {
  schema: z.literal(schemaVersion).meta({ description: 'Version of this schema.' }),
  id: z.string().min(1).max(256).meta({
    description: 'Deterministic: `<asset id>/<boot or source id>/<sequence>`. The same event always has the same id.',
  }),
  at: z.number().nonnegative().meta({ description: 'When it happened, ms since 1970-01-01 UTC, fractions allowed.' }),
  receivedAt: z.number().nonnegative().meta({ description: 'When the sensor saw it, same unit.' }).optional(),
  asset: assetSchema,
  sensor: z.string().max(64).meta({ description: 'The sensor that made the event, e.g. `ebpf.process`, `log.sshd`.' }),
  user: userSchema.optional(),
  process: processSchema.optional(),
  container: containerSchema.optional(),
  count: z
    .number()
    .int()
    .positive()
    .meta({ description: 'How many equal events this one stands for. Absent means 1.' })
    .optional(),
}

/**
 * Defines one event type: its name, one sentence of prose, and the fields it adds to those of every event.
 * Unknown fields are dropped on parsing, so an older server accepts a newer agent.
 */
export function defineEvent<Type extends string, Fields extends z.ZodRawShape>(
  type: Type,
  description: string,
  fields: Fields,
): EventSchema<Type, Fields> {
  const shape = { ...base, type: z.literal(type), ...fields }
  return z.object(shape).meta({ title: type, description }) as unknown as EventSchema<Type, Fields>
}

/** Fields of the type replace those of every event: spelled out because TypeScript takes a generic spread for an intersection. */
type EventSchema<Type extends string, Fields extends z.ZodRawShape> = z.ZodObject<
  Omit<typeof base, keyof Fields> & { type: z.ZodLiteral<Type> } & Fields
>
