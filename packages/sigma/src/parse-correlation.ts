// The correlation section: a located map in, a checked correlation out; and the old aggregations, translated.
import type { Aggregation } from './condition.ts'
import type { Comparison, ComparisonOperator, Correlation, CorrelationType, Reference } from './document.ts'
import { type Place, Refusal, type SigmaIssueCode } from './issue.ts'
import { describe, entryOf, type Located, type LocatedEntry, type LocatedMap } from './located.ts'

const types = new Set<string>([
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] satisfies CorrelationType[])
const keys = new Set(['type', 'rules', 'group-by', 'timespan', 'timeframe', 'condition', 'aliases', 'generate'])
const operators = new Set<string>(['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] satisfies ComparisonOperator[])
const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const maxSpanMs = 366 * 86_400_000

/** Milliseconds of `15m` and the like; undefined when it is not a span between one second and 366 days. */
export function parseTimespan(text: string): number | undefined {
  const found = /^(\d{1,9})([smhd])$/.exec(text.trim())
  const ms = Number(found?.[1]) * (units[found?.[2] ?? ''] ?? 0)
  return ms > 0 && ms <= maxSpanMs ? ms : undefined
}

/** Reads the section. `generateAtTop` is the document's own `generate` key, where the schema puts it. */
export function parseCorrelation(entry: LocatedEntry, generateAtTop: LocatedEntry | undefined): Correlation {
  const map = entry.value
  if (map.kind !== 'map') throw new Refusal('sigma.bad-key', entry, `correlation must be a map, not ${describe(map)}`)
  const type = typeOf(map, entry)
  const condition = conditionOf(map, type)
  const unknown = map.entries.find(({ key }) => !keys.has(key))
  if (unknown)
    throw new Refusal('sigma.bad-correlation', unknown, `"${unknown.key.slice(0, 80)}" is no key of a correlation`)
  return {
    type,
    rules: references(map, entry),
    groupBy: groupBy(map),
    timespanMs: timespan(map, entry),
    ...condition,
    aliases: aliases(map),
    generate: isTrue(entryOf(map, 'generate') ?? generateAtTop),
    line: entry.line,
    column: entry.column,
  }
}

function typeOf(map: LocatedMap, section: Place): CorrelationType {
  const entry = entryOf(map, 'type')
  if (!entry) throw new Refusal('sigma.missing-key', section, 'the key "type" is missing')
  const value = entry.value.kind === 'scalar' ? String(entry.value.value) : describe(entry.value)
  if (!types.has(value)) {
    const known = [...types].join(', ')
    throw new Refusal('sigma.bad-correlation', entry, `type is "${value.slice(0, 80)}"; it must be one of ${known}`)
  }
  return value as CorrelationType
}

function isTrue(entry: LocatedEntry | undefined): boolean {
  if (!entry) return false
  if (entry.value.kind === 'scalar' && typeof entry.value.value === 'boolean') return entry.value.value
  throw new Refusal('sigma.bad-key', entry, 'generate must be true or false')
}

function references(map: LocatedMap, section: Place): Reference[] {
  const entry = entryOf(map, 'rules')
  if (!entry) throw new Refusal('sigma.missing-key', section, 'the key "rules" is missing')
  return readReferences(entry, 'sigma.bad-correlation')
}

/** A list of rule ids or names, or one of them alone. */
export function readReferences(entry: LocatedEntry, code: SigmaIssueCode): Reference[] {
  const items: readonly Located[] = entry.value.kind === 'list' ? entry.value.items : [entry.value]
  if (items.length === 0) throw new Refusal(code, entry, 'the list of rules is empty')
  return items.map((item) => {
    if (item.kind !== 'scalar' || item.value === null)
      throw new Refusal(code, item, `a rule is named by its id or name, not by ${describe(item)}`)
    return { to: item.text.trim() || String(item.value), line: item.line, column: item.column }
  })
}

function groupBy(map: LocatedMap): string[] {
  const entry = entryOf(map, 'group-by')
  if (!entry) return []
  return fieldNames(entry)
}

function fieldNames(entry: LocatedEntry): string[] {
  const items: readonly Located[] = entry.value.kind === 'list' ? entry.value.items : [entry.value]
  return items.map((item) => {
    if (item.kind !== 'scalar' || typeof item.value !== 'string')
      throw new Refusal('sigma.bad-correlation', item, `${entry.key} must name fields, not ${describe(item)}`)
    return item.value
  })
}

function timespan(map: LocatedMap, section: Place): number {
  const entry = entryOf(map, 'timespan') ?? entryOf(map, 'timeframe')
  if (!entry) throw new Refusal('sigma.missing-key', section, 'the key "timespan" is missing')
  const text = entry.value.kind === 'scalar' ? entry.value.text : describe(entry.value)
  const ms = parseTimespan(text)
  if (!ms) throw new Refusal('sigma.bad-timespan', entry, `"${text.slice(0, 40)}" is not a timespan`)
  return ms
}

function conditionOf(
  map: LocatedMap,
  type: CorrelationType,
): Pick<Correlation, 'conditions' | 'conditionFields' | 'percentile'> {
  const entry = entryOf(map, 'condition')
  const isTemporal = type === 'temporal' || type === 'temporal_ordered'
  if (!entry) {
    if (isTemporal) return { conditions: [], conditionFields: [], percentile: undefined }
    throw new Refusal('sigma.missing-key', map, `${type} needs the key "condition"`)
  }
  if (entry.value.kind !== 'map')
    throw new Refusal('sigma.bad-correlation', entry, `condition must be a map, not ${describe(entry.value)}`)
  const conditions: Comparison[] = []
  let conditionFields: string[] = []
  let percentile: number | undefined
  for (const each of entry.value.entries) {
    if (each.key === 'field') conditionFields = fieldNames(each)
    else if (each.key === 'percentile') percentile = numberOf(each)
    else if (operators.has(each.key))
      conditions.push({ operator: each.key as ComparisonOperator, value: numberOf(each) })
    else throw new Refusal('sigma.bad-correlation', each, `"${each.key}" is no operator of a correlation's condition`)
  }
  const needsField = type.startsWith('value_')
  if (needsField && conditionFields.length === 0)
    throw new Refusal('sigma.bad-correlation', entry, `${type} needs the key "field" in its condition`)
  if (!needsField && conditionFields.length > 0)
    throw new Refusal('sigma.bad-correlation', entry, `${type} reads no field; value_count counts the values of one`)
  if (percentile !== undefined && type !== 'value_percentile')
    throw new Refusal('sigma.bad-correlation', entry, `${type} takes no percentile`)
  if (needsField && type !== 'value_count' && conditionFields.length > 1)
    throw new Refusal('sigma.bad-correlation', entry, `${type} takes one field`)
  if (conditions.length === 0) throw new Refusal('sigma.bad-correlation', entry, 'the condition has no operator')
  if (percentile !== undefined && !(percentile >= 0 && percentile <= 100))
    throw new Refusal('sigma.bad-correlation', entry, 'percentile must lie between 0 and 100')
  return { conditions, conditionFields, percentile }
}

function numberOf(entry: LocatedEntry): number {
  const value = entry.value.kind === 'scalar' ? entry.value.value : undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw new Refusal('sigma.bad-correlation', entry, `${entry.key} must be a number`)
  return number
}

function aliases(map: LocatedMap): Record<string, Record<string, string>> {
  const entry = entryOf(map, 'aliases')
  if (!entry) return {}
  if (entry.value.kind !== 'map')
    throw new Refusal('sigma.bad-correlation', entry, `aliases must be a map, not ${describe(entry.value)}`)
  const all: [string, Record<string, string>][] = []
  for (const alias of entry.value.entries) {
    if (alias.value.kind !== 'map')
      throw new Refusal('sigma.bad-correlation', alias, `the alias "${alias.key}" must map rule names to fields`)
    const fields = alias.value.entries.map(({ key, value }): [string, string] => {
      if (value.kind !== 'scalar' || value.value === null)
        throw new Refusal('sigma.bad-correlation', value, `the alias "${alias.key}" must name a field of "${key}"`)
      return [key, String(value.value)]
    })
    all.push([alias.key, Object.fromEntries(fields)])
  }
  return Object.fromEntries(all)
}

const aggregationOperators: Record<string, ComparisonOperator> = {
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
  '=': 'eq',
  '==': 'eq',
}

/** The id of the rule whose matches the old aggregation of a rule counts. */
export function countedId(id: string): string {
  return `${id}#events`
}

/** The correlation that says the same as an old aggregation over one rule. */
export function translateAggregation(
  aggregation: Aggregation,
  base: string,
  timespanMs: number,
  place: Place,
): Correlation {
  const { line, column } = place
  const name = aggregation.function
  const operator = aggregationOperators[aggregation.operator]
  const valueTypes: Record<string, CorrelationType> = { sum: 'value_sum', avg: 'value_avg' }
  const type = name === 'count' ? (aggregation.field ? 'value_count' : 'event_count') : valueTypes[name]
  if (!operator || !type || (name !== 'count' && !aggregation.field))
    throw new Refusal('sigma.unsupported-aggregation', place, `the aggregation "${name}" cannot be translated`)
  return {
    type,
    rules: [{ to: base, line, column }],
    groupBy: aggregation.groupBy ? aggregation.groupBy.split(',').map((field) => field.trim()) : [],
    timespanMs,
    conditions: [{ operator, value: aggregation.value }],
    conditionFields: aggregation.field ? [aggregation.field] : [],
    percentile: undefined,
    aliases: {},
    generate: false,
    line,
    column,
  }
}
