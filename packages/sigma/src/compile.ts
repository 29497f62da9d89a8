// Documents and a pipeline in, an engine out; what cannot be used is refused and listed, and never stops the others.

import { checkDetection } from './check-detection.ts'
import { itemContext, type RuleContext } from './compile-rule.ts'
import { type CorrelationPlan, judgementOf } from './correlation-plan.ts'
import { type CorrelationLimits, defaultCorrelationLimits } from './correlation-state.ts'
import type { LogSource, SigmaCorrelation, SigmaDocument, SigmaFilter, SigmaRule } from './document.ts'
import { type CompiledRule, SigmaEngine } from './engine.ts'
import { makeIssue, type Place, Refusal, type SigmaIssue, type SigmaIssueCode } from './issue.ts'
import { defaultLimits, type SigmaLimits } from './limits.ts'
import type { ItemContext } from './modifier-state.ts'
import { countedId } from './parse-correlation.ts'
import type { Pipeline } from './pipeline.ts'
import { PipelineAnswers } from './pipeline-answers.ts'
import { RoutedRule } from './routed-rule.ts'

/** What a caller may set beside the pipeline; all of it has a default. */
export interface CompileOptions {
  /** Bounds on what a rule may cost. */
  limits?: Partial<SigmaLimits>
  /** Values of `%name%` for the modifier expand. */
  placeholders?: Readonly<Record<string, readonly string[]>>
  /** Bounds on the state of correlations, and how late events may be. */
  correlation?: Partial<CorrelationLimits>
}

/** Compiles what can be used. The order of documents does not matter, except that the first of a repeated id counts. */
export function compileSigma(
  documents: readonly SigmaDocument[],
  pipeline: Pipeline,
  options: CompileOptions = {},
): { engine: SigmaEngine; issues: SigmaIssue[] } {
  const compiler = new Compiler(documents, pipeline, options)
  return compiler.compile()
}

class Compiler {
  private readonly issues: SigmaIssue[] = []
  private readonly refused = new Set<string>()
  private readonly byReference = new Map<string, SigmaRule | SigmaCorrelation>()
  private readonly rules: SigmaRule[] = []
  private readonly correlations: SigmaCorrelation[] = []
  private readonly filters: SigmaFilter[] = []
  private readonly usedFilters = new Set<SigmaFilter>()
  private readonly context: RuleContext
  private readonly pipeline: Pipeline
  private readonly options: CompileOptions

  constructor(documents: readonly SigmaDocument[], pipeline: Pipeline, options: CompileOptions) {
    this.pipeline = pipeline
    this.options = options
    this.context = {
      limits: { ...defaultLimits, ...options.limits },
      placeholders: options.placeholders ?? {},
      answers: new PipelineAnswers(pipeline),
      regexes: new Map(),
    }
    for (const document of documents) this.register(document)
  }

  compile(): { engine: SigmaEngine; issues: SigmaIssue[] } {
    const compiled: CompiledRule[] = []
    for (const rule of this.rules) {
      const made = this.attempt(rule, () => this.compileRule(rule))
      if (made) compiled.push(made)
      else this.refused.add(rule.id)
    }
    const plans = this.plan(compiled)
    for (const filter of this.filters)
      if (!this.usedFilters.has(filter))
        this.issue('sigma.unused-filter', filter, filter, 'the filter concerns no rule that is loaded')
    const limits = { ...defaultCorrelationLimits, ...this.options.correlation }
    return { engine: new SigmaEngine(compiled, plans, this.pipeline, limits), issues: unique(this.issues) }
  }

  private register(document: SigmaDocument): void {
    if (document.kind === 'filter') {
      this.filters.push(document)
      return
    }
    const known = this.byReference.get(document.id)
    if (known) {
      const message = `the id is that of "${known.title}" at ${known.path}:${known.line}`
      this.issue('sigma.duplicate-id', document, document, message)
      return
    }
    this.byReference.set(document.id, document)
    if (document.name !== undefined && !this.byReference.has(document.name))
      this.byReference.set(document.name, document)
    if (document.kind === 'rule') this.rules.push(document)
    else this.correlations.push(document)
  }

  private issue(code: SigmaIssueCode, document: SigmaDocument, place: Place, message: string): void {
    this.issues.push(makeIssue(code, document.path, place, message, document))
  }

  private attempt<Result>(document: SigmaDocument, work: () => Result): Result | undefined {
    try {
      return work()
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      this.issue(refusal.code, document, refusal.place, refusal.message)
      return undefined
    }
  }

  private compileRule(rule: SigmaRule): CompiledRule {
    const source = this.context.answers.source(rule.logsource)
    const { routes } = source
    const made: ItemContext['made'] = new Map()
    const items = itemContext(this.context, routes[0], made)
    // a rule without a route is checked all the same, so that its mistakes are seen
    checkDetection(rule.detection, items)
    const filters = routes.length === 0 ? [] : this.filters.filter((filter) => this.applies(filter, rule, items))
    if (routes.length === 0)
      this.issue('sigma.unrouted', rule, rule, `no record here has the log source ${describeSource(rule.logsource)}`)
    return new RoutedRule(rule, source, filters, this.context, made.size > 0 ? made : undefined)
  }

