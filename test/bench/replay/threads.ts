/**
 * `rampart replay` as a command, with one thread and with two, in turn: wall time, what a further line costs, and memory.
 * `tools/node test/bench/replay/threads.ts [lines]`; the start (rules, indexes, machine code) is that of a tenth of the lines.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Dice, hasSigma, mutate, ordinary, recordedAttacks, sigmaFolder } from '../engine/events.ts'

if (!hasSigma) {
  console.log('skipped: no SigmaHQ rules (set RAMPART_TEST_DATA)')
  process.exit(0)
}
const lines = Number(process.argv[2] ?? 1_000_000)
const rounds = 3
const launcher = resolve(import.meta.dirname, '../../../rampart')
const rules = ['rules', 'rules-emerging-threats', 'rules-threat-hunting'].flatMap((folder) => [
  '--sigma',
  join(sigmaFolder, folder),
])
const forms: Record<string, string[]> = {
  'matches of SigmaHQ': ['--matches', '--no-own-models'],
  'alerts, with the shipped models': [],
}

const root = mkdtempSync(join(tmpdir(), 'bench-threads-'))
try {
  const dice = new Dice(31)
  const attacks = recordedAttacks()
  const block = Array.from({ length: 20_000 }, (_, index) =>
    JSON.stringify(index % 100 === 0 ? mutate(dice.pick(attacks), dice) : ordinary(dice)),
  ).join('\n')
  const write = (name: string, count: number): string => {
    const path = join(root, name)
    writeFileSync(path, '')
    for (let written = 0; written < count; written += 20_000) appendFileSync(path, `${block}\n`)
    return path
  }
  const short = write('short.ndjson', lines / 10)
  const long = write('long.ndjson', lines)
  for (const [name, form] of Object.entries(forms)) {
    const runs: Record<number, Run[]> = { 1: [], 2: [] }
    for (let round = 0; round < rounds; round++)
      for (const threads of [1, 2]) runs[threads]?.push(measure([...form, '--threads', `${threads}`], short, long))
    const [one, two] = [median(runs[1] ?? []), median(runs[2] ?? [])]
    console.log(`${name}, ${lines} lines:`)
    for (const [threads, run] of [
      [1, one],
      [2, two],
    ] as const)
      console.log(
        `  ${threads} threads: ${run.wall.toFixed(1)} s, ${Math.round(1e6 / run.micros).toLocaleString('en')} further lines/s, at most ${Math.round(run.rss / 1e3)} MB`,
      )
    console.log(
      `  ratio: ${(one.wall / two.wall).toFixed(2)}, of further lines ${(one.micros / two.micros).toFixed(2)}`,
    )
  }
} finally {
  rmSync(root, { recursive: true })
}

interface Run {
  /** Seconds for the long file. */
  wall: number
  /** Microseconds for each line that it has more than the short one. */
  micros: number
  /** Kilobytes. */
  rss: number
}

function measure(options: readonly string[], short: string, long: string): Run {
  const [first, last] = [replay(options, short), replay(options, long)]
  return { wall: last.wall, micros: ((last.wall - first.wall) * 1e6) / (lines * 0.9), rss: last.rss }
}

function replay(options: readonly string[], path: string): { wall: number; rss: number } {
  const from = performance.now()
  const done = spawnSync(
    'bash',
    ['-c', '"$@" > /dev/null 2> "$0"', join(root, 'summary'), launcher, 'replay', '--json', ...rules, ...options, path],
    { encoding: 'utf8' },
  )
  const wall = (performance.now() - from) / 1000
  if (done.status !== 1) throw new Error(`replay ended with ${done.status}`)
  const summary = spawnSync('tail', ['-n', '1', join(root, 'summary')], { encoding: 'utf8' }).stdout
  return { wall, rss: JSON.parse(summary).summary.rssBytes / 1000 }
}

function median(runs: readonly Run[]): Run {
  const sorted = [...runs].sort((one, other) => one.wall - other.wall)
  return sorted[sorted.length >> 1] ?? { wall: Number.NaN, micros: Number.NaN, rss: Number.NaN }
}
