/** Event `process.started`. */
import type { z } from 'zod'
import { defineEvent } from './base.ts'
import { processSchema } from './parts.ts'

export const processStarted = defineEvent('process.started', 'A program was executed (execve succeeded).', {
  process: processSchema,
})
export type ProcessStarted = z.infer<typeof processStarted>
