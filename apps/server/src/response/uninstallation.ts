/** Agents that are removed: when that is refused, and what the server gives up once one is gone. */
import type { UninstallRequest } from '@rampart/api'
import type { Presence } from '../ingest/presence.ts'
import type { IpRuleStore } from './ip-rule-store.ts'
import type { Quarantine } from './quarantine.ts'
import type { StoredOperation, StoredTask } from './task-store.ts'
import { isFinal, type Tasks } from './tasks.ts'

export interface UninstallationParts {
  tasks: Tasks
  quarantine: Quarantine
  rules: IpRuleStore
  presence: Presence
  /** Takes the certificates of an asset back and cuts its connection. */
  revoke: (assetId: string, reason: string) => void
  assetChanged: (assetId: string) => void
  now: () => number
}

export interface UninstallRefused {
  code: 'response.not-offered' | 'uninstall.quarantine'
  message: string
}

type Report = Extract<UninstallRequest, { task: string }>

const refused = (message: string): UninstallRefused => ({ code: 'response.not-offered', message })
const openTasksRead = 200

export class Uninstallation {
  readonly #parts: UninstallationParts

  constructor(parts: UninstallationParts) {
    this.#parts = parts
    parts.tasks.whenTaskEnds((task, operation) => this.#taskEnded(task, operation))
  }

  /** True while a task removes the agent of this asset. */
  isUnderWay(assetId: string): boolean {
    return this.#open(assetId).some(({ kind, state }) => kind === 'uninstall-agent' && state !== 'queued')
  }

  #open(assetId: string): StoredTask[] {
    return this.#parts.tasks.store.openTasks(assetId, openTasksRead)
  }

  /** Why the agent of an asset is not removed from here now, or null. */
  whyNot(assetId: string, destroyQuarantined: boolean): UninstallRefused | null {
    const { presence, quarantine } = this.#parts
    const agent = presence.agent(assetId)
    if (agent === null) return refused('No agent runs on this asset, so there is nothing to uninstall.')
    if (agent.state === 'uninstalled') return refused('The agent was uninstalled already.')
    if (agent.state === 'online' && presence.packageOf(assetId) === null)
      return refused('The agent runs from a checkout: stop it on the server, then remove the server from the list.')
    const open = this.#open(assetId)
    if (open.some(({ kind }) => kind === 'uninstall-agent')) return refused('The agent is being uninstalled already.')
    if (open.some(({ kind }) => kind === 'upgrade-agent'))
      return refused('The agent is being upgraded. Wait until that has ended.')
    const files = quarantine.countsByAsset().get(assetId) ?? 0
    if (files === 0 || destroyQuarantined) return null
    const [are, them] = files === 1 ? ['1 file is', 'it'] : [`${files} files are`, 'them']
    return {
      code: 'uninstall.quarantine',
      message: `${are} in quarantine there and would be destroyed. Restore ${them} first, or agree to that.`,
    }
  }

  /** How a removal ended, as told by what carried it out. False when this asset has no such task. */
  reported(assetId: string, { task: id, ...result }: Report): boolean {
    const { tasks, now } = this.#parts
    const task = tasks.store.task(id)
    if (task?.kind !== 'uninstall-agent' || task.assetId !== assetId) return false
    if (task.state === 'done' || task.state === 'failed' || task.state === 'refused') return false
    tasks.result(assetId, { type: 'task-result', id, ...result, at: now() })
    return true
  }

  #taskEnded(task: StoredTask, operation: StoredOperation): void {
    if (task.kind !== 'uninstall-agent') return
    if (task.state === 'done') this.gone(task.assetId, `uninstalled by ${operation.actor}`, false)
    else this.#parts.presence.stays(task.assetId)
  }

  /** An agent was removed in order. `keepState`: what it had in quarantine lies on its host still. */
  gone(assetId: string, reason: string, keepState: boolean): void {
    const { tasks, quarantine, rules, presence, revoke, assetChanged, now } = this.#parts
    revoke(assetId, reason)
    presence.uninstalled(assetId, reason)
    rules.setIsolated(assetId, null)
    for (const rule of rules.assetStates())
      if (rule.assetId === assetId && rule.state !== 'removed')
        rules.setAssetState(rule.ruleId, assetId, 'removed', 'The agent was uninstalled.', now())
    if (!keepState) quarantine.hostLost(assetId, now())
    for (const { id, state } of this.#open(assetId))
      if (!isFinal(state)) tasks.giveUp(id, 'agent.uninstalled', 'The agent was uninstalled before it was done.')
    assetChanged(assetId)
  }
}
