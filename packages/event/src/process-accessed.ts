/** Event `process.accessed`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { ancestorSchema, processSchema } from './parts.ts'

export const processAccessed = defineEvent(
  'process.accessed',
  'A process read, wrote or traced the memory of another one.',
  {
    process: processSchema,
    target: ancestorSchema,
    operation: z
      .enum([
        'ptrace-attach',
        'ptrace-write',
        'ptrace-seize',
        'ptrace-traceme',
        'memory-write',
        'memory-read',
        'descriptor-taken',
      ])
      .meta({ description: 'How.' }),
  },
)
export type ProcessAccessed = z.infer<typeof processAccessed>
