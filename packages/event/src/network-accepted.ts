/** Event `network.accepted`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const networkAccepted = defineEvent(
  'network.accepted',
  'A process of the asset accepted a connection; `source` is the peer.',
  {
    source: endpointSchema,
    destination: endpointSchema,
    transport: z.enum(['tcp', 'udp', 'icmp', 'sctp', 'other']).meta({ description: 'Transport protocol.' }),
  },
)
export type NetworkAccepted = z.infer<typeof networkAccepted>
