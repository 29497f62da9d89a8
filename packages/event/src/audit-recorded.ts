/** Event `audit.recorded`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

export const auditRecorded = defineEvent(
  'audit.recorded',
  'A record of the Linux audit system, its lines of one serial number joined.',
  {
    fields: z.record(z.string(), z.unknown()).meta({
      description: 'Fields under auditd names (type, syscall, a0 …, exe, comm, key, name), hex values decoded.',
    }),
    message: z.string().max(1_048_576).meta({ description: 'The raw lines.' }).optional(),
  },
)
export type AuditRecorded = z.infer<typeof auditRecorded>
