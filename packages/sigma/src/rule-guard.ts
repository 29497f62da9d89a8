// An expression for which nothing can be looked for in, what it demands instead out: two texts that are the same, or a
// run of characters. And what rules it out: texts that it must not find, of those that are common.
import { conjuncts, type Expression, type FieldExpression } from './expression.ts'
import type { FieldPath } from './field-path.ts'
import { isAscii } from './gram.ts'
import type { LineLiterals } from './line-literals.ts'
import { eachValue, type LineStatistics } from './line-statistics.ts'
import type { Literal } from './literal.ts'
import { readClass, readEscape, readQuantifier } from './regex-syntax.ts'
import type { Guard } from './route-tables.ts'

/** Texts that rule an expression out: so many, each in at least this share of records. */
const maxLiterals = 4
const worthwhileShare = 0.05
/** A shorter run would not sort anything out. */
const minRun = 16
/** Characters from the start of a value to a text that must not stand in it. */
const maxPrefix = 16

/** The field that an expression asks for, if it looks at the value of one alone. */
export function onlyField(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'not':
      return onlyField(expression.of)
    case 'keyword':
      return undefined
    case 'field': {
      const [path] = expression.paths
      return expression.paths.length === 1 && expression.test.kind !== 'fieldref' ? path?.name : undefined
    }
    default: {
      const names = expression.of.map(onlyField)
      return names.every((name) => name === names[0]) ? names[0] : undefined
    }
  }
}

/** The first guard that is found for a rule; `fieldOf` numbers the fields. */
export function guardOf(rule: number, expression: Expression, fieldOf: ReadonlyMap<string, number>): Guard {
  for (const part of conjuncts(expression)) {
    if (part.kind !== 'field' || part.paths.length !== 1) continue
    const { test } = part
    const field = fieldOf.get(part.paths[0]?.name ?? '')
    if (field === undefined) continue
    if (test.kind === 'fieldref' && test.shape === 'equals' && test.paths.length === 1) {
      const other = fieldOf.get(test.paths[0]?.name ?? '')
      if (other !== undefined) return { rule, kind: 'same-text', field, other, characters: '' }
    }
    // in the other modes letters may stand for others
    if (test.kind === 'regex' && test.regex.isCased) {
      const run = requiredRun(test.regex.source)
      if (run) return { rule, kind: 'run', field, other: run.length, characters: run.characters }
    }
  }
  return { rule, kind: 'none', field: 0, other: 0, characters: '' }
}

/** The longest run of letters and digits in every match of an expression without groups and branches. */
export function requiredRun(source: string): { characters: string; length: number } | undefined {
  let best: { characters: string; length: number } | undefined
  let position = 0
  while (position < source.length) {
    const character = source[position] ?? ''
    let members = ''
    if (/[()|]/.test(character)) return undefined
    if (character === '[') {
      const found = readClass(source, position)
      if (!found) return undefined
      members = membersOf(source.slice(position + 1, position + found.length - 1))
      position += found.length
    } else if (character === '\\') {
      const found = readEscape(source, position)
      if (!found) return undefined
      position += found.length
    } else position++
    const quantifier = readQuantifier(source, position)
    const length = Number(/^\{(\d+)/.exec(source.slice(position, position + quantifier.length))?.[1] ?? 0)
    position += quantifier.length
    if (members !== '' && length >= minRun && length > (best?.length ?? 0)) best = { characters: members, length }
  }
  return best
}

/** The members of a class of ASCII letters and digits and ranges of them; empty for others. */
function membersOf(inner: string): string {
  if (!/^(?:[a-zA-Z0-9](?:-[a-zA-Z0-9])?)+$/.test(inner)) return ''
  let members = ''
  for (const [range] of inner.matchAll(/.(?:-.)?/g))
    for (let code = range.charCodeAt(0); code <= range.charCodeAt(range.length - 1); code++)
      members += String.fromCharCode(code)
  return members
}

/** Common texts with one of which the expression cannot hold; found without regard to case. */
export function rulingOut(
  expression: Expression,
  sample: readonly Readonly<Record<string, unknown>>[],
  statistics: LineStatistics,
  literals: LineLiterals,
): number[] {
  const found: { literal: number; weight: number }[] = []
  for (const part of conjuncts(expression)) {
    if (part.kind !== 'not') continue
    for (const each of disjuncts(part.of)) {
      const plain = each.kind === 'field' ? literalOf(each, sample) : undefined
      if (!plain) continue
      const literal = literals.numberOf(plain.paths, plain.shape, plain.text)
      found.push({ literal, weight: statistics.share(literal) })
    }
  }
  return found
    .filter(({ weight }) => weight >= worthwhileShare)
    .sort((first, second) => second.weight - first.weight)
    .slice(0, maxLiterals)
    .map(({ literal }) => literal)
}

function disjuncts(expression: Expression): Expression[] {
  return expression.kind === 'or' ? expression.of.flatMap(disjuncts) : [expression]
}

function literalOf(
  { paths, test }: FieldExpression,
  sample: readonly Readonly<Record<string, unknown>>[],
): Literal | undefined {
  if (test.kind !== 'text' || test.cased || paths.length !== 1 || test.text === '' || !isAscii(test.text))
    return undefined
  if (test.shape !== 'contains' || test.text.length > 2) return { paths, shape: test.shape, text: test.text }
  // one or two characters are found everywhere; how values commonly begin up to them says the same
  const text = paths[0] && commonPrefix(test.text, paths[0], sample)
  return text === undefined ? undefined : { paths, shape: 'startswith', text }
}

/** The commonest beginning of values that ends with the text. */
function commonPrefix(
  text: string,
  path: FieldPath,
  sample: readonly Readonly<Record<string, unknown>>[],
): string | undefined {
  const counts = new Map<string, number>()
  eachValue(path, sample, (value) => {
    if (typeof value !== 'string' || !isAscii(value)) return
    const low = value.toLowerCase()
    const end = low.indexOf(text) + text.length
    if (end > text.length && end <= maxPrefix) counts.set(low.slice(0, end), (counts.get(low.slice(0, end)) ?? 0) + 1)
  })
  const [first] = [...counts].sort((one, two) => two[1] - one[1])
  return first?.[0]
}
