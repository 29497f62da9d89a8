// The rules of one route in, tables for the kernel out; and what the kernel leaves open about a line decided.

import { chooseClauses, usefulClauses } from './choose-clauses.ts'
import type { Expression } from './expression.ts'
import { fieldNames } from './field-names.ts'
import { type GramStatistics, isAscii } from './gram.ts'
import { LineStatistics, lineForm, lineLiterals, type Step, widestStep } from './line-literal.ts'
import type { Literal } from './literal.ts'
import { triggerFold } from './literal.ts'
import { type FieldPlan, type Guard, looks, RouteTables } from './route-tables.ts'
import { guardOf, rulingOut } from './rule-guard.ts'
import type { ScanKernel } from './scan-kernel.ts'

/** The place of fields without a number: those that no rule names. */
const unknownField = 0

/** Rules that a value of a field which is not looked up has ruled out, after which it is. */
const worthLookingUp = 32

/** Of the entries of a rule the one that says that it cannot hold; see kernel/line.h. */
const ruledOut = 7

/** A literal and the clauses of rules that it shows. */
interface Wanted {
  literal: Literal
  entries: number[]
}

/** Tables for one route in the kernel's memory. */
export class LineRoute {
  /** The kernel's structure. */
  readonly at: number
  private readonly kernel: ScanKernel
  private readonly tables: RouteTables
  private readonly ruledOut = new Map<number, number>()
  private readonly found: number[] = []

  /** `fieldOf` numbers the fields; `sample` holds records of this route. */
  constructor(
    kernel: ScanKernel,
    expressions: readonly Expression[],
    sample: readonly Readonly<Record<string, unknown>>[],
    fieldOf: ReadonlyMap<string, number>,
  ) {
    this.kernel = kernel
    this.tables = new RouteTables(kernel)
    const statistics = new LineStatistics(sample)
    const needed = new Uint8Array(expressions.length)
    const always: Guard[] = []
    const byField = new Map<string, Map<string, Wanted>>()
    const keywords = new Map<string, Wanted>()
    for (const [rule, expression] of expressions.entries()) {
      const clauses = chooseClauses(usefulClauses(expression, (literal) => statistics.estimate(literal)))
      if (clauses.length === 0) {
        always.push(guardOf(rule, expression, fieldOf))
        for (const literal of rulingOut(expression, sample, (each) => statistics.share(each)))
          for (const { name } of literal.paths ?? []) want(wantedOf(byField, name), literal, rule * 8 + ruledOut)
      }
      for (const [bit, { clause }] of clauses.entries()) {
        needed[rule] = (needed[rule] ?? 0) | (1 << bit)
        for (const literal of clause) {
          const entry = rule * 8 + bit
          if (literal.paths === undefined) want(keywords, literal, entry)
          for (const { name } of literal.paths ?? []) want(wantedOf(byField, name), literal, entry)
        }
      }
    }
    const words = [...keywords.values()].filter(({ literal }) => isAscii(literal.text))
    const highKeywords = [...keywords.values()].flatMap(({ literal, entries }) =>
      isAscii(literal.text) ? [] : entries,
    )
    const planOf = new Uint16Array(fieldOf.size + 1)
    const plan = (field: number, name: string | undefined, wanted: readonly Wanted[]): FieldPlan => {
      const own = wanted.filter(({ literal }) => isAscii(literal.text))
      const high = wanted.flatMap(({ literal, entries }) => (isAscii(literal.text) ? [] : entries))
      const made = {
        ...this.place([...own, ...words], saltOf(field), statistics.of(name)),
        owner: name === undefined ? 0 : kernel.newOwner(),
        high: [...high, ...highKeywords],
      }
      const isFound = made.hasGrams || made.hasPairs || made.high.length > 0
      return { ...made, look: own.length > 0 && made.owner > 0 ? looks.lookedUp : isFound ? looks.found : looks.not }
    }
    const unnumbered = [...byField].filter(([name]) => !fieldOf.has(name))
    const other = plan(
      unknownField,
      undefined,
      unnumbered.flatMap(([, wanted]) => [...wanted.values()]),
    )
    const plans = [other]
    for (const name of fieldNames(expressions)) {
      const field = fieldOf.get(name)
      if (field === undefined) continue
      const wanted = byField.get(name)
      planOf[field] = plans.length
      // fields without literals of their own are searched as those are that no rule names
      plans.push(wanted ? plan(field, name, [...wanted.values()]) : { ...other, owner: kernel.newOwner() })
    }
    this.at = this.tables.build(plans, planOf, needed, always)
  }

