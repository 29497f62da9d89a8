/** Alerts and assets → operations of agents: what is offered, what is begun, what becomes of the alert. */
import type { Alert, AlertStore, Asset, Finding } from '@rampart/alert'
import type { RefusalCode } from '@rampart/api'
import type { AlertState, Event } from '@rampart/event'
import {
  type Circumstances,
  checkTask,
  type FileChoice,
  type HostResponseName,
  offeredHostResponses,
  offeredResponses,
  type ProcessChoice,
  type ResponseName,
  type ResponseOffer,
  type Targets,
  type Task,
  targetsOf,
} from '@rampart/response'
import type { Logger } from 'pino'
import type { EventArchive } from '../archive/event-archive.ts'
import { fail, ok, type Result } from '../errors.ts'
import type { Presence } from '../ingest/presence.ts'
import type { Settings } from '../settings/settings.ts'
import type { IpRules } from './ip-rules.ts'
import { familyOf } from './process-family.ts'
import type { Quarantine } from './quarantine.ts'
import type { NewOperation, NewTask, StoredOperation, StoredTask } from './task-store.ts'
import { newId, type Tasks } from './tasks.ts'

export interface ResponsesParts {
  alerts: AlertStore
  archive: EventArchive
  tasks: Tasks
  quarantine: Quarantine
  ipRules: IpRules
  settings: Settings
  presence: Presence
  now: () => number
  log: Logger
  alertChanged: (alert: Alert) => void
  countsChanged: () => void
  assetChanged: (assetId: string) => void
}

export interface ResponseRequest {
  name: ResponseName
  /** Version of the alert that was seen. */
  version: number
  note?: string
  /** Id of the batch that this is part of. */
  batch?: string
  /** Entity id; the first one that may be ended when left out. */
  process?: string
  tree?: boolean
  file?: string
  address?: string
  direction?: 'in' | 'out' | 'both'
  /** For blocks and isolation; null for no end. */
  minutes?: number | null
  /** Block on every asset. */
  everywhere?: boolean
  /** Addresses that an isolated host may talk to. */
  allow?: string[]
}

/** A host that is cut off from the network. */
export interface Isolation {
  operationId: string
  /** Null: until it is released. */
  until: number | null
}

export interface ResponseRefused {
  code: RefusalCode
  message: string
  conflict?: unknown
}

/** Operations that a repeat of a silently defended alert carries out again. */
const actsAgain: readonly string[] = [
  'virus removal',
  'quarantine',
  'kill process',
  'block IP',
] satisfies ResponseName[]
const againNote = 'It happened again: defended in silence.'
const operationsRead = 20

