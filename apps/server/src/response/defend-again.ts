/**
 * Repeats of alerts that are defended against in silence: the operation that a person chose last for the alert is carried
 * out again, on what the repeat names. Without one, a repeat is only counted.
 */
import type { Alert, Finding } from '@rampart/alert'
import { type ResponseName, targetsOf } from '@rampart/response'
import type { Logger } from 'pino'
import type { Presence } from '../ingest/presence.ts'
import type { Settings } from '../settings/settings.ts'
import type { IpRules } from './ip-rules.ts'
import type { ResponseRequest } from './response-plan.ts'
import type { Responses } from './responses.ts'
import type { StoredOperation } from './task-store.ts'
import type { Tasks } from './tasks.ts'

/** Operations that a repeat carries out again. */
const actsAgain: readonly string[] = [
  'virus removal',
  'quarantine',
  'kill process',
  'block IP',
] satisfies ResponseName[]
const note = 'It happened again: defended in silence.'
const operationsRead = 20

/** Others may send a receiver whatever they like, also in the name of the agent's own host: nothing is ended or moved for that by itself. */
const isReceived = ({ sensor }: Finding['evidence']) => sensor.startsWith('receive.')

interface Parts {
  tasks: Tasks
  ipRules: IpRules
  presence: Presence
  settings: Settings
  log: Logger
  now: () => number
}

export class DefendAgain {
  readonly #parts: Parts
  readonly #responses: Pick<Responses, 'beginUnasked'>

  constructor(parts: Parts, responses: Pick<Responses, 'beginUnasked'>) {
    this.#parts = parts
    this.#responses = responses
  }

  /** Never fails. */
  async repeated(repeats: readonly { alert: Alert; finding: Finding }[]): Promise<void> {
    for (const { alert, finding } of repeats)
      try {
        await this.#again(alert, finding)
      } catch (error) {
        this.#parts.log.error({ error, alert: alert.id }, 'a silent defence failed')
      }
  }

  async #again(alert: Alert, finding: Finding): Promise<void> {
    const { tasks, presence, settings } = this.#parts
    const { items } = tasks.store.operations({ alertId: alert.id, limit: operationsRead })
    const chosen = items.find(({ name, undoes }) => undoes === null && actsAgain.includes(name))
    if (!chosen || tasks.store.undoing(chosen.id).length > 0 || !presence.hasAgent(alert.asset.id)) return
    // One at a time: what comes meanwhile is counted.
    if (items.some(({ state }) => state === 'running')) return
    if (chosen.name === 'block IP') return this.#blockAgain(alert, finding, chosen)
    if (isReceived(finding.evidence)) return
    const targets = targetsOf([finding.evidence], settings.get('response.protectedPrograms'))
    const request: ResponseRequest = { name: chosen.name as ResponseName, version: alert.version, note }
    await this.#responses.beginUnasked(alert, request, targets)
  }

  /** Only the address that was chosen, and only when its rule has ended: one that somebody switched off stays off. */
  async #blockAgain(alert: Alert, finding: Finding, chosen: StoredOperation): Promise<void> {
    const { ipRules, now } = this.#parts
    const rule = typeof chosen.subject?.rule === 'string' ? ipRules.store.rule(chosen.subject.rule) : null
    if (!rule?.enabled || rule.expiresAt === null || rule.expiresAt > now()) return
    const named = targetsOf([finding.evidence]).addresses.map(({ address }) => address)
    if (finding.sourceAddress !== rule.address && !named.includes(rule.address)) return
    const { address, direction, assets, reason } = rule
    const expiresAt = now() + (rule.expiresAt - rule.createdAt)
    await ipRules.add({ address, direction, assets, reason, actor: 'rampart', alertId: alert.id, expiresAt })
  }
}
