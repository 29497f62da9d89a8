/** What the agents of assets collect beyond the kernel, as decided by people. */
import type { Database, Migration } from '@rampart/alert'
import type { Collection } from '@rampart/api'

export const collectionMigrations: readonly Migration[] = [
  {
    name: 'collections-1',
    sql: `
CREATE TABLE collections (
  asset_id TEXT PRIMARY KEY,
  value TEXT NOT NULL             -- JSON
) STRICT;
`,
  },
]

/** As stored and as told to the agent: tokens are digests. */
export interface StoredCollection extends Omit<Collection, 'receivers'> {
  receivers: (Omit<Collection['receivers'][number], 'hasToken'> & { tokenSha256?: string })[]
}

export const defaultCollection: StoredCollection = { defaultLogs: true, logs: [], receivers: [] }

export class Collections {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Undefined when nothing was decided for the asset. */
  get(assetId: string): StoredCollection | undefined {
    const row = this.#database.get<{ value: string }>('SELECT value FROM collections WHERE asset_id = ?', assetId)
    return row && (JSON.parse(row.value) as StoredCollection)
  }

  set(assetId: string, value: StoredCollection): void {
    this.#database.run('INSERT OR REPLACE INTO collections VALUES (?, ?)', assetId, JSON.stringify(value))
  }
}
