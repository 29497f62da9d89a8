/** Event `account.changed`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

export const accountChanged = defineEvent(
  'account.changed',
  'An account or group of the asset changed; `account` is the one changed.',
  {
    operation: z
      .enum([
        'created',
        'removed',
        'password-changed',
        'password-removed',
        'group-added',
        'group-removed',
        'uid-changed',
        'shell-changed',
        'key-added',
        'locked',
        'unlocked',
      ])
      .meta({ description: 'What changed.' }),
    account: z.object({
      name: z.string().max(256).meta({ description: 'Account name.' }),
      id: z.number().int().meta({ description: 'Numeric id.' }).optional(),
      group: z.string().max(256).meta({ description: 'Group, for group changes.' }).optional(),
      shell: z.string().max(512).meta({ description: 'Logon shell.' }).optional(),
      home: z.string().max(8192).meta({ description: 'Home directory.' }).optional(),
    }),
    message: z.string().max(8192).meta({ description: 'The log line, when the source is a log.' }).optional(),
  },
)
export type AccountChanged = z.infer<typeof accountChanged>
