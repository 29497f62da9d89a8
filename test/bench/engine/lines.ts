// The Sigma engine against JSON.parse of the same lines: one table. `node test/bench/engine/lines.ts [seconds a row] [part of a row's name]`
// The times are wall time: of each batch of lines the median over the passes, so that neither other work on the machine nor the coarse
// clock of CPU time counts (4 ms where the kernel counts ticks; a batch takes a tenth of one), nor the collection of garbage.
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
  // what an attacker would send who wants nothing to be remembered
  'every value new': benign.map((record, index) => renewed(record, index)),
}

const batch = 64
const seconds = Number(process.argv[2] ?? 3)
const decode = (bytes: Uint8Array, start: number, end: number, isAscii: boolean): string =>
  isAscii ? Buffer.prototype.latin1Slice.call(bytes, start, end) : Buffer.prototype.utf8Slice.call(bytes, start, end)
const only = process.argv[3]
const kinds = ['parse', 'parseBytes', 'match', 'lines', 'blocks'] as const
for (const [name, records] of Object.entries(mixes)) {
  if (only && !name.includes(only)) continue
  const lines = records.map((record) => JSON.stringify(record))
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / lines.length
  const buffers = lines.map((line) => Buffer.from(line))
  const blocks = Array.from({ length: Math.ceil(lines.length / batch) }, (_, number) =>
    Buffer.from(lines.slice(number * batch, (number + 1) * batch).join('\n')),
  )
  const matcher = engine.lineMatcher({ route: windowsRouteOf, decode })
  const batches = Math.ceil(lines.length / batch)
  /** Of each kind, the times of each batch. */
  const times = Object.fromEntries(kinds.map((kind) => [kind, Array.from({ length: batches }, (): number[] => [])]))
  const inBatches = (kind: (typeof kinds)[number], run: (index: number) => void): void => {
    for (let number = 0; number < batches; number++) {
      const to = Math.min((number + 1) * batch, lines.length)
      const start = performance.now()
      for (let index = number * batch; index < to; index++) run(index)
      times[kind]?.[number]?.push(performance.now() - start)
    }
  }
  const parsed = lines.map((line) => JSON.parse(line) as object)
  const started = performance.now()
  // each way has a pass of its own, as it would run: what it needs is in the processor's caches, and nothing of the others
  for (let pass = 0; pass < 6 || performance.now() - started < seconds * 1e3; pass++) {
    let matches = 0
    let lineMatches = 0
    inBatches('parse', (index) => void JSON.parse(lines[index] ?? ''))
    inBatches('parseBytes', (index) => void JSON.parse(buffers[index]?.toString() ?? ''))
    inBatches('match', (index) => {
      const record = parsed[index] ?? {}
      matches += engine.match(windowsRoute(record), record).length
    })
    inBatches('lines', (index) => {
      const outcome = matcher.match(buffers[index] as Buffer)
      if (typeof outcome === 'object') lineMatches += outcome.rules.length
    })
    let blockMatches = 0
    for (let number = 0; number < batches; number++) {
      const block = blocks[number] as Buffer
      const start = performance.now()
      matcher.matchLines(block, 0, block.length, (outcome) => {
        if (outcome !== 'malformed') blockMatches += outcome.rules.length
      })
      times.blocks?.[number]?.push(performance.now() - start)
    }
    if (blockMatches !== matches) throw new Error(`${blockMatches} matches of blocks, ${matches} of records`)
    if (lineMatches !== matches) throw new Error(`${lineMatches} matches of lines, ${matches} of records`)
  }
  const [parse = 0, parseBytes = 0, match = 0, line = 0, block = 0] = kinds.map(
    (kind) => settled(times[kind] ?? []) / lines.length,
  )
  const micros = (milliseconds: number): string => `${(milliseconds * 1e3).toFixed(2)} µs`
  const against = (time: number): string =>
    `${micros(time)}, ${Math.round(1e3 / time).toLocaleString('en')} lines/s, ${(time / parse).toFixed(2)} × JSON.parse of the text (${micros(parse)}), ${(time / parseBytes).toFixed(2)} × JSON.parse of the bytes (${micros(parseBytes)})`
  printRows([
    [`lines, ${name} (${bytes.toFixed(0)} bytes): NDJSON in, matches out`, against(block)],
    ['line by line', against(line)],
    ['the same records already parsed', micros(match)],
  ])
}

/** The medians of each batch over the later passes, summed: the first passes compile the code and teach the matcher. */
function settled(batches: readonly number[][]): number {
  return batches.reduce((sum, values) => {
    const late = values.slice(values.length >> 1).sort((first, second) => first - second)
    return sum + (late[late.length >> 1] ?? 0)
  }, 0)
}

/** The record with something behind each text that no other record has. */
function renewed(record: WindowsRecord, index: number): WindowsRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === 'string' && name !== 'Channel' ? `${value} ${(index * 7919).toString(36)}` : value,
    ]),
  )
}
