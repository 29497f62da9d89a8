/** Saved filters of the alert list, saved searches, and which one each user begins with. */
import { randomUUID } from 'node:crypto'
import type { AssetScope, Database, Migration } from '@rampart/alert'

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
  {
    name: 'saved-filters-2',
    sql: `
-- What the owner could see when it was written, JSON array; null: every asset. Its words may name any of that.
ALTER TABLE saved_filters ADD COLUMN asset_groups TEXT;
`,
  },
  {
    name: 'saved-filters-3',
    sql: `
-- The page that it is of: alerts, search. Names are apart for each.
ALTER TABLE saved_filters ADD COLUMN page TEXT NOT NULL DEFAULT 'alerts';
DROP INDEX saved_filters_by_name;
CREATE UNIQUE INDEX saved_filters_by_page_and_name ON saved_filters (owner, page, name);
`,
  },
]

export interface SavedFilter {
  id: string
  name: string
  page: 'alerts' | 'search'
  search: string
  owner: string
  shared: boolean
  isDefault: boolean
}

/** Who asks. A person sees every own filter; an API token only those whose words lie within its groups. */
export interface FilterReader {
  name: string
  scope: AssetScope
  isPerson: boolean
}

interface FilterRecord {
  id: string
  name: string
  page: SavedFilter['page']
  search: string
  owner: string
  shared: number
  isDefault: number
  isOwn: number
  groups: string | null
}

export class SavedFilters {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * What a user may use: the own ones first, each part by name. A filter that somebody shares is there for who sees at least
   * what its owner saw when writing it: name and words may name any of those assets.
   */
  of(reader: FilterReader): SavedFilter[] {
    return this.#database
      .all<FilterRecord>(
        `SELECT id, name, page, search, owner, shared, asset_groups AS groups, owner = ? AS isOwn,
           EXISTS (SELECT 1 FROM default_filters WHERE user_name = ? AND filter_id = id) AS isDefault
         FROM saved_filters WHERE owner = ? OR shared = 1 ORDER BY owner <> ?, name`,
        reader.name,
        reader.name,
        reader.name,
        reader.name,
      )
      .filter(({ isOwn, groups }) => (isOwn === 1 && reader.isPerson) || sees(reader.scope, groupsOf(groups)))
      .map(({ groups: _, isOwn: __, ...row }) => ({ ...row, shared: row.shared === 1, isDefault: row.isDefault === 1 }))
  }

  get(id: string, reader: FilterReader): SavedFilter | null {
    return this.of(reader).find((filter) => filter.id === id) ?? null
  }

  count(user: string): number {
    return (
      this.#database.get<{ total: number }>('SELECT count(*) AS total FROM saved_filters WHERE owner = ?', user)
        ?.total ?? 0
    )
  }

  /** A filter of the same owner for the same page with the same name is replaced. */
  save(
    reader: FilterReader,
    { name, page, search, shared }: Pick<SavedFilter, 'name' | 'page' | 'search' | 'shared'>,
    at: number,
  ): SavedFilter {
    const id = randomUUID()
    this.#database.run(
      `INSERT INTO saved_filters VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner, page, name) DO UPDATE SET search = excluded.search, shared = excluded.shared, asset_groups = excluded.asset_groups`,
      id,
      reader.name,
      name,
      search,
      shared ? 1 : 0,
      at,
      reader.scope && JSON.stringify(reader.scope.groups),
      page,
    )
    return this.of(reader).find(
      (filter) => filter.name === name && filter.page === page && filter.owner === reader.name,
    ) as SavedFilter
  }

  /** False when another filter of the owner has the name already. */
  change(filter: SavedFilter, scope: AssetScope): boolean {
    // What stays of its words is from before, so that who sees it has to see that too.
    const before = groupsOf(
      this.#database.get<{ groups: string | null }>(
        'SELECT asset_groups AS groups FROM saved_filters WHERE id = ?',
        filter.id,
      )?.groups ?? null,
    )
    const groups = before && scope && [...new Set([...before, ...scope.groups])]
    return (
      this.#database.run(
        'UPDATE OR IGNORE saved_filters SET name = ?, search = ?, shared = ?, asset_groups = ? WHERE id = ?',
        filter.name,
        filter.search,
        filter.shared ? 1 : 0,
        groups && JSON.stringify(groups),
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

const groupsOf = (text: string | null): string[] | null => (text === null ? null : JSON.parse(text))

/** True when a scope holds everything that was seen. */
function sees(scope: AssetScope, seen: readonly string[] | null): boolean {
  return scope === null || seen?.every((group) => scope.groups.includes(group)) === true
}
