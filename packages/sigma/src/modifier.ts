// One `field|modifier: values` in, the expression it means out. Modifiers act in the order they are written.
import { parseNetwork } from './address.ts'
import type { Item } from './document.ts'
import { base64, base64Offsets, binaryText, utf8, utf16 } from './encode.ts'
import type { Expression, NumberOperator, TextShape, TimePart, ValueTest } from './expression.ts'
import { series } from './expression.ts'
import type { FieldPath } from './field-path.ts'
import { type Place, Refusal } from './issue.ts'
import type { SigmaLimits } from './limits.ts'
import { startValue, type Value } from './modifier-value.ts'
import { type Part, parsePattern, star, withAnyDash } from './pattern.ts'
import { splitPlaceholders } from './placeholder.ts'
import { compileRegex, type RegexFlags, type RegexOutcome } from './regex.ts'
import { textTest } from './text-test.ts'

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

/** What an item means, and its expression for the fields' places in the last route. */
export interface MadeItem {
  tests: readonly ValueTest[]
  all: boolean
  negated: boolean
  paths: readonly FieldPath[] | undefined
  expression: Expression
}

interface State {
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

const timeParts = new Set<string>(['minute', 'hour', 'day', 'week', 'month', 'year'] satisfies TimePart[])

/** Compiles one item; throws a Refusal with the place of the value or key that cannot be used. */
export function compileItem(item: Item, context: ItemContext): Expression {
  const paths = item.field === undefined ? undefined : context.paths(item.field)
  const known = context.made?.get(item)
  if (known && known.paths === paths) return known.expression
  const { tests, all, negated } = known ?? readItem(item, context)
  const { field } = item
  const leaves = tests.map((test): Expression => {
    if (field !== undefined && paths) return { kind: 'field', field, paths, test }
    if (test.kind === 'text' || test.kind === 'glob' || test.kind === 'regex') return { kind: 'keyword', test }
    throw new Refusal('sigma.bad-value', item, 'a keyword must be a text or a number')
  })
  const joined = series(all ? 'and' : 'or', leaves)
  const expression: Expression = negated ? { kind: 'not', of: joined } : joined
  // another field that an item names may be somewhere else in the next route
  if (!item.modifiers.includes('fieldref')) context.made?.set(item, { tests, all, negated, paths, expression })
  return expression
}

function readItem(item: Item, context: ItemContext): Pick<MadeItem, 'tests' | 'all' | 'negated'> {
  const state: State = {
    item,
    name: [item.field ?? '', ...item.modifiers].join('|'),
    context,
    values: item.values.map(startValue),
    all: false,
    negated: false,
    cased: false,
    flags: { ignoreCase: false, multiline: false, dotAll: false },
    part: undefined,
    isCompared: false,
  }
  for (const [index, modifier] of item.modifiers.entries()) {
    apply(state, modifier, item.modifiers[index - 1])
    if (state.values.length > context.limits.maxValues)
      throw new Refusal(
        'sigma.too-many-values',
        item,
        `"${state.name}" has more than ${context.limits.maxValues} values`,
      )
  }
  const tests = state.values.flatMap((value) => finish(state, value))
  return { tests, all: state.all, negated: state.negated }
}

type Modifier = (state: State, before: string | undefined) => void

const modifiers: Readonly<Record<string, Modifier>> = {
  all(state) {
    state.all = true
  },
  neq(state) {
    state.negated = true
  },
  cased(state) {
    state.cased = true
  },
  contains: (state) => surround(state, 'contains'),
  startswith: (state) => surround(state, 'startswith'),
  endswith: (state) => surround(state, 'endswith'),
  exists(state) {
    const [only] = state.item.values
    if (state.item.values.length !== 1 || typeof only?.value !== 'boolean')
      throw new Refusal('sigma.bad-value', state.item, `"${state.name}" takes true or false`)
    if (state.item.field === undefined) throw new Refusal('sigma.bad-modifiers', state.item, '"exists" needs a field')
    state.values = [{ kind: 'test', test: { kind: 'exists', wanted: only.value } }]
  },
  windash(state) {
    state.values = state.values.map((value) => {
      const { parts } = asText(state, value, 'windash')
      return { kind: 'text', parts: withAnyDash(parts), raw: '' }
    })
  },
  re(state) {
    state.values = state.values.map((value) => {
      if (value.kind === 'number') return { kind: 'regex', source: value.texts[0] ?? '' }
      if (value.kind === 'literal') return { kind: 'regex', source: value.text }
      return { kind: 'regex', source: asText(state, value, 're').raw }
    })
  },
  i: (state, before) => flag(state, before, 'i', 'ignoreCase'),
  m: (state, before) => flag(state, before, 'm', 'multiline'),
  s: (state, before) => flag(state, before, 's', 'dotAll'),
  base64(state) {
    state.values = state.values.map((value) => ({ kind: 'literal', text: base64(toBytes(state, value, 'base64')) }))
  },
  base64offset(state) {
    state.values = state.values.flatMap((value) =>
      base64Offsets(toBytes(state, value, 'base64offset')).map((text): Value => ({ kind: 'literal', text })),
    )
  },
  utf16le: (state) => widen(state, 'utf16le', (text) => utf16(text, 'little')),
  wide: (state) => widen(state, 'wide', (text) => utf16(text, 'little')),
  utf16be: (state) => widen(state, 'utf16be', (text) => utf16(text, 'big')),
  utf16: (state) => widen(state, 'utf16', (text) => Uint8Array.from([0xff, 0xfe, ...utf16(text, 'little')])),
  cidr(state) {
    state.values = state.values.map((value) => {
      const text = asText(state, value, 'cidr').raw
      const network = parseNetwork(text.trim())
      if (!network)
        throw new Refusal('sigma.bad-value', state.item, `"${clip(text)}" is not a network in CIDR notation`)
      return { kind: 'test', test: { kind: 'network', network } }
    })
  },
  expand(state) {
    state.values = state.values.flatMap((value) => (value.kind === 'text' ? expand(state, value) : [value]))
  },
  fieldref(state) {
    state.values = state.values.map((value) => {
      const { raw } = asText(state, value, 'fieldref')
      if (raw === '') throw new Refusal('sigma.bad-value', state.item, '"fieldref" needs the name of a field')
      return { kind: 'reference', field: raw, shape: 'equals' }
    })
  },
  lt: (state) => compare(state, 'lt'),
  lte: (state) => compare(state, 'lte'),
  gt: (state) => compare(state, 'gt'),
  gte: (state) => compare(state, 'gte'),
}

/** Every modifier there is, in alphabetical order. */
export const modifierNames: readonly string[] = [...Object.keys(modifiers), ...timeParts].sort()

function apply(state: State, modifier: string, before: string | undefined): void {
  if (timeParts.has(modifier)) {
    if (state.part) throw new Refusal('sigma.bad-modifiers', state.item, `"${state.part}" and "${modifier}" together`)
    state.part = modifier as TimePart
    return
  }
  const known = Object.hasOwn(modifiers, modifier) ? modifiers[modifier] : undefined
  if (!known) throw new Refusal('sigma.unknown-modifier', state.item, `"${clip(modifier)}" is not a modifier`)
  known(state, before)
}

function flag(state: State, before: string | undefined, letter: string, name: keyof RegexFlags): void {
  if (before === undefined || !/^(re|i|m|s)$/.test(before))
    throw new Refusal('sigma.bad-modifiers', state.item, `"${letter}" must follow "re"`)
  state.flags[name] = true
}

function surround(state: State, shape: TextShape): void {
  const before: Part[] = shape === 'startswith' ? [] : [star]
  const after: Part[] = shape === 'endswith' ? [] : [star]
  state.values = state.values.map((value): Value => {
    if (value.kind === 'reference') return { ...value, shape }
    if (value.kind === 'regex') return { kind: 'regex', source: anchored(value.source, shape) }
    const { parts } = asText(state, value, shape)
    return { kind: 'text', parts: [...before, ...parts, ...after], raw: '' }
  })
}

function anchored(source: string, shape: TextShape): string {
  if (shape === 'startswith') return `^(?:${source})`
  return shape === 'endswith' ? `(?:${source})$` : source
}

function widen(state: State, name: string, encode: (text: string) => Uint8Array): void {
  state.values = state.values.map((value) => {
    const { parts } = asText(state, value, name)
    const [only = ''] = parts
    if (parts.length <= 1 && typeof only === 'string') return { kind: 'bytes', bytes: encode(only) }
    const encoded = parts.map((part): Part => (typeof part === 'string' ? binaryText(encode(part)) : part))
    return { kind: 'text', parts: encoded, raw: '' }
  })
}

/** All combinations of a value's placeholders; a placeholder's own values may hold wildcards. */
function expand(state: State, value: Value & { kind: 'text' }): Value[] {
  const { limits, placeholders } = state.context
  let made: { parts: Part[]; raw: string }[] = [{ parts: [], raw: '' }]
  for (const part of value.parts) {
    if (typeof part !== 'string') {
      for (const each of made) each.parts.push(part)
      continue
    }
    for (const piece of splitPlaceholders(part)) {
      const texts = typeof piece === 'string' ? [[piece]] : valuesOf(state, piece.name, placeholders).map(parsePattern)
      if (made.length * texts.length > limits.maxValues)
        throw new Refusal(
          'sigma.too-many-values',
          state.item,
          `"${state.name}" has more than ${limits.maxValues} values`,
        )
      made = made.flatMap((each) => texts.map((parts) => ({ parts: [...each.parts, ...parts], raw: '' })))
    }
  }
  if (value.raw === '') return made.map((each) => ({ kind: 'text', ...each }))
  return made.map(({ parts }) => ({ kind: 'text', parts, raw: parts.map((part) => rawPart(part)).join('') }))
}

function rawPart(part: Part): string {
  if (typeof part === 'string') return part
  return part === star ? '*' : '?'
}

function valuesOf(state: State, name: string, placeholders: Readonly<Record<string, readonly string[]>>) {
  const given = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined
  if (given && given.length > 0) return given
  throw new Refusal('sigma.unresolved-placeholder', state.item, `the placeholder "%${name}%" has no values`)
}

function compare(state: State, operator: NumberOperator): void {
  state.isCompared = true
  state.values = state.values.map((value) => ({
    kind: 'test',
    test: { kind: 'number', operator, number: toNumber(state, value, operator), part: state.part },
  }))
}

function toNumber(state: State, value: Value, modifier: string): number {
  if (value.kind === 'number') return value.number
  const number = value.kind === 'text' && value.raw.trim() !== '' ? Number(value.raw) : Number.NaN
  if (Number.isFinite(number)) return number
  throw new Refusal('sigma.bad-value', state.item, `"${modifier}" takes a number`)
}

/** The value as wildcard text, for modifiers that take texts. */
function asText(state: State, value: Value, modifier: string): { parts: readonly Part[]; raw: string } {
  if (value.kind === 'text') return value
  if (value.kind === 'literal') return { parts: [value.text], raw: value.text }
  if (value.kind === 'number') return { parts: [value.texts[0] ?? ''], raw: value.texts[0] ?? '' }
  if (value.kind === 'bytes') return { parts: [binaryText(value.bytes)], raw: '' }
  const what = value.kind === 'test' && value.test.kind === 'null' ? 'null' : 'what the modifiers before it made'
  throw new Refusal('sigma.bad-modifiers', state.item, `"${modifier}" cannot be applied to ${what}`)
}

function toBytes(state: State, value: Value, modifier: string): Uint8Array {
  if (value.kind === 'bytes') return value.bytes
  const { parts } = asText(state, value, modifier)
  const [only = ''] = parts
  if (parts.length <= 1 && typeof only === 'string') return utf8(only)
  throw new Refusal('sigma.bad-modifiers', state.item, `"${modifier}" cannot encode a value with wildcards`)
}

function finish(state: State, value: Value): ValueTest[] {
  const { cased } = state
  if (state.part && !state.isCompared) {
    const number = toNumber(state, value, state.part)
    return [{ kind: 'number', operator: 'eq', number, part: state.part }]
  }
  if (value.kind === 'test') return [value.test]
  // a keyword may stand anywhere in a value
  const around: readonly Part[] = state.item.field === undefined ? [star] : []
  if (value.kind === 'number') return value.texts.map((text) => textTest([...around, text, ...around], cased))
  if (value.kind === 'literal') return [textTest([...around, value.text, ...around], cased)]
  if (value.kind === 'bytes') return [textTest([...around, binaryText(value.bytes), ...around], cased)]
  if (value.kind === 'regex') return [regexTest(state, value.source)]
  if (value.kind === 'reference') {
    if (state.item.field === undefined) throw new Refusal('sigma.bad-modifiers', state.item, '"fieldref" needs a field')
    const { field, shape } = value
    return [{ kind: 'fieldref', shape, field, paths: state.context.paths(field), cased }]
  }
  return [textTest([...around, ...value.parts, ...around], cased)]
}

function regexTest(state: State, source: string): ValueTest {
  const { maxRegexLength } = state.context.limits
  if (source.length > maxRegexLength) {
    const message = `the expression has ${source.length} characters; ${maxRegexLength} are allowed`
    throw new Refusal('sigma.regex-too-large', state.item, message)
  }
  const { regexes } = state.context
  const key = `${JSON.stringify(state.flags)} ${source}`
  const outcome = regexes?.get(key) ?? compileRegex(source, state.flags)
  regexes?.set(key, outcome)
  if ('regex' in outcome) return { kind: 'regex', regex: outcome.regex }
  const place: Place = state.item
  throw new Refusal(outcome.refused === 'size' ? 'sigma.regex-too-large' : 'sigma.bad-regex', place, outcome.message)
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
