// The Sigma engine against JSON.parse of the same lines: one table. `node test/bench/engine/lines.ts [seconds a row] [part of a row's name]`
import { compileSigma, windowsPipeline, windowsRoute, windowsRouteOf } from '@rampart/sigma'
import { Dice, hasSigma, loadRules, mutate, ordinary, recordedAttacks, type WindowsRecord } from './events.ts'
import { printRows } from './rows.ts'

if (!hasSigma) {
  console.log('skipped: no SigmaHQ rules (set RAMPART_TEST_DATA)')
  process.exit(0)
}

const { engine } = compileSigma(loadRules(), windowsPipeline, { placeholders: { known_cdcs: ['dc01.example.com'] } })

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
  const from = cpu()
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
  } while (cpu() - from < seconds * 1e6)
  if (lineMatches !== matches) throw new Error(`${lineMatches} matches of lines, ${matches} of records`)
  const [parse, match, line] = [settled(times.parse), settled(times.match), settled(times.lines)]
  const micros = (nanoseconds: number): string => `${(nanoseconds / 1e3).toFixed(1)} µs`
  printRows([
    [
      `lines, ${name} (${bytes.toFixed(0)} bytes): NDJSON in, matches out`,
      `${micros(line)}, ${Math.round(1e9 / line).toLocaleString('en')} lines/s, ${(line / parse).toFixed(1)} × JSON.parse (${micros(parse)})`,
    ],
    ['the same records already parsed', micros(match)],
  ])
}

/** Microseconds of this thread: other work on the machine does not count. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** Mean of the second half of the passes: the first ones compile the code and teach the matcher. */
function settled(values: readonly number[]): number {
  const late = values.slice(values.length >> 1)
  return late.reduce((sum, value) => sum + value, 0) / late.length
}
