/** `rampart sigma`: check rules (what is wrong with them and where), explain a rule against a record. */

import { glob, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { eventPipeline, recordOf, routeOf } from '@rampart/detection'
import { type Event, type EventType, eventTypes, visibleLines } from '@rampart/event'
import {
  compileSigma,
  explainSigma,
  flattenWindowsEvent,
  formatExplanation,
  formatIssue,
  type Pipeline,
  parseSigma,
  type SigmaDocument,
  type SigmaIssue,
  windowsPipeline,
  windowsRoute,
} from '@rampart/sigma'
import { Command } from 'commander'

/** Every log source has one route, so that a check asks nothing about what this machine collects. */
const anyRecord: Pipeline = { routes: () => ['record'], field: () => undefined }

export function sigmaCommand(): Command {
  const command = new Command('sigma').description('Check and explain Sigma rules.')
  command
    .command('check')
    .description('Say what is wrong with rules, with the place. Exit status 1 when a rule is refused.')
    .argument('<path...>', 'files or directories with .yml and .yaml files')
    .option('--json', 'print one JSON object a line for each issue')
    .action(check)
  command
    .command('explain')
    .description('Show which part of a rule holds for a record, as a tree. Exit status 1 when the rule holds.')
    .argument('<rule>', 'a Sigma file')
    .argument('<event>', 'a JSON or NDJSON file, - for standard input, or the JSON itself')
    .option('--id <id>', 'id or name of the rule, when the file holds several')
    .option('--record <number>', 'which record of the file, counted from 1', '1')
    .option('--json', 'print the tree as one JSON object')
    .action(explain)
  return command
}

async function check(paths: string[], { json }: { json?: boolean }): Promise<void> {
  const { documents, issues, files } = await readRules(paths)
  issues.push(...compileSigma(documents, anyRecord).issues)
  issues.sort((first, second) => order(first, second))
  for (const issue of issues) console.log(json ? JSON.stringify(issue) : visibleLines(formatIssue(issue)))
  const errors = issues.filter(({ severity }) => severity === 'error').length
  const warnings = issues.length - errors
  const summary = { files, documents: documents.length, errors, warnings }
  if (json) console.error(JSON.stringify({ summary }))
  else console.error(`${files} files, ${documents.length} documents: ${errors} errors, ${warnings} warnings`)
  process.exitCode = errors > 0 ? 1 : 0
}

function order(first: SigmaIssue, second: SigmaIssue): number {
  if (first.path !== second.path) return first.path < second.path ? -1 : 1
  return first.line - second.line || first.column - second.column
}

async function readRules(paths: readonly string[]) {
  const documents: SigmaDocument[] = []
  const issues: SigmaIssue[] = []
  let files = 0
  for (const path of paths)
    for (const file of await ruleFiles(path)) {
      const parsed = parseSigma(await readFile(file, 'utf8'), file)
      documents.push(...parsed.documents)
      issues.push(...parsed.issues)
      files++
    }
  return { documents, issues, files }
}

async function ruleFiles(path: string): Promise<string[]> {
  const found = await stat(path)
  if (!found.isDirectory()) return [path]
  const files: string[] = []
  for await (const file of glob('**/*.{yml,yaml}', { cwd: path })) files.push(join(path, file))
  return files.sort()
}

interface ExplainOptions {
  id?: string
  record: string
  json?: boolean
}

async function explain(rulePath: string, event: string, options: ExplainOptions): Promise<void> {
  const { documents, issues } = await readRules([rulePath])
  const document = documents.find(({ id, name }) => !options.id || id === options.id || name === options.id)
  if (!document) {
    for (const issue of issues) console.error(visibleLines(formatIssue(issue)))
    throw new Error(options.id ? `no rule of ${rulePath} is called ${options.id}` : `${rulePath} holds no usable rule`)
  }
  const record = await readRecord(event, Number(options.record))
  const { pipeline, route, flat } = placeOf(record)
  const tree = explainSigma(document, pipeline, route, flat)
  console.log(options.json ? JSON.stringify(tree) : visibleLines(formatExplanation(tree)))
  process.exitCode = tree.held ? 1 : 0
}

/** How a record looks: one of our events, a Windows event by its channel or event id, else fields with their own names. */
function placeOf(record: object): { pipeline: Pipeline; route: string; flat: object } {
  if ('type' in record && eventTypes.includes(record.type as EventType)) {
    const event = record as Event
    return { pipeline: eventPipeline, route: routeOf(event), flat: recordOf(event) }
  }
  const flat = flattenWindowsEvent(record) ?? record
  const isWindows = 'EventID' in flat || 'Channel' in flat
  if (isWindows) return { pipeline: windowsPipeline, route: windowsRoute(flat), flat }
  return { pipeline: anyRecord, route: 'record', flat }
}

async function readRecord(event: string, number: number): Promise<object> {
  const text = event.trimStart().startsWith('{') ? event : await readFile(event === '-' ? '/dev/stdin' : event, 'utf8')
  const records = parseRecords(text)
  const record = records[number - 1]
  if (typeof record !== 'object' || record === null)
    throw new Error(`there is no record ${number}; the input has ${records.length}`)
  return record
}

function parseRecords(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
    return lines.map((line): unknown => JSON.parse(line))
  }
}
