/** What agents are told to do: each part of the server contributes its own key, an agent gets them together. */
import type { ServerMessage } from '@rampart/api'

/** The part of one contributor for one asset; undefined leaves the key out, and the agent does what it does by default. */
export type PolicyPart = (assetId: string) => unknown

export class AgentPolicies {
  readonly #parts = new Map<string, PolicyPart>()
  readonly #send: (assetId: string, message: ServerMessage) => unknown

  /** `send` reaches an agent that is connected and does nothing for one that is not: it is told at its next welcome. */
  constructor(send: (assetId: string, message: ServerMessage) => unknown) {
    this.#send = send
  }

  /** Adds a key of the policy: `sensor`, `agent`, `response` … Each key has one owner. */
  contribute(key: string, part: PolicyPart): void {
    if (this.#parts.has(key)) throw new Error(`the policy key ${key} has an owner already`)
    this.#parts.set(key, part)
  }

  of(assetId: string): Record<string, unknown> {
    const policy: Record<string, unknown> = {}
    for (const [key, part] of this.#parts) {
      const value = part(assetId)
      if (value !== undefined) policy[key] = value
    }
    return policy
  }

  /** Call it after a decision that changes what these assets are told. */
  changed(assetIds: Iterable<string>): void {
    for (const assetId of assetIds) this.#send(assetId, { type: 'policy', policy: this.of(assetId) })
  }
}
