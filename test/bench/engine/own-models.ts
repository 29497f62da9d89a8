// The shipped models over recorded ordinary days of servers: events a second of one core. `node own-models.ts [passes]`
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { createDetector } from '@rampart/detection'
import type { Event } from '@rampart/event'
import { loadModels } from '@rampart/models'
import { printRows } from './rows.ts'

const passes = Number(process.argv[2] ?? 8)
const folder = fileURLToPath(new URL('../../baseline', import.meta.url))
const lines = readdirSync(folder)
  .filter((name) => name.endsWith('-day.ndjson.gz'))
  .flatMap((name) =>
    gunzipSync(readFileSync(join(folder, name)))
      .toString()
      .split('\n'),
  )
  .filter((line) => line.startsWith('{'))
const events = lines.map((line) => JSON.parse(line) as Event)
const buffers = lines.map((line) => Buffer.from(line))
const decode = (bytes: Uint8Array, start: number, end: number, isAscii: boolean): string =>
  isAscii ? Buffer.prototype.latin1Slice.call(bytes, start, end) : Buffer.prototype.utf8Slice.call(bytes, start, end)
/** The same lines as a server gets them from many: a stretch of each one's, with its own id and processes, in turn. */
const servers = 200
const stretch = Math.floor(lines.length / servers)
const mixed = Array.from({ length: stretch * servers }, (_, index) => {
  const server = index % servers
  const line = lines[server * stretch + Math.floor(index / servers)] ?? ''
  return Buffer.from(
    line.replace(/"asset":\{"id":"[^"]*"/, `"asset":{"id":"server-${server}"`).replaceAll('"boot1-', `"boot${server}-`),
  )
})
const models = loadModels(undefined, { samples: false }).models
const { detector } = createDetector({ models })
// a detector of its own, so that the parsed events teach it nothing
const lineDetector = createDetector({ models }).detector.lines({ decode })
const fleetDetector = createDetector({ models }).detector.lines({ decode })
const kinds = ['parse', 'detect', 'lines', 'fleet'] as const
/** CPU time of each pass, in microseconds an event. */
const times = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<
  (typeof kinds)[number],
  number[]
>
for (let pass = 0; pass < passes; pass++) {
  let found = 0
  let foundInLines = 0
  take('parse', () => {
    for (const line of lines) JSON.parse(line)
  })
  take('detect', () => {
    for (const event of events) found += detector.detect(event).length
  })
  take('lines', () => {
    for (const line of buffers) foundInLines += lineDetector.detect(line).length
  })
  take('fleet', () => {
    for (const line of mixed) fleetDetector.detect(line)
  })
  if (foundInLines !== found) throw new Error(`${foundInLines} findings in lines, ${found} in events`)
}

function take(kind: (typeof kinds)[number], work: () => void): void {
  const start = cpu()
  work()
  times[kind].push((cpu() - start) / lines.length)
}

function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

const best = (kind: (typeof kinds)[number]): number => Math.min(...times[kind])
const median = (kind: (typeof kinds)[number]): number => times[kind].toSorted((a, b) => a - b)[passes >> 1] ?? 0
const rate = (micros: number): string => Math.round(1e6 / micros).toLocaleString('en')
const micros = (value = 0): string => `${value.toFixed(2)} µs`
const bytes = buffers.reduce((sum, line) => sum + line.length, 0) / buffers.length
const { lines: seen, parsed } = lineDetector.stats
printRows([
  ['own models, recorded events, bytes of a line', `${detector.models.length}, ${events.length}, ${bytes.toFixed(0)}`],
  [
    'lines of NDJSON in, findings out',
    `${micros(best('lines'))}, ${rate(best('lines'))} events/s, ${(best('lines') / best('parse')).toFixed(2)} × JSON.parse; median of the passes ${micros(median('lines'))}, ${rate(median('lines'))} events/s`,
  ],
  [`the same of ${servers} servers in turn`, `${micros(best('fleet'))}, ${rate(best('fleet'))} events/s`],
  ['lines parsed to learn from', `${parsed} of ${seen}`],
  ['events already parsed', `${micros(best('detect'))}, ${rate(best('detect'))} events/s`],
  ['with JSON.parse of their lines', `${micros(best('parse'))} more, ${rate(best('detect') + best('parse'))} events/s`],
  ['first pass over them: lines, parsed events', `${micros(times.lines[0])}, ${micros(times.detect[0])}`],
])
