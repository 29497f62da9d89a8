// Which of the literals that a rule demands are looked for, by how rare they are.
import type { Expression } from './expression.ts'
import { clausesOf, type Literal, type WeighedClause } from './literal.ts'

/** Clauses of a rule that are looked for: more make fewer candidates but more literals to find. */
const maxClauses = 3
/** A further clause is taken while a rule would still be a candidate for more than this share of records. */
const goodShare = 0.002
/** A clause met more often than this does not sort anything out. */
const uselessShare = 0.7

/** Chooses which clauses of an expression to look for; empty: it must always be evaluated. */
export function chooseClauses(expression: Expression, estimate: (literal: Literal) => number): WeighedClause[] {
  const chosen: WeighedClause[] = []
  let share = 1
  for (const each of clausesOf(expression, estimate)) {
    const { clause, weight } = each
    const isWorth = chosen.length === 0 || clause.length <= 50
    if (weight > uselessShare || !isWorth) continue
    chosen.push(each)
    share *= weight
    if (chosen.length === maxClauses || share < goodShare) break
  }
  return chosen
}
