// Sigma rules: text in, matches out. The only entrance of the package.

export { type CompileOptions, compileSigma } from './compile.ts'
export type { Condition } from './condition.ts'
export {
  type CorrelationLimits,
  type CorrelationState,
  type CorrelationState as SigmaEngineState,
  defaultCorrelationLimits,
  type SigmaMatch,
} from './correlation-state.ts'
export { sha256 } from './digest.ts'
export type {
  Comparison,
  ComparisonOperator,
  ConditionText,
  Correlation,
  CorrelationType,
  Detection,
  Item,
  LogSource,
  NamedSelection,
  Reference,
  Selection,
  SigmaCorrelation,
  SigmaDocument,
  SigmaFilter,
  SigmaLevel,
  SigmaRule,
  SigmaStatus,
} from './document.ts'
export { type CompiledRule, SigmaEngine, type SigmaStats } from './engine.ts'
export { type ExplainNode, type ExplainOptions, explainSigma, formatExplanation } from './explain.ts'
export {
  catalogue,
  formatIssue,
  makeIssue,
  type Place,
  type Severity,
  type SigmaIssue,
  type SigmaIssueCode,
} from './issue.ts'
export { defaultLimits, type SigmaLimits } from './limits.ts'
export type { LineDemands } from './line-demands.ts'
export type { LineField } from './line-field.ts'
export type { LineMatcher } from './line-matcher.ts'
export type { LineListener, LineMatch, LineOptions, LineOutcome, PassListener } from './line-options.ts'
export type { ExpectedField, LineShape } from './line-shape.ts'
export { modifierNames } from './modifier.ts'
export { parseSigma } from './parse.ts'
export { parsePlaceholders } from './parse-placeholders.ts'
export type { Pipeline, RouteCondition } from './pipeline.ts'
export { flattenWindowsEvent, windowsPipeline, windowsRoute, windowsRouteOf, windowsRoutes } from './windows.ts'
