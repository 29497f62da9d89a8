// A correlation and the rules it names in, the plan of its evaluation out.
import type { Comparison, SigmaCorrelation, SigmaRule } from './document.ts'
import { type FieldPath, fieldPath, readPath, textOf } from './field-path.ts'
import type { Pipeline } from './pipeline.ts'

/** How the windows of a correlation are judged. */
export type Judgement = 'arrival' | 'close'

/** A correlation ready to run. `parents` are correlations that name this one. */
export interface CorrelationPlan {
  document: SigmaCorrelation
  /** Positions in the list of rules: how many, and what stands there. */
  size: number
  judgement: Judgement
  parents: { plan: CorrelationPlan; positions: readonly number[] }[]
  reports: boolean
  /** Order of evaluation: after everything it names. */
  rank: number
  index: number
}

/** What a correlation reads from the record of a match. */
export interface Extract {
  group: readonly (string | null)[]
  /** Texts of the condition's fields; undefined when one of them is absent. */
  value: string | undefined
  /** The same for each parent, for correlations that report later than the record. */
  up: readonly Extract[]
}

/** Joins the texts of several condition fields. */
const separator = '\u001f'

/** Reads groups and values of one plan from records. */
export class Extractor {
  private readonly cache = new Map<
    string,
    { groups: readonly (readonly FieldPath[])[]; values: readonly (readonly FieldPath[])[] }
  >()
  private readonly pipeline: Pipeline
  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline
  }

  /** `origins` are the rules through which the record came here, the nearest first. */
  extract(
    plan: CorrelationPlan,
    route: string,
    record: object,
    origins: readonly (SigmaRule | SigmaCorrelation)[],
    isDeep: boolean,
  ): Extract {
    const { groups, values } = this.paths(plan, route, origins)
    const group = groups.map((paths) => firstText(record, paths) ?? null)
    let value: string | undefined
    const texts = values.map((paths) => firstText(record, paths))
    if (texts.length > 0 && texts.every((text) => text !== undefined)) value = texts.join(separator)
    const up = isDeep
      ? plan.parents.map((parent) => this.extract(parent.plan, route, record, [plan.document, ...origins], true))
      : []
    return { group, value, up }
  }

  private paths(plan: CorrelationPlan, route: string, origins: readonly (SigmaRule | SigmaCorrelation)[]) {
    const key = `${plan.index} ${route} ${origins.map(({ id }) => id).join(' ')}`
    const known = this.cache.get(key)
    if (known) return known
    const { groupBy, conditionFields, aliases } = plan.document.correlation
    const resolve = (name: string): readonly FieldPath[] => {
      let field = name
      const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined
      if (alias)
        for (const { name: ruleName, id } of origins) {
          const found =
            (ruleName && Object.hasOwn(alias, ruleName) ? alias[ruleName] : undefined) ??
            (Object.hasOwn(alias, id) ? alias[id] : undefined)
          if (found) {
            field = found
            break
          }
        }
      return (this.pipeline.field(route, field) ?? [field]).map(fieldPath)
    }
    const made = { groups: groupBy.map(resolve), values: conditionFields.map(resolve) }
    this.cache.set(key, made)
    return made
  }
}

function firstText(record: object, paths: readonly FieldPath[]): string | undefined {
  for (const path of paths) {
    const text = textOf(readPath(record, path))
    if (text !== undefined) return text
  }
  return undefined
}

/** Conditions that more events can only fulfil are judged when an event arrives, the others when their window closes. */
export function judgementOf({ correlation }: SigmaCorrelation): Judgement {
  const { type, conditions, percentile } = correlation
  if (type === 'value_percentile' && percentile === undefined) return 'close'
  return conditions.every(({ operator }) => operator === 'gt' || operator === 'gte') ? 'arrival' : 'close'
}

export function comparisonsHold(conditions: readonly Comparison[], value: number): boolean {
  return conditions.every((condition) => comparisonHolds(condition, value))
}

function comparisonHolds({ operator, value: bound }: Comparison, value: number): boolean {
  switch (operator) {
    case 'gt':
      return value > bound
    case 'gte':
      return value >= bound
    case 'lt':
      return value < bound
    case 'lte':
      return value <= bound
    case 'eq':
      return value === bound
    case 'neq':
      return value !== bound
  }
}
