/** Event `file.renamed`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { fileSchema } from './parts.ts'

export const fileRenamed = defineEvent('file.renamed', 'A file was renamed or moved; `file` is the new name.', {
  file: fileSchema,
  previousPath: z.string().max(8192).meta({ description: 'Path before.' }),
})
export type FileRenamed = z.infer<typeof fileRenamed>
