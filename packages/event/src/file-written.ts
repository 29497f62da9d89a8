/** Event `file.written`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { fileSchema } from './parts.ts'

export const fileWritten = defineEvent(
  'file.written',
  'A file in a watched place was created, or opened for writing and closed.',
  {
    file: fileSchema,
    created: z.boolean().meta({ description: 'True when the file did not exist before.' }).optional(),
    content: z
      .string()
      .max(65_536)
      .meta({ description: 'Beginning of the text content after the write, when the watch asks for it.' })
      .optional(),
  },
)
export type FileWritten = z.infer<typeof fileWritten>
