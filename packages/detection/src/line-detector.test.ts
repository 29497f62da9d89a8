/** Lines of events through a detector against the parsed events: what the shipped models do not have, and what is no event. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '@rampart/event'
import { createIndicatorSet, parseIndicators } from '@rampart/intel'
import fc from 'fast-check'
import { createDetector } from './create-detector.ts'
import { processRule, ruleText } from './testing/fixtures.ts'

const bare = (kind: string, entity: string, requires: string, block: string) =>
  ruleText(
    `logsource: {product: rampart, category: ${requires}}\n`,
    `  kind: ${kind}\n  entity: ${entity}\n  requires: [${requires}]\n${block}`,
  )
const failed = `title: failed
name: failed
logsource: {category: authentication, product: linux}
detection: {failed: {outcome: failure}, condition: failed}
---
`
const texts = [
  processRule('needle'),
  // looked at in every event of their types: nothing in a line can tell whether they find something
  bare(
    'novelty',
    'user.name',
    'privilege.used',
    '  novelty: {field: user.name, per: [], learnEvents: 2, learnFor: 1s}\n',
  ),
  bare(
    'intel',
    'question.name',
    'dns.asked',
    '  intel: {indicator: address, fields: [destination.address, answers]}\n',
  ),
  bare(
    'intel',
    'process.executable',
    'process.started',
    '  intel: {indicator: domain, fields: [process.commandLine], urlsInText: true}\n',
  ),
  bare('intel', 'user.name', 'logon.attempted', '  intel: {indicator: address, fields: [source.address]}\n'),
  ruleText(
    'correlation: {type: event_count, rules: [failed], group-by: [asset.id, user.name], timespan: 2s, condition: {gte: 3}}\n',
    '  kind: correlation\n  entity: user.name\n  requires: [logon.attempted]\n',
    { before: failed },
  ),
  // judged when its window has closed, by the time of another event
  ruleText(
    'correlation: {type: event_count, rules: [failed], group-by: [asset.id, user.name], timespan: 2s, condition: {lt: 2}}\n',
    '  kind: correlation\n  entity: user.name\n  requires: [logon.attempted]\n',
    { before: failed },
  ),
  ruleText(
    'logsource: {product: linux, service: sshd}\ndetection: {words: [needle], condition: words}\n',
    '  entity: {kind: asset, field: asset.name}\n',
  ),
  ruleText(
    'logsource: {product: linux, category: process_creation}\ndetection: {s: {process.ancestors.executable|endswith: /sh}, f: {process.ancestors.executable: /bin/hay}, condition: s and not f}\n',
    '  entity: process.executable\n',
  ),
]
const own = {
  path: 'own.yml',
  text: 'title: Own\nid: 00000000-0000-4000-8000-00000000000f\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID: 4625, TargetUserName|contains: needle}, condition: s}\n',
}
const { indicators } = parseIndicators('192.0.2.7\n198.51.100.0/24\nlisted.example.com\n', { name: 'list' })

function newDetector(listed: boolean) {
  const { detector, issues } = createDetector({
    models: texts.map((text, index) => ({ path: `models/t/m${index}/rule.yml`, text })),
    own: [own],
    ...(listed && { indicators: createIndicatorSet(indicators) }),
  })
  assert.deepEqual(issues, [])
  return detector
}

const name = fc.constantFrom('root', 'alice', 'bob')
const address = fc.constantFrom('192.0.2.7', '192.0.2.8', '198.51.100.9', '2001:db8::1', 'no address')
const text = fc.constantFrom(
  'ls',
  'needle',
  'a "needle"',
  'curl http://listed.example.com/x',
  'curl https://example.org/',
  'é needle',
)
const executable = fc.constantFrom('/bin/sh', '/bin/hay', '/usr/bin/nginx')
const ancestors = fc.array(fc.record({ pid: fc.nat(9), executable }, { requiredKeys: ['pid'] }), { maxLength: 3 })
const parts: fc.Arbitrary<object> = fc.oneof(
  fc.record({
    type: fc.constant('process.started'),
    process: fc.record(
      { pid: fc.nat(9), entityId: name, executable, commandLine: text, ancestors },
      { requiredKeys: ['pid', 'entityId'] },
    ),
  }),
  fc.record({ type: fc.constant('privilege.used'), operation: fc.constant('sudo'), user: fc.record({ name }) }),
  fc.record({
    type: fc.constant('dns.asked'),
    question: fc.record({ name: fc.constantFrom('listed.example.com', 'example.org') }),
    answers: fc.oneof(fc.array(address, { maxLength: 3 }), fc.constant([])),
    destination: fc.record({ address }),
  }),
  fc.record({
    type: fc.constant('logon.attempted'),
    outcome: fc.constantFrom('failure', 'failure', 'success'),
    user: fc.record({ name }),
    source: fc.record({ address }),
  }),
  fc.record({
    type: fc.constant('log.recorded'),
    log: fc.record({ service: fc.constantFrom('sshd', 'SSHD', 'other') }),
    message: text,
  }),
  fc.record({
    type: fc.constant('windows.recorded'),
    fields: fc.record({
      Channel: fc.constantFrom('Security', 'System'),
      EventID: fc.constantFrom(4625, '4625', 4624),
      TargetUserName: text,
    }),
  }),
  fc.record({
    type: fc.constant('cloud.called'),
    provider: fc.constantFrom('aws', 'gcp'),
    fields: fc.record({ eventName: text }),
  }),
  fc.record({ type: fc.constant('file.linked'), file: fc.record({ path: text }) }),
)
/** Now and then windows close. */
const later = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -300, max: 1_500 }) },
  { weight: 1, arbitrary: fc.constant(70_000) },
)
/** Times go on, stand still and fall back; ids come again, as those of events that were delivered twice. */
const events = fc.array(
  fc.tuple(parts, later, fc.nat(9), fc.constantFrom('a1', 'a2'), fc.constantFrom(1, 1, 1, 1, 3)),
  { minLength: 150, maxLength: 150 },
)

