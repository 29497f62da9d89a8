// Lines of which something is demanded: those that are so are matched as always, the others are left to the caller.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSigma, type LineDemands, type Pipeline, parseSigma } from '@rampart/sigma'
import fc from 'fast-check'

const text = `
title: One
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
logsource: {product: test}
detection: {selection: {Image|endswith: whoami.exe}, condition: selection}
`
const pipeline: Pipeline = { routes: () => ['test'], field: () => undefined }
const demands: LineDemands = {
  longest: 2_000,
  absent: ['type', '', '__proto__'],
  integers: ['EventID'],
  texts: ['Channel'],
  times: ['SystemTime', 'UtcTime'],
  name: 'Computer',
}
const encoder = new TextEncoder()

/** What a matcher tells of lines that it is given together, in the order in which it tells it. */
function told(lines: readonly string[], some: LineDemands = demands): string[] {
  const { engine, issues } = compileSigma(parseSigma(text, 'rule.yml').documents, pipeline)
  assert.deepEqual(issues, [])
  const matcher = engine.lineMatcher({ route: () => 'test', demands: some, learnFrom: 2 })
  const bytes = encoder.encode(lines.join('\n'))
  const found: string[] = []
  const describe = (line: number) => `${matcher.nameOf(line)} ${matcher.timeOf(line)}`
  for (let round = 0; round < 3; round++) {
    found.length = 0
    const count = matcher.matchLines(
      bytes,
      0,
      bytes.length,
      (outcome, from, to, line) => {
        assert.equal(Buffer.from(bytes.subarray(from, to)).toString(), lines[line])
        found.push(outcome === 'malformed' ? `left ${line}` : `held ${line} ${describe(matcher.latestPassed)}`)
      },
      (first, next) => {
        for (let line = first; line < next; line++) found.push(`passed ${describe(line)}`)
      },
    )
    assert.equal(count, lines.length)
  }
  return found
}

const at = Date.UTC(2026, 3, 1, 10)
const plain = { Channel: 'a', EventID: 1, Computer: 'ws1', UtcTime: '2026-04-01 10:00:00' }

test('lines that are so are told of in their order, those for which a rule holds among them', () => {
  const lines = [
    plain,
    { ...plain, Image: 'whoami.exe', Computer: 'ws2' },
    { ...plain, Computer: undefined },
    { ...plain, SystemTime: '2026-04-01T10:00:00.250Z', Note: null },
    ...['never', '', '5770385F-C22A', '10.0.26100', 'C:\\x'].map((time) => ({ ...plain, SystemTime: time })),
    { ...plain, Computer: 'w\u00e4 "1"' },
    { ...plain, Computer: 'x'.repeat(300) },
  ].map((each) => JSON.stringify(each))
  assert.deepEqual(told(lines), [
    `passed ws1 ${at}`,
    `held 1 ws2 ${at}`,
    `passed undefined ${at}`,
    `passed ws1 ${at + 250}`,
    ...Array<string>(5).fill(`passed ws1 ${at}`),
    `passed w\u00e4 "1" ${at}`,
    `passed ${'x'.repeat(300)} ${at}`,
  ])
})

test('nothing is told of times and names that nobody asks for', () => {
  const some = { ...demands, times: [] }
  delete some.name
  assert.deepEqual(told([JSON.stringify({ ...plain, UtcTime: 'never' })], some), ['passed undefined 0'])
})

