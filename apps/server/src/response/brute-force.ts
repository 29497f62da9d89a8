/**
 * Brute-force defence: counts failed logons per asset, source address and service; too many within the window block the address there.
 * Windows live in memory and are filled again from the archive at the start.
 */
import type { Event } from '@rampart/event'
import { type BruteForceRule, type BruteForceService, bruteForceServiceOf, parseRange } from '@rampart/policy'
import type { IpRules } from './ip-rules.ts'

export interface BruteForceParts {
  rules: IpRules
  /** Whether the edition of an asset includes it. */
  has: (assetId: string) => boolean
  now: () => number
  /** Something could not be done; never the caller's affair. */
  onFault: (error: unknown) => void
}

/** Addresses watched at the same time; those unseen for longest are forgotten first. */
const watchedMax = 50_000
/** Failures older than this by the server's clock block nobody: they come from a host that was away. */
const staleMs = 30 * 60_000
export const longestWindowMs = 15 * 60_000

export class BruteForceDefence {
  readonly #parts: BruteForceParts
  #byAsset: Map<string, BruteForceRule>
  /** Times of failures, oldest first. */
  readonly #failures = new Map<string, number[]>()

  constructor(parts: BruteForceParts) {
    this.#parts = parts
    this.#byAsset = parts.rules.store.bruteForceRules()
  }

  rulesChanged(): void {
    this.#byAsset = this.#parts.rules.store.bruteForceRules()
  }

  ruleOf(assetId: string): BruteForceRule {
    return (this.#byAsset.get(assetId) ?? this.#byAsset.get('')) as BruteForceRule
  }

  /** Events in the order of their arrival. `quietly`: counts without blocking, at the start. Never throws. */
  observe(events: readonly Event[], quietly = false): void {
    for (const event of events)
      if (event.type === 'logon.attempted' && event.outcome === 'failure') this.#count(event, quietly)
  }

  #count(event: Extract<Event, { type: 'logon.attempted' }>, quietly: boolean): void {
    const service = bruteForceServiceOf(event.service)
    const address = event.source?.address === undefined ? undefined : parseRange(event.source.address)
    if (service === undefined || address === undefined) return
    const rule = this.ruleOf(event.asset.id)
    if (!rule.enabled || !rule.services.includes(service) || !this.#parts.has(event.asset.id)) return
    const key = `${event.asset.id} ${service} ${address.text}`
    const from = event.at - rule.windowMs
    const times = (this.#failures.get(key) ?? []).filter((at) => at > from)
    for (let count = Math.min(event.count ?? 1, rule.failures); count > 0; count--) times.push(event.at)
    this.#failures.delete(key)
    this.#failures.set(key, times)
    if (this.#failures.size > watchedMax) this.#failures.delete(this.#failures.keys().next().value as string)
    if (times.length < rule.failures) return
    this.#failures.delete(key)
    if (quietly || this.#parts.now() - event.at > staleMs) return
    this.#block(event.asset.id, address.text, service, rule).catch(this.#parts.onFault)
  }

  async #block(assetId: string, address: string, service: BruteForceService, rule: BruteForceRule): Promise<void> {
    const { rules, now } = this.#parts
    const isBlocked = rules.store
      .inForce(now())
      .some(
        (one) =>
          one.address === address && one.direction !== 'out' && (one.assets === null || one.assets.includes(assetId)),
      )
    if (isBlocked) return
    const minutes = rule.windowMs / 60_000
    await rules.add({
      kind: 'system',
      address,
      direction: 'in',
      assets: [assetId],
      reason: `${rule.failures} failed logons over ${service} within ${minutes} min`,
      actor: 'rampart',
      expiresAt: rule.banMs === null ? null : now() + rule.banMs,
    })
  }
}
