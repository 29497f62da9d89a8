/** Event `logon.attempted`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const logonAttempted = defineEvent(
  'logon.attempted',
  'Somebody tried to log on; `user` is the account asked for.',
  {
    outcome: z.enum(['success', 'failure']).meta({ description: 'Whether the logon succeeded.' }),
    service: z.string().max(64).meta({ description: 'sshd, login, su, sudo, ftp, rdp, mysql …' }),
    method: z.string().max(64).meta({ description: 'password, publickey, keyboard-interactive, none …' }).optional(),
    reason: z.string().max(256).meta({ description: 'Why it failed, e.g. `invalid user`, `bad password`.' }).optional(),
    source: endpointSchema.optional(),
    key: z.string().max(256).meta({ description: 'Fingerprint of the key used.' }).optional(),
    sessionId: z.string().max(128).meta({ description: 'Session id of the service.' }).optional(),
    message: z.string().max(8192).meta({ description: 'The log line.' }).optional(),
  },
)
export type LogonAttempted = z.infer<typeof logonAttempted>
