/** What people switched on and off, read at once and kept. */
import type { Database } from '@rampart/alert'
import { raises, type Switches } from '@rampart/policy'

export class SwitchBoard implements Switches {
  readonly #database: Database
  readonly items: Map<string, boolean>
  readonly models: Map<string, boolean>

  constructor(database: Database) {
    this.#database = database
    const read = (sql: string) =>
      new Map(database.all<{ id: string; enabled: number }>(sql).map((row) => [row.id, row.enabled === 1]))
    this.items = read('SELECT id, enabled FROM defence_items')
    this.models = read('SELECT model_id AS id, enabled FROM model_switches')
  }

  raises(finding: Parameters<typeof raises>[0]): boolean {
    return raises(finding, this)
  }

  switchItem(id: string, enabled: boolean): void {
    this.#database.run('INSERT OR REPLACE INTO defence_items VALUES (?, ?)', id, enabled ? 1 : 0)
    this.items.set(id, enabled)
  }

  switchModel(id: string, enabled: boolean): void {
    this.#database.run('INSERT OR REPLACE INTO model_switches VALUES (?, ?)', id, enabled ? 1 : 0)
    this.models.set(id, enabled)
  }
}
