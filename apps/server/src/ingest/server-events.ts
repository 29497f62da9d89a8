/** Events that the server itself sees (agents that come, go and fall silent), through the same pipeline as all others. */
import type { AlertStore } from '@rampart/alert'
import { type Event, schemaVersion } from '@rampart/event'
import type { Inbox } from './inbox.ts'
import type { PresenceChange } from './presence.ts'

const stream = { source: 'server', spoolId: 'server' }

export class ServerEvents {
  readonly #inbox: Inbox
  readonly #alerts: AlertStore
  readonly #now: () => number
  #sequence = 0

  constructor(inbox: Inbox, alerts: AlertStore, now: () => number) {
    this.#inbox = inbox
    this.#alerts = alerts
    this.#now = now
  }

  /** Goes on with the sequence of the last run. */
  async open(): Promise<void> {
    this.#sequence = await this.#alerts.acknowledged(stream)
  }

  async agentChanged({ assetId, state, reason, silentMs, lost }: PresenceChange): Promise<void> {
    const asset = await this.#alerts.asset(assetId)
    if (!asset) return
    this.#sequence++
    const at = this.#now()
    const event: Event = {
      schema: schemaVersion,
      id: `${assetId}/server/${this.#sequence}`,
      type: 'agent.state-changed',
      at,
      asset: { id: asset.id, name: asset.name, kind: asset.kind },
      sensor: 'server',
      state,
      ...(reason !== undefined && { reason }),
      ...(silentMs !== undefined && { silentMs }),
      ...(lost !== undefined && { lost: Math.round(lost) }),
    }
    this.#inbox.push({
      batch: { ...stream, sequence: this.#sequence, receivedAt: at, events: [event] },
      bytes: 0,
      refused: [],
      acknowledge: () => {},
    })
  }
}
