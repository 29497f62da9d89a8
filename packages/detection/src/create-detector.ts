/** Texts of models and rules → a detector. */
import { createDetectorWith, type Detector, type DetectorOptions } from './detector.ts'
import type { ModelIssue } from './issue.ts'
import { parseModel } from './parse-model.ts'

/**
 * Compiles models into one detector. A model that cannot be used is left out and has an issue; it never stops the others.
 */
export function createDetector(options: DetectorOptions): { detector: Detector; issues: ModelIssue[] } {
  return createDetectorWith(parseModel, options)
}
