/**
 * 100,000 open alerts in the store: how long the list, its filters and the facets take, as wall time and as time of the
 * processor (which other programs on the machine disturb less). `tools/node test/bench/alerts/alerts.bench.ts [alerts [kept file]]`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AlertQuery, alertMigrations, Database, SqliteAlertStore } from '@rampart/alert'
import { Whitelist } from '@rampart/detection'
import { FindingMaker } from './findings.ts'

const total = Number(process.argv[2] ?? 100_000)
const rounds = 25
const directory = mkdtempSync(join(tmpdir(), 'rampart-bench-alerts-'))
const kept = process.argv[3]
const file = kept ?? join(directory, 'state.db')
const opened = Database.open(file, alertMigrations)
if (!opened.ok) throw new Error(opened.error.message)
const { database } = opened
const store = new SqliteAlertStore(database)
const hour = 3_600_000
const now = Date.UTC(2026, 0, 31)

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

const maker = new FindingMaker(now)

const filledBefore = (await store.assets()).length > 0
const filled = performance.now()
const fillCpu = process.cpuUsage()
if (!filledBefore) await maker.fill(store, total)
const fillSeconds = (performance.now() - filled) / 1000
const fillCpuMs = cpuMs(fillCpu)

const list = (over: Partial<AlertQuery>): AlertQuery => ({
  handled: 'no',
  sort: 'lastAt',
  order: 'desc',
  limit: 100,
  ...over,
})
// A fifth is assigned, as after some days of work.
for (const name of filledBefore ? [] : ['alice', 'bob'])
  await store.handleMany(
    (await store.matching({ handled: 'no', assignee: [null] }, total / 10)).map(({ id, version }) => ({
      alertId: id,
      version,
      operation: 'assign',
      assignee: name,
      actor: 'bench',
      at: now,
    })),
  )
const someAlert = (await store.list(list({ limit: 1 }))).items[0]?.id ?? ''
const middle = (await store.list(list({ limit: 500 }))).nextCursor ?? undefined
const cases: Record<string, () => Promise<unknown>> = {
  'list, first page': () => store.list(list({})),
  'list, later page': () => store.list(list({ cursor: middle })),
  'list by level': () => store.list(list({ sort: 'level' })),
  'list by count': () => store.list(list({ sort: 'count' })),
  'list by title': () => store.list(list({ sort: 'title', order: 'asc' })),
  'list by asset': () => store.list(list({ sort: 'asset', order: 'asc' })),
  'filter level and type': () => store.list(list({ level: ['Urgent'], type: ['Webshell', 'Persistence'] })),
  'filter stage': () => store.list(list({ stage: ['Damage'] })),
  'filter kind and group': () => store.list(list({ kind: ['container'], group: ['group-0'] })),
  'filter technique': () => store.list(list({ technique: ['T1005'] })),
  'filter time': () => store.list(list({ from: now - 24 * hour, to: now })),
  'search a word': () => store.list(list({ q: 'tool-4711' })),
  'search two words': () => store.list(list({ q: 'web-17 download' })),
  'search two letters': () => store.list(list({ q: 'x9' })),
  'filter assignee': () => store.list(list({ assignee: ['alice'] })),
  'filter nobody': () => store.list(list({ assignee: [null] })),
  'filter source address': () => store.list(list({ source: ['198.51.100.7'] })),
  'filter remote address': () => store.list(list({ address: ['198.51.100.7'] })),
  'similar to one': () => store.similar(someAlert),
  'facets, unfiltered': () => store.facets({ handled: 'no' }),
  'facets, filtered': () => store.facets({ handled: 'no', level: ['Urgent'], q: 'download' }),
  numbers: () => store.numbers(now),
}

const rows: { case: string; p50: number; p95: number; cpu: number }[] = []
for (const [name, run] of Object.entries(cases)) {
  const times: number[] = []
  const cpu = process.cpuUsage()
  for (let round = 0; round < rounds; round++) {
    const from = performance.now()
    await run()
    times.push(performance.now() - from)
  }
  times.sort((one, other) => one - other)
  const at = (part: number) => Math.round((times[Math.min(rounds - 1, Math.floor(rounds * part))] ?? 0) * 10) / 10
  rows.push({ case: name, p50: at(0.5), p95: at(0.95), cpu: Math.round((cpuMs(cpu) / rounds) * 10) / 10 })
}
/** Handles `size` alerts as a batch does: a hundred in one durable transaction. */
async function timeBatch(size: number): Promise<{ seconds: number; longestMs: number }> {
  const chosen = await store.matching({ handled: 'no' }, size)
  const from = performance.now()
  let longestMs = 0
  for (let start = 0; start < chosen.length; start += 100) {
    const chunkFrom = performance.now()
    await store.handleMany(
      chosen.slice(start, start + 100).map(({ id, version }) => ({
        alertId: id,
        version,
        operation: 'ignore',
        actor: 'bench',
        at: now,
        batch: 'bench',
      })),
    )
    longestMs = Math.max(longestMs, performance.now() - chunkFrom)
  }
  return { seconds: (performance.now() - from) / 1000, longestMs }
}

/** What a thousand whitelist rules cost a finding that none of them takes: spread over the models, and all on its own. */
function timeWhitelist(rules: number, models: number): number {
  const whitelist = new Whitelist(
    Array.from({ length: rules }, (_, index) => ({
      id: `rule-${index}`,
      conditions: [
        { field: 'process.commandLine', operator: 'contains' as const, value: `backup-${index}.example.com` },
      ],
      about: { model: `model-${index % models}` },
      on: 'all' as const,
      expiresAt: null,
    })),
    () => null,
  )
  const one = { ...maker.finding(1), modelId: 'model-0' }
  const calls = 2000
  const cpu = process.cpuUsage()
  for (let call = 0; call < calls; call++) whitelist.ruleOf(one, now)
  return (cpuMs(cpu) / calls) * 1000
}

const batch = await timeBatch(Math.min(10_000, total))
console.log(
  `${total} open alerts on 500 assets, filled in ${fillSeconds.toFixed(1)} s (${Math.round((fillCpuMs / total) * 1000)} µs of processor time per finding), ${Math.round(statSync(file).size / 1048576)} MB`,
)
console.table(rows)
console.log(
  `a batch of 10,000: ${batch.seconds.toFixed(1)} s, longest pause of the server ${Math.round(batch.longestMs)} ms`,
)
console.log(
  `1,000 whitelist rules: ${timeWhitelist(1000, 300).toFixed(1)} µs of processor time per finding, ${timeWhitelist(1000, 1).toFixed(0)} µs with all of them on one model`,
)
console.log(`RSS ${Math.round(process.memoryUsage().rss / 1048576)} MB`)
database.close()
rmSync(directory, { recursive: true })
