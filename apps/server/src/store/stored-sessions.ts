/** Sessions of browsers as they are kept: hashes of their tokens, never the tokens. */
import type { Database } from '@rampart/alert'
import type { Seal } from './sealed.ts'
import { toUser, type User, type UserRecord, userColumns } from './user-record.ts'

export interface StoredSession {
  id: string
  hash: string
  user: User
  createdAt: number
  rotatedAt: number
  seenAt: number
  address: string
  browser: string
}

interface SessionRecord {
  id: string
  hash: string
  created_at: number
  rotated_at: number
  seen_at: number
  address: string
  browser: string
}

const sessionColumns = 'sessions.id, sessions.hash, sessions.created_at, rotated_at, seen_at, sessions.address, browser'

export class StoredSessions {
  readonly #database: Database
  readonly #seal: Seal

  constructor(database: Database, seal: Seal) {
    this.#database = database
    this.#seal = seal
  }

  start(session: { id: string; hash: string; name: string; address: string; browser: string; at: number }): void {
    const { id, hash, name, address, browser, at } = session
    this.#database.transaction(() => {
      this.#database.run(
        'INSERT INTO sessions VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?)',
        id,
        hash,
        name,
        at,
        at,
        at,
        address,
        browser,
      )
      this.#database.run('UPDATE users SET signed_in_at = ? WHERE name = ?', at, name)
    })
  }

  /** The session whose token, or whose token before, has this hash. */
  find(hash: string): StoredSession | null {
    return this.#find('sessions.hash = ? OR previous_hash = ?', hash, hash)
  }

  byId(id: string): StoredSession | null {
    return this.#find('sessions.id = ?', id)
  }

  #find(condition: string, ...values: string[]): StoredSession | null {
    const row = this.#database.get<UserRecord & SessionRecord>(
      `SELECT ${userColumns}, ${sessionColumns} FROM sessions JOIN users ON users.name = user_name WHERE ${condition}`,
      ...values,
    )
    return row ? this.#toSession(row) : null
  }

  /** Newest use first. */
  of(name: string): StoredSession[] {
    return this.#database
      .all<UserRecord & SessionRecord>(
        `SELECT ${userColumns}, ${sessionColumns} FROM sessions JOIN users ON users.name = user_name
         WHERE user_name = ? ORDER BY seen_at DESC`,
        name,
      )
      .map((row) => this.#toSession(row))
  }

  rotate(id: string, hash: string, at: number): void {
    this.#database.run(
      'UPDATE sessions SET previous_hash = hash, hash = ?, rotated_at = ?, seen_at = ? WHERE id = ?',
      hash,
      at,
      at,
      id,
    )
  }

  touch(id: string, at: number): void {
    this.#database.run('UPDATE sessions SET seen_at = ? WHERE id = ?', at, id)
  }

  end(id: string): void {
    this.#database.run('DELETE FROM sessions WHERE id = ?', id)
  }

  /** Ends the sessions of a user but `keep`; returns how many. */
  endAll(name: string, keep: string | null = null): number {
    return this.#database.run('DELETE FROM sessions WHERE user_name = ? AND id IS NOT ?', name, keep)
  }

  /** Removes sessions started before `created` or unused since `seen`. */
  sweep(created: number, seen: number): void {
    this.#database.run('DELETE FROM sessions WHERE created_at < ? OR seen_at < ?', created, seen)
  }

  isKnownAddress(name: string, address: string): boolean {
    return this.#database.get('SELECT 1 FROM sessions WHERE user_name = ? AND address = ?', name, address) !== undefined
  }

  #toSession(row: UserRecord & SessionRecord): StoredSession {
    return {
      id: row.id,
      hash: row.hash,
      user: toUser(row, this.#seal),
      createdAt: row.created_at,
      rotatedAt: row.rotated_at,
      seenAt: row.seen_at,
      address: row.address,
      browser: row.browser,
    }
  }
}
