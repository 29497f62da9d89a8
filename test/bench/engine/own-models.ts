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
const { detector } = createDetector({ models: loadModels(undefined, { samples: false }).models })
const lines = readdirSync(folder)
  .filter((name) => name.endsWith('-day.ndjson.gz'))
  .flatMap((name) =>
    gunzipSync(readFileSync(join(folder, name)))
      .toString()
      .split('\n'),
  )
  .filter((line) => line.startsWith('{'))
const events = lines.map((line) => JSON.parse(line) as Event)
const times: { detect: number; parse: number }[] = []
for (let pass = 0; pass < passes; pass++) {
  const start = cpu()
  for (const line of lines) JSON.parse(line)
  const parsed = cpu()
  for (const event of events) detector.detect(event)
  times.push({ parse: parsed - start, detect: cpu() - parsed })
}

function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

const each = (part: 'detect' | 'parse', pass: (values: number[]) => number): string =>
  (pass(times.map((time) => time[part])) / events.length).toFixed(2)
const best = (values: number[]): number => Math.min(...values)
const rate = (micros: number): string => Math.round((events.length * 1e6) / micros).toLocaleString('en')
const bestDetect = best(times.map(({ detect }) => detect))
const bestParse = best(times.map(({ parse }) => parse))
printRows([
  ['own models, recorded events', `${detector.models.length}, ${events.length}`],
  ['events already parsed', `${each('detect', best)} µs, ${rate(bestDetect)} events/s`],
  ['with JSON.parse of their lines', `${each('parse', best)} µs more, ${rate(bestDetect + bestParse)} events/s`],
  ['first pass over them, without parsing', `${each('detect', (values) => values[0] ?? 0)} µs`],
])
