/** `rampart replay`: recorded input through the same detection as live events; alerts or rule matches out. */

import { createWriteStream, type WriteStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { formatIssue, type ModelIssue } from '@rampart/detection/rule-detector'
import { visibleLines, visibleText } from '@rampart/event/visible-text'
import { cutRecorded, type RecordedSource, recordedSources } from '@rampart/sensor/recorded'
import { Command, InvalidArgumentError, Option } from 'commander'
import { placeholdersOption, readPlaceholders } from './placeholders.ts'
import { type AlertBook, createAlertBook } from './replay/alerts.ts'
import { lineMost, printAlerts, write } from './replay/output.ts'
import { type CutOutcome, createCutWorker } from './replay/read-cut.ts'
import { createDetectorOf, type RuleTexts } from './replay/rules.ts'
import { createSettler } from './replay/settle.ts'
import { ReplayThreads } from './replay/threads.ts'
import { readRuleFiles } from './rule-files.ts'

interface Options {
  json?: boolean
  source: RecordedSource
  sigma: string[]
  placeholders: string[]
  matches?: boolean
  ownModels: boolean
  unparsed?: string
  indicators: string[]
  zone: 'utc' | 'local'
  threads?: number
}

/** More threads than this only wait for the one that reads the input and prints. */
const mostThreads = 16

const collect = (value: string, list: string[]) => [...list, value]

export function replayCommand(): Command {
  return new Command('replay')
    .description('Run recorded logs and events through the detection and print the alerts they raise.')
    .argument(
      '<path...>',
      'files, directories, gzip and zip archives, - for standard input; their format is recognised',
    )
    .option('--json', 'print one JSON object a line for each alert, and the summary as JSON on standard error')
    .addOption(new Option('--source <source>', 'what the input is').choices([...recordedSources]).default('auto'))
    .option('--sigma <path>', 'also use the Sigma rules in this directory or file (repeatable)', collect, [])
    .addOption(placeholdersOption())
    .option('--matches', 'print one line for each match of a rule instead of alerts')
    .option('--no-own-models', 'leave the shipped models out')
    .option('--indicators <directory>', 'also use the indicator lists in this directory (repeatable)', collect, [])
    .addOption(
      new Option('--zone <zone>', 'zone of timestamps that name none').choices(['utc', 'local']).default('utc'),
    )
    .addOption(
      new Option(
        '--threads <number>',
        'threads that read and match, 1 to 16; the output is the same for any number (default: one for each core, when there is enough to read)',
      ).argParser(parseThreads),
    )
    .option('--unparsed <file>', 'write what could not be read to this file, one JSON object a line')
    .action(replay)
}

function parseThreads(text: string): number {
  const threads = Number(text)
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads)
    throw new InvalidArgumentError(`It is a whole number from 1 to ${mostThreads}.`)
  return threads
}

async function replay(args: string[], options: Options): Promise<void> {
  const paths = args.map((path) => (path === '-' ? '/dev/stdin' : path))
  const startedAt = performance.now()
  const { source, zone } = options
  const read = { source, zone, matches: options.matches === true, json: options.json === true }
  const { rules, unreadable } = await readRules(options)
  const threads = new ReplayThreads({
    threads: options.threads ?? Math.min(availableParallelism(), mostThreads / 2),
    atOnce: options.threads !== undefined,
    setup: { rules, options: read },
  })
  try {
    const { detector, issues } = await createDetectorOf(rules)
    const refused = reportRefused([...unreadable, ...issues])
    const loaded = detector.size
    if (loaded === 0) throw new Error('no rule is loaded; give --sigma PATH, or leave --no-own-models out')
    const missing = await findMissing(paths)
    const unparsed = openUnparsed(options.unparsed)
    const book = createAlertBook(detector)
    const settler = createSettler(detector, book, read)
    const inputs = { files: 0, bytes: 0 }
    const records = { records: 0, parsed: 0, unparsed: 0, skipped: 0, undated: 0 }
    let failures = 0

    const cuts = cutRecorded(paths, source, inputs)
    for await (const outcome of threads.read(cuts, createCutWorker(detector, read))) {
      for (const record of outcome.unparsed) unparsed.add(record)
      const { counts } = outcome
      records.records += counts.records
      records.parsed += counts.parsed
      records.unparsed += counts.unparsed
      records.skipped += counts.skipped
      records.undated += counts.undated
      failures = Math.max(failures, outcome.failures)
      const text = settler.settle(outcome)
      if (text) await write(process.stdout, text)
    }

    if (!read.matches) await printAlerts(book, read.json)
    await unparsed.close()
    const seconds = (performance.now() - startedAt) / 1000
    const { matches } = settler
    const counts = { files: inputs.files, ...records, matches, alerts: read.matches ? 0 : book.size }
    if (failures > 0) process.stderr.write('some events were not looked at by every model, which is a bug\n')
    report(counts, seconds, { loaded, refused }, book, options)
    process.exitCode = missing > 0 ? 2 : matches > 0 ? 1 : 0
  } finally {
    await threads.stop()
  }
}

