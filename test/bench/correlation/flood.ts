// A flood that falls into one group: events a second through correlations, in order, and with events out of order among them.
import { compileSigma, type Pipeline, parseSigma } from '@rampart/sigma'

const events = Number(process.argv[2] ?? 50_000)
const pipeline: Pipeline = { routes: () => ['test'], field: () => undefined }
const conditions: Record<string, object> = {
  'event_count, told of': { type: 'event_count', condition: { gte: 10 } },
  'value_count, told of': { type: 'value_count', condition: { field: 'bytes', gte: 10 } },
  'value_sum, never reached': { type: 'value_sum', condition: { field: 'bytes', gte: 1e12 } },
  'value_percentile, never reached': {
    type: 'value_percentile',
    condition: { field: 'bytes', percentile: 95, gte: 1e12 },
  },
}

for (const [name, condition] of Object.entries(conditions))
  for (const lateEach of [0, 10]) {
    const correlation = { ...condition, rules: ['any'], 'group-by': ['user'], timespan: '10m' }
    const text = `title: any
name: any
logsource: {category: test}
detection: {s: {user: root}, condition: s}
---
title: many
correlation: ${JSON.stringify(correlation)}
`
    const { engine } = compileSigma(parseSigma(text, 'bench.yml').documents, pipeline)
    const start = process.threadCpuUsage()
    for (let number = 0; number < events; number++) {
      const at = 1_750_000_000_000 + number * 5
      const isLate = lateEach > 0 && number % lateEach === 0
      engine.process('test', { user: 'root', bytes: number % 1000 }, isLate ? at - 30_000 : at, `e${number}`)
    }
    const { user, system } = process.threadCpuUsage(start)
    const rate = Math.round(events / ((user + system) / 1e6)).toLocaleString('en')
    const order = lateEach > 0 ? 'each tenth 30 s late' : 'in order'
    console.log(`| one group, ${events.toLocaleString('en')} events, ${order}: ${name} | ${rate} events/s |`)
  }
