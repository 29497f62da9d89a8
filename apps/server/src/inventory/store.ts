/** What hosts have: parts of inventories in, the things and what changed kept per asset. */
import type { Database } from '@rampart/alert'
import type { InventoryKind } from '@rampart/api'
import { sameFacts } from '@rampart/event/momentary-facts'
import type { InventoryPart } from './part.ts'
import { rankOf, wordOf } from './search-words.ts'

export interface PartHead {
  kind: InventoryKind
  base: string | null
  digest: string
  count: number
  leftOut: number
  collectedAt: number
}
type Facts = Record<string, string | number | boolean>
interface StoredThing {
  facts: string
  since: number | null
  changed_at: number | null
}

/** Most differences that one part leaves, and that are kept of one asset. */
const changesOfPart = 5_000
const changesOfAsset = 20_000

export class InventoryStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** What there is of an asset, by the agent's own names of it. */
  digests(assetId: string): Partial<Record<InventoryKind, string>> {
    const rows = this.#database.all<{ kind: InventoryKind; digest: string }>(
      "SELECT kind, digest FROM inventory_kinds WHERE asset_id = ? AND digest <> ''",
      assetId,
    )
    return Object.fromEntries(rows.map(({ kind, digest }) => [kind, digest]))
  }

  /**
   * Takes a part in, in one transaction; once more changes nothing. False when it is a difference to something else than
   * what is here, or does not add up: the agent is then told what is here, and sends the whole.
   */
  take(assetId: string, head: PartHead, part: InventoryPart, now: number): boolean {
    const { kind, base, digest } = head
    const known = this.#database.get<{ digest: string }>(
      'SELECT digest FROM inventory_kinds WHERE asset_id = ? AND kind = ?',
      assetId,
      kind,
    )
    if (known?.digest === digest) return true
    if (base !== null && known?.digest !== base) return false
    return this.#database.transaction(() => {
      this.#write(assetId, head, part, now, known !== undefined)
      const counted = this.#count(assetId, kind)
      if (counted === head.count) return true
      // What is here is not what the agent means. Only the whole can mend it.
      this.#database.run("UPDATE inventory_kinds SET digest = '' WHERE asset_id = ? AND kind = ?", assetId, kind)
      return false
    })
  }

  #count(assetId: string, kind: string): number {
    return (
      this.#database.get<{ count: number }>(
        'SELECT count(*) AS count FROM inventory_things WHERE asset_id = ? AND kind = ?',
        assetId,
        kind,
      )?.count ?? 0
    )
  }

  #write(assetId: string, head: PartHead, part: InventoryPart, now: number, wasKnown: boolean): void {
    const { kind } = head
    const collectedAt = Math.min(head.collectedAt, now)
    let told = 0
    const tell = (name: string, operation: string, before: string | null, after: string | null, at: number | null) => {
      if (!wasKnown || told++ >= changesOfPart) return
      this.#database.run(
        'INSERT INTO inventory_changes (asset_id, kind, name, operation, before, after, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[assetId, kind, name, operation, before, after, Math.min(at ?? collectedAt, now)],
      )
    }
    const stored = (name: string) =>
      this.#database.get<StoredThing>(
        'SELECT facts, since, changed_at FROM inventory_things WHERE asset_id = ? AND kind = ? AND name = ?',
        ...[assetId, kind, name],
      )
    const remove = (name: string, at: number | null) => {
      const old = stored(name)
      if (!old) return
      this.#database.run(
        'DELETE FROM inventory_things WHERE asset_id = ? AND kind = ? AND name = ?',
        assetId,
        kind,
        name,
      )
      tell(name, 'removed', old.facts, null, at)
    }
    if (head.base === null) {
      const kept = new Set(part.set.map(([name]) => name))
      const all = this.#database.all<{ name: string }>(
        'SELECT name FROM inventory_things WHERE asset_id = ? AND kind = ?',
        assetId,
        kind,
      )
      for (const { name } of all) if (!kept.has(name)) remove(name, null)
    }
    for (const [name, at] of part.gone) remove(name, at)
    for (const [name, facts, since, changedAt] of part.set) {
      const old = stored(name)
      const text = JSON.stringify(facts)
      const added = !old && wasKnown ? (since ?? collectedAt) : since
      const begin = old ? (since ?? old.since) : added
      const change = changedAt ?? old?.changed_at ?? null
      this.#database.run(
        'INSERT OR REPLACE INTO inventory_things VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        ...[assetId, kind, name, text, wordOf(kind, name, facts), rankOf(kind, facts)],
        ...[begin === null ? null : Math.min(begin, now), change === null ? null : Math.min(change, now)],
      )
      if (!old) tell(name, 'added', null, text, added)
      else if (!sameFacts(JSON.parse(old.facts) as Facts, facts)) tell(name, 'changed', old.facts, text, changedAt)
    }
    const { digest, count, leftOut } = head
    this.#database.run(
      'INSERT OR REPLACE INTO inventory_kinds VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[assetId, kind, digest, count, leftOut, collectedAt, now],
    )
    if (told > 0)
      this.#database.run(
        `DELETE FROM inventory_changes WHERE asset_id = ?1 AND number <= (
           SELECT number FROM inventory_changes WHERE asset_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
        assetId,
        changesOfAsset,
      )
  }

  /** The things of these kinds were looked at again and are as they were. */
  confirmed(assetId: string, kinds: Readonly<Partial<Record<InventoryKind, number>>>, now: number): void {
    for (const [kind, at] of Object.entries(kinds))
      this.#database.run(
        'UPDATE inventory_kinds SET collected_at = max(collected_at, ?) WHERE asset_id = ? AND kind = ?',
        ...[Math.min(at, now), assetId, kind],
      )
  }

  /** Forgets an asset. */
  remove(assetId: string): void {
    this.#database.transaction(() => {
      for (const table of ['inventory_kinds', 'inventory_things', 'inventory_changes'])
        this.#database.run(`DELETE FROM ${table} WHERE asset_id = ?`, assetId)
    })
  }

  /** Removes differences from before an instant, at most so many. */
  forgetChanges(before: number, most: number): number {
    return this.#database.run(
      'DELETE FROM inventory_changes WHERE number IN (SELECT number FROM inventory_changes WHERE at < ? LIMIT ?)',
      before,
      most,
    )
  }
}
