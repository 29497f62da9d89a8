/**
 * The IP Policy Library at work: rules become tasks of the assets they are for, also of those that come later; what a rule may never
 * block is refused here, and again by each agent.
 */
import { networkInterfaces } from 'node:os'
import type { Asset } from '@rampart/alert'
import { type AddressRange, overlaps, parseRange } from '@rampart/policy'
import { fail, ok, type Result } from '../errors.ts'
import { type Blocked, coveringRule, endOf, rulesBeside } from './ip-rule-overlap.ts'
import type { IpRule, IpRuleStore } from './ip-rule-store.ts'
import type { NewTask, StoredOperation, StoredTask } from './task-store.ts'
import { newId, type Tasks } from './tasks.ts'

export interface IpRulesParts {
  store: IpRuleStore
  tasks: Tasks
  assets: () => Promise<Asset[]>
  /** Assets that have an agent. */
  hasAgent: (assetId: string) => boolean
  now: () => number
  onChange: () => void
}

export interface NewIpRule extends Pick<IpRule, 'address' | 'direction' | 'assets' | 'reason' | 'actor' | 'expiresAt'> {
  kind?: IpRule['kind']
  alertId?: string | null
}

/** What to do when a rule in force blocks the address there already. */
export type IfBlocked = 'refuse' | 'extend' | 'beside'

export interface RuleRefused {
  code: 'address.invalid' | 'address.protected' | 'ip-rule.not-found' | 'ip-rule.exists'
  message: string
}

/** Wider ranges would cut off more than anybody means to. */
const widest = { 4: 8, 6: 19 } as const
const dayMs = 24 * 3_600_000

export class IpRules {
  readonly #parts: IpRulesParts

  constructor(parts: IpRulesParts) {
    this.#parts = parts
    parts.tasks.whenTaskEnds((task, operation) => this.#taskEnded(task, operation))
  }

  get store(): IpRuleStore {
    return this.#parts.store
  }

  /** Why a range is never blocked, or null. */
  spare(text: string): string | null {
    const range = parseRange(text)
    if (range === undefined) return `"${text}" is no IP address and no range (CIDR).`
    return this.#spare(range)
  }

  #spare(range: AddressRange): string | null {
    if (range.prefix < widest[range.family])
      return `${range.text} is too wide: it would cut off a large part of the network.`
    for (const { address, note } of this.#parts.store.approved()) {
      const approved = parseRange(address)
      if (approved !== undefined && overlaps(approved, range))
        return `${address} is an approved address${note === '' ? '' : ` (${note})`}: it is never blocked.`
    }
    const own = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .map(({ address }) => parseRange(address.replace(/%.*/, '')))
    if ([...own, parseRange('127.0.0.0/8'), parseRange('::1')].some((one) => one !== undefined && overlaps(one, range)))
      return `${range.text} holds an address of this server: it is never blocked.`
    return null
  }