test('lines that may be otherwise are left, whatever stands around them', () => {
  const others = [
    '',
    ' ',
    'text',
    '[]',
    '{}',
    JSON.stringify(plain).slice(0, -1),
    ` ${JSON.stringify(plain)}`,
    `${JSON.stringify(plain)} x`,
    JSON.stringify(plain).replace('"EventID"', '"\\u0045ventID"'),
    JSON.stringify(plain).replace('{', '{"Channel":"b",'),
    JSON.stringify(plain).replace('{', '{"__proto__":1,'),
    JSON.stringify(plain).replace('{', '{"SystemTime":"\\u0032026-04-01 10:00:00",'),
    ...[
      { ...plain, EventID: '1' },
      { ...plain, EventID: -1 },
      { ...plain, EventID: 1.5 },
      { ...plain, EventID: 1e21 },
      { ...plain, EventID: undefined },
      { ...plain, Channel: 1 },
      { ...plain, Channel: undefined },
      { ...plain, Image: null },
      { ...plain, Computer: null },
      { ...plain, Image: ['whoami.exe'] },
      { ...plain, More: { Image: 'whoami.exe' } },
      { ...plain, type: 'x' },
      { ...plain, type: null },
      { ...plain, '': 'x' },
      { ...plain, UtcTime: undefined },
      { ...plain, UtcTime: '' },
      { ...plain, UtcTime: 1_777_000_000 },
      ...['2026-04-01', '202604011', '01/Apr/2026:10:00:00', '/Date(1)/'].map((time) => ({
        ...plain,
        SystemTime: time,
      })),
      { ...plain, UtcTime: 'never' },
      { ...plain, Note: 'x'.repeat(2_000) },
      { ...plain, Note: 'x'.repeat(70_000) },
      { ...plain, Note: 'x'.repeat(300_000) },
    ].map((each) => JSON.stringify(each)),
  ]
  const lines = others.flatMap((line) => [line, JSON.stringify(plain)])
  const expected = others.flatMap((_, index) => [`left ${index * 2}`, `passed ws1 ${at}`])
  assert.deepEqual(told(lines), expected)
})

test('many names, and more than are remembered', () => {
  const lines = Array.from({ length: 12_000 }, (_, index) => JSON.stringify({ ...plain, Computer: `ws${index}` }))
  assert.deepEqual(
    told(lines),
    lines.map((_, index) => `passed ws${index} ${at}`),
  )
})

test('times are those that Date.parse reads, or are left', (context) => {
  const digits = (most: number, length: number) => fc.nat(most).map((each) => String(each).padStart(length, '0'))
  const time = fc
    .tuple(
      fc.oneof(digits(9999, 4), fc.integer({ min: 1968, max: 2040 }).map(String)),
      digits(13, 2),
      digits(32, 2),
      fc.constantFrom('T', 'T', ' ', ' ', 't', ''),
      digits(24, 2),
      digits(60, 2),
      digits(60, 2),
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom('', '', '', '.x', ',') },
        fc.tuple(fc.constantFrom('.', ','), fc.stringMatching(/^[0-9]{1,10}$/)).map((parts) => parts.join('')),
      ),
      fc.constantFrom('', '', 'Z', 'Z', 'z', '+01:00', '-23:59', '+24:00', '+0100', ' ', '-1:00', 'Zx'),
    )
    .map(([year, month, day, mark, hour, minute, second, fraction, zone]) =>
      [year, '-', month, '-', day, mark, hour, ':', minute, ':', second, fraction, zone].join(''),
    )
  let read = 0
  fc.assert(
    fc.property(fc.array(time, { minLength: 100, maxLength: 100 }), (times) => {
      const lines = times.map((each) => JSON.stringify({ ...plain, UtcTime: each }))
      for (const [index, each] of told(lines).entries()) {
        const text = (times[index] ?? '').replace(' ', 'T').replace(',', '.')
        const ms = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`)
        if (each !== `left ${index}`) assert.equal(each, `passed ws1 ${ms}`, times[index])
        else
          assert.doesNotMatch(
            times[index] ?? '',
            /^20[0-3]\d-0[1-9]-(0[1-9]|1\d|2[0-8])[ T][01]\d:[0-5]\d:[0-5]\d(\.\d{3})?Z?$/,
          )
        if (each !== `left ${index}`) read++
      }
    }),
    { numRuns: 200, seed: Number(process.env.SEED ?? 7) },
  )
  context.diagnostic(`${read} times were read`)
  assert.ok(read > 1_000, `${read}`)
})
