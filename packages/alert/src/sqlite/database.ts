/** One SQLite file: opened safely, migrated forwards, with cached statements and synchronous transactions. */
import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { CompiledQuery } from 'kysely'

/** One step forwards of the schema. Names are permanent; order in the list is the order of application. */
export interface Migration {
  name: string
  sql: string
}

export interface DatabaseError {
  code: 'state.database-corrupted' | 'state.database-newer' | 'state.database-unusable' | 'state.disk-full'
  message: string
  cause?: unknown
}

export type OpenedDatabase = { ok: true; database: Database } | { ok: false; error: DatabaseError }

export type Row = Record<string, SQLInputValue>

/** Databases up to this size are checked page by page when they are opened, bytes. */
const quickCheckLimit = 128 * 1024 * 1024
const corrupt = 11
const full = 13
const notADatabase = 26

/** Result code of SQLite in an error, or 0. */
export function sqliteCode(error: unknown): number {
  const code = (error as { errcode?: unknown })?.errcode
  return typeof code === 'number' ? code & 0xff : 0
}

/** True when an error of the database or a file says that the disk is full. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown })?.code
  return sqliteCode(error) === full || code === 'ENOSPC' || code === 'EDQUOT'
}

/** The connection that everything of the state directory goes through. Single writer; calls are synchronous. */
export class Database {
  readonly #connection: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(connection: DatabaseSync) {
    this.#connection = connection
  }

  /**
   * Opens or makes the file and applies the migrations that it lacks; an existing file is first copied to
   * `<file>.before-<migration>`. Fails with `state.database-*` or `state.disk-full`, never throws for those.
   */
  static open(file: string, migrations: readonly Migration[]): OpenedDatabase {
    let connection: DatabaseSync | undefined
    try {
      const existed = file !== ':memory:' && existsSync(file) && statSync(file).size > 0
      // SQLite makes its files readable for everybody; the log beside it takes the mode over.
      if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
      connection = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true, defensive: true })
      connection.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA trusted_schema = OFF;
        PRAGMA cache_size = -65536;
        PRAGMA temp_store = MEMORY;
        PRAGMA journal_size_limit = 67108864;
      `)
      const database = new Database(connection)
      const damage = existed ? database.#damage(file) : null
      const error = damage ?? database.#migrate(migrations, existed ? file : null)
      if (!error) return { ok: true, database }
      connection.close()
      return { ok: false, error }
    } catch (cause) {
      connection?.close()
      return { ok: false, error: openError(file, cause) }
    }
  }

  #damage(file: string): DatabaseError | null {
    if (statSync(file).size > quickCheckLimit) return null
    const row = this.#connection.prepare('PRAGMA quick_check(1)').get()
    return row?.quick_check === 'ok' ? null : openError(file, { errcode: corrupt, message: String(row?.quick_check) })
  }

  #migrate(migrations: readonly Migration[], existing: string | null): DatabaseError | null {
    this.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT')
    const applied = new Set(this.all<{ name: string }>('SELECT name FROM migrations').map((row) => row.name))
    const known = new Set(migrations.map((migration) => migration.name))
    const unknown = [...applied].find((name) => !known.has(name))
    if (unknown)
      return {
        code: 'state.database-newer',
        message: `The database was written by a newer version (it has "${unknown}"). Start that version, or restore a backup made by this one.`,
      }
    const missing = migrations.filter((migration) => !applied.has(migration.name))
    const first = missing[0]
    if (first && existing && applied.size > 0 && !existsSync(`${existing}.before-${first.name}`))
      this.run('VACUUM INTO ?', `${existing}.before-${first.name}`)
    for (const migration of missing)
      this.transaction(() => {
        this.exec(migration.sql)
        this.run("INSERT INTO migrations VALUES (?, unixepoch('subsec') * 1000)", migration.name)
      })
    return null
  }

  exec(sql: string): void {
    this.#connection.exec(sql)
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#connection.prepare(sql)
      if (this.#statements.size > 500) this.#statements.clear()
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** All rows. `sql` is a constant of the program; values go into `?` only. */
  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#statement(sql).all(...values) as T[]
  }

  /** The first row, or undefined. */
  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined
  }

  /** Changes rows; returns how many. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes)
  }

  /** Runs a query built with Kysely. */
  query<T>(compiled: CompiledQuery<T>): T[] {
    return this.all<T>(compiled.sql, ...(compiled.parameters as SQLInputValue[]))
  }

  /** Runs `body` in one transaction: committed when it returns, rolled back when it throws. Not nestable. */
  transaction<T>(body: () => T): T {
    this.exec('BEGIN IMMEDIATE')
    try {
      const result = body()
      this.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#connection.isTransaction) this.exec('ROLLBACK')
      throw error
    }
  }

  /** Moves the log into the file and closes it. Calls afterwards throw. */
  close(): void {
    this.#statements.clear()
    try {
      this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // A full disk: the log stays and is read at the next start.
    }
    this.#connection.close()
  }
}

function openError(file: string, cause: unknown): DatabaseError {
  const code = sqliteCode(cause)
  const text = String((cause as { message?: unknown })?.message ?? cause)
  if (code === corrupt || code === notADatabase)
    return {
      code: 'state.database-corrupted',
      message: `The database ${file} is damaged (${text}). Stop everything that uses it, keep a copy, and restore the latest backup or remove the file to start anew.`,
      cause,
    }
  if (isDiskFull(cause))
    return { code: 'state.disk-full', message: `No space left for ${file}. Free some space, then start again.`, cause }
  return {
    code: 'state.database-unusable',
    message: `The database ${file} cannot be opened (${text}). Check that this user may read and write it and its folder.`,
    cause,
  }
}
