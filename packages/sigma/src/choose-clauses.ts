// Which of the literals that a rule demands are looked for, by how rare they are.
import type { Expression } from './expression.ts'
import { clausesOf, type Literal, type WeighedClause } from './literal.ts'

/** Clauses of a rule that are looked for: more make fewer candidates but more literals to find. */
const maxClauses = 3
/** Clauses that may take their place when a field is not looked at. */
const maxUseful = 8
/** A further clause is taken while a rule would still be a candidate for more than this share of records. */
const goodShare = 0.002
/** A clause met more often than this does not sort anything out. */
const uselessShare = 0.7
/** Literals of a further clause. */
const maxLiterals = 50

/** The clauses of an expression that sort something out, the rarest first. */
export function usefulClauses(expression: Expression, estimate: (literal: Literal) => number): WeighedClause[] {
  return clausesOf(expression, estimate)
    .filter(({ weight }) => weight <= uselessShare)
    .slice(0, maxUseful)
}

/** Those of them to look for; empty: the expression must always be evaluated. */
export function chooseClauses<Chosen extends WeighedClause>(useful: readonly Chosen[]): Chosen[] {
  const chosen: Chosen[] = []
  let share = 1
  for (const each of useful) {
    if (chosen.length > 0 && each.clause.length > maxLiterals) continue
    chosen.push(each)
    share *= each.weight
    if (chosen.length === maxClauses || share < goodShare) break
  }
  return chosen
}

/** Whether clauses sort enough out by themselves. */
export function isGood(clauses: readonly WeighedClause[]): boolean {
  return clauses.length > 0 && clauses.reduce((share, { weight }) => share * weight, 1) < goodShare
}
