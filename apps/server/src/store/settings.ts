/** Settings by name, as JSON. Who owns a name gives it its shape and its defaults. */
import type { Database } from '@rampart/alert'

export class Settings {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** What was written under the name, or undefined. */
  read<T>(name: string): T | undefined {
    const row = this.#database.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)
    return row && (JSON.parse(row.value) as T)
  }

  write(name: string, value: unknown): void {
    this.#database.run('INSERT OR REPLACE INTO settings VALUES (?, ?)', name, JSON.stringify(value))
  }
}
