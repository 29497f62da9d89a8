/** The texts of Sigma rules and shipped models, and indicators → a detector of them. */
import type { Detector, ModelIssue, ModelText } from '@rampart/detection'
import { createIndicatorSet, type Indicator } from '@rampart/intel'
import type { Placeholders } from '../placeholders.ts'

/** Everything a detector is made of: plain data, so that every thread makes the same one. */
export interface RuleTexts {
  models: readonly ModelText[]
  own: readonly ModelText[]
  indicators: readonly Indicator[]
  placeholders?: Placeholders
}

/** What reads models is loaded only when there are any. */
export async function createDetectorOf({ models, indicators, ...rules }: RuleTexts): Promise<{
  detector: Detector
  issues: ModelIssue[]
}> {
  const options = { ...rules, indicators: createIndicatorSet(indicators) }
  if (models.length > 0) return (await import('@rampart/detection')).createDetector({ ...options, models })
  return (await import('@rampart/detection/rule-detector')).createRuleDetector(options)
}
