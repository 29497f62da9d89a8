/** What lies in the vaults of the hosts, as far as the server was told: rows follow the tasks. */
import type { Database } from '@rampart/alert'
import type { NewOperation, StoredOperation, StoredTask } from './task-store.ts'

/** `failed`: it never got there. `expired`: destroyed at the end of its time. */
export const quarantineStates = [
  'quarantining',
  'quarantined',
  'failed',
  'restoring',
  'restored',
  'deleting',
  'deleted',
  'expired',
] as const
export type QuarantineState = (typeof quarantineStates)[number]

export interface QuarantinedFile {
  entry: string
  assetId: string
  path: string
  state: QuarantineState
  sha256: string | null
  sizeBytes: number | null
  ownerId: number | null
  groupId: number | null
  mode: number | null
  otherNames: number
  alertId: string | null
  model: string | null
  operationId: string
  actor: string
  code: string | null
  message: string | null
  createdAt: number
  keptUntil: number | null
  changedAt: number
}

export interface QuarantineFilter {
  state?: readonly QuarantineState[]
  assetId?: string
  q?: string
  cursor?: string
  limit: number
}

type Row = Record<string, string | number | null>

const kept = `state IN ('quarantined', 'restoring', 'deleting')`

/** Names of entries, which are names of files too. */
export const entryPattern = /^[\w-]{1,64}$/

