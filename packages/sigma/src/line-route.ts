// The rules of one route in, tables for the kernel out; and what the kernel leaves open about a line decided.

import { chooseClauses, isGood, usefulClauses } from './choose-clauses.ts'
import { utf8 } from './encode.ts'
import type { Expression } from './expression.ts'
import { FieldPlans } from './field-plans.ts'
import { isAscii } from './gram.ts'
import { lineForm } from './line-form.ts'
import type { LineLiterals } from './line-literals.ts'
import { LineStatistics } from './line-statistics.ts'
import { type Demand, triggerFold, type WeighedClause } from './literal.ts'
import { type Guard, RouteTables } from './route-tables.ts'
import { guardOf, rulingOut } from './rule-guard.ts'
import { RulePrograms } from './rule-program.ts'
import type { ScanKernel } from './scan-kernel.ts'
import { Wanted } from './wanted.ts'

/** A rule that was tried so often is decided in the kernel from then on. */
const worthProgramming = 4

/** Of the entries of a rule the one that says that it cannot hold; see kernel/line.h. */
const ruledOut = 7

/** What the indexes of all routes of a matcher share. */
export interface LineContext {
  kernel: ScanKernel
  /** Numbers of fields. */
  fieldOf: ReadonlyMap<string, number>
  literals: LineLiterals
}

type Sample = readonly Readonly<Record<string, unknown>>[]

/** Tables for one route in the kernel's memory. */
export class LineRoute {
  /** The kernel's structure. */
  readonly at: number
  private readonly kernel: ScanKernel
  private readonly tables: RouteTables
  private readonly programs: RulePrograms
  private readonly expressions: readonly Expression[]
  /** How often each rule was tried, and the places of programs of rules. */
  private readonly tried: Uint8Array
  private readonly written: { rule: number; at: number }[]
  private readonly found: number[] = []
  /** Rules that were found to hold for the present line. */
  readonly held: number[] = []

  /**
   * `names` are those of all fields that the rules ask for; `sample` holds records of this route. `before`: the one whose
   * place it takes; without it it is the first one.
   */
  constructor(
    context: LineContext,
    expressions: readonly Expression[],
    names: readonly string[],
    sample: Sample,
    before: LineRoute | undefined,
  ) {
    const { kernel, fieldOf, literals } = context
    this.kernel = kernel
    this.tables = new RouteTables(kernel)
    this.programs = before?.programs ?? new RulePrograms(kernel, fieldOf)
    this.expressions = expressions
    this.tried = before?.tried ?? new Uint8Array(expressions.length)
    this.written = before?.written ?? []
    const statistics = new LineStatistics(sample, literals)
    const needed = new Uint8Array(expressions.length)
    const always: Guard[] = []
    const wanted = new Wanted(literals)
    for (const [rule, expression] of expressions.entries()) {
      const clauses = chooseLineClauses(expression, literals, statistics)
      if (clauses.length === 0) {
        always.push(guardOf(rule, expression, fieldOf))
        for (const literal of rulingOut(expression, sample, statistics, literals))
          wanted.add(literal, rule * 8 + ruledOut)
      }
      for (const [bit, { clause }] of clauses.entries()) {
        needed[rule] = (needed[rule] ?? 0) | (1 << bit)
        for (let index = 0; index < clause.length; index++) wanted.add(clause[index] ?? 0, rule * 8 + bit)
      }
    }
    const plans = new FieldPlans(this.tables, kernel, wanted, statistics, before === undefined)
    const planOf = new Uint16Array(fieldOf.size + 1)
    const unnumbered = [...wanted.fields].filter((name) => !fieldOf.has(name))
    const all = [
      plans.plan(
        unnumbered.flatMap((name) => wanted.of(name)),
        undefined,
      ),
    ]
    for (const name of names) {
      const field = fieldOf.get(name)
      if (field === undefined) continue
      planOf[field] = all.length
      all.push(plans.plan(wanted.of(name), name))
    }
    this.at = this.tables.build(all, planOf, needed, always, plans.words(sample))
    for (const { rule, at } of this.written) this.tables.setProgram(rule, at)
  }

  /**
   * Numbers of the rules that the present line may fulfil besides those in `held`, of which the kernel counted so many
   * together; undefined when it has to be parsed. `text` gives a token's value as text. The arrays are reused by the next call.
   */
  candidates(given: number, text: (token: number) => string): readonly number[] | undefined {
    let counted = given
    const { kernel, found, held, tables } = this
    const { specials } = kernel
    for (let index = 0; index < specials; index++) if (!this.lookAgain(kernel.special(index), text)) return undefined
    if (!kernel.isSettled) counted = kernel.functions.settle(kernel.line, this.at)
    held.length = 0
    found.length = 0
    const holding = kernel.held
    for (let index = 0; index < holding; index++) held.push(kernel.words[tables.held + index] ?? 0)
    for (let index = 0; index < counted - holding; index++) {
      const rule = kernel.words[tables.candidates + index] ?? 0
      found.push(rule)
      if ((this.tried[rule] ?? 0) < worthProgramming) this.noteTried(rule)
    }
    return found
  }

  /** Lines that were looked at. */
  get seen(): number {
    return this.tables.seen
  }

  /** Whether the present line is to be learnt from. */
  get isWanted(): boolean {
    return this.tables.seen >= this.tables.wantedAt
  }

  /** The next line to be learnt from is the one with which so many were looked at. */
  wantAt(seen: number): void {
    this.tables.wantedAt = seen
  }

  private noteTried(rule: number): void {
    const times = (this.tried[rule] ?? 0) + 1
    this.tried[rule] = times
    const expression = this.expressions[rule]
    if (times !== worthProgramming || !expression) return
    const at = this.programs.write(expression)
    this.written.push({ rule, at })
    this.tables.setProgram(rule, at)
  }

  /** Notes that a rule cannot hold with the value of a token; whether the value is remembered. */
  ruleOut(token: number, rule: number): boolean {
    return this.kernel.functions.ruleOut(this.kernel.line, this.at, token, rule) !== 0
  }

  /** A value that the kernel could not look at as it stands: decoded, folded and looked at once more. */
  private lookAgain(token: number, text: (token: number) => string): boolean {
    const { kernel } = this
    const folded = triggerFold(text(token))
    const form = `"${lineForm(folded)}"`
    if (form.length > kernel.scratchLength) return false
    const bytes = utf8(form)
    if (bytes.length > kernel.scratchLength) return false
    kernel.bytes.set(bytes, kernel.scratchAt)
    const start = kernel.scratchAt + 1
    const end = kernel.scratchAt + bytes.length - 1
    kernel.functions.lookAgain(kernel.line, this.at, token, start, end, isAscii(folded) ? 0 : 1)
    return true
  }
}

/** What is looked for of a rule: without choices of many values if that sorts enough out. */
function chooseLineClauses(
  expression: Expression,
  literals: LineLiterals,
  statistics: LineStatistics,
): WeighedClause<number>[] {
  const brief = literals.briefDemandOf(expression)
  const chosen = brief ? chooseOf(brief, literals, statistics) : []
  return isGood(chosen) ? chosen : chooseOf(literals.demandOf(expression), literals, statistics)
}

/** Clauses without short literals, which cost more to find, if they sort enough out. */
function chooseOf(
  demand: Demand<number>,
  literals: LineLiterals,
  { estimate }: LineStatistics,
): WeighedClause<number>[] {
  const useful = usefulClauses(demand, estimate)
  const chosen = chooseClauses(useful.filter(({ clause }) => !clause.some((literal) => literals.isShort(literal))))
  return isGood(chosen) ? chosen : chooseClauses(useful)
}
