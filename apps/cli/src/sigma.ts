/** `rampart sigma`: check rules (what is wrong with them and where), explain a rule against a record. */

import { readFile, stat } from 'node:fs/promises'
import { eventPipeline, recordOf, routeOf } from '@rampart/detection'
import { type Event, type EventType, eventTypes, visibleJson, visibleLines, visibleText } from '@rampart/event'
import { openRecorded } from '@rampart/sensor/recorded'
import {
  compileSigma,
  explainSigma,
  flattenWindowsEvent,
  formatExplanation,
  type Pipeline,
  parseSigma,
  type SigmaDocument,
  type SigmaIssue,
  windowsPipeline,
  windowsRoute,
} from '@rampart/sigma'
import { Command } from 'commander'
import { placeholdersOption, readPlaceholders } from './placeholders.ts'
import { decodeText, readRuleFiles } from './rule-files.ts'

/** Every log source has one route, so that a check asks nothing about what this machine collects. */
const anyRecord: Pipeline = { routes: () => ['record'], field: () => undefined }

export function sigmaCommand(): Command {
  const command = new Command('sigma').description('Check and explain Sigma rules.')
  command
    .command('check')
    .description('Say what is wrong with rules, with the place. Exit status 1 when a rule is refused.')
    .argument('<path...>', 'files, directories with .yml and .yaml files, - for standard input')
    .addOption(placeholdersOption())
    .option('--json', 'print one JSON object a line for each issue')
    .action(check)
  command
    .command('explain')
    .description('Show which part of a rule holds for a record, as a tree. Exit status 1 when the rule holds.')
    .argument('<rule>', 'a Sigma file')
    .argument('<event>', 'the JSON itself, a file of JSON or of whatever replay reads, - for standard input')
    .option('--id <id>', 'id or name of the rule, when the file holds several')
    .addOption(placeholdersOption())
    .option('--record <number>', 'which record of the file: counted from 1, or the number that replay gives it')
    .option('--json', 'print the tree as one JSON object')
    .action(explain)
  return command
}

async function check(paths: string[], { json, ...options }: { json?: boolean; placeholders: string[] }): Promise<void> {
  const placeholders = readPlaceholders(options.placeholders)
  const { documents, issues, files } = readRules(paths)
  issues.push(...compileSigma(documents, anyRecord, { placeholders }).issues)
  issues.sort((first, second) => order(first, second))
  for (const issue of issues) console.log(json ? visibleJson(issue) : issueText(issue))
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

/** One line for the issue, whatever the rule holds, and one for what to do. */
function issueText({ path, line, column, code, message, advice }: SigmaIssue): string {
  return `${visibleText(`${path}:${line}:${column} ${code} ${message}`)}\n  ${advice}`
}

function readRules(paths: readonly string[]) {
  const { texts, issues, files } = readRuleFiles(paths.map((path) => (path === '-' ? '/dev/stdin' : path)))
  const documents: SigmaDocument[] = []
  for (const { path, text } of texts) {
    const parsed = parseSigma(text, path)
    documents.push(...parsed.documents)
    issues.push(...parsed.issues)
  }
  return { documents, issues, files }
}

interface ExplainOptions {
  id?: string
  record?: string
  json?: boolean
  placeholders: string[]
}

async function explain(rulePath: string, event: string, options: ExplainOptions): Promise<void> {
  const placeholders = readPlaceholders(options.placeholders)
  const { documents, issues } = readRules([rulePath])
  const document = documents.find(({ id, name }) => !options.id || id === options.id || name === options.id)
  if (!document) {
    for (const issue of issues) console.error(issueText(issue))
    throw new Error(
      options.id
        ? `no rule of ${rulePath} is called ${visibleText(options.id, 200)}`
        : `${rulePath} holds no usable rule`,
    )
  }
  const record = await readRecord(event, options.record === undefined ? undefined : Number(options.record))
  const { pipeline, route, flat } = placeOf(record)
  const tree = explainSigma(document, pipeline, route, flat, { placeholders })
  console.log(options.json ? visibleJson(tree) : visibleLines(formatExplanation(tree)))
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

async function readRecord(given: string, number: number | undefined): Promise<object> {
  if (given.trimStart().startsWith('{')) return recordAt([parseJson(given)], number)
  const path = given === '-' ? '/dev/stdin' : given
  const text = await readJson(path)
  return text === undefined ? recordOfFile(path, number) : recordAt(parseRecords(text), number)
}

/** Most of a file of JSON that is read whole, bytes. */
const jsonMost = 64_000_000

/** The text of a file that begins as JSON does; undefined for any other, and for a very large one. */
async function readJson(path: string): Promise<string | undefined> {
  if (path !== '/dev/stdin' && (await stat(path)).size > jsonMost) return undefined
  const text = decodeText(await readFile(path))
  return beginsAsJson(text) || path === '/dev/stdin' ? text : undefined
}

/** Whether the first line that is no comment begins an object or a list. */
function beginsAsJson(text: string): boolean {
  const first = text
    .slice(0, 65_536)
    .split('\n')
    .map((line) => line.trimStart())
    .find((line) => line !== '' && !line.startsWith('#'))
  return first?.startsWith('{') === true || first?.startsWith('[') === true
}

/** A record of whatever replay reads (EVTX, logs, archives), by the number that replay gives it. */
async function recordOfFile(path: string, number: number | undefined): Promise<object> {
  let last = 0
  for await (const item of openRecorded([path])) {
    if (!('event' in item)) continue
    if (number === undefined || item.record === number) return item.event
    last = item.record
  }
  throw new Error(last === 0 ? `${path} holds no record` : `there is no record ${number}; the last one is ${last}`)
}

function recordAt(records: readonly unknown[], number = 1): object {
  const record = records[number - 1]
  if (typeof record === 'object' && record !== null) return record
  throw new Error(`there is no record ${number}; the input has ${records.length}`)
}

function parseRecords(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
    return lines.map(parseJson)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`the event is no JSON: ${visibleText(error instanceof Error ? error.message : '', 200)}`)
  }
}
