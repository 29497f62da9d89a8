/** Event `kubernetes.called`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const kubernetesCalled = defineEvent('kubernetes.called', 'A call of the Kubernetes API, from its audit log.', {
  source: endpointSchema.optional(),
  fields: z.record(z.string(), z.unknown()).meta({ description: 'The audit.k8s.io/v1 Event as delivered, nested.' }),
})
export type KubernetesCalled = z.infer<typeof kubernetesCalled>
