// An event_count correlation with a million groups: events a second and memory. `[groups] [events]` may be given.
import { compileSigma, type Pipeline, parseSigma } from '@rampart/sigma'

const groups = Number(process.argv[2] ?? 1_000_000)
const events = Number(process.argv[3] ?? 3_000_000)
const rules = `
title: failed logon
name: failed
logsource: {category: test}
detection: {selection: {EventID: 4625}, condition: selection}
---
title: many failed logons
correlation: {type: event_count, rules: [failed], group-by: [IpAddress], timespan: 10m, condition: {gte: 10}}
`
const pipeline: Pipeline = { routes: () => ['test'], field: () => undefined }
const { engine } = compileSigma(parseSigma(rules, 'bench.yml').documents, pipeline, {
  correlation: { maxGroups: groups },
})
/** One record as text; a text put together in JavaScript and kept takes twice the memory of a parsed one. */
const lineOf = (number: number, group: number): string =>
  `{"EventID":4625,"IpAddress":"2001:db8::${group.toString(16)}","id":"e${number}"}`
const parseStart = process.threadCpuUsage()
for (let number = 0; number < 200_000; number++) JSON.parse(lineOf(number, number))
const parseUsed = process.threadCpuUsage(parseStart)
const gc = (globalThis as { gc?: () => void }).gc
gc?.()
const before = process.memoryUsage.rss()
const start = process.threadCpuUsage()
let state = 1
for (let number = 0; number < events; number++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  const group = number < groups ? number : state % groups
  const record = JSON.parse(lineOf(number, group))
  engine.process('test', record, 1_750_000_000_000 + (number >> 4), record.id)
}
const used = process.threadCpuUsage(start)
gc?.()
const seconds = (used.user + used.system) / 1e6
const parseSeconds = ((parseUsed.user + parseUsed.system) / 1e6 / 200_000) * events
const megabytes = (process.memoryUsage.rss() - before) / 1e6
if (engine.stats.keys !== Math.min(groups, events) || engine.stats.evictions !== 0) throw new Error('groups were lost')
const flags = process.execArgv.filter((flag) => flag.includes('semi-space')).join(' ')
const rate = (took: number): string => Math.round(events / took).toLocaleString('en')
const what = `event_count, ${groups.toLocaleString('en')} groups, ${events.toLocaleString('en')} events${flags && `, ${flags}`}`
const value = `${rate(seconds - parseSeconds)} events/s (${rate(seconds)} with parsing), ${megabytes.toFixed(0)} MB more than before`
console.log(`| ${what} | ${value} |`)
