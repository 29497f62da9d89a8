/** Users, their sessions and API tokens. */
import type { Database } from '@rampart/alert'
import { newCodeSecret } from '../api/one-time-code.ts'
import { type AuditRow, AuditTrail } from './audit-trail.ts'
import { Seal, secretPlace } from './sealed.ts'

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
  disabled: boolean
  /** Secret of the one-time codes, base32; null without a second factor. */
  codeSecret: string | null
  /** A secret that was shown and is not proven by a code yet. */
  codeSecretOffered: string | null
  /** Step of the last code that was taken. */
  codeStep: number
}

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

export interface ApiToken {
  id: string
  title: string
  role: Role
  groups: readonly string[] | null
  createdAt: number
  expiresAt: number
  usedAt: number | null
  usedFrom: string | null
}

interface UserRecord {
  name: string
  role: Role
  password: string
  must_change: number
  user_created_at: number
  signed_in_at: number | null
  asset_groups: string | null
  disabled: number
  code_secret: string | null
  code_secret_offered: string | null
  code_step: number
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

const userColumns = `users.name, users.role, password, must_change, users.created_at AS user_created_at, signed_in_at,
  users.asset_groups, disabled, code_secret, code_secret_offered, code_step`
const sessionColumns = 'sessions.id, sessions.hash, sessions.created_at, rotated_at, seen_at, sessions.address, browser'
const tokenColumns = `id, title, role, asset_groups AS groups, created_at AS createdAt, expires_at AS expiresAt,
  used_at AS usedAt, used_from AS usedFrom`

export class People {
  readonly #database: Database
  readonly #seal: Seal
  readonly trail: AuditTrail

  /** Without a seal no secret of one-time codes can be read or kept. */
  constructor(database: Database, seal: Seal = Seal.none) {
    this.#database = database
    this.#seal = seal
    this.trail = new AuditTrail(database)
  }

  record(row: AuditRow): void {
    this.trail.record(row)
  }

  user(name: string): User | null {
    const row = this.#database.get<UserRecord>(`SELECT ${userColumns} FROM users WHERE name = ?`, name)
    return row ? this.#toUser(row) : null
  }

