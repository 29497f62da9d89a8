/** What people switched on and off, and for which assets, read at once and kept. */
import type { Database, Finding } from '@rampart/alert'
import { type DecidedAsset, type ItemScope, raises, type Switches } from '@rampart/policy'

/** Of an asset that nobody has decided anything about, e.g. a cloud account seen for the first time. */
const undecided = { group: null, edition: 'Enterprise' } as const

export class SwitchBoard implements Switches {
  readonly #database: Database
  readonly items: Map<string, boolean>
  readonly scopes: Map<string, ItemScope>
  readonly models: Map<string, boolean>
  readonly #assets: Map<string, DecidedAsset>

  constructor(database: Database) {
    this.#database = database
    const read = (sql: string) =>
      new Map(database.all<{ id: string; enabled: number }>(sql).map((row) => [row.id, row.enabled === 1]))
    this.items = read('SELECT id, enabled FROM defence_items')
    this.models = read('SELECT model_id AS id, enabled FROM model_switches')
    this.scopes = new Map(
      database
        .all<{ item_id: string; scope: string }>('SELECT item_id, scope FROM defence_item_scopes')
        .map((row) => [row.item_id, JSON.parse(row.scope)]),
    )
    this.#assets = new Map(
      database
        .all<{ id: string; grouped: string | null; edition: DecidedAsset['edition'] }>(
          'SELECT id, grouped, edition FROM assets',
        )
        .map((row) => [row.id, { id: row.id, group: row.grouped, edition: row.edition }]),
    )
  }

  /** What was decided for an asset. */
  asset(id: string): DecidedAsset {
    return this.#assets.get(id) ?? { id, ...undecided }
  }

  /** Call it with every asset whose group or edition was changed. */
  assetChanged({ id, group, edition }: DecidedAsset): void {
    this.#assets.set(id, { id, group, edition })
  }

  raises(finding: Pick<Finding, 'modelId' | 'type' | 'level' | 'edition' | 'assetId'>): boolean {
    return raises(finding, this.asset(finding.assetId), this)
  }

  switchItem(id: string, enabled: boolean): void {
    this.#database.run('INSERT OR REPLACE INTO defence_items VALUES (?, ?)', id, enabled ? 1 : 0)
    this.items.set(id, enabled)
  }

  /** Null protects every asset. */
  setScope(id: string, scope: ItemScope | null): void {
    if (scope === null) {
      this.#database.run('DELETE FROM defence_item_scopes WHERE item_id = ?', id)
      this.scopes.delete(id)
      return
    }
    this.#database.run('INSERT OR REPLACE INTO defence_item_scopes VALUES (?, ?)', id, JSON.stringify(scope))
    this.scopes.set(id, scope)
  }

  switchModel(id: string, enabled: boolean): void {
    this.#database.run('INSERT OR REPLACE INTO model_switches VALUES (?, ?)', id, enabled ? 1 : 0)
    this.models.set(id, enabled)
  }
}
