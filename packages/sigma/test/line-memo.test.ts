// Lines whose values come again, in the same and in other fields and routes, are forgotten and come once more: the same
// matches as for parsed records.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSigma, type LineOptions, type Pipeline, parseSigma } from '@rampart/sigma'
import fc from 'fast-check'
import { placeholders, rule, ruleText, value } from './generate.ts'
import { spell } from './spell.ts'

const cases = Number(process.env.RAMPART_PROPERTY_CASES ?? 100_000)
const linesPerRuleSet = 250
const rulesPerSet = 24
const encoder = new TextEncoder()

/** Two routes, of which the second one reads field A elsewhere. */
const pipeline: Pipeline = {
  routes: () => ['one', 'two'],
  field: (route, name) => (route === 'two' && name === 'A' ? ['B'] : undefined),
}
const routeOf: LineOptions['route'] = (read) => {
  const kind = read('kind')
  if (kind === 1 || kind === 'one') return 'one'
  if (kind !== undefined) return 'two'
  return typeof read('C') === 'number' ? 'none' : 'two'
}

const isFlat = (each: unknown): boolean => typeof each !== 'object' || each === null
const pooled = fc.array(value.filter(isFlat), { minLength: 4, maxLength: 12 })
/** What is new on every line, of lengths on both sides of what is remembered. */
const fresh = fc
  .tuple(fc.nat(), fc.constantFrom(0, 1, 170, 300))
  .map(([number, length]) => `${'aB-'.repeat(length)}${number}`)
const place = fc.oneof({ weight: 8, arbitrary: fc.nat(11) }, { weight: 1, arbitrary: fresh })
const lines = fc.array(
  fc.tuple(
    fc.record({ A: place, B: place, C: place, 'n.m': place, other: place }, { requiredKeys: [] }),
    fc.constantFrom<unknown>('one', 'two', 1, 'one', null, undefined),
    fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 3, 4, 8),
  ),
  { minLength: linesPerRuleSet, maxLength: linesPerRuleSet },
)

test(`values that come again: lines and records agree on ${cases} pairs of rule and record`, (context) => {
  let pairs = 0
  let held = 0
  const rules = fc.array(rule, { minLength: rulesPerSet, maxLength: rulesPerSet })
  const memo = fc.constantFrom({ values: 4, hashBits: 1 }, { values: 16, hashBits: 3 }, { values: 64, hashBits: 32 })
  fc.assert(
    fc.property(rules, pooled, lines, memo, (someRules, pool, someLines, size) => {
      const { documents } = parseSigma(ruleText(someRules), 'generated.yml')
      const { engine } = compileSigma(documents, pipeline, { placeholders })
      const matcher = engine.lineMatcher({ route: routeOf, learnFrom: 4, learnAgainAfter: 30, memo: size })
      for (const [places, kind, style] of someLines) {
        const record: Record<string, unknown> = kind === undefined ? {} : { kind }
        for (const [name, at] of Object.entries(places))
          record[name] = typeof at === 'number' ? pool[at % pool.length] : at
        const line = spell(record, style)
        const parsed = JSON.parse(line) as Record<string, unknown>
        const expected = engine
          .match(
            routeOf((name) => parsed[name]),
            parsed,
          )
          .map(({ id }) => id)
        const outcome = matcher.match(encoder.encode(line))
        const found = typeof outcome === 'object' ? outcome.rules.map(({ id }) => id) : []
        if (found.join() !== expected.join()) assert.fail(`${found.join()} instead of ${expected.join()} for ${line}`)
        pairs += someRules.length
        held += expected.length
      }
      assert.ok(matcher.stats.parsed < linesPerRuleSet / 4)
    }),
    { numRuns: Math.ceil(cases / (linesPerRuleSet * rulesPerSet)), seed: Number(process.env.SEED ?? 7) },
  )
  context.diagnostic(`${pairs} pairs, ${held} held`)
})

