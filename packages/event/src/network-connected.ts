/** Event `network.connected`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const networkConnected = defineEvent(
  'network.connected',
  'A process of the asset opened a connection to another end point.',
  {
    source: endpointSchema,
    destination: endpointSchema,
    transport: z.enum(['tcp', 'udp', 'icmp', 'sctp', 'other']).meta({ description: 'Transport protocol.' }),
  },
)
export type NetworkConnected = z.infer<typeof networkConnected>
