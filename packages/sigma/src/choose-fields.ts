// The useful clauses of each rule in, those to look for out: a field that few rules ask for, and those only
// besides rarer things, is not looked at. What a rule then is a candidate for too often, its evaluation sorts out.
import { chooseClauses } from './choose-clauses.ts'
import type { Clause, WeighedClause } from './literal.ts'

/** About what looking a value up and trying a rule cost, in nanoseconds. */
const lookupCost = 50
const evaluationCost = 250

interface Use extends WeighedClause {
  fields: readonly number[]
}

/** `fieldsOf` numbers the fields of a clause; `valuesOf` says how many values a record has of one, on average. */
export function chooseFields(
  rules: readonly (readonly WeighedClause[])[],
  fieldsOf: (clause: Clause) => readonly number[],
  valuesOf: (field: number) => number,
): Clause[][] {
  const kept: Use[][] = rules.map((clauses) => clauses.map((each) => ({ ...each, fields: fieldsOf(each.clause) })))
  const users = new Map<number, number[]>()
  for (const [rule, uses] of kept.entries())
    for (const field of new Set(uses.flatMap(({ fields }) => fields))) {
      const known = users.get(field)
      if (known) known.push(rule)
      else users.set(field, [rule])
    }
  const dearestFirst = [...users.keys()].sort((first, second) => valuesOf(second) - valuesOf(first))
  for (const field of dearestFirst) {
    const asking = users.get(field) ?? []
    const left = asking.map((rule) => (kept[rule] ?? []).filter(({ fields }) => !fields.includes(field)))
    if (left.some((uses) => uses.length === 0)) continue
    let loss = 0
    for (const [index, rule] of asking.entries())
      loss += (shareOf(left[index] ?? []) - shareOf(kept[rule] ?? [])) * evaluationCost
    if (loss >= valuesOf(field) * lookupCost) continue
    for (const [index, rule] of asking.entries()) kept[rule] = left[index] ?? []
  }
  return kept.map((uses) => chooseClauses(uses).map(({ clause }) => clause))
}

/** Records that have all that is looked for, as if it came by chance. */
function shareOf(uses: readonly Use[]): number {
  return chooseClauses(uses).reduce((share, { weight }) => share * Math.min(weight, 1), 1)
}