test('tables that are made anew from later records know nothing of the values of earlier ones', () => {
  const { documents } = parseSigma(
    [
      'title: a\nid: rule-a\nlogsource: {category: test}\ndetection: {s: {A|contains: needle, B|endswith: thread}, condition: s}',
      'title: b\nid: rule-b\nlogsource: {category: test}\ndetection: {s: {A|startswith: hay}, f: {B: [x, y, thread]}, condition: s and not f}',
      'title: c\nid: rule-c\nlogsource: {category: test}\ndetection: {f: {B|contains: y}, condition: not f}',
    ].join('\n---\n'),
    'a.yml',
  )
  const { engine } = compileSigma(documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'one', learnFrom: 2, memo: { values: 64, hashBits: 32 } })
  const texts = ['needle', 'hay', 'a needle in hay', 'hay without', '', 'Needle1', 'NEEDLE']
  const ends = ['thread', 'x', 'y', 'red thread', 'READ', '']
  let held = 0
  for (let number = 0; number < 20_000; number++) {
    const record = { A: texts[number % 7], B: ends[(number >> 2) % 6], C: number > 9_000 ? 'needle' : number }
    const expected = engine.match('one', record).map(({ id }) => id)
    const outcome = matcher.match(encoder.encode(JSON.stringify(record)))
    assert.deepEqual(typeof outcome === 'object' ? outcome.rules.map(({ id }) => id) : [], expected, `line ${number}`)
    held += expected.length
  }
  assert.ok(held > 10_000)
})

test('of two values of a field the later one counts, as JSON has it', () => {
  const { documents } = parseSigma(
    'title: a\nid: rule-a\nlogsource: {category: test}\ndetection: {s: {A: needle}, condition: s}\n',
    'a.yml',
  )
  const { engine } = compileSigma(documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'one', learnFrom: 1 })
  const holds = (line: string): boolean => typeof matcher.match(encoder.encode(line)) === 'object'
  for (let times = 0; times < 3; times++) {
    assert.equal(holds('{"A":"needle"}'), true)
    assert.equal(holds('{"A":"needle","A":"hay"}'), false)
    assert.equal(holds('{"A":"hay","A":"needle"}'), true)
    assert.equal(holds('{"A":"hay"}'), false)
  }
})

/** Records one after another, each three times, through lines and as they are; `spelled` writes a line. */
function agree(
  rules: readonly string[],
  records: readonly object[],
  more: Partial<LineOptions> = {},
  spelled: (record: object) => string = (record) => JSON.stringify(record),
): number {
  const text = rules.map((each, index) => `title: ${index}\nid: rule-${index}\nlogsource: {category: test}\n${each}`)
  const { documents, issues } = parseSigma(text.join('\n---\n'), 'a.yml')
  assert.deepEqual(issues, [])
  const { engine } = compileSigma(documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'one', learnFrom: 3, ...more })
  let held = 0
  for (let times = 0; times < 3; times++)
    for (const record of records) {
      const expected = engine.match('one', record).map(({ id }) => id)
      const line = spelled(record)
      const outcome = matcher.match(encoder.encode(line))
      assert.deepEqual(typeof outcome === 'object' ? outcome.rules.map(({ id }) => id) : [], expected, line)
      held += expected.length
    }
  return held
}

test('the same bytes are another value as a text, a number, a boolean or null', () => {
  const rules = [
    'detection: {s: {A: null}, condition: s}',
    'detection: {s: {A: "null"}, condition: s}',
    'detection: {s: {A|exists: true}, f: {A|contains: u}, condition: s and not f}',
    'detection: {s: {A|re: "^(true|1)$"}, condition: s}',
    'detection: {s: {A|cidr: 192.0.2.0/24}, condition: not s}',
    'detection: {s: {A|fieldref: B}, condition: s}',
  ]
  const values = [null, 'null', true, 'true', 1, '1', '192.0.2.1', false, 'false']
  const records = values.flatMap((A) => [{ A }, { A, B: 'null' }, { A, B: null }, { A, B: 1 }, { B: A }])
  assert.ok(agree(rules, records) > 0)
})

