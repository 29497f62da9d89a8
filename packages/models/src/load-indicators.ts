/** Directories of indicator lists (`*.txt` plain, `*.csv`) → indicators. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FeedIssue, type Indicator, parseIndicators } from '@rampart/intel'
import { readRegularFile } from './read-regular-file.ts'

/** The directory of the shipped example lists. */
export const shippedIndicators: string = fileURLToPath(new URL('../../../models/intel', import.meta.url))

export interface IndicatorIssue {
  code: FeedIssue['code'] | 'intel.unreadable'
  path: string
  line: number
  message: string
}

const maxFileBytes = 256 * 1024 * 1024

/** Reads every list of the directories; a directory that does not exist is empty. A bad list or line never stops the others. */
export function loadIndicators(directories: readonly string[] = [shippedIndicators]): {
  indicators: Indicator[]
  issues: IndicatorIssue[]
} {
  const indicators: Indicator[] = []
  const issues: IndicatorIssue[] = []
  for (const directory of directories) {
    if (!existsSync(directory)) continue
    let files: string[] = []
    try {
      files = readdirSync(directory).sort()
    } catch (error) {
      issues.push(unreadable(directory, error))
    }
    for (const file of files) {
      if (!/\.(txt|csv)$/.test(file)) continue
      const path = join(directory, file)
      try {
        const parsed = parseIndicators(readRegularFile(path, maxFileBytes), {
          name: basename(file, extname(file)),
          path,
        })
        for (const indicator of parsed.indicators) indicators.push(indicator)
        for (const issue of parsed.issues) issues.push(issue)
      } catch (error) {
        issues.push(unreadable(path, error))
      }
    }
  }
  return { indicators, issues }
}

function unreadable(path: string, error: unknown): IndicatorIssue {
  return { code: 'intel.unreadable', path, line: 1, message: error instanceof Error ? error.message : String(error) }
}
