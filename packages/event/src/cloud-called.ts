/** Event `cloud.called`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const cloudCalled = defineEvent('cloud.called', "A call of a cloud API, from the account's audit log.", {
  provider: z.enum(['aws', 'alibaba', 'azure', 'gcp']).meta({ description: 'Cloud provider.' }),
  source: endpointSchema.optional(),
  fields: z
    .record(z.string(), z.unknown())
    .meta({ description: 'The audit record as delivered (CloudTrail, ActionTrail), nested.' }),
})
export type CloudCalled = z.infer<typeof cloudCalled>