test('a value that shows more clauses than are remembered shows all of them again', () => {
  const letters = [...'abcdefghij']
  const words = letters.flatMap((one) => letters.map((two) => `needle-${one}${two}`))
  const rules = words.map((word) => `detection: {s: {A|contains: ${word}}, condition: s}`)
  const records = [{ A: words.slice(0, 48).join(' ') }, { A: words.slice(0, 9).join(' ') }, { A: words[99] }]
  records.push({ A: `${words.slice(40, 52).join('')} É` }, { A: 'hay' }, { A: '' }, { A: 'needle-' })
  assert.ok(agree(rules, records, { memo: { values: 4, hashBits: 32 } }) > 0)
  // one text that 60 rules look for, which no record has that the tables are made of
  const alike = words
    .slice(0, 60)
    .map((word) => `detection: {s: {A|contains: needle, B: ${word}}, t: {A|contains: needle}, condition: 1 of them}`)
  assert.ok(
    agree(alike, [{ A: 'hay' }, { A: 'hay x' }, { A: 'x' }, { A: 'a needle' }, { A: 'a needle', B: 'needle-aa' }]) > 0,
  )
})

test('characters that become ASCII when folded are found, and rule out only what the rule says', () => {
  const rules = [
    'detection: {s: {A|contains: kassel}, condition: s}',
    'detection: {f: {A|contains: svchost}, condition: not f}',
    'detection: {f: {A|endswith: .exe}, condition: not f}',
    'detection: {s: {A|re|i: "sv[ck]host"}, condition: s}',
  ]
  const texts = [
    'svchost.exe',
    '\u017fvchost.exe',
    'svcho\u017ft',
    '\u212aassel.EXE',
    'kassel',
    'x\u0130.exe',
    'sv\u212ahost',
  ]
  assert.ok(
    agree(
      rules,
      [...texts, ...texts.map((text) => `${text}\n`)].map((A) => ({ A })),
    ) > 0,
  )
})

test('rules without anything to search for: the same text, a run of characters, what rules them out', () => {
  const rules = [
    'detection: {s: {A|fieldref: B}, condition: s}',
    'detection: {s: {A|fieldref|cased: B}, f: {A|startswith: c}, condition: s and not f}',
    'detection: {s: {A|re: "[a-f0-9]{16}"}, condition: s}',
    'detection: {s: {A|re: "x.[A-F]{20,} $"}, condition: s}',
    'detection: {f: {A|contains: "\\\\"}, condition: not f}',
    'detection: {f: {B: [x, y]}, g: {A|endswith: [.exe, .com]}, condition: not f and not g}',
  ]
  const piece = fc.constantFrom(
    'c:\\a\\',
    'C:\\A\\b',
    'x',
    '.exe',
    '.COM',
    'é',
    'É',
    '"',
    '0123456789abcde',
    'f',
    'ABCDEFABCDEFABCDEFA',
    'F ',
    '\n',
  )
  const text = fc.array(piece, { maxLength: 5 }).map((some) => some.join(''))
  const one = fc.oneof({ weight: 6, arbitrary: text }, { weight: 1, arbitrary: fc.constantFrom(1, '1', true, null) })
  const same = text.map((A) => ({ A, B: A.toUpperCase() }))
  const records = fc.array(fc.oneof(fc.record({ A: one, B: one }, { requiredKeys: [] }), same), {
    minLength: 60,
    maxLength: 60,
  })
  let held = 0
  fc.assert(
    fc.property(records, (some) => {
      held += agree(rules, some)
    }),
    { numRuns: 100, seed: Number(process.env.SEED ?? 7) },
  )
  assert.ok(held > 10_000)
})

test('texts beyond ASCII, with and without case, as they are and escaped', () => {
  const texts = [
    '😀',
    '🤷🏼\u200d♂️',
    '®',
    '—',
    '\u00a0',
    'ไทย',
    'é',
    'ß',
    'ς',
    '\u0307',
    '\ufffd',
    'а',
    '中文 x',
    'a😀b',
  ]
  const rules = [
    ...texts.map((text) => `detection: {s: {A|contains: ${JSON.stringify(text)}}, condition: s}`),
    ...texts.map((text) => `detection: {s: {A|startswith: ${JSON.stringify(text)}, B|endswith: x}, condition: s}`),
    ...texts.map((text) => `detection: {s: {A: ${JSON.stringify(text)}}, condition: not s}`),
    `detection: {s: {A|contains|cased: [${texts.map((text) => JSON.stringify(text)).join()}]}, condition: s}`,
    `detection: {keywords: [${texts.map((text) => JSON.stringify(text)).join()}], condition: keywords}`,
    'detection: {s: {A|re: "😀+.é"}, condition: s}',
  ]
  const values = [
    ...texts,
    ...texts.map((text) => text.toUpperCase()),
    'plain',
    'Σας',
    'x\u0130y',
    '\u017f😀',
    '\ud83d',
    'É😀😀 É',
  ]
  const records = values.flatMap((A, index) => [
    { A },
    { A: `${A}x` },
    { A: `\\ ${A}"`, B: `${A}x` },
    { B: A, A: `${values[(index * 5) % values.length]}${A}` },
    { C: `a ${A} b` },
  ])
  const escaped = (record: object): string =>
    JSON.stringify(record).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const held = agree(rules, records)
  assert.ok(held > 1_000)
  assert.equal(agree(rules, records, {}, escaped), held)
})

