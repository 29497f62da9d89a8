/** API tokens as they are kept: their hashes, never the tokens. */
import type { Database } from '@rampart/alert'
import { groupsOf, type Role, type User } from './user-record.ts'

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

const tokenColumns = `id, title, role, asset_groups AS groups, created_at AS createdAt, expires_at AS expiresAt,
  used_at AS usedAt, used_from AS usedFrom`

export class StoredTokens {
  readonly #database: Database
  readonly #user: (name: string) => User | null

  constructor(database: Database, user: (name: string) => User | null) {
    this.#database = database
    this.#user = user
  }

  add(name: string, hash: string, token: Omit<ApiToken, 'usedAt' | 'usedFrom'>): void {
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
  of(name: string): ApiToken[] {
    return this.#database
      .all<ApiToken & { groups: string | null }>(
        `SELECT ${tokenColumns} FROM api_tokens WHERE user_name = ? ORDER BY created_at DESC, id`,
        name,
      )
      .map(toToken)
  }

  find(hash: string): { token: ApiToken; user: User } | null {
    const row = this.#database.get<ApiToken & { groups: string | null; userName: string }>(
      `SELECT ${tokenColumns}, user_name AS userName FROM api_tokens WHERE hash = ?`,
      hash,
    )
    const user = row && this.#user(row.userName)
    return row && user ? { token: toToken(row), user } : null
  }

  touch(id: string, at: number, address: string): void {
    this.#database.run('UPDATE api_tokens SET used_at = ?, used_from = ? WHERE id = ?', at, address, id)
  }

  remove(name: string, id: string): boolean {
    return this.#database.run('DELETE FROM api_tokens WHERE user_name = ? AND id = ?', name, id) === 1
  }
}

function toToken(row: ApiToken & { groups: string | null }): ApiToken {
  const { id, title, role, createdAt, expiresAt, usedAt, usedFrom } = row
  return { id, title, role, groups: groupsOf(row.groups), createdAt, expiresAt, usedAt, usedFrom }
}
