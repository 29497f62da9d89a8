/** Event `agent.state-changed`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

export const agentStateChanged = defineEvent(
  'agent.state-changed',
  'The connection or health of an agent changed, as seen by the server or the agent.',
  {
    state: z.enum(['online', 'offline', 'silent', 'stopped', 'degraded', 'tampered', 'losing-events', 'cloned']).meta({
      description:
        'The new state. `silent`: no heartbeat for longer than the limit. `cloned`: two machines use its identity.',
    }),
    reason: z.string().max(1024).meta({ description: 'Why, in one sentence.' }).optional(),
    silentMs: z.number().meta({ description: 'How long nothing was heard, for `silent`.' }).optional(),
    lost: z.number().int().meta({ description: 'Events lost, for `losing-events`.' }).optional(),
  },
)
export type AgentStateChanged = z.infer<typeof agentStateChanged>
