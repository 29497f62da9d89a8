/** Sigma rules by themselves → a detector, without what reads models: what a replay of rules alone loads. */
import { createDetectorWith, type Detector, type DetectorOptions } from './detector.ts'
import type { ModelIssue } from './issue.ts'

export { formatIssue, type ModelIssue } from './issue.ts'

/** `createDetector` without models. */
export function createRuleDetector(options: Omit<DetectorOptions, 'models'>): {
  detector: Detector
  issues: ModelIssue[]
} {
  const noModels = () => ({ documents: [], issues: [] })
  return createDetectorWith(noModels, { ...options, models: [] })
}
