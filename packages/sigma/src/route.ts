// The rules of one route and their indexes, which are made when records come and made better when more are known.
import type { CompiledRule } from './engine.ts'
import type { Expression } from './expression.ts'
import type { LineRules } from './line-options.ts'
import { type LineContext, LineRoute } from './line-route.ts'
import { LineSample } from './line-sample.ts'
import { RouteIndex } from './route-index.ts'
import { RuleSet } from './rule-set.ts'
import { Sampler } from './sampler.ts'

/** A route's index is made anew, with what was learnt, after so many records. */
const firstSample = 256
/** Fewer rules gain nothing from statistics. */
const worthSampling = 20

/** Fewer records than this teach so little that a route of lines is learnt again after so many. */
const scanty = 40
const scantyAfter = 4_096

type Records = readonly Readonly<Record<string, unknown>>[]

export class Route {
  private readonly name: string
  private readonly added: CompiledRule[] = []
  private compiled: { rules: CompiledRule[]; expressions: Expression[] } | undefined
  private fieldNames: readonly string[] | undefined
  private rulesReady: RuleSet | undefined
  private index: RouteIndex | undefined
  private sampler: Sampler | undefined

  constructor(name: string) {
    this.name = name
  }

  add(rule: CompiledRule): void {
    this.added.push(rule)
  }

  /** The names of the fields that its rules look at, once all of them are added. */
  get fields(): readonly string[] {
    if (!this.fieldNames) {
      const names = new Set<string>()
      for (const rule of this.added) rule.addFields(this.name, names)
      this.fieldNames = [...names]
    }
    return this.fieldNames
  }

  /** Those of the rules that records of the route can fulfil. */
  private get rules(): readonly CompiledRule[] {
    this.compiled ??= this.compile()
    return this.compiled.rules
  }

  private get expressions(): readonly Expression[] {
    this.compiled ??= this.compile()
    return this.compiled.expressions
  }

  private compile() {
    const rules: CompiledRule[] = []
    const expressions: Expression[] = []
    for (const rule of this.added) {
      const expression = rule.expressionOf(this.name)
      if (!expression) continue
      rules.push(rule)
      expressions.push(expression)
    }
    return { rules, expressions }
  }

  /** The rules that hold, in the order they were loaded. */
  hits(record: object): CompiledRule[] {
    this.sampler ??= new Sampler(this.rules.length < worthSampling ? 0 : firstSample)
    const sample = this.sampler.add(record)
    if (sample) this.index = new RouteIndex(this.predicates(), this.expressions, sample)
    return this.named(this.ready().match(record))
  }

  /** The same rules for lines of text; the line index is kept in the memory of the context's kernel. */
  forLines(context: LineContext, learnFrom: number, learnAgainAfter: number): LineRules {
    const sampler = new Sampler(learnFrom)
    const evaluate: LineRules['evaluate'] = (record, rules, held) => {
      if (rules.length > 0) return this.named(this.predicates().matchLazily(record, rules, held))
      if (held.length > 1) held.sort((first, second) => first - second)
      return this.named(held)
    }
    const begin = (sample: readonly object[] | undefined): void => {
      if (!sample) return
      first = sample
      further = new LineSample(sample.length < scanty ? Math.min(scantyAfter, learnAgainAfter) : learnAgainAfter)
      lines.lineRoute = new LineRoute(context, this.expressions, this.fields, sample as Records, undefined)
      lines.lineRoute.wantAt(further.firstWanted)
    }
    let first: readonly object[] = []
    let further = new LineSample(learnAgainAfter)
    const lines = {
      lineRoute: undefined as LineRoute | undefined,
      isLearning: true,
      evaluate,
      match: (record: object): readonly CompiledRule[] => {
        if (lines.lineRoute) return this.hits(record)
        begin(sampler.add(record))
        // while lines are learnt from, all rules are tried: an index of records would be made for these few alone
        return this.named(this.predicates().matchAll(record))
      },
      learn: (record: object): void => begin(sampler.add(record)),
      begin: (): void => begin(sampler.early()),
      keep: (bytes: Uint8Array, parse: (bytes: Uint8Array) => unknown): void => {
        const { lineRoute } = lines
        if (!lineRoute) return
        const next = further.keep(bytes, lineRoute.seen)
        if (next === undefined) {
          const sample = [...first, ...further.take().map(parse)] as Records
          lines.lineRoute = new LineRoute(context, this.expressions, this.fields, sample, lineRoute)
          lines.isLearning = false
          first = []
        } else lineRoute.wantAt(next)
      },
    }
    return lines
  }

  private ready(): RouteIndex {
    this.index ??= new RouteIndex(this.predicates(), this.expressions, [])
    return this.index
  }

  private predicates(): RuleSet {
    this.rulesReady ??= new RuleSet(this.expressions)
    return this.rulesReady
  }

  private named(numbers: readonly number[]): CompiledRule[] {
    const { rules } = this
    const hits: CompiledRule[] = []
    for (let index = 0; index < numbers.length; index++) {
      const rule = rules[numbers[index] ?? 0]
      if (rule) hits.push(rule)
    }
    return hits
  }
}
