/**
 * Tasks → agents → results. A task waits on disk until its agent is there, is sent again with every connection until its
 * result is stored, and is given up when its time is over. Agents carry a task out once, however often it comes.
 */
import { randomBytes } from 'node:crypto'
import type { ServerMessage, TaskMessage, TaskResultMessage } from '@rampart/api'
import type { Logger } from 'pino'
import type {
  NewOperation,
  NewTask,
  OperationState,
  StoredOperation,
  StoredTask,
  TaskState,
  TaskStore,
} from './task-store.ts'

export interface TasksParts {
  store: TaskStore
  /** Sends on the connection of this asset. */
  send: (assetId: string, message: ServerMessage) => void
  now: () => number
  log: Logger
  onTask: (task: StoredTask) => void
  onOperation: (operation: StoredOperation) => void
}

/** Called when a task has ended, with what became of it stored; before its operation is settled. */
export type TaskEnded = (task: StoredTask, operation: StoredOperation) => void
/** Called when the last task of an operation has ended. */
export type OperationEnded = (operation: StoredOperation, tasks: readonly StoredTask[]) => void

/** Tasks under way to one agent; the others follow as these end. */
const underWayMax = 64
const sweepMs = 1_000
const sweepLimit = 500
const finalStates: readonly TaskState[] = ['done', 'failed', 'refused', 'expired', 'cancelled']
export const isFinal = (state: TaskState) => finalStates.includes(state)

let counter = 0
/** Ids rise with time, so that their order is the order of creation. */
export function newId(prefix: string, now: number): string {
  counter = (counter + 1) % 46_656
  const time = Math.floor(now).toString(36).padStart(9, '0')
  return `${prefix}-${time}-${counter.toString(36).padStart(3, '0')}${randomBytes(5).toString('hex')}`
}

export class Tasks {
  readonly #parts: TasksParts
  /** Assets whose agent said hello. */
  readonly #connected = new Set<string>()
  readonly #sent = new Map<string, Set<string>>()
  readonly #onTaskEnded: TaskEnded[] = []
  readonly #onOperationEnded: OperationEnded[] = []
  readonly #onPiece = new Map<string, (offset: number, bytes: Uint8Array) => void>()
  #clock: NodeJS.Timeout | undefined

  constructor(parts: TasksParts) {
    this.#parts = parts
  }

  get store(): TaskStore {
    return this.#parts.store
  }

  start(): void {
    this.#clock = setInterval(() => this.sweep(), sweepMs)
    this.#clock.unref()
  }

