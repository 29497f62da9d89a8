/** Saved filters of the alert list, and which one each user begins with. */
import { randomUUID } from 'node:crypto'
import type { Database, Migration } from '@rampart/alert'

export const savedFilterMigrations: readonly Migration[] = [
  {
    name: 'saved-filters',
    sql: `
CREATE TABLE saved_filters (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL,
  search TEXT NOT NULL,           -- query of the Alerts page
  shared INTEGER NOT NULL,
  made_at REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_filters_by_name ON saved_filters (owner, name);

CREATE TABLE default_filters (
  user_name TEXT PRIMARY KEY COLLATE NOCASE,
  filter_id TEXT NOT NULL
) STRICT;
`,
  },
]

export interface SavedFilter {
  id: string
  name: string
  search: string
  owner: string
  shared: boolean
  isDefault: boolean
}

export class SavedFilters {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** What a user may use: the own ones first, each part by name. */
  of(user: string): SavedFilter[] {
    return this.#database
      .all<Omit<SavedFilter, 'shared' | 'isDefault'> & { shared: number; isDefault: number }>(
        `SELECT id, name, search, owner, shared,
           EXISTS (SELECT 1 FROM default_filters WHERE user_name = ? AND filter_id = id) AS isDefault
         FROM saved_filters WHERE owner = ? OR shared = 1 ORDER BY owner <> ?, name`,
        user,
        user,
        user,
      )
      .map((row) => ({ ...row, shared: row.shared === 1, isDefault: row.isDefault === 1 }))
  }

  get(id: string, user: string): SavedFilter | null {
    return this.of(user).find((filter) => filter.id === id) ?? null
  }

  count(user: string): number {
    return (
      this.#database.get<{ total: number }>('SELECT count(*) AS total FROM saved_filters WHERE owner = ?', user)
        ?.total ?? 0
    )
  }

  /** A filter of the same owner with the same name is replaced. */
  save(
    user: string,
    { name, search, shared }: Pick<SavedFilter, 'name' | 'search' | 'shared'>,
    at: number,
  ): SavedFilter {
    this.#database.run(
      `INSERT INTO saved_filters VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner, name) DO UPDATE SET search = excluded.search, shared = excluded.shared`,
      randomUUID(),
      user,
      name,
      search,
      shared ? 1 : 0,
      at,
    )
    return this.of(user).find((filter) => filter.name === name) as SavedFilter
  }

  /** False when another filter of the owner has the name already. */
  change(filter: SavedFilter): boolean {
    return (
      this.#database.run(
        `UPDATE OR IGNORE saved_filters SET name = ?, search = ?, shared = ? WHERE id = ?`,
        filter.name,
        filter.search,
        filter.shared ? 1 : 0,
        filter.id,
      ) > 0
    )
  }

  /** Null begins with no filter. */
  beginWith(user: string, filterId: string | null): void {
    if (filterId === null) this.#database.run('DELETE FROM default_filters WHERE user_name = ?', user)
    else this.#database.run('INSERT OR REPLACE INTO default_filters VALUES (?, ?)', user, filterId)
  }

  delete(id: string): void {
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM default_filters WHERE filter_id = ?', id)
      this.#database.run('DELETE FROM saved_filters WHERE id = ?', id)
    })
  }
}
