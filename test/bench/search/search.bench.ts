/** Searching: log → files, then questions over all of them. EVENTS=10000000 by default; DIRECTORY keeps the archive for another run, or has one. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEventQuery } from '@rampart/api'
import { pino } from 'pino'
import { SearchProcess } from '../../../apps/server/src/archive/search-process.ts'
import { SegmentArchive } from '../../../apps/server/src/archive/segment-archive.ts'
import { eventNumber, randomFrom, servers, spanMs, startAt } from './events.ts'

/** As the Search page asks: what is there after half a second, then the rest. */
const waitMs = 500
type Question = Parameters<SearchProcess['search']>[0]

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
console.log(
  isKept
    ? `opened in ${seconds(begun)} s`
    : `converted in ${seconds(begun)} s; ${((worker().cpuSeconds * 1e6) / total).toFixed(1)} µs of CPU an event; RSS at most ${mb(worst)} MB`,
)
// Small files are merged beside everything else; the questions come after it.
const mergedIn = performance.now()
for (let before = Number.POSITIVE_INFINITY; (search.state?.files ?? 0) < before; ) {
  before = search.state?.files ?? 0
  await new Promise((resolve) => setTimeout(resolve, isKept ? 500 : 15_000))
}
const { events, bytes, files } = await search.stats()
console.log(
  `${events} events searchable in ${files} files after ${seconds(mergedIn)} s, ${mb(bytes)} MB (${(bytes / events).toFixed(0)} B an event), descriptions besides; RSS ${mb(worker().rss)} MB`,
)

const from = startAt
const to = startAt + spanMs
const some = (list: string[]) => list[Math.floor(random() * list.length)] ?? ''
const random = randomFrom(42)
const day = { from, to, assetIds: null }
const hour = () => {
  const begin = from + Math.floor(random() * 23) * 3_600_000
  return { from: begin, to: begin + 3_600_000, assetIds: null }
}
const any = () => Math.floor(random() * total)
type Span = { from: number; to: number; assetIds: string[] | null }
const kinds: [string, () => string, (() => Span)?][] = [
  ['no condition', () => ''],
  ['equal: process.name', () => `process.name:${some(['curl', 'node', 'git', 'find'])}`],
  ['equal: an executable nobody runs', () => `process.executable:/opt/${any()}`],
  ['begins with: file.path', () => `file.path:/var/lib/app/cache/${any() % 256}/*`],
  ['contains: web.url', () => `web.url:*page=${any() % 90}*`],
  ['one address and a type', () => `source.address:203.0.113.${any() % 256} type:logon.attempted`],
  ['addresses: a /24', () => 'destination.address:203.0.113.0/24'],
  ['one process entity', () => `process.entityId:"${entityOf(any())}"`],
  ['a path that few events have', () => `file.path:*session-${any() % 1e6}*`],
  ['a number that no event has', () => `destination.port:${10_000 + (any() % 20_000)}`],
  ['text of one word, frequent', () => '"updates-7.example.com"'],
  ['text of two words', () => `updates-${any() % 50}.example.com channel/${any() % 700}/`],
  ['text of two words never in one event', () => 'refs/heads ExampleBrowser'],
  ['text that every event has', () => 'example.com'],
  ['text of digits, in one event', () => `"--batch ${any()}"`],
  ['text that no event has', () => `"qqzx${any() % 1e6}"`],
  ['asset, type and negation', () => `asset.id:host-${any() % servers} type:process.started -user.name:root`],
  ['a path of the event, in no event', () => `event.process.user.name:nobody${any() % 1000}`],
  ['one hour: text', () => `session-${any() % 5000}`, hour],
  [
    'caller bound to three assets',
    () => 'process.name:curl',
    () => ({ ...day, assetIds: ['host-1', 'host-5', 'host-9'] }),
  ],
]
worst = 0
const first: number[] = []
for (const order of ['newest', 'oldest'] as const) {
  console.log(`\npages, ${order} first (first answer; until the page is full or the end is reached)`)
  for (const [name, make, span = () => day] of kinds) {
    const starts: number[] = []
    const ends: number[] = []
    const cpu = worker().cpuSeconds
    let found = 0
    for (let round = 0; round < rounds; round++) {
      const answer = await pageOf({ ...span(), conditions: of(make()), order })
      starts.push(answer.firstMs)
      ends.push(answer.wholeMs)
      found += answer.events
    }
    first.push(...starts)
    row(name, starts, ends, `CPU ${cpuEach(cpu)} ms  ${(found / rounds).toFixed(0)} found`)
  }
}
row('ALL FIRST ANSWERS', first)

