/** Event `file.mode-changed`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { fileSchema } from './parts.ts'

export const fileModeChanged = defineEvent(
  'file.mode-changed',
  'Mode, owner or extended attributes of a file changed.',
  {
    file: fileSchema,
    change: z.enum(['mode', 'owner', 'attribute', 'times']).meta({ description: 'What was changed.' }),
    mode: z.number().int().meta({ description: 'New permission bits, for `mode`.' }).optional(),
    ownerId: z.number().int().meta({ description: 'New owner, for `owner`.' }).optional(),
    attribute: z
      .string()
      .max(256)
      .meta({ description: 'Name of the extended attribute, or `immutable`, `append-only`.' })
      .optional(),
  },
)
export type FileModeChanged = z.infer<typeof fileModeChanged>