  /** The rule in force that blocks all of what is asked for already, or null. */
  covering(asked: Blocked): IpRule | null {
    return coveringRule(this.#inForce(), asked)
  }

  /** Of any rule the others in force that block a part of the same; as of now. */
  besides(): ReturnType<typeof rulesBeside> {
    return rulesBeside(this.#inForce())
  }

  #inForce(): IpRule[] {
    const { store, now } = this.#parts
    return store.inForce(now())
  }

  /** Why no second rule is made, or null. */
  refuseTwice(asked: NewIpRule, ifBlocked: IfBlocked): RuleRefused | null {
    const there = ifBlocked === 'refuse' ? this.covering(asked) : null
    if (there === null) return null
    const until = there.expiresAt === null ? 'without an end' : `until ${new Date(there.expiresAt).toISOString()}`
    return {
      code: 'ip-rule.exists',
      message: `${there.address} is blocked there already, by a rule of ${there.actor} ${until}. Extend that rule, or make a second one beside it.`,
    }
  }

  /** Makes a rule, or gives the one that is there a later end, and queues its tasks. */
  async add(
    asked: NewIpRule,
    { ifBlocked = 'beside', operationId }: { ifBlocked?: IfBlocked; operationId?: string } = {},
  ): Promise<Result<{ rule: IpRule; operation: StoredOperation }, RuleRefused>> {
    const { now, store, onChange } = this.#parts
    const range = parseRange(asked.address)
    const spared = this.spare(asked.address)
    if (range === undefined || spared !== null)
      return fail({
        code: range === undefined ? 'address.invalid' : 'address.protected',
        message: spared ?? '',
      })
    const twice = this.refuseTwice(asked, ifBlocked)
    if (twice !== null) return fail(twice)
    const there = ifBlocked === 'extend' ? this.covering(asked) : null
    if (there !== null) return this.#extend(there, asked)
    const rule: IpRule = {
      ...asked,
      id: newId('ip', now()),
      kind: asked.kind ?? 'custom',
      address: range.text,
      alertId: asked.alertId ?? null,
      enabled: true,
      createdAt: now(),
    }
    store.add(rule)
    const operation = await this.#enforce(rule, rule.actor, operationId)
    onChange()
    return ok({ rule, operation })
  }

  async #extend(rule: IpRule, { expiresAt, actor, reason, alertId = null }: NewIpRule) {
    const { store, onChange } = this.#parts
    const end = endOf(rule) >= endOf({ expiresAt }) ? rule.expiresAt : expiresAt
    store.change(rule.id, true, end)
    const extended = { ...rule, expiresAt: end }
    const operation = await this.#enforce({ ...extended, reason, alertId }, actor, undefined, {
      rule: rule.id,
      endedAt: rule.expiresAt,
    })
    onChange()
    return ok({ rule: extended, operation })
  }

  /**
   * Takes back what an operation did: a block is lifted; a rule that was extended has the end that it had before, and is lifted
   * only when that is over.
   */
  async takeBack(operation: StoredOperation, actor: string): Promise<Result<StoredOperation, RuleRefused>> {
    const { store, now, onChange } = this.#parts
    const { rule: id, endedAt } = operation.subject ?? {}
    const rule = typeof id === 'string' ? store.rule(id) : null
    if (rule === null) return fail({ code: 'ip-rule.not-found', message: 'There is no such rule any more.' })
    const hadEnd = endedAt === null || typeof endedAt === 'number'
    if (!hadEnd || !rule.enabled || (endedAt !== null && endedAt <= now()))
      return this.switch(rule.id, false, actor, operation.id)
    store.change(rule.id, true, endedAt)
    const { reason } = rule
    const before = { ...rule, expiresAt: endedAt, reason, alertId: operation.alertId }
    const undoing = await this.#enforce(before, actor, undefined, { rule: rule.id }, operation.id)
    onChange()
    return ok(undoing)
  }

  /** Queues the blocks of a rule on its assets as one operation. */
  async #enforce(
    rule: IpRule,
    actor: string,
    operationId = newId('op', this.#parts.now()),
    subject: Record<string, unknown> = { rule: rule.id },
    undoes: string | null = null,
  ): Promise<StoredOperation> {
    const assets = await this.#assetsOf(rule)
    const list = assets.map((assetId) => this.#blockTask(rule, assetId))
    for (const assetId of assets) this.#set(rule.id, assetId, 'pending', null)
    return this.#parts.tasks.begin(
      {
        id: operationId,
        name: 'block IP',
        title: `Block ${rule.address} on ${counted(assets.length)}.`,
        actor,
        note: rule.reason,
        alertId: rule.alertId,
        subject,
        undoes,
      },
      list,
    )
  }

  #blockTask(rule: IpRule, assetId: string): NewTask {
    const { now } = this.#parts
    const expiresInMs = rule.expiresAt === null ? null : Math.max(1000, Math.ceil(rule.expiresAt - now()))
    return {
      id: newId('tk', now()),
      kind: 'block-address',
      parameters: { rule: rule.id, address: rule.address, direction: rule.direction, expiresInMs },
      assetId,
      // Of no use after the rule's own end; a rule without one waits for its host for a long time.
      expiresAt: rule.expiresAt ?? now() + 30 * dayMs,
    }
  }

  /** Takes a rule out of force on its assets. */
  async #lift(rule: IpRule, actor: string, undoes: string | null): Promise<StoredOperation> {
    const { store, tasks, now } = this.#parts
    const there = store.assetStates(rule.id).filter(({ state }) => state !== 'removed')
    for (const { assetId } of there) this.#set(rule.id, assetId, 'removing', null)
    const list = there.map(({ assetId }): NewTask => {
      const expiresAt = Math.max(rule.expiresAt ?? now() + 30 * dayMs, now() + dayMs)
      return { id: newId('tk', now()), kind: 'unblock-address', parameters: { rule: rule.id }, assetId, expiresAt }
    })
    return tasks.begin(
      {
        id: newId('op', now()),
        name: 'unblock IP',
        title: [`Unblock ${rule.address} on ${counted(there.length)}.`, this.#stays(rule)].filter(Boolean).join(' '),
        actor,
        alertId: rule.alertId,
        undoes,
        subject: { rule: rule.id },
      },
      list,
    )
  }

  /** What still blocks the address when a rule is lifted, or an empty text. */
  #stays(rule: IpRule): string {
    const others = this.besides()(rule).length
    if (others === 0) return ''
    return others === 1 ? 'Another rule still blocks it.' : `${others} other rules still block it.`
  }

  /** Switches a rule; `undoes` names the operation that this takes back. A rule that is over is given its length once more. */
  async switch(
    id: string,
    enabled: boolean,
    actor: string,
    undoes: string | null = null,
  ): Promise<Result<StoredOperation, RuleRefused>> {
    const { store, now, onChange } = this.#parts
    const rule = store.rule(id)
    if (rule === null) return fail({ code: 'ip-rule.not-found', message: 'There is no such rule any more.' })
    if (!enabled) {
      store.change(id, false, rule.expiresAt)
      const operation = await this.#lift(rule, actor, undoes)
      onChange()
      return ok(operation)
    }
    const spared = this.spare(rule.address)
    if (spared !== null) return fail({ code: 'address.protected', message: spared })
    const isOver = rule.expiresAt !== null && rule.expiresAt <= now()
    const expiresAt = isOver ? now() + ((rule.expiresAt ?? 0) - rule.createdAt) : rule.expiresAt
    store.change(id, true, expiresAt)
    const operation = await this.#enforce({ ...rule, enabled: true, expiresAt }, actor)
    onChange()
    return ok(operation)
  }

  async remove(id: string, actor: string): Promise<Result<StoredOperation, RuleRefused>> {
    const { store, onChange } = this.#parts
    const rule = store.rule(id)
    if (rule === null) return fail({ code: 'ip-rule.not-found', message: 'There is no such rule any more.' })
    const operation = await this.#lift(rule, actor, null)
    store.remove(id)
    onChange()
    return ok(operation)
  }

  /** An agent came: rules for all assets that it has not been told yet. */
  async welcome(assetId: string): Promise<void> {
    const { store, tasks, now } = this.#parts
    const told = new Set(
      store.assetStates().flatMap((one) => (one.assetId === assetId && one.state !== 'removed' ? [one.ruleId] : [])),
    )
    const missing = store.inForce(now()).filter((rule) => rule.assets === null && !told.has(rule.id))
    if (missing.length === 0) return
    for (const rule of missing) this.#set(rule.id, assetId, 'pending', null)
    tasks.begin(
      {
        id: newId('op', now()),
        name: 'block IP',
        title: `Apply ${missing.length} IP rules that hold for all assets.`,
        actor: 'rampart',
      },
      missing.map((rule) => this.#blockTask(rule, assetId)),
    )
  }

  async #assetsOf(rule: IpRule): Promise<string[]> {
    const { assets, hasAgent } = this.#parts
    const all = (await assets()).map((asset) => asset.id)
    return (rule.assets === null ? all : all.filter((id) => rule.assets?.includes(id))).filter(hasAgent)
  }

  #taskEnded(task: StoredTask, _operation: StoredOperation): void {
    const rule = task.parameters.rule
    if (typeof rule !== 'string') return
    const isDone = task.state === 'done'
    if (task.kind === 'block-address') this.#set(rule, task.assetId, isDone ? 'in force' : 'failed', task.message)
    else if (task.kind === 'unblock-address') this.#set(rule, task.assetId, isDone ? 'removed' : 'failed', task.message)
    else return
    this.#parts.onChange()
  }

  #set(
    ruleId: string,
    assetId: string,
    state: Parameters<IpRuleStore['setAssetState']>[2],
    message: string | null,
  ): void {
    this.#parts.store.setAssetState(ruleId, assetId, state, message, this.#parts.now())
  }
}

export const counted = (assets: number) => (assets === 1 ? '1 asset' : `${assets} assets`)
