/** Searching: log → files, then questions over all of them. EVENTS=10000000 by default; DIRECTORY keeps the archive for another run. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEventQuery } from '@rampart/api'
import { pino } from 'pino'
import { SearchProcess } from '../../../apps/server/src/archive/search-process.ts'
import { SegmentArchive } from '../../../apps/server/src/archive/segment-archive.ts'
import { eventNumber, randomFrom, spanMs, startAt } from './events.ts'

const total = Number(process.env.EVENTS ?? 10_000_000)
const rounds = Number(process.env.ROUNDS ?? 20)
const directory = process.env.DIRECTORY ?? mkdtempSync(join(tmpdir(), 'rampart-bench-search-'))
const log = join(directory, 'log')
mkdirSync(directory, { recursive: true })

const isKept = existsSync(join(directory, 'files'))
const archive = await SegmentArchive.open(log)
if (!isKept) {
  const start = performance.now()
  for (let n = 0; n < total; ) {
    const batches = []
    for (let index = 0; index < 32 && n < total; index++) {
      const events = []
      for (let count = 0; count < 256 && n < total; count++) events.push(eventNumber(n++, total))
      batches.push({ source: 'bench', spoolId: 's', sequence: n, receivedAt: startAt, events })
    }
    await archive.append(batches)
  }
  const { bytes } = archive.stats()
  console.log(
    `log: ${total} events, ${mb(bytes)} MB (${(bytes / total).toFixed(0)} B an event), made and appended in ${seconds(start)} s`,
  )
}

const search = new SearchProcess({
  settings: {
    log,
    files: join(directory, 'files'),
    temporary: join(directory, 'temporary'),
    memoryMb: 256,
    threads: 2,
    temporaryMb: 1024,
  },
  position: () => archive.position(),
  log: pino({ level: 'warn' }),
})
const begun = performance.now()
search.start()
let worst = 0
const watch = setInterval(() => {
  worst = Math.max(worst, worker().rss)
}, 200)
const at = archive.position()
while (search.state?.known.segment !== at.segment || search.state.known.offset !== at.offset) {
  if (search.state?.failure) throw new Error(search.state.failure)
  await new Promise((resolve) => setTimeout(resolve, 100))
}
const { events, bytes, files } = await search.stats()
console.log(
  isKept
    ? `opened in ${seconds(begun)} s`
    : `converted in ${seconds(begun)} s; ${((worker().cpuSeconds * 1e6) / total).toFixed(1)} µs of CPU an event; RSS at most ${mb(worst)} MB`,
)
console.log(
  `${events} events searchable in ${files} files, ${mb(bytes)} MB (${(bytes / events).toFixed(0)} B an event), descriptions besides`,
)

const from = startAt
const to = startAt + spanMs
const some = (list: string[]) => list[Math.floor(random() * list.length)] ?? ''
const random = randomFrom(42)
const kinds: [string, () => string][] = [
  ['newest page, no condition', () => ''],
  ['frequent: process.name', () => `process.name:${some(['curl', 'node', 'git', 'find'])}`],
  ['network: destination.address in a /24', () => 'destination.address:203.0.113.0/24'],
  ['one address', () => `source.address:203.0.113.${Math.floor(random() * 256)} type:logon.attempted`],
  ['rare: one process entity', () => `process.entityId:"${entityOf(Math.floor(random() * total))}"`],
  ['rare: a path that one event has', () => `file.path:*session-${Math.floor(random() * 1e6)}*`],
  ['free text, frequent', () => '"updates-7.example.com"'],
  ['free text, rare', () => `"--batch ${Math.floor(random() * total)}"`],
  ['free text, nowhere', () => `"qqzx${Math.floor(random() * 1e6)}"`],
  [
    'asset and type and negation',
    () => `asset.id:host-${Math.floor(random() * 200)} type:process.started -user.name:root`,
  ],
]
worst = 0
const all: number[] = []
for (const [name, make] of kinds) {
  const times: number[] = []
  const cpu = worker().cpuSeconds
  let found = 0
  for (let round = 0; round < rounds; round++) {
    const parsed = parseEventQuery(make())
    if (!parsed.ok) throw new Error(parsed.issue.message)
    const start = performance.now()
    const page = await search.search({
      from,
      to,
      assetIds: null,
      conditions: parsed.terms.map((term) => term.condition),
      limit: 100,
      timeoutMs: 60_000,
    })
    times.push(performance.now() - start)
    found += page.events.length
    if (page.shortfall) throw new Error(page.shortfall)
  }
  all.push(...times)
  row(name, times, `CPU ${cpuEach(cpu)} ms  ${(found / rounds).toFixed(1)} found`)
}
row('ALL PAGES', all)
const hour = () => {
  const begin = from + Math.floor(random() * 23) * 3_600_000
  return { from: begin, to: begin + 3_600_000 }
}
await timed('histogram, whole day', () => search.histogram({ from, to, assetIds: null, buckets: 96 }))
await timed('histogram, one hour, process.name', () =>
  search.histogram({ ...hour(), assetIds: null, conditions: of('process.name:curl'), buckets: 60 }),
)
await timed('histogram, whole day, process.name', () =>
  search.histogram({ from, to, assetIds: null, conditions: of('process.name:curl'), buckets: 96 }),
)
await timed('histogram, whole day, free text', () =>
  search.histogram({ from, to, assetIds: null, text: 'updates-7.example.com', buckets: 96 }),
)
await timed('top values of process.name', () =>
  search.topValues({ from, to, assetIds: null, field: 'process.name', prefix: '', limit: 10 }),
)
await timed('100 events by id', () =>
  search.byIds(Array.from({ length: 100 }, () => eventNumber(Math.floor(random() * total), total).id)),
)
await timed('one process and its children', () => search.byProcess(`host-7`, [entityOf(Math.floor(random() * total))]))
console.log(`RSS of the search process at most ${mb(worst)} MB`)
clearInterval(watch)
await search.close()
await archive.close()
if (!process.env.DIRECTORY) rmSync(directory, { recursive: true, force: true })

async function timed(name: string, body: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  const cpu = worker().cpuSeconds
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    await body()
    times.push(performance.now() - start)
  }
  row(name, times, `CPU ${cpuEach(cpu)} ms`)
}

/** Processor time of the search process for each of the rounds since then. */
function cpuEach(since: number): string {
  return (((worker().cpuSeconds - since) * 1000) / rounds).toFixed(0).padStart(5)
}

function of(query: string) {
  const parsed = parseEventQuery(query)
  return parsed.ok ? parsed.terms.map((term) => term.condition) : []
}

function entityOf(n: number): string {
  for (let number = n; ; number++) {
    const { process: found } = eventNumber(number % total, total)
    if (found) return found.entityId
  }
}

function row(name: string, times: number[], note = ''): void {
  const sorted = [...times].sort((one, other) => one - other)
  const part = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0).padStart(6)
  console.log(`${name.padEnd(42)} p50 ${part(0.5)} ms  p95 ${part(0.95)} ms  worst ${part(1)} ms  ${note}`)
}

/** What the system says of the search process. */
function worker(): { rss: number; cpuSeconds: number } {
  try {
    const pid = search.processId
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
    return { rss: pages * 4096, cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100 }
  } catch {
    return { rss: 0, cpuSeconds: 0 }
  }
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1)
}