const minuteMs = 60_000
export const dayMs = 24 * 60 * minuteMs
const isolateForMs = dayMs
const blockForMs = dayMs

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

  /** What fits an alert, and what it could act on. */
  async offers(alert: Alert): Promise<{ offers: ResponseOffer[]; targets: Targets }> {
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
  hostOffers(asset: Pick<Asset, 'id' | 'kind' | 'edition'>) {
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
    return agent === null ? 'none' : agent.state === 'online' ? 'online' : 'away'
  }

  async begin(
    alert: Alert,
    request: ResponseRequest,
    actor: string,
  ): Promise<Result<StoredOperation, ResponseRefused>> {
    const { name } = request
    const { offers, targets } = await this.offers(alert)
    const offer = offers.find((one) => one.name === name)
    if (!offer?.offered) return fail({ code: 'response.not-offered', message: offer?.reason ?? 'It does not fit.' })
    const planned = await this.#plan(alert, request, targets)
    if (!planned.ok) return planned
    const { title, tasks, subject } = planned.value
    const { alerts, now, alertChanged } = this.#parts
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
    if (name === 'block IP') return this.#block(alert, request, targets, actor)
    const operation: NewOperation = {
      id: newId('op', now()),
      name,
      title,
      actor,
      alertId: alert.id,
      note: request.note?.trim() || null,
      subject,
    }
    return ok(this.#start(operation, tasks, alert.title))
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

  #task(assetId: string, task: Omit<Task, 'id'>, lifeMs = dayMs): NewTask {
    const { now } = this.#parts
    return { ...task, id: newId('tk', now()), assetId, expiresAt: now() + lifeMs } as NewTask
  }

  async #plan(
    alert: Alert,
    request: ResponseRequest,
    targets: Targets,
  ): Promise<Result<{ title: string; tasks: NewTask[]; subject: Record<string, unknown> | null }, ResponseRefused>> {
    const on = alert.asset.name
    const planned = (title: string, ...tasks: NewTask[]) => ok({ title, tasks, subject: null })
    const process = choose(targets.processes, request.process, (one) => one.entityId)
    const file = choose(targets.files, request.file, (one) => one.path)
    const wrong = fail<ResponseRefused>({
      code: 'response.no-such-target',
      message: 'The evidence of this alert does not name that. Reload the alert, then choose again.',
    })
    switch (request.name) {
      case 'kill process': {
        if (!process) return wrong
        const tree = request.tree ?? true
        const parameters = { process: plainProcess(process), tree }
        const below = tree ? ' and everything below it' : ''
        return planned(
          `End process ${process.pid} (${process.name ?? '?'})${below} on ${on}.`,
          this.#task(alert.asset.id, { kind: 'kill-process', parameters } as Omit<Task, 'id'>),
        )
      }
      case 'quarantine':
      case 'virus removal': {
        if (!file) return wrong
        const entry = newId('qf', this.#parts.now())
        if (request.name === 'quarantine') {
          const parameters = { file: plainFile(file), entry }
          return planned(
            `Move ${file.path} on ${on} into quarantine.`,
            this.#task(alert.asset.id, { kind: 'quarantine-file', parameters } as Omit<Task, 'id'>),
          )
        }
        const parameters = { process: process ? plainProcess(process) : null, file: plainFile(file), entry }
        return planned(
          `End what runs ${file.path} on ${on} and move it into quarantine.`,
          this.#task(alert.asset.id, { kind: 'remove-virus', parameters } as Omit<Task, 'id'>),
        )
      }
      case 'deep cleanup': {
        const usable = targets.processes.filter(({ barred }) => barred === null).map(plainProcess)
        const seeds = {
          processes: usable,
          files: targets.files.filter(({ barred }) => barred === null).map(plainFile),
          texts: targets.processes.map(({ commandLine }) => commandLine).filter((text) => text !== null),
        }
        const at = { first: alert.firstAt, last: alert.lastAt }
        const family = await familyOf(this.#parts.archive, alert.asset.id, seeds, at, this.#parts.now())
        return planned(
          `Look for everything that belongs to this attack on ${on}; nothing is changed yet.`,
          this.#task(alert.asset.id, { kind: 'plan-clean-up', parameters: family } as Omit<Task, 'id'>),
        )
      }
      case 'block IP': {
        const address = choose(targets.addresses, request.address, (one) => one.address)
        if (!address) return wrong
        const spared = this.#parts.ipRules.spare(address.address)
        if (spared !== null) return fail({ code: 'address.protected', message: spared })
        return planned(`Block ${address.address} on ${request.everywhere ? 'all assets' : on}.`)
      }
      case 'isolate host':
        return planned(`Cut ${on} off from the network but for its agent.`, this.#isolateTask(alert.asset.id, request))
      case 'troubleshoot':
        return planned(
          `Have the agent on ${on} check itself.`,
          this.#task(alert.asset.id, { kind: 'troubleshoot', parameters: {} }),
        )
    }
  }

  #isolateTask(assetId: string, { allow = [], minutes }: Pick<ResponseRequest, 'allow' | 'minutes'>): NewTask {
    const expiresInMs = minutes === null ? null : minutes === undefined ? isolateForMs : minutes * minuteMs
    return this.#task(assetId, { kind: 'isolate-host', parameters: { allow, expiresInMs } })
  }

  async #block(
    alert: Alert,
    request: ResponseRequest,
    targets: Targets,
    actor: string,
  ): Promise<Result<StoredOperation, ResponseRefused>> {
    const address = choose(targets.addresses, request.address, (one) => one.address)
    const { minutes, everywhere, direction } = request
    const lastsMs = minutes === null ? null : minutes === undefined ? blockForMs : minutes * minuteMs
    const added = await this.#parts.ipRules.add({
      address: address?.address ?? '',
      direction: direction ?? (address?.role === 'destination' ? 'out' : 'in'),
      assets: everywhere ? null : [alert.asset.id],
      reason: request.note?.trim() || alert.title,
      actor,
      alertId: alert.id,
      expiresAt: lastsMs === null ? null : this.#parts.now() + lastsMs,
    })
    return added.ok ? ok(added.value.operation) : added
  }

  /** Operations on a whole asset, without an alert. */
  beginOnAsset(
    asset: { id: string; name: string },
    name: HostResponseName | 'upgrade agent',
    request: Pick<ResponseRequest, 'allow' | 'minutes' | 'note'>,
    actor: string,
    undoes: string | null = null,
    alertId: string | null = null,
  ): StoredOperation {
    const words = {
      'isolate host': [
        `Cut ${asset.name} off from the network but for its agent.`,
        this.#isolateTask(asset.id, request),
      ],
      'release host': [
        `Let ${asset.name} back on the network.`,
        this.#task(asset.id, { kind: 'release-host', parameters: {} }, 30 * dayMs),
      ],
      troubleshoot: [
        `Have the agent on ${asset.name} check itself.`,
        this.#task(asset.id, { kind: 'troubleshoot', parameters: {} }),
      ],
      'upgrade agent': [
        `Upgrade the agent on ${asset.name} to the newest version.`,
        this.#task(asset.id, { kind: 'upgrade-agent', parameters: {} }),
      ],
    } as const
    const [title, task] = words[name]
    const note = request.note?.trim() || null
    return this.#parts.tasks.begin({ id: newId('op', this.#parts.now()), name, title, actor, note, undoes, alertId }, [
      task,
    ])
  }

  /**
   * Repeats of alerts that are defended against in silence: the operation that a person chose last for the alert is
   * carried out again, on what the repeat names. Without one, a repeat is only counted. Never fails.
   */
  async again(repeats: readonly { alert: Alert; finding: Finding }[]): Promise<void> {
    for (const { alert, finding } of repeats)
      try {
        await this.#again(alert, finding)
      } catch (error) {
        this.#parts.log.error({ error, alert: alert.id }, 'a silent defence failed')
      }
  }

  async #again(alert: Alert, finding: Finding): Promise<void> {
    const { tasks, presence, now } = this.#parts
    const { items } = tasks.store.operations({ alertId: alert.id, limit: operationsRead })
    const chosen = items.find(({ name, undoes }) => undoes === null && actsAgain.includes(name))
    if (!chosen || tasks.store.undoing(chosen.id).length > 0 || presence.agent(alert.asset.id) === null) return
    // One at a time: what comes meanwhile is counted.
    if (items.some(({ state }) => state === 'running')) return
    if (chosen.name === 'block IP') return this.#blockAgain(alert, finding, chosen)
    const targets = targetsOf([finding.evidence], this.#parts.settings.get('response.protectedPrograms'))
    const planned = await this.#plan(alert, { name: chosen.name as ResponseName, version: alert.version }, targets)
    if (!planned.ok) return
    const { title, tasks: list, subject } = planned.value
    const operation = { id: newId('op', now()), name: chosen.name, title, subject, actor: 'rampart', alertId: alert.id }
    this.#start({ ...operation, note: againNote }, list, alert.title)
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
    const list = parts.filter((part) => partIds.includes(part.id)).map((part) => this.#partTask(planned.assetId, part))
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

  /** What the agent found, back as a task for it; null when it is not what an agent of ours says. */
  #partTask(assetId: string, part: Record<string, unknown>): NewTask | null {
    const id = newId('tk', this.#parts.now())
    const asked =
      part.kind === 'process'
        ? { kind: 'kill-process', parameters: { process: part.process, tree: false } }
        : part.kind === 'file'
          ? { kind: 'quarantine-file', parameters: { file: part.file, entry: newId('qf', this.#parts.now()) } }
          : { kind: 'remove-line', parameters: { path: part.path, line: part.line } }
    const task = checkTask({ id, ...asked })
    return task === undefined ? null : ({ ...task, assetId, expiresAt: this.#parts.now() + dayMs } as NewTask)
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
    const good = state === 'done'
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

/** The one that was asked for, or the first that may be acted on. */
function choose<Choice extends object>(
  choices: readonly Choice[],
  wanted: string | undefined,
  key: (choice: Choice) => string,
): Choice | undefined {
  const usable = choices.filter((choice) => !('barred' in choice) || choice.barred === null)
  return wanted === undefined ? usable[0] : usable.find((choice) => key(choice) === wanted)
}

const plainProcess = ({ pid, entityId, executable, sha256 }: ProcessChoice) => ({ pid, entityId, executable, sha256 })
const plainFile = ({ path, sha256, inode }: FileChoice) => ({ path, sha256, inode })
