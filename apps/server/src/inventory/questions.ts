/** Questions about what hosts have → rows. */
import type { Database } from '@rampart/alert'
import type { InventoryChange, InventoryKind, InventorySummary, InventoryThing } from '@rampart/api'
import type { Query } from '../api/call.ts'
import { iso } from '../api/process-chain.ts'

interface ThingRow {
  kind: InventoryKind
  name: string
  facts: string
  since: number | null
  changed_at: number | null
}
interface ChangeRow {
  number: number
  kind: InventoryKind
  name: string
  operation: InventoryChange['operation']
  before: string | null
  after: string | null
  at: number
}
type Facts = InventoryThing['facts']
type Value = string | number

const weekMs = 7 * 24 * 3_600_000
const wordsMax = 8
/** Rows of one kind and word that a search over all assets looks at. */
const searchedMax = 50_000

export class InventoryQuestions {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  kinds(assetId: string, now: number): InventorySummary['kinds'] {
    const rows = this.#database.all<{
      kind: InventoryKind
      count: number
      left_out: number
      collected_at: number
      changes: number
      changed_at: number | null
    }>(
      `SELECT kind, count, left_out, collected_at,
         (SELECT count(*) FROM inventory_changes AS c WHERE c.asset_id = k.asset_id AND c.kind = k.kind AND c.at > ?1) AS changes,
         (SELECT max(at) FROM inventory_changes AS c WHERE c.asset_id = k.asset_id AND c.kind = k.kind) AS changed_at
       FROM inventory_kinds AS k WHERE asset_id = ?2`,
      now - weekMs,
      assetId,
    )
    return rows.map((row) => ({
      kind: row.kind,
      count: row.count,
      leftOut: row.left_out,
      collectedAt: iso(row.collected_at),
      changedAt: instant(row.changed_at),
      changes: row.changes,
    }))
  }

  things(assetId: string, query: Query<'listInventoryThings'>) {
    const { where, values } = conditions(assetId, query, "lower(name || ' ' || facts)")
    const start = Number(query.cursor ?? 0) || 0
    const direction = query.order === 'desc' ? 'DESC' : 'ASC'
    const order = {
      // A package is called without its architecture: `apt` comes before `apt-utils`.
      name: `kind, rank ${direction}, CASE kind WHEN 'package' THEN word ELSE name END ${direction}, name ${direction}`,
      since: `since ${direction} NULLS LAST, kind, rank, name`,
      changed: `changed_at ${direction} NULLS LAST, kind, rank, name`,
    }[query.sort]
    const rows = this.#database.all<ThingRow>(
      `SELECT kind, name, facts, since, changed_at FROM inventory_things WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`,
      ...values,
      query.limit,
      start,
    )
    const total = this.#total('inventory_things', where, values)
    return { items: rows.map(toThing), nextCursor: next(start, rows.length, total), total }
  }

  changes(assetId: string, query: Query<'listInventoryChanges'>) {
    const { where, values } = conditions(
      assetId,
      query,
      "lower(name || ' ' || coalesce(before, '') || coalesce(after, ''))",
    )
    const [bound, more] =
      query.operation === undefined ? [where, values] : [`${where} AND operation = ?`, [...values, query.operation]]
    const start = Number(query.cursor ?? 0) || 0
    const rows = this.#database.all<ChangeRow>(
      `SELECT number, kind, name, operation, before, after, at FROM inventory_changes WHERE ${bound} ORDER BY at DESC, number DESC LIMIT ? OFFSET ?`,
      ...more,
      query.limit,
      start,
    )
    const total = this.#total('inventory_changes', bound, more)
    const items = rows.map(({ before, after, at, ...row }) => ({
      ...row,
      before: before === null ? null : (JSON.parse(before) as Facts),
      after: after === null ? null : (JSON.parse(after) as Facts),
      at: iso(at),
    }))
    return { items, nextCursor: next(start, rows.length, total), total }
  }

  /** Things of one kind by what they are searched for, over all assets, in the order of assets. `*` in `word` stands for anything. */
  byWord(
    kind: InventoryKind,
    word: string,
  ): { rows: (ThingRow & { asset_id: string; collected_at: number })[]; cut: boolean } {
    const [test, value] = word.includes('*') ? ['GLOB', globOf(word)] : ['=', word]
    const rows = this.#database.all<ThingRow & { asset_id: string; collected_at: number }>(
      `SELECT t.asset_id, t.kind, t.name, t.facts, t.since, t.changed_at, k.collected_at
       FROM inventory_things AS t JOIN inventory_kinds AS k ON k.asset_id = t.asset_id AND k.kind = t.kind
       WHERE t.kind = ? AND t.word ${test} ? LIMIT ?`,
      ...[kind, value, searchedMax + 1],
    )
    return { rows: rows.slice(0, searchedMax), cut: rows.length > searchedMax }
  }

  /** Assets that have told this kind. */
  tellers(kind: InventoryKind): string[] {
    return this.#database
      .all<{ asset_id: string }>('SELECT asset_id FROM inventory_kinds WHERE kind = ?', kind)
      .map((row) => row.asset_id)
  }

  #total(table: string, where: string, values: readonly Value[]): number {
    return (
      this.#database.get<{ count: number }>(`SELECT count(*) AS count FROM ${table} WHERE ${where}`, ...values)
        ?.count ?? 0
    )
  }
}

export function toThing({ kind, name, facts, since, changed_at }: ThingRow): InventoryThing {
  return { kind, name, facts: JSON.parse(facts) as Facts, since: instant(since), changedAt: instant(changed_at) }
}

const instant = (at: number | null) => (at === null ? null : iso(at))
const next = (start: number, length: number, total: number) => (start + length < total ? String(start + length) : null)

function conditions(
  assetId: string,
  { kind, q }: { kind?: readonly string[] | undefined; q?: string | undefined },
  text: string,
): { where: string; values: Value[] } {
  const parts = ['asset_id = ?']
  const values: Value[] = [assetId]
  if (kind !== undefined) {
    parts.push(`kind IN (${kind.map(() => '?').join(', ')})`)
    values.push(...kind)
  }
  for (const word of (q ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, wordsMax)) {
    parts.push(`instr(${text}, ?) > 0`)
    values.push(word)
  }
  return { where: parts.join(' AND '), values }
}

/** Only `*` means something in what people type. */
function globOf(word: string): string {
  return word.replace(/[[?]/g, '[$&]').replace(/\*+/g, '*')
}
