/** Directories of indicator lists (`*.txt` plain, `*.csv`) → indicators. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FeedIssue, type Indicator, parseIndicators } from '@rampart/intel'

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
    for (const file of readdirSync(directory).sort()) {
      if (!/\.(txt|csv)$/.test(file)) continue
      const path = join(directory, file)
      try {
        if (statSync(path).size > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`)
        const parsed = parseIndicators(readFileSync(path, 'utf8'), { name: basename(file, extname(file)), path })
        for (const indicator of parsed.indicators) indicators.push(indicator)
        for (const issue of parsed.issues) issues.push(issue)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        issues.push({ code: 'intel.unreadable', path, line: 1, message })
      }
    }
  }
  return { indicators, issues }
}
