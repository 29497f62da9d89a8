// Which of the literals that a rule demands are looked for, by how rare they are.
import { type Demand, type Estimate, type WeighedClause, weighedClauses } from './literal.ts'

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

/** The clauses demanded that sort something out, the rarest first. */
export function usefulClauses<Of>(demand: Demand<Of>, estimate: Estimate<Of>): WeighedClause<Of>[] {
  const clauses = weighedClauses(demand, estimate)
  let count = 0
  while (count < Math.min(clauses.length, maxUseful) && (clauses[count]?.weight ?? 1) <= uselessShare) count++
  return clauses.slice(0, count)
}

/** Those of them to look for; empty: the expression must always be evaluated. */
export function chooseClauses<Chosen extends WeighedClause<unknown>>(useful: readonly Chosen[]): Chosen[] {
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
export function isGood(clauses: readonly WeighedClause<unknown>[]): boolean {
  return clauses.length > 0 && clauses.reduce((share, { weight }) => share * weight, 1) < goodShare
}
