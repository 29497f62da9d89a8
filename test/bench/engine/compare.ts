// The engine beside RSigma: same rules, same NDJSON file, CPU time, and the matches compared one by one (rule and line).
// `RSIGMA=path-of-rsigma node compare.ts [lines]`
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileSigma, windowsPipeline, windowsRouteOf } from '@rampart/sigma'
import { Dice, hasSigma, loadRules, mutate, ordinary, recordedAttacks, sigmaFolder } from './events.ts'

const rsigma = process.env.RSIGMA
if (!hasSigma || !rsigma) {
  console.log(hasSigma ? 'skipped: RSIGMA names no rsigma binary (cargo install rsigma)' : 'skipped: no SigmaHQ rules')
  process.exit(0)
}

/** Sysmon ids with one category each, so that both engines choose the same rules. */
const categories: Record<number, string> = {
  1: 'process_creation',
  3: 'network_connection',
  7: 'image_load',
  11: 'file_event',
  22: 'dns_query',
}
const lineField = 'BenchLine'
/** The matcher learns from so much of the file before it looks at it, as `rampart replay` does. */
const taughtBytes = 262_144
const folders = ['rules', 'rules-emerging-threats', 'rules-threat-hunting']
const commandRounds = 5
const launcher = fileURLToPath(new URL('../../../rampart', import.meta.url))
const count = Number(process.argv[2] ?? 20_000)
const dice = new Dice(41)
const isPlaced = (record: Record<string, unknown>) =>
  String(record.Channel).includes('Sysmon') && categories[Number(record.EventID)] !== undefined
const attacks = recordedAttacks().filter(isPlaced)
let number = 0
const line = (record: Record<string, unknown>): string =>
  // the log source as fields, which is where RSigma reads it, and a number by which its matches are told apart
  JSON.stringify({
    ...record,
    product: 'windows',
    service: 'sysmon',
    category: categories[Number(record.EventID)],
    [lineField]: ++number,
  })
function* plain(): Generator<Record<string, unknown>> {
  for (;;) {
    const record = ordinary(dice)
    if (isPlaced(record)) yield record
  }
}
const source = plain()
const next = (): Record<string, unknown> => source.next().value ?? {}
const mixes: Record<string, string[]> = {
  '1 % attacks': Array.from({ length: count }, (_, at) =>
    line(at % 100 === 0 ? mutate(dice.pick(attacks), dice) : next()),
  ),
  'changed attacks': Array.from({ length: count / 4 }, () => line(mutate(dice.pick(attacks), dice))),
}

