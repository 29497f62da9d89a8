/** Operations of agents on alerts and assets: what is begun, and what becomes of the alert. */
import type { Alert, AlertStore } from '@rampart/alert'
import type { AlertState } from '@rampart/event'
import type { HostResponseName, Targets } from '@rampart/response'
import type { EventArchive } from '../archive/event-archive.ts'
import { fail, ok, type Result } from '../errors.ts'
import type { IpRule } from './ip-rule-store.ts'
import type { IfBlocked, IpRules, NewIpRule } from './ip-rules.ts'
import type { Offers } from './offers.ts'
import type { Quarantine } from './quarantine.ts'
import {
  addressOf,
  blockLastsMs,
  type PlannedResponse,
  planOnAsset,
  planPart,
  planResponse,
  type ResponseRefused,
  type ResponseRequest,
} from './response-plan.ts'
import type { NewOperation, NewTask, StoredOperation, StoredTask } from './task-store.ts'
import { newId, type Tasks } from './tasks.ts'

export interface ResponsesParts {
  alerts: AlertStore
  archive: EventArchive
  tasks: Tasks
  quarantine: Quarantine
  ipRules: IpRules
  offers: Offers
  now: () => number
  alertChanged: (alert: Alert) => void
  countsChanged: () => void
  assetChanged: (assetId: string) => void
}

/** What operations do to their alert when all went well. The others leave its state alone. */
const outcome: Partial<Record<string, AlertState>> = {
  'virus removal': 'handled',
  quarantine: 'handled',
  'kill process': 'handled',
  'deep cleanup': 'handled',
  'block IP': 'handled',
}

export class Responses {
  readonly #parts: ResponsesParts

