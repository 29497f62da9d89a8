/** Alert or asset → the operations of agents that fit it now, each with its reason where it does not. */
import type { Alert, AlertStore, Asset } from '@rampart/alert'
import type { Event } from '@rampart/event'
import {
  type Circumstances,
  offeredHostResponses,
  offeredResponses,
  type ResponseOffer,
  type Targets,
  targetsOf,
} from '@rampart/response'
import type { Presence } from '../ingest/presence.ts'
import type { Settings } from '../settings/settings.ts'
import type { IpRules } from './ip-rules.ts'
import type { Tasks } from './tasks.ts'

interface Parts {
  alerts: AlertStore
  tasks: Tasks
  ipRules: IpRules
  settings: Settings
  presence: Presence
  now: () => number
}

/** A host that is cut off from the network. */
export interface Isolation {
  operationId: string
  /** Null: until it is released. */
  until: number | null
}

export class Offers {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What fits an alert, and what it could act on. */
  async ofAlert(alert: Alert): Promise<{ offers: ResponseOffer[]; targets: Targets }> {
    const evidence = await this.#parts.alerts.evidence(alert.id)
    const protectedPaths = this.#parts.settings.get('response.protectedPrograms')
    const targets = targetsOf(
      evidence.map(({ event }) => event as Event),
      protectedPaths,
    )
    if (alert.sourceAddress && !targets.addresses.some(({ address }) => address === alert.sourceAddress))
      targets.addresses.unshift({ address: alert.sourceAddress, role: 'source' })
    return { offers: offeredResponses(targets, await this.#circumstances(alert)), targets }
  }

  async #circumstances(alert: Alert): Promise<Circumstances> {
    const { alerts, ipRules, tasks } = this.#parts
    const asset = await alerts.asset(alert.asset.id)
    return {
      state: alert.state,
      assetKind: alert.asset.kind,
      edition: asset?.edition ?? 'Enterprise',
      agent: this.#agentState(alert.asset.id),
      isIsolated: this.isolation(alert.asset.id) !== null,
      isBusy: tasks.store.operations({ alertId: alert.id, state: 'running', limit: 1 }).total > 0,
      spare: (address) => ipRules.spare(address),
    }
  }

  /** By which operation and until when a host is isolated, or null. */
  isolation(assetId: string): Isolation | null {
    const known = this.#parts.ipRules.store.isolation(assetId)
    return known === null || (known.until !== null && known.until <= this.#parts.now()) ? null : known
  }

  /** What fits an asset as a whole. */
  ofAsset(asset: Pick<Asset, 'id' | 'kind' | 'edition'>) {
    const { tasks } = this.#parts
    const changing = (['isolate host', 'release host'] as const).some(
      (name) => tasks.store.operations({ assetId: asset.id, name, state: 'running', limit: 1 }).total > 0,
    )
    return offeredHostResponses({
      assetKind: asset.kind,
      edition: asset.edition,
      agent: this.#agentState(asset.id),
      isIsolated: this.isolation(asset.id) !== null,
      isChanging: changing,
    })
  }

  #agentState(assetId: string): Circumstances['agent'] {
    const agent = this.#parts.presence.agent(assetId)
    if (agent === null || agent.state === 'uninstalled') return 'none'
    return agent.state === 'online' ? 'online' : 'away'
  }
}
