/** The option `--placeholders`: files with the values of `%name%` in Sigma rules. */
import { formatIssue, parsePlaceholders } from '@rampart/sigma'
import { Option } from 'commander'
import { readRuleFiles } from './rule-files.ts'

export type Placeholders = Readonly<Record<string, readonly string[]>>

export function placeholdersOption(): Option {
  return new Option(
    '--placeholders <file>',
    'YAML or JSON with the values of placeholders, as "name: [value, …]"; of a name in several files the last counts (repeatable)',
  )
    .argParser((path: string, before: string[]) => [...before, path])
    .default([], 'none')
}

/** Values by name. Throws when a file cannot be used, with the place. */
export function readPlaceholders(paths: readonly string[]): Placeholders {
  const { texts, issues } = readRuleFiles(paths)
  const read = texts.map(({ path, text }) => parsePlaceholders(text, path))
  const [wrong] = [...issues, ...read.flatMap((each) => each.issues)]
  if (wrong) throw new Error(formatIssue(wrong))
  return Object.assign(Object.create(null), ...read.map(({ placeholders }) => placeholders))
}
