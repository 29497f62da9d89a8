/** Event `dns.asked`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const dnsAsked = defineEvent('dns.asked', 'A DNS question left the asset, or its answer came back.', {
  question: z.object({
    name: z.string().max(512).meta({ description: 'Queried name, lower-case, without the final dot.' }),
    type: z.string().max(16).meta({ description: 'Record type, e.g. `A`, `TXT`.' }),
  }),
  answers: z.array(z.string().max(512)).max(64).meta({ description: 'Answer data as text.' }).optional(),
  responseCode: z.string().max(16).meta({ description: 'e.g. `NOERROR`, `NXDOMAIN`.' }).optional(),
  destination: endpointSchema.optional(),
})
export type DnsAsked = z.infer<typeof dnsAsked>