  /** Puts the literals of a field into the tables, as far apart as the shortest of them allows. */
  private place(
    wanted: readonly Wanted[],
    salt: number,
    statistics: GramStatistics,
  ): Pick<FieldPlan, 'salt' | 'step' | 'hasGrams' | 'hasPairs'> {
    const step = wanted.reduce<Step>((least, { literal }) => Math.min(least, widestStep(literal)) as Step, 4)
    let hasGrams = false
    let hasPairs = false
    for (const { literal, entries } of wanted)
      for (const found of lineLiterals(literal, step, statistics)) {
        this.tables.add(found, entries, salt)
        if (found.grams.length > 0) hasGrams = true
        if (found.pairs.length > 0) hasPairs = true
      }
    return { salt, step, hasGrams, hasPairs }
  }

  /**
   * Numbers of the rules that the present line may fulfil, of which the kernel counted so many; undefined when it has
   * to be parsed. `text` gives a token's value as text. The array is reused by the next call.
   */
  candidates(counted: number, text: (token: number) => string): readonly number[] | undefined {
    const { kernel, found } = this
    const { specials } = kernel
    for (let index = 0; index < specials; index++) if (!this.lookAgain(kernel.special(index), text)) return undefined
    const count = specials > 0 ? kernel.functions.settle(kernel.line, this.at) : counted
    found.length = 0
    const at = this.tables.candidates
    for (let index = 0; index < count; index++) found.push(kernel.words[at + index] ?? 0)
    return found
  }

  /** Notes that a rule cannot hold with the present value of a field; whether the value is remembered. */
  ruleOut(field: number, token: number, rule: number): boolean {
    const { kernel } = this
    const slot = kernel.slotOf(token, this.at)
    if (slot === 0) return false
    kernel.functions.kill(slot, rule)
    const times = (this.ruledOut.get(field) ?? 0) + 1
    this.ruledOut.set(field, times)
    if (times === worthLookingUp) this.tables.lookUp(field)
    return true
  }

  /** A value that the kernel could not look at as it stands: decoded, folded and looked at once more. */
  private lookAgain(token: number, text: (token: number) => string): boolean {
    const { kernel } = this
    const folded = triggerFold(text(token))
    const form = `"${lineForm(folded)}"`
    if (form.length > kernel.scratchLength) return false
    for (let index = 0; index < form.length; index++) {
      const code = form.charCodeAt(index)
      kernel.bytes[kernel.scratchAt + index] = code > 127 ? 255 : code
    }
    const start = kernel.scratchAt + 1
    const end = kernel.scratchAt + form.length - 1
    kernel.functions.lookAgain(kernel.line, this.at, token, start, end, isAscii(folded) ? 0 : 1)
    return true
  }
}

function wantedOf(byField: Map<string, Map<string, Wanted>>, name: string): Map<string, Wanted> {
  let wanted = byField.get(name)
  if (!wanted) {
    wanted = new Map()
    byField.set(name, wanted)
  }
  return wanted
}

function want(wanted: Map<string, Wanted>, literal: Literal, entry: number): void {
  const key = `${literal.shape} ${literal.text}`
  const known = wanted.get(key)
  if (known) known.entries.push(entry)
  else wanted.set(key, { literal, entries: [entry] })
}

function saltOf(field: number): number {
  return (Math.imul(field + 1, 0x85ebca6b) | 1) >>> 0
}