const directory = mkdtempSync(join(tmpdir(), 'rampart-compare-'))
try {
  for (const folder of folders) symlinkSync(join(sigmaFolder, folder), join(directory, folder))
  const empty = join(directory, 'empty.ndjson')
  writeFileSync(empty, '')
  const loading = runRsigma(empty)
  console.log(`RSigma: rules loaded in ${loading.seconds.toFixed(2)} s of CPU`)
  for (const [name, lines] of Object.entries(mixes)) {
    const path = join(directory, 'events.ndjson')
    writeFileSync(path, `${lines.join('\n')}\n`)
    const ours = runOurs(path)
    const theirs = runRsigma(path)
    const named = runRsigma(path, ['--include-event'])
    const seconds = theirs.seconds - loading.seconds
    console.log(`${name}, ${lines.length} lines:`)
    console.log(`  ours    ${((ours.seconds / lines.length) * 1e6).toFixed(1)} µs a line, ${ours.matches.size} matches`)
    console.log(`  RSigma  ${((seconds / lines.length) * 1e6).toFixed(1)} µs a line, ${named.matches.size} matches`)
    console.log(`  ratio   ${(seconds / ours.seconds).toFixed(2)}`)
    wholeCommands(path)
    const differences = [
      ...[...ours.matches].filter((match) => !named.matches.has(match)),
      ...[...named.matches].filter((match) => !ours.matches.has(match)),
    ]
    console.log(`  matches (rule and line) that only one of them has: ${differences.length}`)
    for (const match of differences.slice(0, 20))
      console.log(`    ${ours.matches.has(match) ? 'ours' : 'RSigma'}: rule ${match.replace(' ', ', line ')}`)
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** From the start of each command to its end, rules loaded, matches written: what a person waits for. Medians, in turn. */
function wholeCommands(path: string): void {
  const commands = {
    rampart: [
      ...[launcher, 'replay', '--json', '--matches', '--no-own-models', '--threads', '1', path],
      // it does not follow links in directories
      ...folders.flatMap((folder) => ['--sigma', join(sigmaFolder, folder)]),
    ],
    RSigma: [rsigma ?? '', 'engine', 'eval', '-r', directory, '-e', `@${path}`, '--logsource-routing'].concat(
      ...['--output-format', 'ndjson', ...(process.env.RSIGMA_OPTIONS?.split(' ') ?? [])],
    ),
  }
  const times = { rampart: [] as number[][], RSigma: [] as number[][] }
  for (let round = 0; round < commandRounds; round++)
    for (const name of ['rampart', 'RSigma'] as const) times[name].push(timed(commands[name]))
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
  const wall = { rampart: median(times.rampart.map(([first]) => first ?? 0)), RSigma: 0 }
  wall.RSigma = median(times.RSigma.map(([first]) => first ?? 0))
  const cpu = (name: 'rampart' | 'RSigma') => median(times[name].map(([, second]) => second ?? 0))
  for (const name of ['rampart', 'RSigma'] as const)
    console.log(`  whole command, ${name}: ${wall[name].toFixed(2)} s, ${cpu(name).toFixed(2)} s of CPU`)
  console.log(
    `  whole command, ratio: ${(wall.RSigma / wall.rampart).toFixed(2)}, of CPU ${(cpu('RSigma') / cpu('rampart')).toFixed(2)}`,
  )
}

/** Seconds of wall and CPU time of a command, on one core. */
function timed(command: readonly string[]): [number, number] {
  const file = openSync(join(directory, 'matches.ndjson'), 'w')
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" 2>/dev/null'
  const done = spawnSync('bash', ['-c', script, 'bash', 'taskset', '-c', '0', ...command], {
    stdio: ['ignore', file, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(file)
  // 1 says that something was found
  if (done.status !== 0 && done.status !== 1) throw new Error(`${command[0]} ended with ${done.status}`)
  const [wall = 0, user = 0, system = 0] = done.stderr.trim().split(' ').map(Number)
  return [wall, user + system]
}

/** Matches as `rule line`, and the CPU time from the bytes of the file to all matches; loading is not counted. */
function runOurs(path: string): { matches: Set<string>; seconds: number } {
  const { engine } = compileSigma(loadRules(), windowsPipeline)
  const matcher = engine.lineMatcher({
    route: windowsRouteOf,
    decode: (bytes, start, end, isAscii) =>
      isAscii
        ? Buffer.prototype.latin1Slice.call(bytes, start, end)
        : Buffer.prototype.utf8Slice.call(bytes, start, end),
  })
  const found: { id: string; line: number }[] = []
  const started = process.threadCpuUsage()
  const bytes = readFileSync(path)
  matcher.teach(bytes, 0, Math.min(taughtBytes, bytes.length))
  matcher.matchLines(bytes, 0, bytes.length, (outcome, _start, _end, line) => {
    if (outcome !== 'malformed') for (const { id } of outcome.rules) found.push({ id, line: line + 1 })
  })
  const { user, system } = process.threadCpuUsage(started)
  const first = (JSON.parse(readFileSync(path, 'utf8').split('\n', 1)[0] ?? '{}') as { [lineField]?: number })[
    lineField
  ]
  return {
    matches: new Set(found.map((match) => `${match.id} ${match.line + (first ?? 1) - 1}`)),
    seconds: (user + system) / 1e6,
  }
}

/** The same of RSigma, loading included; which line a match is about it tells only with the event. */
function runRsigma(path: string, more: readonly string[] = []): { matches: Set<string>; seconds: number } {
  const out = join(directory, 'matches.ndjson')
  const file = openSync(out, 'w')
  const options = ['engine', 'eval', '-r', directory, '-e', `@${path}`, '--logsource-routing']
  options.push('--output-format', 'ndjson', ...(process.env.RSIGMA_OPTIONS?.split(' ') ?? []), ...more)
  const script = 'TIMEFORMAT="%U %S"; time "$@" 2>/dev/null'
  const done = spawnSync('bash', ['-c', script, 'bash', 'taskset', '-c', '0', rsigma ?? '', ...options], {
    stdio: ['ignore', file, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(file)
  if (done.status !== 0) throw new Error(`rsigma ended with ${done.status}: ${done.stderr}`)
  const seconds = done.stderr
    .trim()
    .split(' ')
    .reduce((sum, part) => sum + Number(part), 0)
  const matches = new Set<string>()
  for (const text of readFileSync(out, 'utf8').split('\n')) {
    if (more.length === 0 || !text.startsWith('{')) continue
    const match = JSON.parse(text) as { rule_id?: string; event?: Record<string, unknown> }
    if (match.rule_id) matches.add(`${match.rule_id} ${match.event?.[lineField]}`)
  }
  return { matches, seconds }
}
