/** Directories of Sigma rules, shipped models and indicator lists → their texts, and a detector of them. */
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createDetector, type Detector, type ModelIssue, type ModelText } from '@rampart/detection'
import { createIndicatorSet, type Indicator } from '@rampart/intel'

/** Everything a detector is made of: plain data, so that every thread makes the same one. */
export interface RuleTexts {
  models: readonly ModelText[]
  own: readonly ModelText[]
  indicators: readonly Indicator[]
}

export function createDetectorOf({ models, own, indicators }: RuleTexts): {
  detector: Detector
  issues: ModelIssue[]
} {
  return createDetector({ models, own, indicators: createIndicatorSet(indicators) })
}

/**
 * Reads `.yml` and `.yaml` files below each path, in order of their paths. Throws when a path does not exist. In turn: of
 * thousands of small files that costs a third of reading them side by side.
 */
export function readRuleTexts(paths: readonly string[]): ModelText[] {
  const files: string[] = []
  for (const path of paths) {
    if (!statSync(path).isDirectory()) files.push(path)
    else {
      const found = globSync('**/*.{yml,yaml}', { cwd: path }).map((file) => join(path, file))
      files.push(...found.sort())
    }
  }
  return files.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}
