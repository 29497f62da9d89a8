// What the modifiers of an item work on, and how they read a value: as wildcard text, as it was written, as a number.
import type { Item } from './document.ts'
import { binaryText } from './encode.ts'
import type { Expression, TimePart, ValueTest } from './expression.ts'
import type { FieldPath } from './field-path.ts'
import { Refusal } from './issue.ts'
import type { SigmaLimits } from './limits.ts'
import type { Value } from './modifier-value.ts'
import { dash, dashes, normalise, type Part } from './pattern.ts'
import type { RegexFlags, RegexOutcome } from './regex.ts'

/** What the compiler of an item needs to know about its surroundings. */
export interface ItemContext {
  limits: SigmaLimits
  placeholders: Readonly<Record<string, readonly string[]>>
  paths(field: string): readonly FieldPath[]
  /** Expressions compiled already, by flags and source: a rule is compiled once for each of its routes. */
  regexes?: Map<string, RegexOutcome>
  /** Items of the rule compiled already for another route. */
  made?: Map<Item, MadeItem>
}

/** What an item means, wherever its field is. */
export interface ReadItem {
  /** For each value of the rule its test, or the tests of which one must hold: modifiers and placeholders make several of one. */
  tests: readonly (ValueTest | readonly ValueTest[])[]
  all: boolean
  negated: boolean
}

/** What an item means, and its expression for the fields' places in the last route. */
export interface MadeItem extends ReadItem {
  paths: readonly FieldPath[] | undefined
  expression: Expression
}

/** An item while its modifiers are applied, one value at a time. */
export interface State {
  item: Item
  name: string
  context: ItemContext
  values: Value[]
  all: boolean
  negated: boolean
  cased: boolean
  flags: RegexFlags
  part: TimePart | undefined
  isCompared: boolean
}

export function toNumber(state: State, value: Value, modifier: string): number {
  if (value.kind === 'number') return value.number
  if (value.kind === 'test' && value.test.kind === 'null')
    throw new Refusal('sigma.bad-value', state.item, `"${modifier}" takes a number`)
  const text = asWritten(state, value, modifier)
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(number)) return number
  throw new Refusal('sigma.bad-value', state.item, `"${modifier}" takes a number`)
}

/** The value as wildcard text, for modifiers that take texts. */
export function asText(state: State, value: Value, modifier: string): readonly Part[] {
  if (value.kind === 'text') return value.parts
  if (value.kind === 'literal') return [value.text]
  if (value.kind === 'number') return [value.texts[0] ?? '']
  if (value.kind === 'bytes') return [binaryText(value.bytes)]
  if (value.kind !== 'test' || value.test.kind !== 'null') throw misplaced(state, modifier)
  throw new Refusal('sigma.bad-modifiers', state.item, `"${modifier}" cannot be applied to null`)
}

/** The value as the rule has it, for modifiers that read another language than that of wildcards. */
export function asWritten(state: State, value: Value, modifier: string): string {
  if (value.kind === 'text' && value.raw !== undefined) return value.raw
  if (value.kind === 'number') return value.texts[0] ?? ''
  if (value.kind === 'test') asText(state, value, modifier)
  throw misplaced(state, modifier)
}

export function misplaced(state: State, modifier: string): Refusal {
  const message = `"${modifier}" cannot be applied to what the modifiers before it made`
  return new Refusal('sigma.bad-modifiers', state.item, message)
}

export function together(state: State, first: string, second: string): Refusal {
  return new Refusal('sigma.bad-modifiers', state.item, `"${first}" and "${clip(second)}" together`)
}

export function tooMany(state: State): Refusal {
  const { maxValues } = state.context.limits
  return new Refusal('sigma.too-many-values', state.item, `"${state.name}" has more than ${maxValues} values`)
}

/** The same parts with each of the five dashes in turn, where the encoding of a dash matters. */
export function spellings(state: State, parts: readonly Part[]): Part[][] {
  let made: Part[][] = [[]]
  for (const part of parts) {
    const choices = part === dash ? [...dashes] : [part]
    if (made.length * choices.length > state.context.limits.maxValues) throw tooMany(state)
    made = made.flatMap((each) => choices.map((choice) => [...each, choice]))
  }
  return made.map(normalise)
}

export function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
