// The rules of one route as predicates over a shared frame, each compiled when it is first asked for.
import { conjuncts, type Expression } from './expression.ts'
import { Frame, type LazyRecord } from './frame.ts'
import { type Predicate, PredicateCompiler } from './predicate.ts'
import { onlyField } from './rule-guard.ts'
import { RuleMemo } from './rule-memo.ts'

/** After so many rules that no single value kept from holding, one is looked for more seldom. */
const worthBlaming = 32
const seldom = 32

/** A part of a rule that asks for one field, without which the rule cannot hold. */
interface FieldPart {
  name: string
  predicate: Predicate
}

/** Results are numbers of expressions, in ascending order; the array is reused by the next call. Not safe for re-entry. */
export class RuleSet {
  readonly frame = new Frame()
  private readonly expressions: readonly Expression[]
  private readonly predicates: (Predicate | undefined)[]
  private readonly compiler = new PredicateCompiler(this.frame)
  private readonly everyone: readonly number[]
  private readonly results: number[] = []
  private remembering: LazyRecord | undefined
  /** Null for a rule whose results are not remembered. */
  private readonly memos: (RuleMemo | null | undefined)[] = []
  /** Of each rule what it demands of single fields, once it was asked for. */
  private readonly parts: FieldPart[][] = []
  /** How often in a row nothing was found to blame. */
  private readonly vain: number[] = []

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

  /**
   * Tries only these rules, on a record that is read field by field, and adds those of which is known that they hold;
   * notes which values rule a rule out.
   */
  matchLazily(record: LazyRecord, rules: readonly number[], held: readonly number[]): readonly number[] {
    const { results } = this
    results.length = 0
    for (let number = 0; number < held.length; number++) results.push(held[number] ?? 0)
    this.tryLazily(record, rules)
    if (results.length > 1) results.sort((first, second) => first - second)
    return results
  }

  private tryLazily(record: LazyRecord, rules: readonly number[]): void {
    this.frame.beginLazy(record)
    if (record !== this.remembering) {
      // another matcher numbers fields and values in its own way
      this.remembering = record
      this.memos.length = 0
    }
    const { results, predicates } = this
    for (let number = 0; number < rules.length; number++) {
      const rule = rules[number] ?? 0
      let memo = this.memos[rule]
      if (memo === undefined) memo = this.newMemo(record, rule)
      let holds = memo?.recall(record)
      if (holds === undefined) {
        const predicate = predicates[rule] ?? this.compile(rule)
        holds = predicate()
        memo?.remember(holds)
        if (!holds) this.blame(record, rule)
      }
      if (holds) results.push(rule)
    }
  }

  private newMemo(record: LazyRecord, rule: number): RuleMemo | null {
    const expression = this.expressions[rule]
    const memo = (expression && RuleMemo.of(expression, record)) ?? null
    while (this.memos.length <= rule) this.memos.push(undefined)
    this.memos[rule] = memo
    return memo
  }

  /** Finds a field whose value alone keeps the rule from holding, for lines that have the value again. */
  private blame(record: LazyRecord, rule: number): void {
    const vain = this.vain[rule] ?? 0
    if (vain > worthBlaming && vain % seldom !== 0) {
      this.vain[rule] = vain + 1
      return
    }
    this.parts[rule] ??= this.ownParts(rule)
    for (const { name, predicate } of this.parts[rule] ?? [])
      if (!predicate() && record.ruleOut(name, rule)) {
        this.vain[rule] = 0
        return
      }
    this.vain[rule] = vain + 1
  }

  private ownParts(rule: number): FieldPart[] {
    const expression = this.expressions[rule]
    const parts = expression ? conjuncts(expression) : []
    return parts.flatMap((part) => {
      const name = onlyField(part)
      return name === undefined ? [] : [{ name, predicate: this.compiler.compile(part) }]
    })
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
