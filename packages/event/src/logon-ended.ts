/** Event `logon.ended`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const logonEnded = defineEvent('logon.ended', 'A session ended.', {
  service: z.string().max(64).meta({ description: 'As in `logon.attempted`.' }),
  source: endpointSchema.optional(),
  sessionId: z.string().max(128).meta({ description: 'Session id of the service.' }).optional(),
  message: z.string().max(8192).meta({ description: 'The log line.' }).optional(),
})
export type LogonEnded = z.infer<typeof logonEnded>
