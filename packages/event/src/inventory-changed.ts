/** Event `inventory.changed`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

const value = z
  .record(z.string().max(64), z.union([z.string().max(2048), z.number(), z.boolean()]))
  .meta({ description: 'What is known of it: flat facts whose names depend on `kind`.' })

export const inventoryChanged = defineEvent(
  'inventory.changed',
  'Something that the host has appeared, went or became another, compared with the look before; who did it is not known.',
  {
    kind: z
      .enum([
        'package',
        'port',
        'unit',
        'job',
        'module',
        'web-root',
        'container',
        'privileged-file',
        'sudo-rule',
        'start-item',
      ])
      .meta({ description: 'What kind of thing.' }),
    operation: z.enum(['added', 'removed', 'changed']).meta({ description: 'What happened to it.' }),
    name: z
      .string()
      .max(1024)
      .meta({ description: 'Names it among its kind: `tcp 0.0.0.0:22`, `ssh.service`, a path.' }),
    before: value.optional(),
    after: value.optional(),
    duringPackageChange: z
      .boolean()
      .meta({ description: 'True when packages changed in the same look or a package manager was at work.' })
      .optional(),
  },
)
export type InventoryChanged = z.infer<typeof inventoryChanged>