  /** By name. */
  users(): User[] {
    return this.#database
      .all<UserRecord>(`SELECT ${userColumns} FROM users ORDER BY users.name`)
      .map((row) => this.#toUser(row))
  }

  count(): number {
    return this.#database.get<{ total: number }>('SELECT count(*) AS total FROM users')?.total ?? 0
  }

  /** Administrators that can sign in, besides the named user. */
  otherAdministrators(name: string): number {
    return (
      this.#database.get<{ total: number }>(
        "SELECT count(*) AS total FROM users WHERE role = 'administrator' AND disabled = 0 AND name <> ?",
        name,
      )?.total ?? 0
    )
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

  /** The user's sessions, tokens and codes go along. */
  remove(name: string): void {
    this.#database.run('DELETE FROM users WHERE name = ?', name)
  }

  setRole(name: string, role: Role): void {
    this.#database.run('UPDATE users SET role = ? WHERE name = ?', role, name)
  }

  /** Binds a user to asset groups, or to none with null. */
  setGroups(name: string, groups: readonly string[] | null): void {
    this.#database.run('UPDATE users SET asset_groups = ? WHERE name = ?', groups && JSON.stringify(groups), name)
  }

  setDisabled(name: string, disabled: boolean): void {
    this.#database.run('UPDATE users SET disabled = ? WHERE name = ?', disabled ? 1 : 0, name)
    if (disabled) this.endSessions(name)
  }

  /** Changes the password and ends every session of the user; one that must be changed takes the API tokens along. */
  setPassword(name: string, password: string, mustChange: boolean): void {
    this.#database.transaction(() => {
      this.#database.run(
        'UPDATE users SET password = ?, must_change = ? WHERE name = ?',
        password,
        mustChange ? 1 : 0,
        name,
      )
      this.#database.run('DELETE FROM sessions WHERE user_name = ?', name)
      if (mustChange) this.#database.run('DELETE FROM api_tokens WHERE user_name = ?', name)
    })
  }

  /** Keeps a secret until a code proves that the user's device has it. */
  offerCodeSecret(name: string, secret: string): void {
    this.#database.run(
      'UPDATE users SET code_secret_offered = ? WHERE name = ?',
      this.#seal.seal(secret, secretPlace('code_secret_offered', name)),
      name,
    )
  }

  /** Sets or, with null, removes the second factor; recovery codes are those given. */
  setCodeSecret(name: string, secret: string | null, step: number, recoveryHashes: readonly string[]): void {
    this.#database.transaction(() => {
      this.#database.run(
        'UPDATE users SET code_secret = ?, code_secret_offered = NULL, code_step = ? WHERE name = ?',
        secret && this.#seal.seal(secret, secretPlace('code_secret', name)),
        step,
        name,
      )
      this.#database.run('DELETE FROM recovery_codes WHERE user_name = ?', name)
      for (const hash of recoveryHashes) this.#database.run('INSERT INTO recovery_codes VALUES (?, ?)', name, hash)
    })
  }

  /** True when the step is newer than every one that was taken; it is then taken. */
  takeCodeStep(name: string, step: number): boolean {
    return this.#database.run('UPDATE users SET code_step = ? WHERE name = ? AND code_step < ?', step, name, step) === 1
  }

  /** True when the code was good; it is gone then. */
  takeRecoveryCode(name: string, hash: string): boolean {
    return this.#database.run('DELETE FROM recovery_codes WHERE user_name = ? AND hash = ?', name, hash) === 1
  }

  recoveryCodesLeft(name: string): number {
    return (
      this.#database.get<{ total: number }>('SELECT count(*) AS total FROM recovery_codes WHERE user_name = ?', name)
        ?.total ?? 0
    )
  }

  startSession(session: {
    id: string
    hash: string
    name: string
    address: string
    browser: string
    at: number
  }): void {
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
  session(hash: string): StoredSession | null {
    return this.#session('sessions.hash = ? OR previous_hash = ?', hash, hash)
  }

  sessionById(id: string): StoredSession | null {
    return this.#session('sessions.id = ?', id)
  }

  #session(condition: string, ...values: string[]): StoredSession | null {
    const row = this.#database.get<UserRecord & SessionRecord>(
      `SELECT ${userColumns}, ${sessionColumns} FROM sessions JOIN users ON users.name = user_name WHERE ${condition}`,
      ...values,
    )
    return row ? this.#toSession(row) : null
  }

  /** Newest use first. */
  sessionsOf(name: string): StoredSession[] {
    return this.#database
      .all<UserRecord & SessionRecord>(
        `SELECT ${userColumns}, ${sessionColumns} FROM sessions JOIN users ON users.name = user_name
         WHERE user_name = ? ORDER BY seen_at DESC`,
        name,
      )
      .map((row) => this.#toSession(row))
  }

  rotateSession(id: string, hash: string, at: number): void {
    this.#database.run(
      'UPDATE sessions SET previous_hash = hash, hash = ?, rotated_at = ?, seen_at = ? WHERE id = ?',
      hash,
      at,
      at,
      id,
    )
  }

  touchSession(id: string, at: number): void {
    this.#database.run('UPDATE sessions SET seen_at = ? WHERE id = ?', at, id)
  }

  endSession(id: string): void {
    this.#database.run('DELETE FROM sessions WHERE id = ?', id)
  }

  /** Ends the sessions of a user but `keep`; returns how many. */
  endSessions(name: string, keep: string | null = null): number {
    return this.#database.run('DELETE FROM sessions WHERE user_name = ? AND id IS NOT ?', name, keep)
  }

  /** Removes sessions started before `created` or unused since `seen`. */
  sweepSessions(created: number, seen: number): void {
    this.#database.run('DELETE FROM sessions WHERE created_at < ? OR seen_at < ?', created, seen)
  }

  isKnownAddress(name: string, address: string): boolean {
    return this.#database.get('SELECT 1 FROM sessions WHERE user_name = ? AND address = ?', name, address) !== undefined
  }

  addToken(name: string, hash: string, token: Omit<ApiToken, 'usedAt' | 'usedFrom'>): void {
    this.#database.run(
      'INSERT INTO api_tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)',
      token.id,
      hash,
      name,
      token.title,
      token.role,
      token.groups && JSON.stringify(token.groups),
      token.createdAt,
      token.expiresAt,
    )
  }

  /** Newest first, also those that expired. */
  tokensOf(name: string): ApiToken[] {
    return this.#database
      .all<ApiToken & { groups: string | null }>(
        `SELECT ${tokenColumns} FROM api_tokens WHERE user_name = ? ORDER BY created_at DESC, id`,
        name,
      )
      .map(toToken)
  }

  token(hash: string): { token: ApiToken; user: User } | null {
    const row = this.#database.get<ApiToken & { groups: string | null; userName: string }>(
      `SELECT ${tokenColumns}, user_name AS userName FROM api_tokens WHERE hash = ?`,
      hash,
    )
    const user = row && this.user(row.userName)
    return row && user ? { token: toToken(row), user } : null
  }

  touchToken(id: string, at: number, address: string): void {
    this.#database.run('UPDATE api_tokens SET used_at = ?, used_from = ? WHERE id = ?', at, address, id)
  }

  removeToken(name: string, id: string): boolean {
    return this.#database.run('DELETE FROM api_tokens WHERE user_name = ? AND id = ?', name, id) === 1
  }

  #toSession(row: UserRecord & SessionRecord): StoredSession {
    return {
      id: row.id,
      hash: row.hash,
      user: this.#toUser(row),
      createdAt: row.created_at,
      rotatedAt: row.rotated_at,
      seenAt: row.seen_at,
      address: row.address,
      browser: row.browser,
    }
  }

  #toUser(row: UserRecord): User {
    return {
      name: row.name,
      role: row.role,
      password: row.password,
      mustChange: row.must_change === 1,
      createdAt: row.user_created_at,
      signedInAt: row.signed_in_at,
      groups: groupsOf(row.asset_groups),
      disabled: row.disabled === 1,
      codeSecret: this.#secret(row, 'code_secret'),
      codeSecretOffered: this.#secret(row, 'code_secret_offered'),
      codeStep: row.code_step,
    }
  }

  /** A secret that cannot be opened is one that nobody knows: codes are asked for still, and only recovery codes are right. */
  #secret(row: UserRecord, column: 'code_secret' | 'code_secret_offered'): string | null {
    const sealed = row[column]
    return sealed === null ? null : (this.#seal.open(sealed, secretPlace(column, row.name)) ?? newCodeSecret())
  }
}

const groupsOf = (text: string | null): string[] | null => (text === null ? null : JSON.parse(text))

function toToken(row: ApiToken & { groups: string | null }): ApiToken {
  const { id, title, role, createdAt, expiresAt, usedAt, usedFrom } = row
  return { id, title, role, groups: groupsOf(row.groups), createdAt, expiresAt, usedAt, usedFrom }
}
