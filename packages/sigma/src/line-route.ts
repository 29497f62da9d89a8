// The rules of one route in, tables for the kernel out; and what the kernel leaves open about a line decided.

import { chooseClauses, isGood, usefulClauses } from './choose-clauses.ts'
import { utf8 } from './encode.ts'
import type { Expression } from './expression.ts'
import { fieldNames } from './field-names.ts'
import { type GramStatistics, isAscii } from './gram.ts'
import {
  isCrowded,
  isFindable,
  isShort,
  isTiny,
  LineStatistics,
  latin1,
  lineForm,
  lineLiterals,
  type Step,
  widestStep,
} from './line-literal.ts'
import type { Literal, WeighedClause } from './literal.ts'
import { triggerFold } from './literal.ts'
import { rarePairs } from './rare-pairs.ts'
import { type FieldPlan, type Found, type Guard, looks, maxRare, RouteTables, type WordsPlan } from './route-tables.ts'
import { guardOf, rulingOut } from './rule-guard.ts'
import { RulePrograms } from './rule-program.ts'
import type { ScanKernel } from './scan-kernel.ts'

/** Of more short literals only the tiny ones are looked for by themselves. */
const worthFiltering = 32

/** A rule that was tried so often is decided in the kernel from then on. */
const worthProgramming = 4

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
  private readonly programs: RulePrograms
  private readonly expressions: readonly Expression[]
  /** How often each rule was tried. */
  private readonly tried: Uint8Array
  private readonly found: number[] = []
  /** Rules that were found to hold for the present line. */
  readonly held: number[] = []

  /** `fieldOf` numbers the fields; `sample` holds records of this route. */
  constructor(
    kernel: ScanKernel,
    expressions: readonly Expression[],
    sample: readonly Readonly<Record<string, unknown>>[],
    fieldOf: ReadonlyMap<string, number>,
  ) {
    this.kernel = kernel
    this.tables = new RouteTables(kernel)
    this.programs = new RulePrograms(kernel, fieldOf)
    this.expressions = expressions
    this.tried = new Uint8Array(expressions.length)
    const statistics = new LineStatistics(sample)
    const needed = new Uint8Array(expressions.length)
    const always: Guard[] = []
    const byField = new Map<string, Map<string, Wanted>>()
    const keywords = new Map<string, Wanted>()
    for (const [rule, expression] of expressions.entries()) {
      const clauses = chooseLineClauses(usefulClauses(expression, (literal) => statistics.estimate(literal)))
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
    const planOf = new Uint16Array(fieldOf.size + 1)
    const plan = (name: string | undefined, wanted: readonly Wanted[]): FieldPlan => {
      const ascii = wanted.filter(({ literal }) => isAscii(literal.text))
      const beyond = wanted.filter(({ literal }) => !isAscii(literal.text) && isFindable(literal.text))
      const made = {
        ...this.place(ascii, statistics.of(name)),
        beyond: beyond.length > 0 ? this.place(beyond, statistics.of(name)) : undefined,
        owner: name === undefined ? 0 : kernel.newOwner(),
        high: entriesOf(wanted.filter(({ literal }) => !isFindable(literal.text))),
      }
      const isFound = made.grams.size + made.pairs.size + made.high.length > 0 || made.beyond !== undefined
      return { ...made, look: isFound && made.owner > 0 ? looks.lookedUp : isFound ? looks.found : looks.not }
    }
    const unnumbered = [...byField].filter(([name]) => !fieldOf.has(name))
    const other = plan(
      undefined,
      unnumbered.flatMap(([, wanted]) => [...wanted.values()]),
    )
    const plans = [other]
    for (const name of fieldNames(expressions)) {
      const field = fieldOf.get(name)
      if (field === undefined) continue
      const wanted = byField.get(name)
      planOf[field] = plans.length
      plans.push(plan(name, [...(wanted?.values() ?? [])]))
    }
    this.at = this.tables.build(
      plans,
      planOf,
      needed,
      always,
      this.wordsPlan([...keywords.values()], sample, statistics),
    )
  }

  /** Keywords are looked for in the whole line at once, wherever they stand in it. */
  private wordsPlan(
    keywords: readonly Wanted[],
    sample: readonly Readonly<Record<string, unknown>>[],
    statistics: LineStatistics,
  ): WordsPlan | undefined {
    if (keywords.length === 0) return undefined
    const ascii = keywords
      .filter(({ literal }) => isAscii(literal.text))
      .map(({ literal, entries }): Wanted => ({ literal: { ...literal, shape: 'contains' }, entries }))
    const high = entriesOf(keywords.filter(({ literal }) => !isAscii(literal.text)))
    const forms = ascii.map(({ literal }) => lineForm(literal.text))
    const lines = sample.map((record) => JSON.stringify(record))
    const pairs = rarePairs(forms, lines, maxRare)
    if (!pairs) return { field: this.place(ascii, statistics.all), rare: [], high }
    const rare = pairs.map(({ pair, texts }) => {
      const literals = texts.map(({ text, offset }) => ({
        literal: { bytes: latin1(forms[text] ?? ''), offset, atStart: false, atEnd: false },
        entries: ascii[text]?.entries ?? [],
      }))
      return { pair, literals }
    })
    return { field: undefined, rare, high }
  }

  /** Puts the literals of a field into the tables: short ones by themselves, the others as far apart as the shortest of them allows. */
  private place(wanted: readonly Wanted[], statistics: GramStatistics): FieldPlan {
    const few = wanted.filter(({ literal }) => isShort(literal))
    // many short ones may begin nearly everywhere
    const short =
      few.length > worthFiltering
        ? few.filter(({ literal }) => isTiny(literal))
        : [...few, ...crowdedOf(wanted, statistics).slice(0, worthFiltering - few.length)]
    const apart = new Set(short)
    const long = wanted.filter((each) => !apart.has(each))
    const step = long.length > 0 ? widestStep(long.map(({ literal }) => literal)) : undefined
    const grams = new Map<number, Found[]>()
    const pairs = new Map<number, Found[]>()
    const beginnings = { grams: [] as string[], pairs: [] as string[] }
    const add = ({ literal, entries }: Wanted, distance: Step, isBeginning: boolean): void => {
      for (const each of lineLiterals(literal, distance, statistics)) {
        const found = this.tables.found(each.literal, entries)
        for (const gram of each.grams) join(grams, gram, found)
        for (const pair of each.pairs) join(pairs, pair | 0x10000, found)
        if (isBeginning) (each.pairs.length > 0 ? beginnings.pairs : beginnings.grams).push(each.beginning)
      }
    }
    for (const each of short) add(each, 1, true)
    for (const each of long) add(each, step ?? 1, false)
    return { grams, pairs, step, beginnings, owner: 0, high: [], beyond: undefined, look: looks.found }
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

  /** Whether the kernel leaves out lines on which nothing was found; not while they are learnt from. */
  setLearning(isLearning: boolean): void {
    this.tables.setLearning(isLearning)
  }

  private noteTried(rule: number): void {
    const times = (this.tried[rule] ?? 0) + 1
    this.tried[rule] = times
    const expression = this.expressions[rule]
    if (times === worthProgramming && expression) this.tables.setProgram(rule, this.programs.write(expression))
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

/** Clauses without short literals, which cost more to find, if they sort enough out. */
function chooseLineClauses(useful: readonly WeighedClause[]): WeighedClause[] {
  const chosen = chooseClauses(useful.filter(({ clause }) => !clause.some(isShort)))
  return isGood(chosen) ? chosen : chooseClauses(useful)
}

function crowdedOf(wanted: readonly Wanted[], statistics: GramStatistics): Wanted[] {
  return wanted.filter(({ literal }) => isCrowded(literal, statistics))
}

function entriesOf(wanted: readonly Wanted[]): number[] {
  return wanted.flatMap(({ entries }) => entries)
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

function join(buckets: Map<number, Found[]>, key: number, found: Found): void {
  const same = buckets.get(key)
  if (same) same.push(found)
  else buckets.set(key, [found])
}
