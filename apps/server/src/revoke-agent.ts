/** Ends what an asset's agent may do: its certificates are taken back and its connection is cut. */
import { closeCodes } from '@rampart/api'
import type { Presence } from './ingest/presence.ts'
import type { Twins } from './ingest/twins.ts'
import type { Agents } from './store/agents.ts'

export interface RevocationParts {
  agents: Agents
  presence: Presence
  twins: Twins
  disconnect: (assetId: string, code: number, reason: string) => void
  now: () => number
}

/** Returns how many certificates were good until now. `reason` is kept, and shown where the agent's state is. */
export function revokeAgent(parts: RevocationParts, assetId: string, reason: string): number {
  const { agents, presence, twins, disconnect, now } = parts
  const certificates = agents.revoke(assetId, reason, now())
  twins.forget(assetId)
  disconnect(assetId, closeCodes.revoked, 'the certificate of this agent was taken back')
  // An agent that is not connected is not waited for any more.
  presence.givenUp(assetId, reason)
  return certificates
}
