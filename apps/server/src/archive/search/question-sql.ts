/** A question → the condition of a statement with parameters, and what a block must hold. No text of a question becomes SQL. */

import type { DuckDBValue } from '@duckdb/node-api'
import { listValue } from '@duckdb/node-api'
import { type EventCondition, type EventFieldName, eventPathPrefix, type ValueTest } from '@rampart/api'
import type { EventQuestion } from '../event-search.ts'
import { isSearchedText } from '../event-text.ts'
import type { Probe } from './block-filter.ts'
import { columnName, comparedColumn, keyFields, outsideText } from './columns.ts'

export type WireQuestion = Omit<EventQuestion, 'signal'>

export interface Where {
  sql: string
  values: DuckDBValue[]
  /** All must be in a block. */
  probes: Probe[]
}

/** The next free parameter after some values. */
export function bind(values: DuckDBValue[], value: DuckDBValue): string {
  values.push(value)
  return `$${values.length}`
}

export function whereOf(question: WireQuestion): Where {
  const values: DuckDBValue[] = []
  const probes: Probe[] = []
  const parts = [`happened_at BETWEEN ${bind(values, question.from)} AND ${bind(values, question.to)}`]
  if (question.assetIds) parts.push(oneOf(columnName('asset.id'), question.assetIds, values))
  if (question.types) parts.push(oneOf(columnName('type'), question.types, values))
  const conditions = [...(question.conditions ?? [])]
  if (question.text) conditions.push({ field: null, negated: false, any: [{ is: 'contains', value: question.text }] })
  for (const condition of conditions) {
    parts.push(sqlOf(condition, values))
    const probe = condition.negated ? null : probeOf(condition)
    if (probe) probes.push(probe)
  }
  return { sql: parts.join(' AND '), values, probes }
}

/** A list without values has no type in DuckDB, and nothing is in it. */
function oneOf(column: string, list: readonly string[], values: DuckDBValue[]): string {
  return list.length === 0 ? 'false' : `list_contains(${bind(values, listValue([...list]))}, ${column})`
}

function sqlOf({ field, any, negated }: EventCondition, values: DuckDBValue[]): string {
  const tests = any.map((test) => testSql(field, test, values)).join(' OR ')
  return negated ? `NOT coalesce(${tests}, false)` : `(${tests})`
}

function testSql(field: string | null, test: ValueTest, values: DuckDBValue[]): string {
  if (test.is === 'within') {
    const key = field === 'source.address' ? 'source_key' : 'destination_key'
    return `${key} BETWEEN ${bind(values, test.first)} AND ${bind(values, test.last)}`
  }
  const compared =
    field === null
      ? 'event_text'
      : field.startsWith(eventPathPrefix)
        ? `lower(TRY(json_extract_string(event_json, ${bind(values, jsonPath(field))})))`
        : comparedColumn(field as EventFieldName)
  if (test.is === 'present') return `${compared} IS NOT NULL`
  if (test.is === 'range') return `${compared} BETWEEN ${bind(values, test.from)} AND ${bind(values, test.to)}`
  const value = bind(values, test.value.toLowerCase())
  if (test.is === 'equals') return `${compared} = ${value}`
  return `${functions[test.is]}(${compared}, ${value})`
}

const functions = { contains: 'contains', startsWith: 'starts_with', endsWith: 'ends_with' }

/** `event.fields.Event-ID` → `$."fields"."Event-ID"`; names hold letters, digits, `_` and `-` only. */
const jsonPath = (field: string) =>
  `$${field
    .slice(eventPathPrefix.length)
    .split('.')
    .map((name) => `."${name}"`)
    .join('')}`

/** Null when a block cannot be excluded by this condition. */
function probeOf({ field, any }: EventCondition): Probe | null {
  if (any.every((test) => test.is === 'within' && test.first === test.last))
    return { values: any.map((test) => (test.is === 'within' ? test.first : '')) }
  if (field !== null && keyFields.has(field) && any.every((test) => test.is === 'equals'))
    return { values: any.map((test) => (test.is === 'equals' ? test.value.toLowerCase() : '')) }
  const [only] = any
  if (any.length !== 1 || !only || !('value' in only)) return null
  const isInText =
    field === null ||
    (field.startsWith(eventPathPrefix)
      ? isSearchedText(field.slice(eventPathPrefix.length).split('.'), only.value.toLowerCase())
      : !outsideText.has(field))
  return isInText && only.value.length >= 3 ? { text: only.value.toLowerCase() } : null
}
