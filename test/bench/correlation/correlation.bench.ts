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
const gc = (globalThis as { gc?: () => void }).gc
gc?.()
const before = process.memoryUsage.rss()
const start = process.threadCpuUsage()
let matches = 0
let state = 1
for (let number = 0; number < events; number++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  const group = number < groups ? number : state % groups
  // parsed, as records are: texts put together in JavaScript take twice the memory
  const record = JSON.parse(`{"EventID":4625,"IpAddress":"2001:db8::${group.toString(16)}","id":"e${number}"}`)
  matches += engine.process('test', record, 1_750_000_000_000 + (number >> 4), record.id).length
}
const used = process.threadCpuUsage(start)
gc?.()
const seconds = (used.user + used.system) / 1e6
const megabytes = (process.memoryUsage.rss() - before) / 1e6
console.log(`groups ${engine.stats.keys}, events ${events}, matches ${matches}, evictions ${engine.stats.evictions}`)
console.log(`${(events / seconds).toFixed(0)} events/s of one core, ${megabytes.toFixed(0)} MB more than before`)