  /** Whether the filter concerns the rule and can be used. */
  private applies(filter: SigmaFilter, rule: SigmaRule, items: ItemContext): boolean {
    if (!this.concerns(filter, rule)) return false
    this.usedFilters.add(filter)
    return (
      this.attempt(filter, () => {
        checkDetection(filter.detection, items)
        return true
      }) === true
    )
  }

  private concerns(filter: SigmaFilter, rule: SigmaRule): boolean {
    const isNamed =
      !filter.rules ||
      filter.rules.some(({ to }) => {
        const id = this.byReference.get(to)?.id ?? to
        // of a rule with an old aggregation the filter concerns what is counted
        return rule.id === id || rule.id === countedId(id) || rule.name === to
      })
    const { category, product, service } = filter.logsource
    return (
      isNamed &&
      (category === undefined || category === rule.logsource.category) &&
      (product === undefined || product === rule.logsource.product) &&
      (service === undefined || service === rule.logsource.service)
    )
  }

  /** Plans of the correlations that can run, each after those it names. */
  private plan(compiled: readonly CompiledRule[]): CorrelationPlan[] {
    const rules = new Map(compiled.map((rule) => [rule.rule.id, rule]))
    const plans: CorrelationPlan[] = []
    const done = new Map<string, CorrelationPlan | undefined>()
    const open = new Set<string>()
    const visit = (document: SigmaCorrelation): CorrelationPlan | undefined => {
      if (done.has(document.id)) return done.get(document.id)
      if (open.has(document.id))
        throw new Refusal('sigma.correlation-cycle', document.correlation, 'the correlation leads back to itself')
      open.add(document.id)
      const plan = this.attempt(document, () => {
        const bases = this.bases(document, rules, visit)
        this.checkAliases(document)
        const judgement = judgementOf(document)
        const size = document.correlation.rules.length
        const made: CorrelationPlan = {
          document,
          size,
          judgement,
          parents: [],
          reports: true,
          rank: 0,
          index: plans.length,
        }
        for (const [base, positions] of bases) {
          base.parents.push({ plan: made, positions })
          if (!document.correlation.generate) base.reports = false
        }
        plans.push(made)
        return made
      })
      open.delete(document.id)
      done.set(document.id, plan)
      return plan
    }
    for (const document of this.correlations) visit(document)
    // a rule that one correlation generates reports, whatever the others say
    for (const { document } of plans)
      if (document.correlation.generate)
        for (const { to } of document.correlation.rules) {
          const base = this.byReference.get(to)
          const target = base && (rules.get(base.id) ?? done.get(base.id))
          if (target) target.reports = true
        }
    for (const [rank, plan] of plans.entries()) plan.rank = rank
    return plans
  }

  /** An alias that names a rule which the correlation does not reach would group by nothing, silently. */
  private checkAliases({ correlation }: SigmaCorrelation): void {
    const reached = new Set<string>()
    const reach = (reference: string): void => {
      const target = this.byReference.get(reference)
      if (!target || reached.has(target.id)) return
      reached.add(target.id)
      if (target.name !== undefined) reached.add(target.name)
      if (target.kind === 'correlation') for (const { to } of target.correlation.rules) reach(to)
    }
    for (const { to } of correlation.rules) reach(to)
    for (const [alias, fields] of Object.entries(correlation.aliases))
      for (const name of Object.keys(fields))
        if (!reached.has(name)) {
          const message = `the alias "${alias.slice(0, 80)}" names "${name.slice(0, 80)}", which is none of the rules`
          throw new Refusal('sigma.bad-correlation', correlation, message)
        }
  }

  private bases(
    document: SigmaCorrelation,
    rules: ReadonlyMap<string, CompiledRule>,
    visit: (document: SigmaCorrelation) => CorrelationPlan | undefined,
  ): Map<CompiledRule | CorrelationPlan, number[]> {
    const bases = new Map<CompiledRule | CorrelationPlan, number[]>()
    for (const [position, reference] of document.correlation.rules.entries()) {
      const target = this.byReference.get(reference.to)
      if (!target)
        throw new Refusal('sigma.unknown-rule', reference, `no rule has the id or name "${reference.to.slice(0, 80)}"`)
      const base = target.kind === 'rule' ? rules.get(target.id) : visit(target)
      if (!base) throw new Refusal('sigma.refused-rule', reference, `the rule "${target.title}" was refused`)
      const positions = bases.get(base)
      if (positions) positions.push(position)
      else bases.set(base, [position])
    }
    return bases
  }
}

/** A filter that cannot be used is met once for each rule it concerns. */
function unique(issues: readonly SigmaIssue[]): SigmaIssue[] {
  const seen = new Set<string>()
  return issues.filter(({ path, line, column, code, message }) => {
    const key = JSON.stringify([path, line, column, code, message])
    return !seen.has(key) && seen.add(key)
  })
}

function describeSource({ product, category, service }: LogSource): string {
  const parts = Object.entries({ product, category, service }).filter(([, value]) => value !== undefined)
  return parts.map(([key, value]) => `${key} ${value}`).join(', ')
}
