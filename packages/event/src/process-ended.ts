/** Event `process.ended`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { processSchema } from './parts.ts'

export const processEnded = defineEvent('process.ended', 'A process ended.', {
  process: processSchema,
  exitCode: z.number().int().meta({ description: 'Exit status 0-255; absent when a signal ended it.' }).optional(),
  signal: z.number().int().meta({ description: 'Signal that ended it.' }).optional(),
})
export type ProcessEnded = z.infer<typeof processEnded>
