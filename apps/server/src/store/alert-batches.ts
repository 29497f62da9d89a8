/** Batches of operations on alerts: what was asked, and what became of each alert. */
import type { Database, Migration } from '@rampart/alert'

export const batchMigrations: readonly Migration[] = [
  {
    name: 'alert-batches',
    sql: `
CREATE TABLE alert_batches (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  note TEXT,
  assignee TEXT,
  undoes TEXT,                    -- id of the batch that this one takes back
  state TEXT NOT NULL,            -- running, done, cancelled
  finished_at REAL
) STRICT;
CREATE INDEX alert_batches_by_undone ON alert_batches (undoes) WHERE undoes IS NOT NULL;

CREATE TABLE alert_batch_items (
  batch_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  alert_id TEXT NOT NULL,
  version INTEGER NOT NULL,       -- that was seen
  outcome TEXT NOT NULL DEFAULT 'waiting', -- waiting, done, refused, changed
  reason TEXT,
  PRIMARY KEY (batch_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_batch_items_by_outcome ON alert_batch_items (batch_id, outcome, place);
`,
  },
]

export type BatchState = 'running' | 'done' | 'cancelled'
export type Outcome = 'waiting' | 'done' | 'refused' | 'changed'

export interface Batch {
  id: string
  at: number
  actor: string
  operation: string
  note: string | null
  assignee: string | null
  undoes: string | null
  undoneBy: string | null
  state: BatchState
  finishedAt: number | null
  total: number
  done: number
  refused: number
  changed: number
}

export interface BatchItem {
  place: number
  alertId: string
  version: number
  outcome: Outcome
  reason: string | null
}

export class AlertBatches {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  add(
    batch: Pick<Batch, 'id' | 'at' | 'actor' | 'operation' | 'note' | 'assignee' | 'undoes'>,
    alerts: readonly { id: string; version: number }[],
  ): void {
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT INTO alert_batches (id, at, actor, operation, note, assignee, undoes, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'running')`,
        batch.id,
        batch.at,
        batch.actor,
        batch.operation,
        batch.note,
        batch.assignee,
        batch.undoes,
      )
      for (const [place, alert] of alerts.entries())
        this.#database.run(
          'INSERT INTO alert_batch_items (batch_id, place, alert_id, version) VALUES (?, ?, ?, ?)',
          batch.id,
          place,
          alert.id,
          alert.version,
        )
    })
  }

  get(id: string): Batch | null {
    const row = this.#database.get<Omit<Batch, 'total' | 'done' | 'refused' | 'changed'>>(
      `SELECT id, at, actor, operation, note, assignee, undoes, state, finished_at AS finishedAt,
         (SELECT later.id FROM alert_batches AS later WHERE later.undoes = alert_batches.id) AS undoneBy
       FROM alert_batches WHERE id = ?`,
      id,
    )
    if (!row) return null
    const counts: Record<Outcome, number> = { waiting: 0, done: 0, refused: 0, changed: 0 }
    for (const { outcome, total } of this.#database.all<{ outcome: Outcome; total: number }>(
      'SELECT outcome, count(*) AS total FROM alert_batch_items WHERE batch_id = ? GROUP BY outcome',
      id,
    ))
      counts[outcome] = total
    const { waiting, done, refused, changed } = counts
    return { ...row, total: waiting + done + refused + changed, done, refused, changed }
  }

  /** Groups of the assets that the batch is about, each once; null for assets in none. */
  groupsOf(id: string): (string | null)[] {
    return this.#database
      .all<{ grouped: string | null }>(
        `SELECT DISTINCT grouped FROM alert_batch_items JOIN alerts ON alerts.id = alert_id JOIN assets ON assets.id = asset_id
         WHERE batch_id = ?`,
        id,
      )
      .map(({ grouped }) => grouped)
  }

  /** Ids of batches that a crash or a stop interrupted, oldest first. */
  running(): string[] {
    return this.#database
      .all<{ id: string }>("SELECT id FROM alert_batches WHERE state = 'running' ORDER BY number")
      .map((row) => row.id)
  }

  finish(id: string, state: BatchState, at: number): void {
    this.#database.run(
      "UPDATE alert_batches SET state = ?, finished_at = ? WHERE id = ? AND state = 'running'",
      state,
      at,
      id,
    )
  }

  items(id: string, outcome: Outcome | 'all', offset: number, limit: number): BatchItem[] {
    return this.#database.all<BatchItem>(
      `SELECT place, alert_id AS alertId, version, outcome, reason FROM alert_batch_items
       WHERE batch_id = ? ${outcome === 'all' ? '' : 'AND outcome = ?'} ORDER BY place LIMIT ? OFFSET ?`,
      id,
      ...(outcome === 'all' ? [] : [outcome]),
      limit,
      offset,
    )
  }

  record(id: string, outcomes: readonly Pick<BatchItem, 'place' | 'outcome' | 'reason'>[]): void {
    this.#database.transaction(() => {
      for (const { place, outcome, reason } of outcomes)
        this.#database.run(
          'UPDATE alert_batch_items SET outcome = ?, reason = ? WHERE batch_id = ? AND place = ?',
          outcome,
          reason,
          id,
          place,
        )
    })
  }
}