async function readRules(options: Options): Promise<{ rules: RuleTexts; unreadable: ModelIssue[] }> {
  const { texts: own, issues: unreadable } = readRuleFiles(options.sigma)
  const shipped = options.ownModels || options.indicators.length > 0 ? await readShipped(options) : undefined
  const placeholders = readPlaceholders(options.placeholders)
  return { rules: { models: [], indicators: [], ...shipped, own, placeholders }, unreadable }
}

/** What reads models and lists is loaded only when there are any. */
async function readShipped({ ownModels, indicators }: Options): Promise<Pick<RuleTexts, 'models' | 'indicators'>> {
  const { loadIndicators, loadModels, shippedIndicators } = await import('@rampart/models')
  const models = ownModels ? loadModels(undefined, { samples: false }) : { models: [], issues: [] }
  const lists = loadIndicators(ownModels ? [shippedIndicators, ...indicators] : indicators)
  for (const { path, code, message } of models.issues)
    process.stderr.write(`${visibleText(`${path} ${code} ${message}`, lineMost)}\n`)
  for (const { path, line, code, message } of lists.issues)
    process.stderr.write(`${visibleText(`${path}:${line} ${code} ${message}`, lineMost)}\n`)
  return { models: models.models.map(({ path, text }) => ({ path, text })), indicators: lists.indicators }
}

/** Shows the first rules that were refused, and says how many there are. */
function reportRefused(issues: readonly ModelIssue[]): number {
  for (const issue of issues.slice(0, maxShown))
    process.stderr.write(`${visibleLines(formatIssue(issue), 4 * lineMost)}\n`)
  if (issues.length > maxShown) process.stderr.write(`… ${issues.length - maxShown} more refused rules\n`)
  return new Set(issues.map((issue) => `${issue.path}:${issue.line}`)).size
}

const maxShown = 20

/** Says which of the paths do not exist, and how many. */
async function findMissing(paths: readonly string[]): Promise<number> {
  let missing = 0
  for (const path of paths)
    await access(path).catch(() => {
      missing++
      process.stderr.write(
        `${visibleText(path, lineMost)}: there is no such file or directory, or it may not be read\n`,
      )
    })
  return missing
}

type Unparsed = CutOutcome['unparsed'][number]

/** Shows the first records that could not be read and writes all of them to the file, if one is given. */
function openUnparsed(path: string | undefined) {
  const file: WriteStream | undefined = path === undefined ? undefined : createWriteStream(path)
  let failure: Error | undefined
  file?.on('error', (error) => {
    failure = error
  })
  let count = 0
  return {
    add(record: Unparsed) {
      count++
      if (count <= maxShown)
        process.stderr.write(
          `${visibleText(`${record.file}:${record.line}`, lineMost)} ${visibleText(record.reason, lineMost)}\n`,
        )
      else if (count === maxShown + 1)
        process.stderr.write('… further records that could not be read are only counted\n')
      file?.write(`${JSON.stringify(record)}\n`)
    },
    async close() {
      if (file) await new Promise<void>((done) => file.end(() => done()))
      if (failure) throw new Error(`cannot write ${path}: ${failure.message}`)
    },
  }
}

interface Counts {
  files: number
  records: number
  parsed: number
  unparsed: number
  skipped: number
  undated: number
  matches: number
  alerts: number
}

function report(
  counts: Counts,
  elapsed: number,
  rules: { loaded: number; refused: number },
  book: AlertBook,
  options: Options,
) {
  const seconds = Number(elapsed.toFixed(3))
  const recordsPerSecond = Math.round(counts.records / Math.max(elapsed, 0.001))
  if (book.dropped > 0) process.stderr.write(`${book.dropped} findings beyond 500,000 alerts were left out\n`)
  if (counts.undated > 0)
    process.stderr.write(
      `${counts.undated} records without a time that can be read took that of the record before them, the first of a file the file's\n`,
    )
  if (options.json) {
    const summary = { ...counts, seconds, recordsPerSecond, rssBytes: process.memoryUsage.rss(), rules }
    process.stderr.write(`${JSON.stringify({ summary })}\n`)
    return
  }
  const result = options.matches
    ? `${counts.matches} matches`
    : `${counts.alerts} alerts from ${counts.matches} findings`
  process.stderr.write(
    `${result}; ${counts.files} files, ${counts.records} records (${counts.parsed} parsed, ${counts.unparsed} not parsed, ${counts.skipped} skipped) in ${seconds} s; ${rules.loaded} rules${rules.refused > 0 ? `, ${rules.refused} refused` : ''}\n`,
  )
}
