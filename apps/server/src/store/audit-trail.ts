/** The audit trail: append-only, every row carries the hash of the one before it. */
import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Database } from '@rampart/alert'

export interface AuditRow {
  at: number
  actor: string
  address: string | null
  /** What was done: the name of the route or of an act of the server, e.g. `signIn`, `agent.enrolled`. */
  action: string
  subject?: string
  detail?: Record<string, unknown>
}

export interface StoredAuditRow extends AuditRow {
  number: number
  hash: string | null
}

/** Values of one field are joined by or, fields by and. */
export interface AuditFilter {
  actor?: readonly string[]
  action?: readonly string[]
  subject?: string
  /** Each word has to stand in actor, action, subject, address or detail. */
  q?: string
  from?: number
  to?: number
}

export interface AuditHead {
  number: number
  hash: string | null
}

export type ChainVerdict =
  | { intact: true; rows: number; head: string | null }
  | { intact: false; rows: number; brokenAt: number; why: string }

interface AuditRecord {
  number: number
  at: number
  actor: string
  address: string | null
  action: string
  subject: string | null
  detail: string | null
  hash: string | null
}

const columns = 'number, at, actor, address, action, subject, detail, hash'
const batch = 1000
const wordsMax = 8

export class AuditTrail {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  record(row: AuditRow): void {
    this.#database.transaction(() => {
      const last = this.#database.get<{ number: number; hash: string | null }>(
        'SELECT number, hash FROM audit_trail ORDER BY number DESC LIMIT 1',
      )
      const floor = this.#floor()
      const number = Math.max(last?.number ?? 0, floor?.number ?? 0) + 1
      const detail = row.detail ? JSON.stringify(row.detail) : null
      const stored = { ...row, number, subject: row.subject ?? null, detail, hash: null }
      this.#database.run(
        `INSERT INTO audit_trail (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        number,
        row.at,
        row.actor,
        row.address,
        row.action,
        stored.subject,
        detail,
        hashOf(last ? last.hash : (floor?.hash ?? null), stored),
      )
    })
  }

  #floor() {
    return this.#database.get<{ number: number; hash: string | null }>('SELECT number, hash FROM audit_floor')
  }

  /** Newest first; `before` is the number of the last row of the page before. */
  list(filter: AuditFilter, limit: number, before: number | null = null): StoredAuditRow[] {
    const { sql, values } = conditionsOf(filter, before)
    return this.#database
      .all<AuditRecord>(`SELECT ${columns} FROM audit_trail ${sql} ORDER BY number DESC LIMIT ?`, ...values, limit)
      .map(toRow)
  }

  count(filter: AuditFilter): number {
    const { sql, values } = conditionsOf(filter, null)
    return (
      this.#database.get<{ total: number }>(`SELECT count(*) AS total FROM audit_trail ${sql}`, ...values)?.total ?? 0
    )
  }

  /** Actors and actions that occur, for the filters. */
  names(): { actors: string[]; actions: string[] } {
    const distinct = (column: 'actor' | 'action') =>
      this.#database
        .all<{ name: string }>(`SELECT DISTINCT ${column} AS name FROM audit_trail ORDER BY name LIMIT 500`)
        .map((row) => row.name)
    return { actors: distinct('actor'), actions: distinct('action') }
  }

  /** All rows that match, newest first, read in pages. */
  *each(filter: AuditFilter): Generator<StoredAuditRow> {
    for (let before: number | null = null; ; ) {
      const page = this.list(filter, batch, before)
      yield* page
      before = page.at(-1)?.number ?? null
      if (page.length < batch || before === null) return
    }
  }

  /** Follows the chain from its start. That the newest rows were cut off shows only beside a head that was noted elsewhere. */
  verify(): ChainVerdict {
    return verifyChain((sql, ...values) => this.#database.all(sql, ...values))
  }

  /** What is missing beside a head that was noted, or null. */
  cutOff(noted: AuditHead | null): string | null {
    return cutOff((sql, ...values) => this.#database.all(sql, ...values), noted)
  }

  /** The newest row: to be noted in a second place, so that rows cut off after it show. */
  head(): AuditHead | null {
    const row = this.#database.get<AuditHead>('SELECT number, hash FROM audit_trail ORDER BY number DESC LIMIT 1')
    return row ? { number: row.number, hash: row.hash } : null
  }

  /** Removes rows before an instant; the chain goes on from the last of them. Returns how many. */
  sweep(before: number, at: number): number {
    const last = this.#database.get<{ number: number; hash: string | null }>(
      `SELECT number, hash FROM audit_trail WHERE number <
         coalesce((SELECT min(number) FROM audit_trail WHERE at >= ?), 9e15) ORDER BY number DESC LIMIT 1`,
      before,
    )
    if (!last) return 0
    const removed = this.#database.transaction(() => {
      this.#database.run('INSERT OR REPLACE INTO audit_floor VALUES (1, ?, ?)', last.number, last.hash)
      return this.#database.run('DELETE FROM audit_trail WHERE number <= ?', last.number)
    })
    this.record({
      at,
      actor: 'rampart',
      address: null,
      action: 'audit.swept',
      detail: { removed, through: last.number, hash: last.hash },
    })
    return removed
  }
}

type Read = (sql: string, ...values: number[]) => unknown[]

function verifyChain(read: Read): ChainVerdict {
  const [floor] = read('SELECT number, hash FROM audit_floor') as AuditHead[]
  let previous = floor?.hash ?? null
  let number = floor?.number ?? 0
  let rows = 0
  for (;;) {
    const page = read(
      `SELECT ${columns} FROM audit_trail WHERE number > ? ORDER BY number LIMIT ?`,
      number,
      batch,
    ) as AuditRecord[]
    for (const row of page) {
      rows++
      const before = number
      number = row.number
      // Rows of before the chain began.
      if (row.hash === null && previous === null) continue
      const broken = (why: string) => ({ intact: false, rows, brokenAt: row.number, why }) as const
      if (row.hash !== hashOf(previous, row)) return broken('the row or the one before it is not as it was written')
      if (previous !== null && row.number !== before + 1) return broken('rows before this one are missing')
      previous = row.hash
    }
    if (page.length < batch) return { intact: true, rows, head: previous }
  }
}

/**
 * What is wrong with the trail in a database that may be open for reading only, or null. `noted`: a head of before; a
 * database that lacks it, or has another row in its place, lost rows.
 */
export function auditFaultOf(database: DatabaseSync, noted: AuditHead | null): string | null {
  const read: Read = (sql, ...values) => database.prepare(sql).all(...values)
  const verdict = verifyChain(read)
  if (!verdict.intact) return `row ${verdict.brokenAt}: ${verdict.why}`
  return cutOff(read, noted)
}

function cutOff(read: Read, noted: AuditHead | null): string | null {
  if (noted === null) return null
  const [kept] = read('SELECT number, hash FROM audit_trail WHERE number = ?', noted.number) as AuditHead[]
  const [floor] = read('SELECT number, hash FROM audit_floor') as AuditHead[]
  if (!kept) return noted.number <= (floor?.number ?? 0) ? null : `row ${noted.number} and those after it are missing`
  return kept.hash === noted.hash ? null : `row ${noted.number} is another one than was noted`
}

/** SHA-256 over the hash before and the row, each field with its length by JSON. */
function hashOf(previous: string | null, row: AuditRecord): string {
  const { number, at, actor, address, action, subject, detail } = row
  const text = JSON.stringify([previous, number, at, actor, address, action, subject, detail])
  return createHash('sha256').update(text).digest('hex')
}

function conditionsOf(filter: AuditFilter, before: number | null): { sql: string; values: (string | number)[] } {
  const conditions: string[] = []
  const values: (string | number)[] = []
  const add = (sql: string, ...bound: (string | number)[]) => {
    conditions.push(sql)
    values.push(...bound)
  }
  if (before !== null) add('number < ?', before)
  if (filter.actor) add('actor IN (SELECT value FROM json_each(?))', JSON.stringify(filter.actor))
  if (filter.action) add('action IN (SELECT value FROM json_each(?))', JSON.stringify(filter.action))
  if (filter.subject !== undefined) add('subject = ?', filter.subject)
  if (filter.from !== undefined) add('at >= ?', filter.from)
  if (filter.to !== undefined) add('at <= ?', filter.to)
  for (const word of (filter.q ?? '').split(/\s+/).filter(Boolean).slice(0, wordsMax)) {
    const pattern = `%${word.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
    add(
      `(actor || ' ' || action || ' ' || coalesce(subject, '') || ' ' || coalesce(address, '') || ' ' || coalesce(detail, '')) LIKE ? ESCAPE '\\'`,
      pattern,
    )
  }
  return { sql: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '', values }
}

function toRow({ subject, detail, ...row }: AuditRecord): StoredAuditRow {
  return { ...row, ...(subject !== null && { subject }), ...(detail !== null && { detail: JSON.parse(detail) }) }
}
