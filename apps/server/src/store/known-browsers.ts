/** Browsers from which somebody signed in: guesses of others do not lock them out. Hashes of their tokens, never the tokens. */
import type { Database } from '@rampart/alert'

/** Of one user; the one that was used longest ago gives way. */
const browsersMax = 20
export const knownBrowserMs = 90 * 24 * 3_600_000

export class KnownBrowsers {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  isKnown(name: string, hash: string, now: number): boolean {
    return (
      this.#database.get(
        'SELECT 1 FROM known_browsers WHERE hash = ? AND user_name = ? AND seen_at > ?',
        hash,
        name,
        now - knownBrowserMs,
      ) !== undefined
    )
  }

  /** Remembers a browser, or that it was used again. */
  remember(name: string, hash: string, now: number): void {
    this.#database.transaction(() => {
      this.#database.run(
        'INSERT INTO known_browsers VALUES (?, ?, ?) ON CONFLICT (hash, user_name) DO UPDATE SET seen_at = excluded.seen_at',
        hash,
        name,
        now,
      )
      this.#database.run(
        `DELETE FROM known_browsers WHERE user_name = ? AND (seen_at <= ? OR hash NOT IN (
           SELECT hash FROM known_browsers WHERE user_name = ? ORDER BY seen_at DESC LIMIT ?))`,
        name,
        now - knownBrowserMs,
        name,
        browsersMax,
      )
    })
  }

  forget(name: string): void {
    this.#database.run('DELETE FROM known_browsers WHERE user_name = ?', name)
  }
}
