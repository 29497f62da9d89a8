// Records in, matches out: rules by route, then the correlations they feed.
import { Correlator } from './correlate.ts'
import type { CorrelationPlan } from './correlation-plan.ts'
import type { CorrelationLimits, CorrelationState, SigmaMatch } from './correlation-state.ts'
import { derivedId } from './digest.ts'
import type { SigmaRule } from './document.ts'
import type { Expression } from './expression.ts'
import { allFlags, tokenFlags } from './kernel-layout.ts'
import { demandedFields } from './line-demands.ts'
import { LineLiterals } from './line-literals.ts'
import { LineMatcher } from './line-matcher.ts'
import type { LineOptions } from './line-options.ts'
import type { Pipeline } from './pipeline.ts'
import { Route } from './route.ts'
import { ScanKernel } from './scan-kernel.ts'

/** A rule ready to run: an expression for each route, and the correlations that name it. */
export interface CompiledRule {
  rule: SigmaRule
  routes: readonly string[]
  /** Compiles the rule for records of the route; undefined when none can fulfil it. Never fails. */
  expressionOf(route: string): Expression | undefined
  /** Adds the names of all fields that the expression reads, without compiling it. */
  addFields(route: string, names: Set<string>): void
  /** Whether it looks for a text in all values. */
  readonly hasKeyword: boolean
  parents: { plan: CorrelationPlan; positions: readonly number[] }[]
  /** Whether its matches are reported on their own. */
  reports: boolean
  /** Its place in the order they were loaded; the same in every engine made of the same documents. */
  index: number
}

/** What an engine holds, and what it had to leave out. */
export interface SigmaStats {
  /** Rules loaded, with and without a route. */
  rules: number
  correlations: number
  /** Groups of correlations now held. */
  keys: number
  /** Groups and events dropped for lack of room since the start. */
  evictions: number
  /** Events that came too late for correlations. */
  late: number
}

/** A rule that held for one event. Its id is worked out when somebody asks for it. */
class EventMatch implements SigmaMatch {
  readonly rule: SigmaRule
  readonly at: number
  readonly eventIds: string[]

  constructor(rule: SigmaRule, at: number, eventId: string) {
    this.rule = rule
    this.at = at
    this.eventIds = [eventId]
  }

  get id(): string {
    return derivedId(JSON.stringify([this.rule.id, this.eventIds[0]]))
  }
}

/** Holds compiled rules and the state of correlations. One engine sees the records of its partition in order. */
export class SigmaEngine {
  private readonly rules: readonly CompiledRule[]
  private readonly byRoute = new Map<string, Route>()
  private readonly correlator: Correlator
  private readonly plans: readonly CorrelationPlan[]

  /** Made by compileSigma. */
  constructor(
    rules: readonly CompiledRule[],
    plans: readonly CorrelationPlan[],
    pipeline: Pipeline,
    limits: CorrelationLimits,
  ) {
    this.rules = rules
    this.plans = plans
    this.correlator = new Correlator(plans, pipeline, limits)
    for (const [index, compiled] of rules.entries()) {
      compiled.index = index
      for (const name of compiled.routes) {
        let route = this.byRoute.get(name)
        if (!route) {
          route = new Route(name)
          this.byRoute.set(name, route)
        }
        route.add(compiled)
      }
    }
  }

  /** Rules that hold for the record and report on their own, in the order they were loaded. */
  match(route: string, record: object): readonly SigmaRule[] {
    const found: SigmaRule[] = []
    for (const { rule, reports } of this.hits(route, record)) if (reports) found.push(rule)
    return found
  }

  /** All rules that hold for the record, in the order they were loaded. It changes nothing: `settle` does the rest. */
  hold(route: string, record: object): readonly CompiledRule[] {
    return this.hits(route, record)
  }

  /**
   * Matches of the record, and of the correlations that it fulfils or whose windows its time closes.
   * `at` is the event's own time in ms; `eventId` names the event and makes repeats harmless.
   */
  process(route: string, record: object, at: number, eventId: string): readonly SigmaMatch[] {
    return this.settleHits(this.hits(route, record), route, record, at, eventId)
  }

