/** Event `file.removed`. */
import type { z } from 'zod'
import { defineEvent } from './base.ts'
import { fileSchema } from './parts.ts'

export const fileRemoved = defineEvent('file.removed', 'A file was deleted.', { file: fileSchema })
export type FileRemoved = z.infer<typeof fileRemoved>
