/** Event `log.recorded`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

export const logRecorded = defineEvent('log.recorded', 'A line of a log that no more specific event type describes.', {
  log: z.object({
    service: z.string().max(128).meta({ description: 'Program or log name, e.g. `sshd`, `cron`, `redis`.' }),
    path: z.string().max(8192).meta({ description: 'File it was read from.' }).optional(),
    facility: z.string().max(32).optional(),
    severity: z.string().max(32).optional(),
    pid: z.number().int().optional(),
  }),
  message: z.string().max(1_048_576).meta({ description: 'The line without its header.' }),
  truncated: z.boolean().meta({ description: 'True when the line was longer than 1 MB and was cut.' }).optional(),
  fields: z
    .record(z.string(), z.unknown())
    .meta({ description: 'Fields of a structured log (JSON), as found.' })
    .optional(),
})
export type LogRecorded = z.infer<typeof logRecorded>
