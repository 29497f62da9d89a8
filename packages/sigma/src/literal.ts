// What a record must hold for an expression to hold: a conjunction of clauses, each a set of literals of which one must
// be there. Found without evaluating anything; an expression that demands no literal gives no clause.
import type { Expression, FieldExpression, TextShape, TextTest, TextualTest } from './expression.ts'
import type { FieldPath } from './field-path.ts'
import { fold, type Part } from './pattern.ts'

/** A text that a value of the field must hold in this shape; of any field for keywords. Folded by `triggerFold`. */
export interface Literal {
  paths: readonly FieldPath[] | undefined
  shape: TextShape
  text: string
}

/** One of these must be there. */
export type Clause<Of = Literal> = readonly Of[]

/** How common a literal is, as a probability per record; smaller makes a better trigger. */
export type Estimate<Of = Literal> = (literal: Of) => number

/**
 * Case folding for triggers: like `fold`, and the long s becomes s, because an expression that ignores case matches it.
 * Whatever a test finds in a text, its literal is found in the folded text.
 */
export function triggerFold(text: string): string {
  const folded = fold(text)
  return folded.includes('\u017f') ? folded.replaceAll('\u017f', 's') : folded
}

/** Literals of one clause; a longer list costs more than it saves. */
const maxLiterals = 5_000

/** A clause and how many records are likely to hold one of its literals. */
export interface WeighedClause<Of = Literal> {
  clause: Clause<Of>
  weight: number
}

/**
 * What an expression demands, whatever records are like: all clauses and what all parts demand; or, if it is a choice, what
 * one of the parts does. Without clauses and parts nothing.
 */
export interface Demand<Of = Literal> {
  isChoice: boolean
  clauses: readonly Clause<Of>[]
  parts: readonly Demand<Of>[]
}

/** Makes a literal, or gives the one that is the same. */
export type MakeLiteral<Of> = (paths: Literal['paths'], shape: TextShape, text: string) => Of

const none: readonly never[] = []
const nothing: Demand<never> = { isChoice: false, clauses: none, parts: none }

export function demandOf<Of>(expression: Expression, make: MakeLiteral<Of>): Demand<Of> {
  switch (expression.kind) {
    case 'not':
      return nothing
    case 'keyword':
      return { isChoice: false, clauses: textClauses(expression.test, undefined, make), parts: none }
    case 'field':
      return { isChoice: false, clauses: fieldClauses(expression, make), parts: none }
    case 'and':
      return allOf(expression.of.map((part) => demandOf(part, make)))
    case 'or':
    case 'at-least':
      return oneOf(expression.of, make)
  }
}

function allOf<Of>(of: readonly Demand<Of>[]): Demand<Of> {
  const clauses: Clause<Of>[] = []
  const parts: Demand<Of>[] = []
  for (const demand of of) {
    if (demand.isChoice) parts.push(demand)
    else {
      for (const clause of demand.clauses) clauses.push(clause)
      for (const part of demand.parts) parts.push(part)
    }
  }
  return { isChoice: false, clauses, parts }
}

/** Parts that demand one clause are one together. */
function oneOf<Of>(of: readonly Expression[], make: MakeLiteral<Of>): Demand<Of> {
  const literals: Of[] = []
  const parts: Demand<Of>[] = []
  for (const part of of) {
    if (part.kind === 'field' && part.test.kind === 'text' && part.test.text !== '') {
      literals.push(textLiteral(part.test, part.paths, make))
      continue
    }
    const demand = demandOf(part, make)
    const [clause] = demand.clauses
    if (clause !== undefined && demand.clauses.length === 1 && demand.parts.length === 0)
      for (const literal of clause) literals.push(literal)
    else if (demand.clauses.length === 0 && demand.parts.length === 0) return nothing
    else parts.push(demand)
  }
  if (literals.length > maxLiterals || (literals.length === 0 && parts.length === 0)) return nothing
  const together: Demand<Of> = { isChoice: false, clauses: [literals], parts: none }
  if (parts.length === 0) return together
  return { isChoice: true, clauses: none, parts: literals.length === 0 ? parts : [together, ...parts] }
}

/** The clauses that are demanded, the rarest first. */
export function weighedClauses<Of>(demand: Demand<Of>, estimate: Estimate<Of>): WeighedClause<Of>[] {
  const { isChoice, clauses, parts } = demand
  if (isChoice) return sorted(unite(parts.map((part) => weighedClauses(part, estimate))))
  const weighed: WeighedClause<Of>[] = []
  for (const clause of clauses) {
    let weight = 0
    for (let index = 0; index < clause.length; index++) weight += estimate(clause[index] as Of)
    weighed.push({ clause, weight })
  }
  for (const part of parts) for (const each of weighedClauses(part, estimate)) weighed.push(each)
  return sorted(weighed)
}

function sorted<Of>(clauses: WeighedClause<Of>[]): WeighedClause<Of>[] {
  return clauses.length > 1 ? clauses.sort((first, second) => first.weight - second.weight) : clauses
}

/** Clauses of a choice: the first clauses of all parts together, the second ones together, and so on while all have one. */
function unite<Of>(parts: readonly WeighedClause<Of>[][]): WeighedClause<Of>[] {
  let count = Number.POSITIVE_INFINITY
  for (const clauses of parts) count = Math.min(count, clauses.length)
  const united: WeighedClause<Of>[] = []
  for (let index = 0; index < count; index++) {
    const literals: Of[] = []
    let weight = 0
    for (const clauses of parts) {
      const part = clauses[index]
      if (!part) continue
      for (const literal of part.clause) literals.push(literal)
      weight += part.weight
    }
    if (literals.length > maxLiterals) break
    united.push({ clause: literals, weight })
  }
  return united
}

/** A literal that is nothing else. */
export const plainLiteral: MakeLiteral<Literal> = (paths, shape, text) => ({ paths, shape, text })

function fieldClauses<Of>({ paths, test }: FieldExpression, make: MakeLiteral<Of>): Clause<Of>[] {
  return test.kind === 'text' || test.kind === 'glob' || test.kind === 'regex' ? textClauses(test, paths, make) : []
}

/** What a textual test demands of the values at the paths. */
export function textClauses<Of>(
  test: TextualTest,
  paths: readonly FieldPath[] | undefined,
  make: MakeLiteral<Of>,
): Clause<Of>[] {
  if (test.kind === 'text') return test.text === '' ? [] : [[textLiteral(test, paths, make)]]
  if (test.kind === 'regex')
    return test.regex.clauses.map((texts) => texts.map(({ shape, text }) => make(paths, shape, text)))
  const clauses: Clause<Of>[] = []
  for (const [index, part] of test.parts.entries()) {
    if (typeof part !== 'string') continue
    clauses.push([make(paths, shapeOf(test.parts, index), triggerFold(part))])
  }
  return clauses
}

function textLiteral<Of>(test: TextTest, paths: readonly FieldPath[] | undefined, make: MakeLiteral<Of>): Of {
  // what ignores case is in lower case already
  return make(paths, test.shape, test.cased || test.text.includes('\u017f') ? triggerFold(test.text) : test.text)
}

function shapeOf(parts: readonly Part[], index: number): TextShape {
  if (index === 0) return 'startswith'
  return index === parts.length - 1 ? 'endswith' : 'contains'
}
