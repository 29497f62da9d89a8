/** Directories of Sigma rules, shipped models and indicator lists → their texts, and a detector of them. */
import { glob, readFile, stat } from 'node:fs/promises'
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

/** Reads `.yml` and `.yaml` files below each path, in order of their paths. Throws when a path does not exist. */
export async function readRuleTexts(paths: readonly string[]): Promise<ModelText[]> {
  const files: string[] = []
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) files.push(path)
    else {
      const found: string[] = []
      for await (const file of glob('**/*.{yml,yaml}', { cwd: path })) found.push(join(path, file))
      files.push(...found.sort())
    }
  }
  return Promise.all(files.map(async (path) => ({ path, text: await readFile(path, 'utf8') })))
}
