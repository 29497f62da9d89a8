/** Event `network.listening`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const networkListening = defineEvent(
  'network.listening',
  'A process began to listen; `destination` is the local end.',
  {
    destination: endpointSchema,
    transport: z.enum(['tcp', 'udp', 'icmp', 'sctp', 'other']).meta({ description: 'Transport protocol.' }),
  },
)
export type NetworkListening = z.infer<typeof networkListening>
