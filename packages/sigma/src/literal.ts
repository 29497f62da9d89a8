// What a record must hold for an expression to hold: a conjunction of clauses, each a set of literals of which one must
// be there. Found without evaluating anything; an expression that demands no literal gives no clause.
import type { Expression, FieldExpression, TextShape, TextualTest } from './expression.ts'
import type { FieldPath } from './field-path.ts'
import { fold, type Part } from './pattern.ts'

/** A text that a value of the field must hold in this shape; of any field for keywords. Folded by `triggerFold`. */
export interface Literal {
  paths: readonly FieldPath[] | undefined
  shape: TextShape
  text: string
}

/** One of these must be there. */
export type Clause = readonly Literal[]

/** How common a literal is, as a probability per record; smaller makes a better trigger. */
export type Estimate = (literal: Literal) => number

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
export interface WeighedClause {
  clause: Clause
  weight: number
}

/** The clauses an expression demands, the rarest first. */
export function clausesOf(expression: Expression, estimate: Estimate): WeighedClause[] {
  const weighed = (clauses: Clause[]): WeighedClause[] =>
    sorted(clauses.map((clause) => ({ clause, weight: clause.reduce((sum, literal) => sum + estimate(literal), 0) })))
  const collect = (part: Expression): WeighedClause[] => {
    switch (part.kind) {
      case 'and':
        return sorted(part.of.flatMap(collect))
      case 'or':
      case 'at-least':
        return sorted(unite(part.of.map(collect)))
      case 'not':
        return []
      case 'keyword':
        return weighed(textClauses(part.test, undefined))
      case 'field':
        return weighed(fieldClauses(part))
    }
  }
  return collect(expression)
}

function sorted(clauses: WeighedClause[]): WeighedClause[] {
  return clauses.length > 1 ? clauses.sort((first, second) => first.weight - second.weight) : clauses
}

/** Clauses of an OR: the first clauses of all parts together, the second ones together, and so on while all have one. */
function unite(parts: readonly WeighedClause[][]): WeighedClause[] {
  const count = Math.min(...parts.map((clauses) => clauses.length))
  const united: WeighedClause[] = []
  for (let index = 0; index < count; index++) {
    const literals: Literal[] = []
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

function fieldClauses({ paths, test }: FieldExpression): Clause[] {
  return test.kind === 'text' || test.kind === 'glob' || test.kind === 'regex' ? textClauses(test, paths) : []
}

/** What a textual test demands of the values at the paths. */
export function textClauses(test: TextualTest, paths: readonly FieldPath[] | undefined): Clause[] {
  if (test.kind === 'text')
    return test.text === '' ? [] : [[{ paths, shape: test.shape, text: triggerFold(test.text) }]]
  if (test.kind === 'regex')
    return test.regex.clauses.map((texts) => texts.map(({ shape, text }): Literal => ({ paths, shape, text })))
  const clauses: Clause[] = []
  for (const [index, part] of test.parts.entries()) {
    if (typeof part !== 'string') continue
    clauses.push([{ paths, shape: shapeOf(test.parts, index), text: triggerFold(part) }])
  }
  return clauses
}

function shapeOf(parts: readonly Part[], index: number): TextShape {
  if (index === 0) return 'startswith'
  return index === parts.length - 1 ? 'endswith' : 'contains'
}