  stop(): void {
    clearInterval(this.#clock)
  }

  whenTaskEnds(act: TaskEnded): void {
    this.#onTaskEnded.push(act)
  }

  whenOperationEnds(act: OperationEnded): void {
    this.#onOperationEnded.push(act)
  }

  /** Pieces of the file that a task sends, until the task has ended. */
  receivePieces(taskId: string, take: (offset: number, bytes: Uint8Array) => void): void {
    this.#onPiece.set(taskId, take)
  }

  isConnected(assetId: string): boolean {
    return this.#connected.has(assetId)
  }

  /** Stores the operation with its tasks, and sends those whose agents are there. Without tasks it is done at once. */
  begin(operation: NewOperation, tasks: readonly NewTask[]): StoredOperation {
    const { store, now } = this.#parts
    store.add(operation, tasks, now())
    const stored = this.#operation(operation.id)
    this.#parts.onOperation(stored)
    if (tasks.length === 0) this.#settle(operation.id)
    for (const assetId of new Set(tasks.map((task) => task.assetId))) this.#pump(assetId)
    return this.#operation(operation.id)
  }

  /** Adds tasks to an operation. */
  extend(operationId: string, tasks: readonly NewTask[]): void {
    this.#parts.store.addTasks(operationId, tasks, this.#parts.now())
    for (const assetId of new Set(tasks.map((task) => task.assetId))) this.#pump(assetId)
  }

  /** The agent said hello and got its welcome: what it has not answered is sent again. */
  connected(assetId: string): void {
    this.#connected.add(assetId)
    this.#sent.set(assetId, new Set())
    this.#pump(assetId)
  }

  disconnected(assetId: string): void {
    this.#connected.delete(assetId)
    this.#sent.delete(assetId)
  }

  #pump(assetId: string): void {
    const sent = this.#sent.get(assetId)
    if (!this.#connected.has(assetId) || sent === undefined) return
    const { store, send, now } = this.#parts
    for (const task of store.openTasks(assetId, underWayMax)) {
      if (sent.has(task.id)) continue
      sent.add(task.id)
      if (task.state === 'queued') this.#change(task.id, { state: 'sent', sentAt: now() })
      send(assetId, messageOf(task, now()))
    }
  }

  /** What an agent says of a task. Stored first, then confirmed, so that the agent repeats it until it is stored. */
  result(assetId: string, result: TaskResultMessage): void {
    const { store, send, now, log } = this.#parts
    const task = store.task(result.id)
    const isLast = result.state !== 'running'
    if (task === null || task.assetId !== assetId) {
      // A task of another asset, or of a server before its backup was put back: nothing to store, and no reason to repeat it.
      log.warn({ asset: assetId, task: result.id }, 'a result for a task that this asset does not have')
      if (isLast) send(assetId, { type: 'task-recorded', id: result.id })
      return
    }
    const known = isFinal(task.state)
    if (!isLast) {
      if (known) return
      const { state, code, message, progress } = task
      const changed = {
        state: result.code === 'task.running' ? ('running' as const) : state,
        code: result.code,
        message: result.message === '' ? message : result.message,
        progress: result.progress ?? progress,
      }
      if (changed.state !== state || changed.code !== code || changed.progress !== progress)
        this.#change(task.id, changed)
      return
    }
    // What the agent did counts, even when the server had given the task up.
    if (!known || task.state === 'expired' || task.state === 'cancelled') {
      const state = stateOf(result)
      if (state !== task.state) {
        const { code, message, details } = result
        this.#end(task.id, { state, code, message, ...(details !== undefined && { details }), finishedAt: now() })
        log.info({ task: task.id, kind: task.kind, asset: assetId, state, code }, 'task ended')
      }
    }
    send(assetId, { type: 'task-recorded', id: result.id })
    this.#sent.get(assetId)?.delete(result.id)
    this.#onPiece.delete(result.id)
    this.#pump(assetId)
  }

  /** A piece of a file; without effect unless this asset has such a task and somebody waits for it. */
  piece(assetId: string, id: string, offset: number, bytes: Uint8Array): void {
    if (this.#parts.store.task(id)?.assetId === assetId) this.#onPiece.get(id)?.(offset, bytes)
  }

  /** Takes back what has not begun: at once what was not sent, by the agent what was. Returns how many were open. */
  cancel(operationId: string, by: string): number {
    const open = this.#parts.store.tasksOf(operationId).filter((task) => !isFinal(task.state))
    for (const task of open)
      if (task.state === 'queued')
        this.#end(task.id, {
          state: 'cancelled',
          code: 'task.cancelled',
          message: `Taken back by ${by} before it was sent.`,
          finishedAt: this.#parts.now(),
        })
      else if (this.#connected.has(task.assetId)) this.#parts.send(task.assetId, { type: 'cancel-task', id: task.id })
    return open.length
  }

  /** Ends a task of which nothing will be heard any more. */
  giveUp(id: string, code: string, message: string): void {
    this.#end(id, { state: 'cancelled', code, message, finishedAt: this.#parts.now() })
  }

  /** Gives up what is over its time: at once where the agent is away; where it is there the agent says whether it had begun. */
  sweep(): void {
    const { store, send, now } = this.#parts
    for (const task of store.overdue(now(), sweepLimit)) {
      if (task.state !== 'queued' && this.#connected.has(task.assetId)) {
        if (task.state === 'sent') send(task.assetId, { type: 'cancel-task', id: task.id })
        continue
      }
      const message =
        task.state === 'queued'
          ? 'The agent was not there before its time was over.'
          : 'The agent went away before it said what became of it. If it comes back, its word is added here.'
      this.#end(task.id, { state: 'expired', code: 'task.expired', message, finishedAt: now() })
    }
  }

  #operation(id: string): StoredOperation {
    const operation = this.#parts.store.operation(id)
    if (operation === null) throw new Error(`the operation ${id} vanished`)
    return operation
  }

  #change(id: string, change: Parameters<TaskStore['change']>[1]): StoredTask {
    this.#parts.store.change(id, change)
    const task = this.#parts.store.task(id)
    if (task === null) throw new Error(`the task ${id} vanished`)
    this.#parts.onTask(task)
    return task
  }

  #end(id: string, change: Parameters<TaskStore['change']>[1]): void {
    const task = this.#change(id, change)
    const operation = this.#operation(task.operationId)
    for (const act of this.#onTaskEnded) act(task, operation)
    this.#settle(task.operationId)
  }

  #settle(operationId: string): void {
    const { store, now, onOperation } = this.#parts
    const tasks = store.tasksOf(operationId)
    if (tasks.some((task) => !isFinal(task.state))) return
    store.settle(operationId, operationStateOf(tasks), now())
    const operation = this.#operation(operationId)
    onOperation(operation)
    for (const act of this.#onOperationEnded) act(operation, tasks)
  }
}

/** What an operation came to when all its tasks have ended. */
export function operationStateOf(tasks: readonly Pick<StoredTask, 'state'>[]): OperationState {
  const states = new Set(tasks.map((task) => task.state))
  if (states.size === 0 || (states.size === 1 && states.has('done'))) return 'done'
  if (states.has('done')) return 'partly'
  if (states.size === 1 && states.has('expired')) return 'expired'
  if (states.size === 1 && states.has('cancelled')) return 'cancelled'
  return 'failed'
}

function stateOf({ state, code }: TaskResultMessage): TaskState {
  if (state === 'refused' && code === 'task.cancelled') return 'cancelled'
  if (state === 'refused' && code === 'task.expired') return 'expired'
  return state
}

function messageOf(task: StoredTask, now: number): TaskMessage {
  const { id, kind, parameters, createdAt, expiresAt } = task
  const issuedAt = Math.floor(createdAt)
  const expiresInMs = Math.max(0, Math.floor(expiresAt - now))
  return { type: 'task', id, kind, parameters, issuedAt, expiresAt: Math.floor(expiresAt), expiresInMs } as TaskMessage
}
