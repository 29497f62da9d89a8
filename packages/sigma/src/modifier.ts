// One `field|modifier: values` in, the expression it means out. Modifiers act in the order they are written.
import { parseNetwork } from './address.ts'
import type { Item } from './document.ts'
import { base64, base64Offsets, binaryText, utf8, utf16 } from './encode.ts'
import type { Expression, NumberOperator, TextShape, TimePart, ValueTest } from './expression.ts'
import { series } from './expression.ts'
import { type Place, Refusal } from './issue.ts'
import { expand, expandRegex } from './modifier-expand.ts'
import {
  asText,
  asWritten,
  clip,
  type ItemContext,
  misplaced,
  type ReadItem,
  type State,
  spellings,
  together,
  toNumber,
  tooMany,
} from './modifier-state.ts'
import { startValue, type Value } from './modifier-value.ts'
import { nameOf } from './parse-detection.ts'
import { one, type Part, star, withAnyDash } from './pattern.ts'
import { plainItem } from './plain-item.ts'
import { compileRegex, type RegexFlags } from './regex.ts'
import { textTest } from './text-test.ts'

/** What each part of a date can be. Some years have a week 53. */
const partRange: Readonly<Record<TimePart, readonly [least: number, most: number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [0, 9999],
}
const timeParts = new Set<string>(Object.keys(partRange))
const shapes = new Set<string>(['contains', 'startswith', 'endswith'] satisfies TextShape[])

/** Compiles one item; throws a Refusal with the place of the value or key that cannot be used. */
export function compileItem(item: Item, context: ItemContext): Expression {
  const paths = item.field === undefined ? undefined : context.paths(item.field)
  const known = context.made?.get(item)
  if (known && known.paths === paths) return known.expression
  const plain = known ? undefined : plainItem(item, context.limits.maxValues)
  const { tests, all, negated } = known ?? plain ?? readItem(item, context)
  const { field } = item
  const leaf = (test: ValueTest): Expression => {
    if (field !== undefined && paths) return { kind: 'field', field, paths, test }
    if (test.kind === 'text' || test.kind === 'glob' || test.kind === 'regex') return { kind: 'keyword', test }
    throw new Refusal('sigma.bad-value', item, 'a keyword must be a text or a number')
  }
  const of: Expression[] = []
  for (const test of tests) {
    if ('kind' in test) of.push(leaf(test))
    else if (all) of.push(series('or', test.map(leaf)))
    else for (const form of test) of.push(leaf(form))
  }
  const joined = series(all ? 'and' : 'or', of)
  const expression: Expression = negated ? { kind: 'not', of: joined } : joined
  // another field that an item names may be somewhere else in the next route
  if (!plain && !item.modifiers.includes('fieldref'))
    context.made?.set(item, { tests, all, negated, paths, expression })
  return expression
}