  /**
   * What `process` gives for a record when it is known which rules hold, by their `index`: another thread may have found
   * out with an engine made of the same documents. Records come in order, those for which nothing holds by `advance`.
   */
  settle(
    holding: readonly number[],
    route: string,
    record: object,
    at: number,
    eventId: string,
  ): readonly SigmaMatch[] {
    const hits = holding.map((index) => this.rules[index]).filter((rule) => rule !== undefined)
    return this.settleHits(hits, route, record, at, eventId)
  }

  private settleHits(
    hits: readonly CompiledRule[],
    route: string,
    record: object,
    at: number,
    eventId: string,
  ): readonly SigmaMatch[] {
    const matches: SigmaMatch[] = []
    for (const { rule, reports } of hits) if (reports) matches.push(new EventMatch(rule, at, eventId))
    if (this.plans.length === 0) return matches
    const correlated = hits.filter(({ parents }) => parents.length > 0)
    const more =
      correlated.length > 0 ? this.correlator.feed(correlated, route, record, at, eventId) : this.correlator.advance(at)
    matches.push(...more)
    return matches
  }

  /** Sets the newest time seen, backwards too; see Correlator. */
  setClock(newestAt: number): void {
    this.correlator.setClock(newestAt)
  }

  /** Matches of windows that close before `at` less the allowed lateness; Infinity closes all, at the end of recorded input. */
  advance(at: number): readonly SigmaMatch[] {
    return this.correlator.advance(at)
  }

  /** The state of correlations as plain data fit for JSON. */
  saveState(): CorrelationState {
    return this.correlator.saveState()
  }

  /** Takes over state that an engine with the same correlations saved. */
  restoreState(state: CorrelationState): void {
    this.correlator.restoreState(state)
  }

  /**
   * A matcher of NDJSON lines with the rules of this engine. It finds exactly what `match` finds in the parsed records,
   * and is several times faster, since most lines need not be parsed. Correlations are not fed.
   */
  lineMatcher(options: LineOptions): LineMatcher {
    const asked = new Set(options.reads)
    // the fields that the caller's choice of a route looks at are known to the kernel too
    const ask = (name: string): undefined => {
      asked.add(name)
    }
    options.route(ask)
    for (const name of options.demands ? demandedFields(options.demands) : []) asked.add(name)
    const names = [...new Set([...asked, ...this.fieldsOf(this.byRoute.keys())])]
    const fieldOf = new Map(names.slice(0, 0xfffe).map((name, index) => [name, index + 1]))
    // keywords are looked for in whole lines, and once more in what does not stand there as it is
    const forKeywords = this.rules.some(({ hasKeyword }) => hasKeyword) ? tokenFlags.decode | tokenFlags.high : 0
    const others = names.length > fieldOf.size || options.seesAll ? allFlags : forKeywords
    // and one for all routes without rules and names
    const named = new Set([...this.byRoute.keys(), ...(options.routes ?? [])])
    const kernel = new ScanKernel(fieldOf, named.size + 1, others, options.memo)
    const { learnFrom = 64, learnAgainAfter = 65_536 } = options
    const context = { kernel, fieldOf, literals: new LineLiterals() }
    const routes = new Map(
      [...this.byRoute].map(([name, route]) => [name, route.forLines(context, learnFrom, learnAgainAfter)]),
    )
    return new LineMatcher(kernel, fieldOf, routes, options)
  }

  /** The literal names of the fields that rules of these routes look at. */
  fieldsOf(routes: Iterable<string>): string[] {
    return [...new Set([...routes].flatMap((route) => this.byRoute.get(route)?.fields ?? []))]
  }

  get stats(): SigmaStats {
    const { groups, evictions, late } = this.correlator.stats
    return { rules: this.rules.length, correlations: this.plans.length, keys: groups, evictions, late }
  }

  private hits(route: string, record: object): readonly CompiledRule[] {
    return this.byRoute.get(route)?.hits(record) ?? []
  }
}
