/** Operations and their tasks, as stored. What is returned as stored is on disk. */
import type { Database } from '@rampart/alert'
import type { Task, TaskKind } from '@rampart/response'

/** `queued`: not sent yet. `sent`: on its way, or the agent has not begun. The others after `running` are final. */
export const taskStates = ['queued', 'sent', 'running', 'done', 'failed', 'refused', 'expired', 'cancelled'] as const
export type TaskState = (typeof taskStates)[number]
/** `partly`: some of its tasks succeeded. */
export const operationStates = ['running', 'done', 'partly', 'failed', 'expired', 'cancelled'] as const
export type OperationState = (typeof operationStates)[number]

export interface StoredTask {
  id: string
  operationId: string
  assetId: string
  kind: TaskKind
  parameters: Record<string, unknown>
  state: TaskState
  code: string | null
  message: string | null
  progress: number | null
  details: Record<string, unknown> | null
  createdAt: number
  expiresAt: number
  sentAt: number | null
  finishedAt: number | null
}

export interface StoredOperation {
  id: string
  name: string
  title: string
  alertId: string | null
  actor: string
  note: string | null
  /** The operation that this one undoes. */
  undoes: string | null
  subject: Record<string, unknown> | null
  state: OperationState
  createdAt: number
  finishedAt: number | null
}

export interface NewOperation extends Pick<StoredOperation, 'id' | 'name' | 'title' | 'actor'> {
  alertId?: string | null
  note?: string | null
  undoes?: string | null
  subject?: Record<string, unknown> | null
}
export type NewTask = Task & { assetId: string; expiresAt: number }

export type TaskChange = Partial<
  Pick<StoredTask, 'state' | 'code' | 'message' | 'progress' | 'sentAt' | 'finishedAt'>
> & {
  details?: Record<string, unknown>
}

export interface OperationFilter {
  alertId?: string
  /** Operations with a task on this asset. */
  assetId?: string
  state?: OperationState
  name?: string
  /** Id of the last operation of the page before. */
  cursor?: string
  limit: number
}

type Row = Record<string, string | number | null>

