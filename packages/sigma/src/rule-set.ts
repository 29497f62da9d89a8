// The rules of one route as predicates over a shared frame, each compiled when it is first asked for.
import type { Expression } from './expression.ts'
import { Frame, type LazyRecord } from './frame.ts'
import { type Predicate, PredicateCompiler } from './predicate.ts'

/** Results are numbers of expressions, in ascending order; the array is reused by the next call. Not safe for re-entry. */
export class RuleSet {
  readonly frame = new Frame()
  private readonly expressions: readonly Expression[]
  private readonly predicates: (Predicate | undefined)[]
  private readonly compiler = new PredicateCompiler(this.frame)
  private readonly everyone: readonly number[]
  private readonly results: number[] = []

  constructor(expressions: readonly Expression[]) {
    this.expressions = expressions
    this.predicates = new Array(expressions.length).fill(undefined)
    this.everyone = [...expressions.keys()]
  }

  /** Tries these rules on the record that the frame was begun with. */
  evaluate(rules: readonly number[]): readonly number[] {
    const { results, predicates } = this
    results.length = 0
    for (let number = 0; number < rules.length; number++) {
      const rule = rules[number] ?? 0
      const predicate = predicates[rule] ?? this.compile(rule)
      if (predicate()) results.push(rule)
    }
    if (results.length > 1) results.sort((first, second) => first - second)
    return results
  }

  /** Tries only these rules, on a record that is read field by field. */
  matchLazily(record: LazyRecord, rules: readonly number[]): readonly number[] {
    this.frame.beginLazy(record)
    return this.evaluate(rules)
  }

  /** Tries all rules. */
  matchAll(record: object): readonly number[] {
    this.frame.begin(record)
    return this.evaluate(this.everyone)
  }

  private compile(rule: number): Predicate {
    const expression = this.expressions[rule]
    const predicate = expression ? this.compiler.compile(expression) : () => false
    this.predicates[rule] = predicate
    return predicate
  }
}
