// What a Sigma file holds: detection rules, correlations and filters, as plain data.
import type { Condition } from './condition.ts'
import type { Place } from './issue.ts'
import type { LocatedScalar } from './located.ts'

/** How severe a match is. */
export type SigmaLevel = 'informational' | 'low' | 'medium' | 'high' | 'critical'
/** How far a rule is tried. */
export type SigmaStatus = 'stable' | 'test' | 'experimental' | 'deprecated' | 'unsupported'

/** Which records a rule reads; values in lower case. `definition` is for people. */
export interface LogSource {
  category?: string
  product?: string
  service?: string
  definition?: string
}

interface Head extends Place {
  /** The id as written, or one derived from the document's text where it has none. */
  id: string
  name?: string
  title: string
  status?: SigmaStatus
  description?: string
  author?: string
  date?: string
  modified?: string
  taxonomy?: string
  references: readonly string[]
  related: readonly { id: string; type: string }[]
  tags: readonly string[]
  fields: readonly string[]
  falsepositives: readonly string[]
  scope: readonly string[]
  license?: string
  level?: SigmaLevel
  /** Where the document was read. */
  path: string
  /** Top-level keys that Sigma does not define, as plain data. */
  custom: Record<string, unknown>
}

/** A detection rule: holds for single records. */
export interface SigmaRule extends Head {
  kind: 'rule'
  logsource: LogSource
  detection: Detection
}

/** A correlation: holds for several matches of the rules it names, inside a span of time. */
export interface SigmaCorrelation extends Head {
  kind: 'correlation'
  correlation: Correlation
}

/** A filter: leaves events out of the rules it names. */
export interface SigmaFilter extends Head {
  kind: 'filter'
  logsource: LogSource
  /** Ids or names of rules; undefined: every rule of the log source. */
  rules: readonly Reference[] | undefined
  detection: Detection
}

/** What a document of a Sigma file is. */
export type SigmaDocument = SigmaRule | SigmaCorrelation | SigmaFilter

/** The detection section. Several conditions are linked by OR. */
export interface Detection extends Place {
  selections: readonly NamedSelection[]
  conditions: readonly ConditionText[]
}

/** One condition of a detection. */
export interface ConditionText extends Place {
  text: string
  /** Its tree. */
  condition: Condition
}

/** A search identifier with its name. */
export interface NamedSelection extends Place {
  name: string
  selection: Selection
}

/** A search identifier: all of its fields, or one of its alternatives. */
export type Selection = { kind: 'all'; items: readonly Item[] } | { kind: 'any'; alternatives: readonly Selection[] }

/** One `field|modifier: values` of a selection; without a field its values are keywords. */
export interface Item extends Place {
  field: string | undefined
  modifiers: readonly string[]
  values: readonly LocatedScalar[]
  /** Whether the values stood in a list. */
  isList: boolean
}

/** The seven types of the specification. */
export type CorrelationType =
  | 'event_count'
  | 'value_count'
  | 'temporal'
  | 'temporal_ordered'
  | 'value_sum'
  | 'value_avg'
  | 'value_percentile'

/** A rule that a correlation or a filter names. */
export interface Reference extends Place {
  /** The id or the name of a rule. */
  to: string
}

/** How a count, a sum and so on is compared with the number of the condition. */
export type ComparisonOperator = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq'

/** One criterion of a correlation's condition. */
export interface Comparison {
  operator: ComparisonOperator
  value: number
}

/** The correlation section. */
export interface Correlation extends Place {
  type: CorrelationType
  rules: readonly Reference[]
  groupBy: readonly string[]
  timespanMs: number
  /** All must hold. Empty for temporal types without a condition: every rule must have matched. */
  conditions: readonly Comparison[]
  /** Fields whose values are counted or added up. */
  conditionFields: readonly string[]
  /** Which percentile value_percentile takes, 0 to 100. */
  percentile: number | undefined
  /** Alias name, rule name, field. */
  aliases: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Whether the rules it names also report on their own. */
  generate: boolean
}