export class Quarantine {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  add(entry: string, assetId: string, path: string, operation: NewOperation, model: string | null, at: number): void {
    this.#database.run(
      `INSERT OR IGNORE INTO quarantine (entry, asset_id, path, state, alert_id, model, operation_id, actor, created_at, changed_at)
       VALUES (?, ?, ?, 'quarantining', ?, ?, ?, ?, ?, ?)`,
      entry,
      assetId,
      path,
      operation.alertId ?? null,
      model,
      operation.id,
      operation.actor,
      at,
      at,
    )
  }

  file(entry: string): QuarantinedFile | null {
    const row = this.#database.get<Row>('SELECT * FROM quarantine WHERE entry = ?', entry)
    return row ? toFile(row) : null
  }

  /** Newest first, all that fit; asset groups are the caller's affair. */
  list({ state, assetId, q, cursor, limit }: QuarantineFilter): QuarantinedFile[] {
    const conditions: string[] = []
    const values: string[] = []
    const add = (condition: string, ...more: string[]) => {
      conditions.push(condition)
      values.push(...more)
    }
    if (state !== undefined) add(`state IN (${state.map(() => '?').join(', ')})`, ...state)
    if (assetId !== undefined) add('asset_id = ?', assetId)
    if (cursor !== undefined) add('entry < ?', cursor)
    for (const word of (q ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8))
      add("instr(lower(path || ' ' || coalesce(sha256, '') || ' ' || coalesce(model, '')), ?) > 0", word)
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
    return this.#database
      .all<Row>(`SELECT * FROM quarantine ${where} ORDER BY entry DESC LIMIT ?`, ...values, limit)
      .map(toFile)
  }

  /** Files that are kept now, by asset. */
  countsByAsset(): Map<string, number> {
    const rows = this.#database.all<{ asset_id: string; total: number }>(
      `SELECT asset_id, count(*) AS total FROM quarantine WHERE ${kept} GROUP BY asset_id`,
    )
    return new Map(rows.map((row) => [row.asset_id, row.total]))
  }

  /** When files came in since an instant, with their assets. */
  arrivals(since: number): { assetId: string; at: number }[] {
    return this.#database.all<{ assetId: string; at: number }>(
      "SELECT asset_id AS assetId, created_at AS at FROM quarantine WHERE created_at >= ? AND state <> 'failed'",
      since,
    )
  }

  /** Kept files whose time is over. */
  overdue(at: number, limit: number): QuarantinedFile[] {
    return this.#database
      .all<Row>("SELECT * FROM quarantine WHERE state = 'quarantined' AND kept_until <= ? LIMIT ?", at, limit)
      .map(toFile)
  }

  set(entry: string, state: QuarantineState, code: string | null, message: string | null, at: number): void {
    this.#database.run(
      'UPDATE quarantine SET state = ?, code = ?, message = ?, changed_at = ? WHERE entry = ?',
      state,
      code,
      message,
      at,
      entry,
    )
  }

  /** The agent of a host was removed, and its vault with it. */
  hostLost(assetId: string, at: number): void {
    this.#database.run(
      `UPDATE quarantine SET state = 'deleted', code = 'agent.uninstalled', message = ?, changed_at = ?
       WHERE asset_id = ? AND ${kept}`,
      'It was destroyed when the agent was uninstalled.',
      at,
      assetId,
    )
  }

  /** Follows a task that has ended. */
  taskEnded(task: StoredTask, operation: StoredOperation, at: number): void {
    const entry = task.parameters.entry
    if (typeof entry !== 'string') return
    const known = this.file(entry)
    if (known === null || known.assetId !== task.assetId) return
    const { code, message, details } = task
    const set = (state: QuarantineState) => this.set(entry, state, code, message, at)
    if (task.kind === 'quarantine-file' || task.kind === 'remove-virus') {
      // Also when a process is left over: what counts is whether the file is in the vault.
      const isIn = details?.entry === entry
      if (isIn) this.#describe(entry, details, at)
      set(isIn ? 'quarantined' : 'failed')
    } else if (task.kind === 'restore-file') {
      const replaced = details?.replaced as Record<string, unknown> | undefined
      if (this.#mayName(replaced?.entry, task.assetId) && typeof replaced?.path === 'string') {
        this.add(replaced.entry, task.assetId, replaced.path, operation, null, at)
        this.#describe(replaced.entry, replaced, at)
        this.set(replaced.entry, 'quarantined', 'file.quarantined', 'It stood where another file was restored.', at)
      }
      set(task.state === 'done' ? 'restored' : this.#after(code))
    } else if (task.kind === 'delete-quarantined') {
      const gone = operation.actor === 'rampart' ? 'expired' : 'deleted'
      set(task.state === 'done' ? gone : this.#after(code))
    }
  }

  /** An entry is told by a host: it becomes the name of a file here, and no host speaks for what another one keeps. */
  #mayName(entry: unknown, assetId: string): entry is string {
    if (typeof entry !== 'string' || !entryPattern.test(entry)) return false
    const known = this.file(entry)
    return known === null || known.assetId === assetId
  }

  /** What a file is when it was neither restored nor deleted. */
  #after(code: string | null): QuarantineState {
    if (code === 'quarantine.gone') return 'deleted'
    return code === 'quarantine.restored' ? 'restored' : 'quarantined'
  }

  #describe(entry: string, details: Record<string, unknown> | null, at: number): void {
    const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null)
    this.#database.run(
      `UPDATE quarantine SET sha256 = ?, size_bytes = ?, owner_id = ?, group_id = ?, mode = ?, other_names = ?, kept_until = ?,
         changed_at = ? WHERE entry = ?`,
      typeof details?.sha256 === 'string' && /^[0-9a-f]{64}$/.test(details.sha256) ? details.sha256 : null,
      number(details?.sizeBytes),
      number(details?.ownerId),
      number(details?.groupId),
      number(details?.mode),
      number(details?.otherNames) ?? 0,
      number(details?.keptUntil),
      at,
      entry,
    )
  }
}

function toFile(row: Row): QuarantinedFile {
  return {
    entry: row.entry,
    assetId: row.asset_id,
    path: row.path,
    state: row.state,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    ownerId: row.owner_id,
    groupId: row.group_id,
    mode: row.mode,
    otherNames: row.other_names,
    alertId: row.alert_id,
    model: row.model,
    operationId: row.operation_id,
    actor: row.actor,
    code: row.code,
    message: row.message,
    createdAt: row.created_at,
    keptUntil: row.kept_until,
    changedAt: row.changed_at,
  } as QuarantinedFile
}
