/** Event `network.alerted`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const networkAlerted = defineEvent(
  'network.alerted',
  'A network sensor (Suricata, Zeek, firewall) reported something.',
  {
    source: endpointSchema.optional(),
    destination: endpointSchema.optional(),
    fields: z.record(z.string(), z.unknown()).meta({ description: 'The record of the network sensor, nested.' }),
  },
)
export type NetworkAlerted = z.infer<typeof networkAlerted>