  constructor(parts: ResponsesParts) {
    this.#parts = parts
    parts.tasks.whenTaskEnds((task, operation) => this.#taskEnded(task, operation))
    parts.tasks.whenOperationEnds((operation, tasks) => void this.#operationEnded(operation, tasks))
  }

  async begin(
    alert: Alert,
    request: ResponseRequest,
    actor: string,
  ): Promise<Result<StoredOperation, ResponseRefused>> {
    const { name } = request
    const { offers, targets } = await this.#parts.offers.ofAlert(alert)
    const offer = offers.find((one) => one.name === name)
    if (!offer?.offered) return fail({ code: 'response.not-offered', message: offer?.reason ?? 'It does not fit.' })
    const planned = await this.#plan(alert, request, targets)
    if (!planned.ok) return planned
    const { title, tasks } = planned.value
    const { alerts, now, alertChanged, ipRules } = this.#parts
    const block = name === 'block IP' ? this.#blockOf(alert, request, targets, actor) : null
    const ifBlocked = request.ifBlocked ?? (block && request.batch !== undefined ? this.#inBatch(block) : 'refuse')
    const twice = block && ipRules.refuseTwice(block, ifBlocked)
    if (twice) return fail(twice)
    const moved = await alerts.move({
      alertId: alert.id,
      version: request.version,
      to: outcome[name] === undefined ? null : 'handling',
      operation: name,
      actor,
      note: [title, request.note?.trim()].filter(Boolean).join(' '),
      at: now(),
      ...(request.batch !== undefined && { batch: request.batch }),
    })
    if (!moved.ok) return fail(moved.error)
    alertChanged(moved.alert)
    if (block) {
      const added = await ipRules.add(block, { ifBlocked })
      return added.ok ? ok(added.value.operation) : added
    }
    const operation: NewOperation = {
      id: newId('op', now()),
      name,
      title,
      actor,
      alertId: alert.id,
      note: request.note?.trim() || null,
    }
    return ok(this.#start(operation, tasks, alert.title))
  }

  /** An operation of the server's own accord on `targets`: the alert stays as it is until the end. Blocks are not its part. */
  async beginUnasked(alert: Alert, request: ResponseRequest, targets: Targets): Promise<void> {
    const planned = await this.#plan(alert, request, targets)
    if (!planned.ok) return
    const { title, tasks } = planned.value
    const { name, note = null } = request
    const id = newId('op', this.#parts.now())
    this.#start({ id, name, title, note, actor: 'rampart', alertId: alert.id }, tasks, alert.title)
  }

  #plan(alert: Alert, request: ResponseRequest, targets: Targets): Promise<Result<PlannedResponse, ResponseRefused>> {
    const { archive, ipRules, now } = this.#parts
    return planResponse(alert, request, targets, { archive, spare: (address) => ipRules.spare(address), now })
  }

  /** Rows of the vault are there before the tasks, so that nothing that arrives is unknown. */
  #start(operation: NewOperation, tasks: readonly NewTask[], model: string | null): StoredOperation {
    const { quarantine, now } = this.#parts
    for (const task of tasks)
      if (task.kind === 'quarantine-file' || task.kind === 'remove-virus')
        quarantine.add(task.parameters.entry, task.assetId, task.parameters.file.path, operation, model, now())
    const begun = this.#parts.tasks.begin(operation, tasks)
    this.#parts.countsChanged()
    return begun
  }

  /** The rule in force that a block for this alert would extend, or null. */
  async toExtend(alert: Alert, request: ResponseRequest): Promise<IpRule | null> {
    const { targets } = await this.#parts.offers.ofAlert(alert)
    return this.#parts.ipRules.covering(this.#blockOf(alert, request, targets, ''))
  }

  /** Nobody is asked for each alert of many: one rule for the same asset is enough, and no rule of others is changed. */
  #inBatch(block: NewIpRule): IfBlocked {
    const there = this.#parts.ipRules.covering(block)
    return there?.assets?.length === 1 ? 'extend' : 'beside'
  }

  #blockOf(alert: Alert, request: ResponseRequest, targets: Targets, actor: string): NewIpRule {
    const address = addressOf(targets, request)
    const { everywhere, direction } = request
    const lastsMs = blockLastsMs(request)
    return {
      address: address?.address ?? '',
      direction: direction ?? (address?.role === 'destination' ? 'out' : 'in'),
      assets: everywhere ? null : [alert.asset.id],
      reason: request.note?.trim() || alert.title,
      actor,
      alertId: alert.id,
      expiresAt: lastsMs === null ? null : this.#parts.now() + lastsMs,
    }
  }

  /** Operations on a whole asset, without an alert. */
  beginOnAsset(
    asset: { id: string; name: string },
    name: HostResponseName | 'upgrade agent' | 'uninstall agent',
    request: Pick<ResponseRequest, 'allow' | 'minutes' | 'note'>,
    actor: string,
    undoes: string | null = null,
    alertId: string | null = null,
  ): StoredOperation {
    const { tasks, now } = this.#parts
    const { title, tasks: planned } = planOnAsset(asset, name, request, now())
    const note = request.note?.trim() || null
    return tasks.begin({ id: newId('op', now()), name, title, actor, note, undoes, alertId }, planned)
  }

  /** The chosen parts of a finished plan, each as a task of its own with an end and an undo of its own. */
  async cleanUp(
    plan: StoredOperation,
    partIds: readonly string[],
    actor: string,
    note: string | null,
  ): Promise<Result<StoredOperation, ResponseRefused>> {
    const { tasks, alerts, now, alertChanged } = this.#parts
    const [planned] = tasks.store.tasksOf(plan.id)
    const parts =
      planned?.state === 'done' ? (planned.details?.parts as { id: string; kind: string }[] | undefined) : undefined
    if (planned === undefined || !Array.isArray(parts))
      return fail({ code: 'response.no-plan', message: 'There is no finished plan to carry out.' })
    const list = parts.filter((part) => partIds.includes(part.id)).map((part) => planPart(planned.assetId, part, now()))
    if (list.length === 0 || list.includes(null) || list.length !== new Set(partIds).size)
      return fail({
        code: 'response.no-such-part',
        message: 'The plan does not have all of these parts. Make it anew.',
      })
    if (plan.alertId !== null) {
      const title = `Carry out ${list.length} parts of the plan.`
      const moved = await alerts.move({
        alertId: plan.alertId,
        to: 'handling',
        operation: 'deep cleanup',
        actor,
        note: note ?? title,
        at: now(),
      })
      if (moved.ok) alertChanged(moved.alert)
    }
    const operation: NewOperation = {
      id: newId('op', now()),
      name: 'deep cleanup',
      title: `Remove ${list.length} ${list.length === 1 ? 'thing' : 'things'} that belong to the attack.`,
      actor,
      alertId: plan.alertId,
      note,
      subject: { plan: plan.id },
    }
    return ok(this.#start(operation, list as NewTask[], plan.title))
  }

  #taskEnded(task: StoredTask, operation: StoredOperation): void {
    const { quarantine, ipRules, now, countsChanged, assetChanged } = this.#parts
    quarantine.taskEnded(task, operation, now())
    if (task.state === 'done' && task.kind === 'isolate-host') {
      const until = typeof task.details?.until === 'number' ? task.details.until : null
      ipRules.store.setIsolated(task.assetId, { operationId: operation.id, until })
    }
    if (task.state === 'done' && task.kind === 'release-host') ipRules.store.setIsolated(task.assetId, null)
    if (task.kind === 'isolate-host' || task.kind === 'release-host') assetChanged(task.assetId)
    countsChanged()
  }

  /** All went well: the alert is handled. Otherwise it is open again, with the reason. Undone: open again too. */
  async #operationEnded(operation: StoredOperation, tasks: readonly StoredTask[]): Promise<void> {
    const { alerts, alertChanged, now } = this.#parts
    const { alertId, name, state } = operation
    if (alertId === null) return
    const isPlan = tasks.every(({ kind }) => kind === 'plan-clean-up') && tasks.length > 0
    const good = state === 'done' || (state === 'partly' && tasks.every(isOver))
    const goal = isPlan ? 'unhandled' : good ? outcome[name] : outcome[name] && 'unhandled'
    const to = operation.undoes !== null && good ? 'unhandled' : (goal ?? null)
    const said = tasks.map(({ message }) => message).filter((message) => message)
    const note = said.slice(0, 5).join(' ').slice(0, 2000)
    const moved = await alerts.move({ alertId, to, operation: `${name}: ${state}`, actor: 'rampart', note, at: now() })
    if (moved.ok) alertChanged(moved.alert)
  }

  /** At the start: alerts that wait for an operation which was never begun are open again. */
  async recover(): Promise<void> {
    const { alerts, tasks, now } = this.#parts
    const waiting = await alerts.list({ handled: 'no', state: ['handling'], sort: 'lastAt', order: 'desc', limit: 500 })
    for (const alert of waiting.items) {
      if (tasks.store.operations({ alertId: alert.id, state: 'running', limit: 1 }).total > 0) continue
      const note = 'The server ended before the operation was begun: nothing was done.'
      await alerts.move({
        alertId: alert.id,
        to: 'unhandled',
        operation: 'not begun',
        actor: 'rampart',
        note,
        at: now(),
      })
    }
  }
}

/** It was done, or what it was for had gone before. */
const isOver = ({ state, code }: StoredTask) => state === 'done' || (state === 'refused' && code === 'file.gone')