export class TaskStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Stores an operation with all its tasks, whole or not at all. */
  add(operation: NewOperation, tasks: readonly NewTask[], at: number): void {
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT INTO operations (id, name, title, alert_id, actor, note, undoes, subject, state, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?)`,
        operation.id,
        operation.name,
        operation.title,
        operation.alertId ?? null,
        operation.actor,
        operation.note ?? null,
        operation.undoes ?? null,
        operation.subject ? JSON.stringify(operation.subject) : null,
        at,
      )
      for (const task of tasks) this.#insert(operation.id, task, at)
    })
  }

  /** Adds tasks to an operation that there is already. */
  addTasks(operationId: string, tasks: readonly NewTask[], at: number): void {
    this.#database.transaction(() => {
      for (const task of tasks) this.#insert(operationId, task, at)
      this.#database.run("UPDATE operations SET state = 'running', finished_at = NULL WHERE id = ?", operationId)
    })
  }

  #insert(operationId: string, task: NewTask, at: number): void {
    this.#database.run(
      `INSERT INTO tasks (id, operation_id, asset_id, kind, parameters, state, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, 'queued', ?, ?)`,
      task.id,
      operationId,
      task.assetId,
      task.kind,
      JSON.stringify(task.parameters),
      at,
      task.expiresAt,
    )
  }

  task(id: string): StoredTask | null {
    const row = this.#database.get<Row>('SELECT * FROM tasks WHERE id = ?', id)
    return row ? toTask(row) : null
  }

  tasksOf(operationId: string): StoredTask[] {
    return this.#database.all<Row>('SELECT * FROM tasks WHERE operation_id = ? ORDER BY id', operationId).map(toTask)
  }

  /** Whether parts of this plan of a deep cleanup were removed. */
  isCarriedOut(plan: Pick<StoredOperation, 'id' | 'alertId'>): boolean {
    const sql = "SELECT 1 FROM operations WHERE alert_id IS ? AND id > ? AND subject ->> 'plan' = ? LIMIT 1"
    return this.#database.get(sql, plan.alertId, plan.id, plan.id) !== undefined
  }

  /** Tasks of an asset that have not ended, oldest first. */
  openTasks(assetId: string, limit: number): StoredTask[] {
    return this.#database
      .all<Row>('SELECT * FROM tasks WHERE asset_id = ? AND finished_at IS NULL ORDER BY id LIMIT ?', assetId, limit)
      .map(toTask)
  }

  /** Tasks that have not ended and whose time is over. */
  overdue(at: number, limit: number): StoredTask[] {
    return this.#database
      .all<Row>(
        'SELECT * FROM tasks WHERE finished_at IS NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?',
        at,
        limit,
      )
      .map(toTask)
  }

  change(id: string, change: TaskChange): void {
    const { details, sentAt, finishedAt, ...plain } = change
    const columns: Row = { ...plain }
    if (sentAt !== undefined) columns.sent_at = sentAt
    if (finishedAt !== undefined) columns.finished_at = finishedAt
    if (details !== undefined) columns.details = JSON.stringify(details)
    const names = Object.keys(columns)
    this.#database.run(
      `UPDATE tasks SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
      ...Object.values(columns),
      id,
    )
  }

  operation(id: string): StoredOperation | null {
    const row = this.#database.get<Row>('SELECT * FROM operations WHERE id = ?', id)
    return row ? toOperation(row) : null
  }

  /** The operation that undoes this one and was not itself without success, if there is one. */
  /** Tasks of the operations that undo this one, newest operation first. */
  undoing(id: string): StoredTask[] {
    return this.#database
      .all<Row>(
        `SELECT tasks.* FROM tasks JOIN operations ON operations.id = tasks.operation_id
         WHERE operations.undoes = ? ORDER BY operations.id DESC, tasks.id`,
        id,
      )
      .map(toTask)
  }

  settle(id: string, state: OperationState, finishedAt: number | null): void {
    this.#database.run('UPDATE operations SET state = ?, finished_at = ? WHERE id = ?', state, finishedAt, id)
  }

  /** Newest first, with the count of all that fit. */
  operations({ alertId, assetId, state, name, cursor, limit }: OperationFilter): {
    items: StoredOperation[]
    total: number
  } {
    const conditions: [string, string][] = []
    if (alertId !== undefined) conditions.push(['alert_id = ?', alertId])
    if (assetId !== undefined) conditions.push(['id IN (SELECT operation_id FROM tasks WHERE asset_id = ?)', assetId])
    if (state !== undefined) conditions.push(['state = ?', state])
    if (name !== undefined) conditions.push(['name = ?', name])
    const where = (more: typeof conditions) =>
      more.length === 0 ? '' : `WHERE ${more.map(([text]) => text).join(' AND ')}`
    const paged = cursor === undefined ? conditions : [...conditions, ['id < ?', cursor] as [string, string]]
    const values = (list: typeof conditions) => list.map(([, value]) => value)
    const items = this.#database
      .all<Row>(`SELECT * FROM operations ${where(paged)} ORDER BY id DESC LIMIT ?`, ...values(paged), limit)
      .map(toOperation)
    const total = this.#database.get<{ total: number }>(
      `SELECT count(*) AS total FROM operations ${where(conditions)}`,
      ...values(conditions),
    )
    return { items, total: total?.total ?? 0 }
  }
}

function toTask(row: Row): StoredTask {
  return {
    id: row.id,
    operationId: row.operation_id,
    assetId: row.asset_id,
    kind: row.kind,
    parameters: JSON.parse(String(row.parameters)),
    state: row.state,
    code: row.code,
    message: row.message,
    progress: row.progress,
    details: row.details === null ? null : JSON.parse(String(row.details)),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    sentAt: row.sent_at,
    finishedAt: row.finished_at,
  } as StoredTask
}

function toOperation(row: Row): StoredOperation {
  return {
    id: row.id,
    name: row.name,
    title: row.title,
    alertId: row.alert_id,
    actor: row.actor,
    note: row.note,
    undoes: row.undoes,
    subject: row.subject === null ? null : JSON.parse(String(row.subject)),
    state: row.state,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  } as StoredOperation
}