test('what the kernel decides by itself: numbers, networks, equal fields, counts and patterns', () => {
  const rules = [
    ...['lt: 5', 'lte: 5', 'gt: 4.5', 'gte: -1', 'gt: 1e14'].map((each) =>
      `detection: {s: {A|${each.replace(': ', '": ').replace(/^/, '"')}}, condition: s}`.replace('A|"', '"A|'),
    ),
    ...['192.0.2.0/24', '192.0.2.128/25', '0.0.0.0/0', '192.0.2.1/32', '2001:db8::/32'].map(
      (each) => `detection: {s: {A|cidr: "${each}"}, condition: s}`,
    ),
    'detection: {s: {A|cidr: [192.0.2.0/25, 198.51.100.0/24, 2001:db8::/32]}, condition: not s}',
    'detection: {s: {A|fieldref: B}, condition: s}',
    'detection: {s: {A|fieldref|cased: B}, condition: not s}',
    'detection: {s: {A: 5}, t: {B: "5"}, condition: s or t}',
    'detection: {s: {A|re: ":.*:.*:"}, condition: s}',
    'detection: {s: {A|re: "[a-f0-9]{16}"}, condition: not s}',
    'detection: {s: {A: "*a?c*"}, t: {A|exists: false}, condition: s or t}',
    'detection: {s1: {A|contains: "a"}, s2: {A|endswith: "c"}, s3: {B: null}, condition: 2 of s*}',
  ]
  const values = [
    ...['192.0.2.1', '192.0.2.200', '192.0.2.01', '192.0.2.256', '192.0.2', '192.0.2.1.1', '192.0.2.1 ', '0.0.0.0'],
    ...['::ffff:192.0.2.1', '2001:db8::1', '255.255.255.255', '1..2.3', 'a.b.c.d', '1234.1.1.1', ''],
    ...[
      5,
      '5',
      '5.0',
      ' 5',
      '+5',
      '05',
      '4.5',
      '1e3',
      -1,
      '-1',
      0,
      1e21,
      123456789012345,
      '123456789012345',
      '999999999999999999',
    ],
    ...[
      true,
      false,
      null,
      'true',
      'abc',
      'a:b:c',
      'a:b:c:',
      'AB',
      'ab',
      'aBc',
      'é:::',
      'ab\n',
      '"a"',
      'a\\c',
      '\u212aa:::',
    ],
    ...['0123456789abcdef', '0123456789abcde', '0123456789abcdeg0123456789abcdef'],
  ]
  const records = values.flatMap((A, index) => [
    { A },
    { A, B: A },
    { A, B: values[(index * 7) % values.length] },
    { B: A },
  ])
  assert.ok(agree(rules, records) > 1_000)
  assert.ok(agree(rules, records, { memo: { values: 4, hashBits: 1 } }) > 1_000)
})

test('what every so many lines is forgotten is learnt anew', () => {
  const { documents } = parseSigma(
    'title: a\nid: rule-a\nlogsource: {category: test}\ndetection: {s: {A|contains: needle}, f: {B: x}, condition: s and not f}',
    'a.yml',
  )
  const { engine } = compileSigma(documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'one', learnFrom: 1, memo: { values: 16, hashBits: 4 } })
  matcher.stats.lines = 2 ** 20 - 200
  for (let number = 0; number < 400; number++) {
    const record = { A: number % 3 === 0 ? 'a needle' : 'hay', B: number % 5 === 0 ? 'x' : `y${number % 7}` }
    const holds = typeof matcher.match(encoder.encode(JSON.stringify(record))) === 'object'
    assert.equal(holds, number % 3 === 0 && number % 5 !== 0, `line ${number}`)
  }
})
