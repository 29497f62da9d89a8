/** Filters of the alert list → conditions of a query. Every value is a bound parameter. */
import { type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { AlertFilter } from '../alert.ts'
import { maskOf, severityOf, type Tables } from './tables.ts'

type Builder = ExpressionBuilder<Tables, 'alerts'>
type Condition = Expression<SqlBool>

/** Facet fields; `facets` leaves their conditions out and counts them itself. */
export const facetFields = ['state', 'level', 'type', 'stage', 'kind', 'group'] as const

const wordsMax = 8

/** Conditions of a filter, to be joined by and. `without` leaves the facet fields out. */
export function conditionsOf(filter: AlertFilter, eb: Builder, without: 'facets' | 'nothing' = 'nothing'): Condition[] {
  const conditions: Condition[] = []
  if (!filter.state && filter.handled !== 'all') conditions.push(eb('open', '=', filter.handled === 'no' ? 1 : 0))
  if (without === 'nothing') conditions.push(...facetConditions(filter, eb))
  if (filter.asset) conditions.push(eb('asset_id', 'in', [...filter.asset]))
  if (filter.model) conditions.push(eb('model_id', 'in', [...filter.model]))
  if (filter.technique)
    conditions.push(
      eb.or(
        filter.technique.map(
          (id) => sql<SqlBool>`(instr(techniques, ${`,${id},`}) > 0 or instr(techniques, ${`,${id}.`}) > 0)`,
        ),
      ),
    )
  if (filter.from !== undefined) conditions.push(eb('last_at', '>=', filter.from))
  if (filter.to !== undefined) conditions.push(eb('last_at', '<=', filter.to))
  for (const word of wordsOf(filter.q)) conditions.push(wordCondition(word))
  return conditions
}

function facetConditions(filter: AlertFilter, eb: Builder): Condition[] {
  const conditions: Condition[] = []
  if (filter.state) conditions.push(eb('state', 'in', [...filter.state]))
  if (filter.level) conditions.push(eb('severity', 'in', filter.level.map(severityOf)))
  if (filter.type) conditions.push(eb('type', 'in', [...filter.type]))
  if (filter.stage) conditions.push(sql<SqlBool>`stage_mask & ${maskOf(filter.stage)} != 0`)
  if (filter.kind)
    conditions.push(sql<SqlBool>`asset_id in (select id from assets where kind in (${sql.join([...filter.kind])}))`)
  if (filter.group)
    conditions.push(sql<SqlBool>`asset_id in (select id from assets where grouped in (${sql.join([...filter.group])}))`)
  return conditions
}

/** Words of a search, lower-case, at most 8. */
export function wordsOf(text: string | undefined): string[] {
  return (text ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, wordsMax)
}

function wordCondition(word: string): RawBuilder<SqlBool> {
  const pattern = `%${escapeLike(word)}%`
  const asset = sql`asset_id in (select id from assets where search like ${pattern} escape '\\')`
  // The trigram index finds three characters or more; shorter words scan, which is rare and bounded by the table.
  if ([...word].length < 3)
    return sql`(${asset} or lower(title) like ${pattern} escape '\\' or lower(entity_value) like ${pattern} escape '\\'
      or source_address like ${pattern} escape '\\')`
  const phrase = `"${word.replaceAll('"', '""')}"`
  return sql`(${asset} or number in (select rowid from alert_search where alert_search match ${phrase}))`
}

/** Makes a text literal inside a LIKE pattern with `escape '\'`. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`)
}
