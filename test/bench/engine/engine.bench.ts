// The Sigma engine against JSON.parse of the same lines: one table. `node test/bench/engine/run.ts [seconds per row]`
import { cpus } from 'node:os'
import { compileSigma, windowsPipeline, windowsRoute } from '@rampart/sigma'
import { Dice, hasSigma, loadRules, mutate, ordinary, recordedAttacks, type WindowsRecord } from './events.ts'

if (!hasSigma) {
  console.log('skipped: no SigmaHQ rules (set RAMPART_TEST_DATA)')
  process.exit(0)
}

const started = performance.now()
const documents = loadRules()
const parsedIn = performance.now() - started
const { engine } = compileSigma(documents, windowsPipeline, { placeholders: { known_cdcs: ['dc01.example.com'] } })
const loadedIn = performance.now() - started

const attacks = recordedAttacks()
const dice = new Dice(20260423)
const changed = Array.from({ length: 4_000 }, () => mutate(dice.pick(attacks), dice))
const benign = Array.from({ length: 20_000 }, () => ordinary(dice))
const mixes: Record<string, WindowsRecord[]> = {
  ordinary: benign,
  '1 % attacks': benign.map((record, index) => (index % 100 === 0 ? dice.pick(changed) : record)),
  'recorded attacks': Array.from({ length: 8_000 }, (_, index) => attacks[index % attacks.length] as WindowsRecord),
  'changed attacks': changed,
}

const batch = 64
const seconds = Number(process.argv[2] ?? 3)
const rows: string[][] = [
  ['records', 'bytes', 'parse ns', 'match ns', 'match/parse', 'total/parse', 'records/s', 'matches'],
]
const only = process.argv[3]
for (const [name, records] of Object.entries(mixes)) {
  if (only && !name.includes(only)) continue
  const lines = records.map((record) => JSON.stringify(record))
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / lines.length
  const parse: number[] = []
  const match: number[] = []
  let matches = 0
  const until = performance.now() + seconds * 1000
  do {
    let parsing = 0
    let matching = 0
    matches = 0
    for (let from = 0; from < lines.length; from += batch) {
      const some = lines.slice(from, from + batch)
      const before = performance.now()
      const parsed = some.map((line) => JSON.parse(line) as object)
      const between = performance.now()
      for (const record of parsed) matches += engine.match(windowsRoute(record), record).length
      const after = performance.now()
      parsing += between - before
      matching += after - between
    }
    parse.push((parsing * 1e6) / lines.length)
    match.push((matching * 1e6) / lines.length)
  } while (performance.now() < until)
  const p = median(parse)
  const m = median(match)
  rows.push([
    name,
    bytes.toFixed(0),
    p.toFixed(0),
    m.toFixed(0),
    (m / p).toFixed(2),
    ((p + m) / p).toFixed(2),
    (1e9 / (p + m)).toFixed(0),
    String(matches),
  ])
}

function median(values: number[]): number {
  return values.sort((first, second) => first - second)[values.length >> 1] ?? 0
}

const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
console.log(`${cpus()[0]?.model}, Node ${process.versions.node}; one core`)
console.log(
  `${engine.stats.rules} rules read in ${parsedIn.toFixed(0)} ms, ready after ${loadedIn.toFixed(0)} ms; RSS ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
)
for (const row of rows)
  console.log(
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
