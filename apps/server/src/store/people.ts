/** Users, sessions and the audit trail. */
import type { Database } from '@rampart/alert'

export const roles = ['viewer', 'analyst', 'responder', 'administrator'] as const
export type Role = (typeof roles)[number]

export interface User {
  name: string
  role: Role
  /** argon2id, PHC string. */
  password: string
  mustChange: boolean
  createdAt: number
  signedInAt: number | null
  /** Asset groups that the user is bound to; null for none, who sees every asset. */
  groups: readonly string[] | null
}

export interface StoredSession {
  hash: string
  user: User
  createdAt: number
  seenAt: number
}

export interface AuditRow {
  at: number
  actor: string
  address: string | null
  /** What was done: the name of the route or of an act of the server, e.g. `signIn`, `agent.enrolled`. */
  action: string
  subject?: string
  detail?: Record<string, unknown>
}

interface UserRecord {
  name: string
  role: Role
  password: string
  must_change: number
  user_created_at: number
  signed_in_at: number | null
  asset_groups: string | null
}

const userColumns =
  'users.name, role, password, must_change, users.created_at AS user_created_at, signed_in_at, asset_groups'

export class People {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  user(name: string): User | null {
    const row = this.#database.get<UserRecord>(`SELECT ${userColumns} FROM users WHERE name = ?`, name)
    return row ? toUser(row) : null
  }

  count(): number {
    return this.#database.get<{ total: number }>('SELECT count(*) AS total FROM users')?.total ?? 0
  }

  add(name: string, role: Role, password: string, mustChange: boolean, at: number): void {
    this.#database.run(
      'INSERT INTO users (name, role, password, must_change, created_at) VALUES (?, ?, ?, ?, ?)',
      name,
      role,
      password,
      mustChange ? 1 : 0,
      at,
    )
  }

  /** Binds a user to asset groups, or to none with null. */
  setGroups(name: string, groups: readonly string[] | null): void {
    this.#database.run('UPDATE users SET asset_groups = ? WHERE name = ?', groups && JSON.stringify(groups), name)
  }

  /** Changes the password and ends every session of the user but `keep`. */
  setPassword(name: string, password: string, mustChange: boolean, keep: string | null): void {
    this.#database.transaction(() => {
      this.#database.run(
        'UPDATE users SET password = ?, must_change = ? WHERE name = ?',
        password,
        mustChange ? 1 : 0,
        name,
      )
      this.#database.run('DELETE FROM sessions WHERE user_name = ? AND hash IS NOT ?', name, keep)
    })
  }

  startSession(hash: string, name: string, address: string, at: number): void {
    this.#database.transaction(() => {
      this.#database.run('INSERT INTO sessions VALUES (?, ?, ?, ?, ?)', hash, name, at, at, address)
      this.#database.run('UPDATE users SET signed_in_at = ? WHERE name = ?', at, name)
    })
  }

  session(hash: string): StoredSession | null {
    const row = this.#database.get<UserRecord & { created_at: number; seen_at: number }>(
      `SELECT ${userColumns}, sessions.created_at, seen_at
       FROM sessions JOIN users ON users.name = user_name WHERE hash = ?`,
      hash,
    )
    return row ? { hash, user: toUser(row), createdAt: row.created_at, seenAt: row.seen_at } : null
  }

  touchSession(hash: string, at: number): void {
    this.#database.run('UPDATE sessions SET seen_at = ? WHERE hash = ?', at, hash)
  }

  endSession(hash: string): void {
    this.#database.run('DELETE FROM sessions WHERE hash = ?', hash)
  }

  /** Removes sessions started before `created` or unused since `seen`. */
  sweepSessions(created: number, seen: number): void {
    this.#database.run('DELETE FROM sessions WHERE created_at < ? OR seen_at < ?', created, seen)
  }

  record(row: AuditRow): void {
    this.#database.run(
      'INSERT INTO audit_trail (at, actor, address, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)',
      row.at,
      row.actor,
      row.address,
      row.action,
      row.subject ?? null,
      row.detail ? JSON.stringify(row.detail) : null,
    )
  }

  /** Newest first. */
  auditTrail(limit: number): AuditRow[] {
    return this.#database
      .all<{
        at: number
        actor: string
        address: string | null
        action: string
        subject: string | null
        detail: string | null
      }>('SELECT at, actor, address, action, subject, detail FROM audit_trail ORDER BY number DESC LIMIT ?', limit)
      .map(({ subject, detail, ...row }) => ({
        ...row,
        ...(subject !== null && { subject }),
        ...(detail !== null && { detail: JSON.parse(detail) }),
      }))
  }
}

function toUser(row: UserRecord): User {
  return {
    name: row.name,
    role: row.role,
    password: row.password,
    mustChange: row.must_change === 1,
    createdAt: row.user_created_at,
    signedInAt: row.signed_in_at,
    groups: row.asset_groups === null ? null : JSON.parse(row.asset_groups),
  }
}
