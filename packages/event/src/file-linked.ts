/** Event `file.linked`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { fileSchema } from './parts.ts'

export const fileLinked = defineEvent('file.linked', 'A hard or symbolic link was made; `file` is the link.', {
  file: fileSchema,
  target: z.string().max(8192).meta({ description: 'What the link points to.' }),
  symbolic: z.boolean().meta({ description: 'True for a symbolic link.' }),
})
export type FileLinked = z.infer<typeof fileLinked>
