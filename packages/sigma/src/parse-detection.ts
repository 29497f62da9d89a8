// The detection section: a located map in, selections and conditions out.
import { type Aggregation, type Condition, fitsPattern, parseCondition } from './condition.ts'
import type { ConditionText, Detection, Item, NamedSelection, Selection } from './document.ts'
import { type Place, Refusal, type SigmaIssueCode } from './issue.ts'
import type { SigmaLimits } from './limits.ts'
import { describe, type Located, type LocatedEntry, type LocatedMap, type LocatedScalar } from './located.ts'

const notSelections = new Set(['condition', 'timeframe'])

/** Where a warning goes. */
export type Warn = (code: SigmaIssueCode, place: Place, message: string) => void

/** Conditions read, and the old aggregation behind one of them. */
export interface ParsedDetection {
  detection: Detection
  aggregations: readonly (Aggregation | undefined)[]
}

/** Reads the section; `leaveOut` names further keys that are no search identifiers (a filter's `rules`). */
export function parseDetection(
  entry: LocatedEntry,
  limits: SigmaLimits,
  warn: Warn,
  leaveOut: readonly string[] = [],
): ParsedDetection {
  const map = entry.value
  if (map.kind !== 'map') throw new Refusal('sigma.bad-key', entry, `${entry.key} must be a map, not ${describe(map)}`)
  const selections: NamedSelection[] = []
  for (const each of map.entries) {
    if (notSelections.has(each.key) || leaveOut.includes(each.key)) continue
    const selection = parseSelection(each)
    lint(selection, warn)
    selections.push({ name: each.key, selection, line: each.line, column: each.column })
  }
  if (selections.length === 0) throw new Refusal('sigma.no-selection', entry, 'there is no search identifier')
  const { conditions, aggregations } = parseConditions(map, entry, limits)
  const used = new Set<string>()
  for (const { condition } of conditions) collectNames(condition, selections, used)
  for (const { name, line, column } of selections)
    if (!used.has(name)) warn('sigma.unused-selection', { line, column }, `no condition names "${name}"`)
  return { detection: { selections, conditions, line: entry.line, column: entry.column }, aggregations }
}

function parseConditions(map: LocatedMap, section: Place, limits: SigmaLimits) {
  const entry = map.entries.find(({ key }) => key === 'condition')
  if (!entry) throw new Refusal('sigma.missing-key', section, 'the key "condition" is missing')
  const nodes: readonly Located[] = entry.value.kind === 'list' ? entry.value.items : [entry.value]
  if (nodes.length === 0) throw new Refusal('sigma.bad-condition', entry, 'the list of conditions is empty')
  const conditions: ConditionText[] = []
  const aggregations: (Aggregation | undefined)[] = []
  for (const node of nodes) {
    if (node.kind !== 'scalar' || node.value === null)
      throw new Refusal('sigma.bad-condition', node, `a condition must be a text, not ${describe(node)}`)
    const text = String(node.value)
    if (text.length > limits.maxConditionLength) {
      const message = `the condition has ${text.length} characters; ${limits.maxConditionLength} are allowed`
      throw new Refusal('sigma.bad-condition', node, message)
    }
    const { condition, aggregation } = parseCondition(text, node)
    conditions.push({ text, condition, line: node.line, column: node.column })
    aggregations.push(aggregation)
  }
  return { conditions, aggregations }
}

function collectNames(condition: Condition, selections: readonly NamedSelection[], used: Set<string>): void {
  if (condition.kind === 'name') used.add(condition.name)
  else if (condition.kind === 'not') collectNames(condition.of, selections, used)
  else if (condition.kind === 'of') {
    for (const { name } of selections) if (fitsPattern(condition.pattern, name)) used.add(name)
  } else for (const each of condition.of) collectNames(each, selections, used)
}

/** Things that work but were hardly meant. */
function lint(selection: Selection, warn: Warn): void {
  if (selection.kind === 'any') {
    for (const each of selection.alternatives) lint(each, warn)
    return
  }
  for (const item of selection.items) {
    if (item.modifiers.includes('all') && item.values.length === 1)
      warn('sigma.single-all', item, `"${nameOf(item)}" has one value`)
    if (item.values.length > 1 && item.values.some(({ value }) => value === null))
      warn('sigma.null-in-list', item, `null stands in the list of "${nameOf(item)}"`)
  }
}

/** The item's key as the rule has it. */
export function nameOf({ field, modifiers }: Item): string {
  return [field ?? '', ...modifiers].join('|')
}

function parseSelection(entry: LocatedEntry): Selection {
  const node = entry.value
  if (node.kind === 'map') return parseMap(node, entry)
  if (node.kind === 'scalar') {
    if (node.value === null) throw new Refusal('sigma.bad-selection', entry, `"${entry.key}" is empty`)
    return { kind: 'all', items: [keywords([node], entry, false)] }
  }
  if (node.items.length === 0) throw new Refusal('sigma.bad-selection', entry, `"${entry.key}" is empty`)
  const words: LocatedScalar[] = []
  const alternatives: Selection[] = []
  for (const item of node.items) {
    if (item.kind === 'map') alternatives.push(parseMap(item, item))
    else if (item.kind === 'scalar') words.push(item)
    else throw new Refusal('sigma.bad-selection', item, 'a list inside the list of a search identifier')
  }
  if (words.length > 0) alternatives.unshift({ kind: 'all', items: [keywords(words, entry, true)] })
  return alternatives.length === 1 && alternatives[0] ? alternatives[0] : { kind: 'any', alternatives }
}

function keywords(values: readonly LocatedScalar[], place: Place, isList: boolean): Item {
  return { field: undefined, modifiers: [], values, isList, line: place.line, column: place.column }
}

function parseMap(map: LocatedMap, place: Place): Selection {
  if (map.entries.length === 0) throw new Refusal('sigma.bad-selection', place, 'a map without fields')
  return { kind: 'all', items: map.entries.map(parseItem) }
}

function parseItem(entry: LocatedEntry): Item {
  const [name = '', ...modifiers] = entry.key.split('|')
  const field = name.trim() === '' ? undefined : name
  if (field === undefined && modifiers.length === 0)
    throw new Refusal('sigma.bad-selection', entry, 'a field without a name')
  const { line, column, value: node } = entry
  if (node.kind === 'scalar') return { field, modifiers, values: [node], isList: false, line, column }
  if (node.kind === 'map') throw new Refusal('sigma.bad-value', node, `the value of "${entry.key}" is a map`)
  if (node.items.length === 0) throw new Refusal('sigma.bad-value', entry, `the list of "${entry.key}" is empty`)
  const values = node.items.map((item) => {
    if (item.kind !== 'scalar')
      throw new Refusal('sigma.bad-value', item, `${describe(item)} in the list of "${entry.key}"`)
    return item
  })
  return { field, modifiers, values, isList: true, line, column }
}
