// The Sigma engine against JSON.parse of the same lines: one table. `node test/bench/engine/run.ts [seconds per row]`
import { cpus } from 'node:os'
import { compileSigma, windowsPipeline, windowsRoute, windowsRouteOf } from '@rampart/sigma'
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
const heads = ['records', 'bytes', 'parse ns', 'match ns', 'total/parse', 'records/s']
heads.push('lines ns', 'lines/parse', 'lines/s', 'parsed', 'matches')
const rows: string[][] = [heads]
const decode = (bytes: Uint8Array, start: number, end: number, isAscii: boolean): string =>
  isAscii ? Buffer.prototype.latin1Slice.call(bytes, start, end) : Buffer.prototype.utf8Slice.call(bytes, start, end)
const only = process.argv[3]
for (const [name, records] of Object.entries(mixes)) {
  if (only && !name.includes(only)) continue
  const lines = records.map((record) => JSON.stringify(record))
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / lines.length
  const buffers = lines.map((line) => Buffer.from(line))
  const matcher = engine.lineMatcher({ route: windowsRouteOf, decode })
  const times: Record<'parse' | 'match' | 'lines', number[]> = { parse: [], match: [], lines: [] }
  let matches = 0
  let lineMatches = 0
  const until = performance.now() + seconds * 1000
  do {
    let parsing = 0
    let matching = 0
    let scanning = 0
    matches = 0
    lineMatches = 0
    matcher.stats.lines = 0
    matcher.stats.parsed = 0
    for (let from = 0; from < lines.length; from += batch) {
      const some = lines.slice(from, from + batch)
      const start = cpu()
      const parsed = some.map((line) => JSON.parse(line) as object)
      const parsedAt = cpu()
      for (const record of parsed) matches += engine.match(windowsRoute(record), record).length
      const matchedAt = cpu()
      for (let index = from; index < Math.min(from + batch, lines.length); index++) {
        const outcome = matcher.match(buffers[index] as Buffer)
        if (typeof outcome === 'object') lineMatches += outcome.rules.length
      }
      scanning += cpu() - matchedAt
      parsing += parsedAt - start
      matching += matchedAt - parsedAt
    }
    times.parse.push((parsing * 1e3) / lines.length)
    times.match.push((matching * 1e3) / lines.length)
    times.lines.push((scanning * 1e3) / lines.length)
  } while (performance.now() < until)
  if (lineMatches !== matches) throw new Error(`${lineMatches} matches of lines, ${matches} of records`)
  const [parse, match, line] = [median(times.parse), median(times.match), median(times.lines)]
  const share = `${((matcher.stats.parsed / matcher.stats.lines) * 100).toFixed(0)} %`
  const cells = [bytes, parse, match].map((value) => value.toFixed(0))
  cells.push(((parse + match) / parse).toFixed(2), (1e9 / (parse + match)).toFixed(0), line.toFixed(0))
  rows.push([name, ...cells, (line / parse).toFixed(2), (1e9 / line).toFixed(0), share, String(matches)])
}

/** Microseconds of this thread: other work on the machine does not count. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
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