/** What an item means, by its modifiers one after the other; throws a Refusal as `compileItem` does. */
export function readItem(item: Item, context: ItemContext): ReadItem {
  const state: State = {
    item,
    name: nameOf(item),
    context,
    values: [],
    all: false,
    negated: false,
    cased: false,
    flags: { ignoreCase: false, multiline: false, dotAll: false },
    part: undefined,
    isCompared: false,
  }
  const tests: ValueTest[][] = []
  let count = 0
  for (const value of item.values) {
    state.values = [startValue(value)]
    state.part = undefined
    state.isCompared = false
    for (const [index, modifier] of item.modifiers.entries()) {
      apply(state, modifier, item.modifiers[index - 1])
      if (count + state.values.length > context.limits.maxValues) throw tooMany(state)
    }
    const forms = state.values.flatMap((each) => finish(state, each))
    count += forms.length
    tests.push(forms)
  }
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
    const other = state.item.modifiers.find((each) => each !== 'exists' && each !== 'neq' && each !== 'all')
    if (other) throw together(state, 'exists', other)
    state.values = [{ kind: 'test', test: { kind: 'exists', wanted: only.value } }]
  },
  windash(state) {
    state.values = state.values.map((value) => {
      const parts = asText(state, value, 'windash')
      return { kind: 'text', parts: withAnyDash(parts), raw: undefined }
    })
  },
  re(state) {
    state.values = state.values.map((value) => ({ kind: 'regex', source: asWritten(state, value, 're') }))
  },
  i: (state, before) => flag(state, before, 'i', 'ignoreCase'),
  m: (state, before) => flag(state, before, 'm', 'multiline'),
  s: (state, before) => flag(state, before, 's', 'dotAll'),
  base64(state) {
    state.values = state.values.flatMap((value) =>
      toBytes(state, value, 'base64').map((bytes): Value => ({ kind: 'literal', text: base64(bytes) })),
    )
  },
  base64offset(state) {
    state.values = state.values.flatMap((value) =>
      toBytes(state, value, 'base64offset')
        .flatMap(base64Offsets)
        .map((text): Value => ({ kind: 'literal', text })),
    )
  },
  utf16le: (state) => widen(state, 'utf16le', (text) => utf16(text, 'little')),
  wide: (state) => widen(state, 'wide', (text) => utf16(text, 'little')),
  utf16be: (state) => widen(state, 'utf16be', (text) => utf16(text, 'big')),
  utf16: (state) => widen(state, 'utf16', (text) => Uint8Array.from([0xff, 0xfe, ...utf16(text, 'little')])),
  cidr(state) {
    state.values = state.values.map((value) => {
      const text = asWritten(state, value, 'cidr')
      const network = parseNetwork(text.trim())
      if (!network)
        throw new Refusal('sigma.bad-value', state.item, `"${clip(text)}" is not a network in CIDR notation`)
      return { kind: 'test', test: { kind: 'network', network } }
    })
  },
  expand(state) {
    state.values = state.values.flatMap((value) => {
      if (value.kind === 'text') return expand(state, value)
      if (value.kind === 'regex') return expandRegex(state, value.source)
      if (value.kind !== 'number') asText(state, value, 'expand')
      if (value.kind === 'literal' || value.kind === 'bytes') throw misplaced(state, 'expand')
      return [value]
    })
  },
  fieldref(state) {
    state.values = state.values.map((value) => {
      const raw = asWritten(state, value, 'fieldref')
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
    if (state.part) throw together(state, state.part, modifier)
    if (state.isCompared) throw misplaced(state, modifier)
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
  const other = state.item.modifiers.find((each) => each !== shape && shapes.has(each))
  if (other) throw together(state, shape, other)
  const before: Part[] = shape === 'startswith' ? [] : [star]
  const after: Part[] = shape === 'endswith' ? [] : [star]
  state.values = state.values.map((value): Value => {
    if (value.kind === 'reference') return { ...value, shape }
    if (value.kind === 'regex') return { kind: 'regex', source: anchored(value.source, shape) }
    return { kind: 'text', parts: [...before, ...asText(state, value, shape), ...after], raw: undefined }
  })
}

function anchored(source: string, shape: TextShape): string {
  if (shape === 'startswith') return `\\A(?:${source})`
  return shape === 'endswith' ? `(?:${source})\\z` : source
}

function widen(state: State, name: string, encode: (text: string) => Uint8Array): void {
  state.values = state.values.flatMap((value) =>
    spellings(state, asText(state, value, name)).map((parts): Value => {
      const [only = ''] = parts
      if (parts.length <= 1 && typeof only === 'string') return { kind: 'bytes', bytes: encode(only) }
      // a character of the text is two of the encoded one
      const encoded = parts.flatMap((part): Part[] =>
        typeof part === 'string' ? [binaryText(encode(part))] : part === one ? [one, one] : [part],
      )
      return { kind: 'text', parts: encoded, raw: undefined }
    }),
  )
}

function compare(state: State, operator: NumberOperator): void {
  state.isCompared = true
  state.values = state.values.map((value) => ({
    kind: 'test',
    test: { kind: 'number', operator, number: toNumber(state, value, operator), part: state.part },
  }))
}

function toBytes(state: State, value: Value, modifier: string): Uint8Array[] {
  if (value.kind === 'bytes') return [value.bytes]
  return spellings(state, asText(state, value, modifier)).map((parts) => {
    const [only = ''] = parts
    if (parts.length <= 1 && typeof only === 'string') return utf8(only)
    throw new Refusal('sigma.bad-modifiers', state.item, `"${modifier}" cannot encode a value with wildcards`)
  })
}

function finish(state: State, value: Value): ValueTest[] {
  const { cased } = state
  if (state.part && !state.isCompared) {
    const number = toNumber(state, value, state.part)
    const [least, most] = partRange[state.part]
    if (!Number.isInteger(number) || number < least || number > most)
      throw new Refusal('sigma.bad-value', state.item, `"${state.part}" takes a whole number from ${least} to ${most}`)
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
