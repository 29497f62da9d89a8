/** Event `memory-file.created`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

export const memoryFileCreated = defineEvent(
  'memory-file.created',
  'A memory-backed file was created (memfd_create).',
  {
    name: z.string().max(256).meta({ description: 'Name given to it.' }),
    flags: z.number().int().meta({ description: 'Flags of memfd_create(2).' }).optional(),
  },
)
export type MemoryFileCreated = z.infer<typeof memoryFileCreated>
