/** The texts of Sigma rules and shipped models, and indicators → a detector of them. */
import { createDetector, type Detector, type ModelIssue, type ModelText } from '@rampart/detection'
import { createIndicatorSet, type Indicator } from '@rampart/intel'
import type { Placeholders } from '../placeholders.ts'

/** Everything a detector is made of: plain data, so that every thread makes the same one. */
export interface RuleTexts {
  models: readonly ModelText[]
  own: readonly ModelText[]
  indicators: readonly Indicator[]
  placeholders?: Placeholders
}

export function createDetectorOf({ models, own, indicators, placeholders }: RuleTexts): {
  detector: Detector
  issues: ModelIssue[]
} {
  return createDetector({ models, own, indicators: createIndicatorSet(indicators), placeholders })
}
