/** Other hosts that an agent tells of: which asset ids it may speak for, how many, and their rows in the list of assets. */
import { type AlertStore, isDiskFull } from '@rampart/alert'
import type { Asset } from '@rampart/event'

/** Most other hosts of one agent. */
export const introducedLimit = 2000

const below = /^~[0-9a-f]{16}$/

/** The agent that an asset was introduced by; null for one that has an agent of its own, or none. */
export function introducerOf(assetId: string): string | null {
  const at = assetId.lastIndexOf('~')
  return at > 0 && below.test(assetId.slice(at)) ? assetId.slice(0, at) : null
}

/** Whether an event of this asset may come from that agent: its own, or one below its own id. */
export function maySpeakFor(agentId: string, assetId: string): boolean {
  return assetId === agentId || (assetId.startsWith(agentId) && below.test(assetId.slice(agentId.length)))
}

export class IntroducedAssets {
  readonly #alerts: Pick<AlertStore, 'asset' | 'assets' | 'saveAsset'>
  readonly #now: () => number
  readonly #byAgent = new Map<string, Set<string>>()
  #unsaved = new Map<string, Asset>()

  constructor(alerts: Pick<AlertStore, 'asset' | 'assets' | 'saveAsset'>, now: () => number) {
    this.#alerts = alerts
    this.#now = now
  }

  /** Takes in what is stored. Call it once, before the first agent comes. */
  async load(): Promise<void> {
    for (const { id } of await this.#alerts.assets()) {
      const agent = introducerOf(id)
      if (agent !== null) this.#of(agent).add(id)
    }
  }

  /** False when the agent has told of too many hosts. */
  readonly admit = (asset: Asset): boolean => {
    const agent = introducerOf(asset.id)
    if (agent === null) return true
    const known = this.#of(agent)
    if (known.has(asset.id)) return true
    if (known.size >= introducedLimit) return false
    known.add(asset.id)
    this.#unsaved.set(asset.id, asset)
    return true
  }

  /** Writes assets that are new. They begin in the group and edition of the agent, so that the same people see them. */
  async save(): Promise<void> {
    if (this.#unsaved.size === 0) return
    const unsaved = this.#unsaved
    this.#unsaved = new Map()
    for (const { id, name } of unsaved.values()) {
      const agent = await this.#alerts.asset(introducerOf(id) ?? '')
      const inherited = agent ? { group: agent.group, edition: agent.edition } : {}
      await this.#alerts.saveAsset({ id, name, kind: 'host', ...inherited }, this.#now()).catch((error: unknown) => {
        if (!isDiskFull(error)) throw error
        // The event waits as well; the row is written when the host sends again.
        this.#of(introducerOf(id) ?? '').delete(id)
      })
    }
  }

  #of(agent: string): Set<string> {
    let known = this.#byAgent.get(agent)
    if (!known) {
      known = new Set()
      this.#byAgent.set(agent, known)
    }
    return known
  }
}