console.log('\nbeside the list (first answer; whole answer)')
await timed('the five next pages', async () => {
  let cursor: string | undefined
  const times: number[] = []
  for (let page = 0; page < 6; page++) {
    const begun = performance.now()
    const answer = await pageOf({
      ...day,
      conditions: of('process.name:node'),
      ...(cursor !== undefined && { cursor }),
    })
    times.push(performance.now() - begun)
    cursor = answer.cursor ?? undefined
  }
  return Math.max(...times.slice(1))
})
for (const [name, query, span] of [
  ['histogram: no condition', '', () => day],
  ['histogram: process.name', 'process.name:curl', () => day],
  ['histogram: process.name, one hour', 'process.name:curl', hour],
  ['histogram: text', '"updates-7.example.com"', () => day],
  ['histogram: text that every event has', 'example.com', () => day],
] as [string, string, () => Span][])
  await timed(name, async () => histogramOf({ ...span(), conditions: of(query) }))
await timed('top values of process.name', () =>
  search.topValues({ ...day, field: 'process.name', prefix: '', limit: 10 }),
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

async function pageOf(question: Omit<Question, 'limit'>) {
  const begun = performance.now()
  let firstMs = 0
  let events = 0
  let cursor = question.cursor ?? null
  do {
    const asked = { ...question, ...(cursor !== null && { cursor }), limit: 100, waitMs, timeoutMs: 60_000 }
    const page = await search.search(asked)
    firstMs ||= performance.now() - begun
    events += page.events.length
    cursor = page.nextCursor
    if (page.shortfall && page.shortfall !== 'timeout') throw new Error(page.shortfall)
    if (page.searchedTo === null) break
  } while (events < 100)
  return { firstMs, wholeMs: performance.now() - begun, events, cursor }
}

/** Time until the first part. */
async function histogramOf(question: Omit<Question, 'limit'>): Promise<number> {
  const begun = performance.now()
  let firstMs = 0
  let cursor: string | null = null
  do {
    const part: Awaited<ReturnType<SearchProcess['histogram']>> = await search.histogram({
      ...question,
      ...(cursor !== null && { cursor }),
      buckets: 96,
      waitMs,
      timeoutMs: 60_000,
    })
    firstMs ||= performance.now() - begun
    cursor = part.nextCursor
  } while (cursor !== null)
  return firstMs
}

/** The body may say when the first part of the answer was there. */
async function timed(name: string, body: () => Promise<unknown>): Promise<void> {
  const starts: number[] = []
  const ends: number[] = []
  const cpu = worker().cpuSeconds
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const firstMs = await body()
    ends.push(performance.now() - start)
    starts.push(typeof firstMs === 'number' ? firstMs : performance.now() - start)
  }
  row(name, starts, ends, `CPU ${cpuEach(cpu)} ms`)
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

function row(name: string, starts: number[], ends: number[] = [], note = ''): void {
  const shares = (times: number[]) => {
    const sorted = [...times].sort((one, other) => one - other)
    const part = (share: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0).padStart(5)
    return `${part(0.5)} /${part(0.95)} /${part(1)} ms`
  }
  console.log(`${name.padEnd(40)} ${shares(starts)}  ${ends.length > 0 ? shares(ends) : ''}  ${note}`)
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
