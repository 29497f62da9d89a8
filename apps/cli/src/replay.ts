/** `rampart replay`: recorded input through the same detection as live events; alerts or rule matches out. */

import { createWriteStream, type WriteStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { createDetector, type Detector, formatIssue } from '@rampart/detection'
import { visibleLines, visibleText } from '@rampart/event'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators, loadModels, shippedIndicators } from '@rampart/models'
import { openRecorded, type RecordedItem, type RecordedSource, recordedSources } from '@rampart/sensor'
import { Command, Option } from 'commander'
import { type AlertBook, createAlertBook } from './replay/alerts.ts'
import { createLineSieve, type SievedLine } from './replay/line-sieve.ts'
import { lineMost, printAlerts, write } from './replay/output.ts'
import { createPlaces } from './replay/places.ts'
import { readRuleTexts } from './replay/rules.ts'

interface Options {
  json?: boolean
  source: RecordedSource
  sigma: string[]
  matches?: boolean
  ownModels: boolean
  unparsed?: string
  indicators: string[]
  zone: 'utc' | 'local'
}

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
    .option('--matches', 'print one line for each match of a rule instead of alerts')
    .option('--no-own-models', 'leave the shipped models out')
    .option('--indicators <directory>', 'also use the indicator lists in this directory (repeatable)', collect, [])
    .addOption(
      new Option('--zone <zone>', 'zone of timestamps that name none').choices(['utc', 'local']).default('utc'),
    )
    .option('--unparsed <file>', 'write what could not be read to this file, one JSON object a line')
    .action(replay)
}

async function replay(args: string[], options: Options): Promise<void> {
  const paths = args.map((path) => (path === '-' ? '/dev/stdin' : path))
  const startedAt = performance.now()
  const { detector, loaded, refused } = await loadRules(options)
  if (loaded === 0) throw new Error('no rule is loaded; give --sigma PATH, or leave --no-own-models out')
  const missing = await findMissing(paths)
  const unparsed = openUnparsed(options.unparsed)
  const book = createAlertBook(detector)
  const places = createPlaces()
  const sieve = options.matches ? createLineSieve(detector) : undefined
  const spend = sieve && { spend: sieve }
  const recorded = openRecorded(paths, { source: options.source, zone: options.zone, ...spend })
  let matches = 0

  for await (const batch of recorded.batches()) {
    let lines = ''
    for (const item of batch) {
      if ('unparsed' in item) {
        unparsed.add(item.unparsed)
        continue
      }
      if ('spent' in item) {
        for (const id of item.spent as SievedLine) {
          matches++
          lines += matchLine(detector, id, item, options)
        }
        continue
      }
      places.note(item.event.id, { file: item.file, record: item.record })
      for (const finding of detector.detect(item.event)) {
        matches++
        if (options.matches) lines += matchLine(detector, finding.modelId, item, options)
        else book.add(finding, places.of(finding.eventIds))
      }
    }
    if (lines) await write(process.stdout, lines)
  }

  if (!options.matches) await printAlerts(book, options.json === true)
  await unparsed.close()
  const seconds = (performance.now() - startedAt) / 1000
  const { files, records, parsed, unparsed: bad, skipped } = recorded.counts
  const counts = { files, records, parsed, unparsed: bad, skipped, matches, alerts: options.matches ? 0 : book.size }
  report(counts, seconds, { loaded, refused }, book, options)
  process.exitCode = missing > 0 ? 2 : matches > 0 ? 1 : 0
}

async function loadRules(options: Options) {
  const models = options.ownModels ? loadModels(undefined, { samples: false }) : { models: [], issues: [] }
  const lists = loadIndicators(options.ownModels ? [shippedIndicators, ...options.indicators] : options.indicators)
  const own = await readRuleTexts(options.sigma)
  const { detector, issues } = createDetector({
    models: models.models,
    indicators: createIndicatorSet(lists.indicators),
    own,
  })
  for (const { path, code, message } of models.issues)
    process.stderr.write(`${visibleText(`${path} ${code} ${message}`, lineMost)}\n`)
  for (const { path, line, code, message } of lists.issues)
    process.stderr.write(`${visibleText(`${path}:${line} ${code} ${message}`, lineMost)}\n`)
  const refusedRules = new Set(issues.map((issue) => `${issue.path}:${issue.line}`))
  for (const issue of issues.slice(0, maxShown))
    process.stderr.write(`${visibleLines(formatIssue(issue), 4 * lineMost)}\n`)
  if (issues.length > maxShown) process.stderr.write(`… ${issues.length - maxShown} more refused rules\n`)
  return { detector, loaded: detector.models.length, refused: refusedRules.size }
}

const maxShown = 20

function matchLine(detector: Detector, id: string, item: { file: string; record: number }, options: Options): string {
  const model = detector.model(id)
  const line = {
    rule: id,
    title: model?.title ?? '',
    level: model?.sigmaLevel ?? '',
    file: item.file,
    record: item.record,
  }
  if (options.json) return `${JSON.stringify(line)}\n`
  return `${visibleText(`${line.file}:${line.record}`, lineMost)}  ${line.level}  ${visibleText(line.title, lineMost)}  ${line.rule}\n`
}

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

type Unparsed = Extract<RecordedItem, { unparsed: unknown }>['unparsed']

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
