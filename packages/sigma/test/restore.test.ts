import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSigma, type Pipeline, parseSigma } from '../src/index.ts'

const text = `title: failed
name: failed
logsource: {category: logon}
detection: {s: {outcome: failure}, condition: s}
---
title: three
id: 44444444-4444-4444-8444-444444444444
correlation: {type: event_count, rules: [failed], group-by: [source], timespan: 10m, condition: {gte: 3}}
`
const pipeline: Pipeline = { routes: () => ['logon'], field: () => undefined }

function engineOf() {
  const { documents } = parseSigma(text, 'three.yml')
  return compileSigma(documents, pipeline).engine
}

test('restored state stands in place of what the engine held, its clock included', () => {
  const engine = engineOf()
  const empty = engine.saveState()
  const feed = (at: number, id: string) => engine.process('logon', { outcome: 'failure', source: 'a' }, at, id).length
  assert.deepEqual([feed(9e6, '1'), feed(9e6, '2')], [0, 0])
  engine.restoreState(empty)
  // An hour earlier than before, and nothing of the two is left.
  assert.deepEqual([feed(1, '3'), feed(2, '4'), feed(3, '5')], [0, 0, 1])
})
