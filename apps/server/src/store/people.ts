/** Users with what belongs to them: second factor, sessions, API tokens; and the audit trail. */
import type { Database } from '@rampart/alert'
import { type AuditRow, AuditTrail } from './audit-trail.ts'
import { KnownBrowsers } from './known-browsers.ts'
import { Seal, secretPlace } from './sealed.ts'
import { StoredSessions } from './stored-sessions.ts'
import { StoredTokens } from './stored-tokens.ts'
import { type Role, toUser, type User, type UserRecord, userColumns } from './user-record.ts'

export class People {
  readonly #database: Database
  readonly #seal: Seal
  readonly trail: AuditTrail
  readonly sessions: StoredSessions
  readonly tokens: StoredTokens
  readonly browsers: KnownBrowsers

  /** Without a seal no secret of one-time codes can be read or kept. */
  constructor(database: Database, seal: Seal = Seal.none) {
    this.#database = database
    this.#seal = seal
    this.trail = new AuditTrail(database)
    this.sessions = new StoredSessions(database, seal)
    this.browsers = new KnownBrowsers(database)
    this.tokens = new StoredTokens(database, (name) => this.user(name))
  }

  record(row: AuditRow): void {
    this.trail.record(row)
  }

  user(name: string): User | null {
    const row = this.#database.get<UserRecord>(`SELECT ${userColumns} FROM users WHERE name = ?`, name)
    return row ? toUser(row, this.#seal) : null
  }

  /** By name. */
  users(): User[] {
    return this.#database
      .all<UserRecord>(`SELECT ${userColumns} FROM users ORDER BY users.name`)
      .map((row) => toUser(row, this.#seal))
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
    if (disabled) this.sessions.endAll(name)
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
      if (mustChange) this.browsers.forget(name)
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
}
