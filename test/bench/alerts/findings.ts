/** Alerts for benchmarks: deterministic findings on 500 assets. */
import type { Finding, SqliteAlertStore } from '@rampart/alert'
import { type AlertType, alertTypes, type Event, levels, parseEvent, stages } from '@rampart/event'

const hour = 3_600_000
const assets = 500

/** Makes findings whose times end at `now`. */
export class FindingMaker {
  readonly #now: number
  #seed = 1

  constructor(now: number) {
    this.#now = now
  }

  /** Deterministic numbers in [0, limit). */
  pick(limit: number): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((this.#seed / 2_147_483_648) * limit)
  }

  #event(number: number, assetId: string, at: number): Event {
    const parsed = parseEvent({
      schema: 1,
      id: `${assetId}/boot/${number}`,
      type: 'process.started',
      at,
      asset: { id: assetId, name: `web-${assetId}.example.com`, kind: 'host' },
      sensor: 'bench',
      process: {
        pid: 5000 + (number % 20_000),
        entityId: `boot-${number}`,
        executable: '/usr/bin/curl',
        commandLine: `curl -s http://198.51.100.${number % 250}/x`,
      },
    })
    if (!parsed.ok) throw new Error(parsed.issue.message)
    return parsed.event
  }

  finding(number: number): Finding {
    const assetId = `a${this.pick(assets)}`
    const type = alertTypes[this.pick(alertTypes.length)] as AlertType
    const at = this.#now - this.pick(30 * 24) * hour - this.pick(hour)
    const stage = stages[this.pick(stages.length)]
    return {
      id: `finding-${number}`,
      modelId: `model-${this.pick(300)}`,
      at,
      assetId,
      entity: { kind: 'process', value: `/usr/bin/tool-${this.pick(5000)}` },
      aggregationKey: `key-${number}`,
      title: `Suspicious download ${this.pick(300)}`,
      sourceAddress: `198.51.100.${this.pick(250)}`,
      eventIds: [`${assetId}/boot/${number}`],
      level: levels[this.pick(3)] ?? 'Notice',
      type,
      stages: stage ? [stage] : [],
      techniques: [`T1${String(this.pick(600)).padStart(3, '0')}`],
      evidence: this.#event(number, assetId, at),
      matched: [{ field: 'CommandLine', value: 'curl' }],
    }
  }

  /** Stores the assets, then `total` alerts in commits of a thousand. */
  async fill(store: SqliteAlertStore, total: number): Promise<void> {
    for (let index = 0; index < assets; index++)
      await store.saveAsset(
        {
          id: `a${index}`,
          name: `web-${index}.example.com`,
          kind: index % 10 === 0 ? 'container' : 'host',
          group: `group-${index % 12}`,
          addresses: [`192.0.2.${index % 250}`],
        },
        this.#now,
      )
    for (let start = 0; start < total; start += 1000)
      await store.commit({
        findings: Array.from({ length: Math.min(1000, total - start) }, (_, index) => this.finding(start + index)),
        acknowledged: [],
        at: this.#now - this.pick(40) * hour,
      })
  }
}