test('events of all kinds as lines give what they give as events, and leave the same state', (context) => {
  let found = 0
  let lines = 0
  let unparsed = 0
  fc.assert(
    fc.property(events, fc.boolean(), (some, listed) => {
      const [parsed, unparsedToo] = [newDetector(listed), newDetector(listed)]
      const inLines = unparsedToo.lines({ learnFrom: 4 })
      let at = 1_700_000_000_000
      for (const [index, [part, later, id, asset, count]] of some.entries()) {
        at += later
        const event = {
          schema: 1,
          id: `${asset}/test/${id}`,
          at,
          asset: { id: asset, name: 'web-1', kind: 'host' },
          sensor: 'test',
          ...part,
          ...(count > 1 && { count }),
        }
        const line = JSON.stringify(event)
        if (index === 100) for (const each of [parsed, unparsedToo]) each.useIndicators(createIndicatorSet(indicators))
        const expected = parsed.detect(JSON.parse(line) as Event)
        // both ways may be taken in turn
        const findings =
          index % 7 === 3 ? unparsedToo.detect(event as unknown as Event) : inLines.detect(Buffer.from(line))
        assert.deepEqual(JSON.parse(JSON.stringify(findings)), JSON.parse(JSON.stringify(expected)), line)
        found += expected.length
        lines++
      }
      assert.deepEqual(unparsedToo.saveState(), parsed.saveState())
      assert.deepEqual(unparsedToo.stats, parsed.stats)
      assert.equal(parsed.stats.failures, 0)
      unparsed += inLines.stats.lines - inLines.stats.parsed
    }),
    { numRuns: 40, seed: Number(process.env.SEED ?? 7) },
  )
  context.diagnostic(`${lines} lines, ${unparsed} not parsed to learn, ${found} findings`)
  assert.ok(found > 1_000)
})

test('what is no JSON object is malformed, counts as no event and changes nothing', () => {
  const detector = newDetector(false)
  const lines = detector.lines()
  for (const line of ['', '[]', '1', '{', '{"type":"process.started",}', 'null'])
    assert.equal(lines.detect(Buffer.from(line)), 'malformed', line)
  assert.equal(detector.stats.events, 0)
  assert.deepEqual(detector.saveState(), newDetector(false).saveState())
})

test('a window that an event closes is its own when it bears the id of one in it', () => {
  const logon = { type: 'logon.attempted', outcome: 'failure', user: { name: 'root' } }
  const started = { type: 'process.started', process: { pid: 1, entityId: 'p', commandLine: 'ls' } }
  const at = 1_700_000_000_000
  const lines = [
    { id: 'a1/x/1', at, asset: { id: 'a1' }, ...logon },
    { id: 'a1/x/2', at: at + 1, asset: { id: 'a1' }, ...started },
    { id: 'a1/x/1', at: at + 600_000, asset: { id: 'a1' }, ...started },
    { id: 'a1/x/3', at: at + 600_001, asset: { id: 'a1' }, ...started },
  ].map((event) => JSON.stringify(event))
  const [parsed, unparsed] = [newDetector(false), newDetector(false).lines()]
  const expected = lines.map((line) => parsed.detect(JSON.parse(line) as Event))
  assert.deepEqual(
    expected.map(({ length }) => length),
    [0, 0, 1, 0],
  )
  assert.deepEqual(
    lines.map((line) => unparsed.detect(Buffer.from(line))),
    expected,
  )
})

test('a part of a buffer is a line', () => {
  const detector = newDetector(false)
  const line = JSON.stringify({
    type: 'process.started',
    id: 'x',
    at: 1,
    asset: { id: 'a' },
    process: { commandLine: 'a needle' },
  })
  const bytes = Buffer.from(`xx${line}\n${line}`)
  const findings = detector.lines().detect(bytes, 2, 2 + line.length)
  assert.ok(Array.isArray(findings) && findings.length === 1)
})
