/** Models and events → findings. */
export { createDetector } from './create-detector.ts'
export type {
  Detector,
  DetectorOptions,
  DetectorState,
  DetectorStats,
  Inspection,
  ModelText,
} from './detector.ts'
export { entityKindOf } from './entity-kind.ts'
export { hasPath, readPath, readPaths } from './event-paths.ts'
export type { Finding, MatchedField } from './finding.ts'
export { formatIssue, type ModelIssue, type ModelIssueCode } from './issue.ts'
export type { LineDetector } from './line-detector.ts'
export { type LogSource, type LogSourceMatch, logServices, logSources } from './log-sources.ts'
export {
  type IntelParameters,
  levelOf,
  type Model,
  type ModelEntity,
  type ModelKind,
  modelKinds,
  type NoveltyParameters,
  type SigmaLevel,
  sigmaLevels,
} from './model.ts'
export { type NoveltyState, noveltyLimits } from './novelty.ts'
export { modelOfRule } from './own-rules.ts'
export { type ParsedModel, parseModel } from './parse-model.ts'
export { joinStates } from './partition.ts'
export { eventPipeline, eventTypesOf, fieldPath, recordOf, routeOf, routesOf } from './pipeline.ts'
export { readAttackTags, type Tactic, type Technique, tactics, techniques } from './techniques.ts'
export { Whitelist } from './whitelist.ts'
export {
  type CompiledPattern,
  type CompiledWhitelistPattern,
  compileWhitelistPattern,
  concerns,
  type Whitelistable,
  type WhitelistCondition,
  type WhitelistOperator,
  type WhitelistPattern,
  type WhitelistRefusal,
  type WhitelistRule,
  whitelistOperators,
} from './whitelist-pattern.ts'
