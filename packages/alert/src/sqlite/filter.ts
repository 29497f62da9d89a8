/** Filters of the alert list → conditions of a query. Every value is a bound parameter. */
import { type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { AlertFilter } from '../alert.ts'
import { isOpen } from '../life-cycle.ts'
import type { Trait } from '../raise.ts'
import type { Database } from './database.ts'
import { builder, maskOf, severityOf, type Tables } from './tables.ts'

type Builder = ExpressionBuilder<Tables, 'alerts'>
type Condition = Expression<SqlBool>

/** Facet fields whose conditions are left out, so that they can be counted. */
export type Without = 'alert-facets' | 'asset-facets' | 'nothing'

const wordsMax = 8
/** Sets up to this size are looked up row by row; larger ones are compared while walking an index. */
const narrowMax = 5000

/** A filter with its searches done: what is left are conditions that an index can answer. */
export interface PreparedFilter {
  filter: AlertFilter
  /** Numbers of alerts that a search found; all of them have to hold. */
  sets: FoundSet[]
}

/** Tables of large sets, filled anew for each search; one connection runs one search at a time. */
const foundTable = (place: number) => sql.ref(`found_${place}`)

interface FoundSet {
  narrow: number[] | null
  query: RawBuilder<unknown>
  /** The same asked of one row: cheaper where another set left few of them. Null when only the set can answer. */
  ofRow: RawBuilder<SqlBool> | null
}

/** Runs the searches of a filter once, for the list and its count alike. */
export function prepareFilter(database: Database, filter: AlertFilter): PreparedFilter {
  const searches: Pick<FoundSet, 'query' | 'ofRow'>[] = wordsOf(filter.q).map((word) => ({
    query: wordQuery(word),
    ofRow: wordOfRow(word),
  }))
  const search = (query: RawBuilder<unknown>) => searches.push({ query, ofRow: null })
  if (filter.technique) search(techniqueQuery(filter.technique))
  if (filter.event) search(eventQuery(filter.event))
  if (filter.incident) search(incidentQuery(filter.incident))
  for (const kind of ['hash', 'address', 'url'] as const) {
    const values = filter[kind]
    if (values) search(traitQuery(kind, values))
  }
  const sets = searches.map((one) => ({ ...one, narrow: narrowSet(database, one.query) }))
  const few = sets.some((set) => set.narrow)
  for (const [place, set] of sets.entries())
    if (!set.narrow && !(few && set.ofRow)) set.query = fillTable(database, place, set.query)
  return { filter, sets }
}

/** Puts a large set into a table of its own, so that the list, its count and both passes of the facets build it once. */
function fillTable(database: Database, place: number, query: RawBuilder<unknown>): RawBuilder<unknown> {
  const table = foundTable(place)
  database.exec(`CREATE TEMP TABLE IF NOT EXISTS found_${place} (number INTEGER PRIMARY KEY)`)
  database.exec(`DELETE FROM found_${place}`)
  const { sql: text, parameters } = sql`insert or ignore into ${table} select * from (${query})`.compile(builder)
  database.run(text, ...(parameters as string[]))
  return sql`select number from ${table}`
}

/** The numbers of a set, or null when there are too many of them. */
function narrowSet(database: Database, query: RawBuilder<unknown>): number[] | null {
  const compiled = sql<{ number: number }>`select number from (${query}) limit ${narrowMax + 1}`.compile(builder)
  const numbers = database.query(compiled).map((row) => row.number)
  return numbers.length > narrowMax ? null : numbers
}

/** Values of `open` that the filter asks for. */
export function opennessOf(filter: AlertFilter): (0 | 1)[] {
  if (filter.state) return [...new Set(filter.state.map((state) => (isOpen(state) ? 1 : 0)))]
  return filter.handled === 'all' ? [1, 0] : [filter.handled === 'no' ? 1 : 0]
}

/** Conditions of a filter but for openness, to be joined by and. */
export function conditionsOf({ filter, sets }: PreparedFilter, eb: Builder, without: Without = 'nothing'): Condition[] {
  const conditions: Condition[] = []
  if (without !== 'alert-facets') conditions.push(...alertFacetConditions(filter, eb))
  if (without !== 'asset-facets') conditions.push(...assetFacetConditions(filter))
  if (filter.scope)
    conditions.push(sql<SqlBool>`asset_id in (select id from assets where grouped in
      (select value from json_each(${JSON.stringify(filter.scope.groups)})))`)
  if (filter.asset) conditions.push(eb('asset_id', 'in', [...filter.asset]))
  if (filter.model) conditions.push(eb('model_id', 'in', [...filter.model]))
  if (filter.source) conditions.push(eb('source_address', 'in', [...filter.source]))
  if (filter.from !== undefined) conditions.push(eb('last_at', '>=', filter.from))
  if (filter.to !== undefined) conditions.push(eb('last_at', '<=', filter.to))
  const few = sets.some((set) => set.narrow)
  // The plus keeps a large set from being walked row by row.
  for (const { narrow, query, ofRow } of sets)
    if (narrow) conditions.push(sql<SqlBool>`alerts.number in (select value from json_each(${JSON.stringify(narrow)}))`)
    else conditions.push(few && ofRow ? ofRow : sql<SqlBool>`+alerts.number in (${query})`)
  return conditions
}

/** The condition on openness. With a narrow set it must not tempt the planner away from it. */
export function openCondition({ sets }: PreparedFilter, open: readonly number[]): Condition {
  const values = sql.join([...open])
  return sets.some((set) => set.narrow)
    ? sql<SqlBool>`+alerts.open in (${values})`
    : sql<SqlBool>`alerts.open in (${values})`
}

function alertFacetConditions(filter: AlertFilter, eb: Builder): Condition[] {
  const conditions: Condition[] = []
  if (filter.state) conditions.push(eb('state', 'in', [...filter.state]))
  if (filter.level) conditions.push(eb('severity', 'in', filter.level.map(severityOf)))
  if (filter.type) conditions.push(eb('type', 'in', [...filter.type]))
  if (filter.assignee) conditions.push(assigneeCondition(filter.assignee))
  if (filter.stage) conditions.push(sql<SqlBool>`stage_mask & ${maskOf(filter.stage)} != 0`)
  return conditions
}

function assigneeCondition(names: readonly (string | null)[]): Condition {
  const named = names.filter((name) => name !== null)
  const among = sql<SqlBool>`assignee in (${sql.join(named)})`
  if (named.length === names.length) return among
  return named.length > 0 ? sql<SqlBool>`(assignee is null or ${among})` : sql<SqlBool>`assignee is null`
}

function assetFacetConditions(filter: AlertFilter): Condition[] {
  const conditions: Condition[] = []
  const among = (column: 'kind' | 'grouped', values: readonly string[]) =>
    sql<SqlBool>`asset_id in (select id from assets where ${sql.ref(column)} in (${sql.join([...values])}))`
  if (filter.kind) conditions.push(among('kind', filter.kind))
  if (filter.group) conditions.push(among('grouped', filter.group))
  return conditions
}

/** Words of a search, lower-case, at most 8. */
export function wordsOf(text: string | undefined): string[] {
  return (text ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, wordsMax)
}

/** Numbers of alerts that have the word in title, entity, source address, asset name or asset address. */
function wordQuery(word: string): RawBuilder<unknown> {
  const pattern = `%${escapeLike(word)}%`
  const ofAssets = sql`select number from alerts where asset_id in
    (select id from assets where search like ${pattern} escape '\\')`
  // The trigram index finds three characters or more.
  if ([...word].length < 3)
    return sql`${ofAssets} union all select number from alerts where title like ${pattern} escape '\\'
      or entity_value like ${pattern} escape '\\' or source_address like ${pattern} escape '\\'`
  const phrase = `"${word.replaceAll('"', '""')}"`
  return sql`${ofAssets} union all select rowid from alert_search where alert_search match ${phrase}`
}

/** The word asked of one row. LIKE knows upper and lower case of ASCII only; other words need their set. */
function wordOfRow(word: string): RawBuilder<SqlBool> | null {
  if (!/^[\x00-\x7f]+$/.test(word)) return null
  const pattern = `%${escapeLike(word)}%`
  return sql<SqlBool>`(title like ${pattern} escape '\\' or entity_value like ${pattern} escape '\\'
    or source_address like ${pattern} escape '\\'
    or asset_id in (select id from assets where search like ${pattern} escape '\\'))`
}

/** Numbers of alerts with one of the techniques or a sub-technique of it. */
function techniqueQuery(ids: readonly string[]): RawBuilder<unknown> {
  // `T1059.` up to `T1059/`: the character after the dot.
  const ranges = ids.map((id) => sql`(technique = ${id} or (technique >= ${`${id}.`} and technique < ${`${id}/`}))`)
  return sql`select alert_number as number from alert_techniques where ${sql.join(ranges, sql` or `)}`
}

/** Numbers of alerts of incidents, also of those that were merged into another one. */
function incidentQuery(ids: readonly string[]): RawBuilder<unknown> {
  return sql`select alerts.number as number from incidents join incident_alerts on incident_id = coalesce(merged_into, incidents.id)
    join alerts on alerts.id = alert_id where incidents.id in (${sql.join([...ids])})`
}

/** Numbers of alerts whose evidence names one of the values. */
function eventQuery(ids: readonly string[]): RawBuilder<unknown> {
  return sql`select alerts.number as number from evidence join alerts on alerts.id = evidence.alert_id
    where evidence.event_id in (${sql.join([...ids])})`
}

function traitQuery(kind: Trait['kind'], values: readonly string[]): RawBuilder<unknown> {
  return sql`select alert_number as number from alert_traits where kind = ${kind} and value in (${sql.join([...values])})`
}

/** Makes a text literal inside a LIKE pattern with `escape '\'`. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`)
}
