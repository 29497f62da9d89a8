// Lines with objects and lists in them: fields of dotted names are found in the unparsed line as in the parsed record.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compileSigma,
  type LineMatcher,
  type LineOptions,
  type Pipeline,
  parseSigma,
  type SigmaEngine,
} from '@rampart/sigma'
import fc from 'fast-check'
import { placeholders, rule, ruleText, value } from './generate.ts'
import { spell } from './spell.ts'

const cases = Number(process.env.RAMPART_PROPERTY_CASES ?? 100_000)
const linesPerRuleSet = 120
const rulesPerSet = 24
const seed = Number(process.env.SEED ?? 7)
const encoder = new TextEncoder()

/** Where the fields of generated rules lie: a name within another one, and the object around it. */
const places: Readonly<Record<string, string[]>> = {
  A: ['a.b'],
  B: ['a.b.c'],
  C: ['l.x', 'a'],
  'n.k': ['l.m.x'],
}
/** Two routes, of which the second one reads field A elsewhere. */
const pipeline: Pipeline = {
  routes: () => ['one', 'two'],
  field: (route, name) => (route === 'two' && name === 'A' ? ['l.x'] : places[name]),
}
const routeOf: LineOptions['route'] = (read) => ([read('a.kind')].flat().includes('two') ? 'two' : 'one')

/** What `a.kind` has in a parsed record, one by one. */
function kindOf({ a }: { a?: unknown }): unknown[] {
  return [a].flat(9).flatMap((each) => (each as { kind?: unknown } | null | undefined)?.kind ?? [])
}

/** Objects whose keys are those that the names are made of, within each other and in lists, also with dots. */
const key = fc.constantFrom(
  'a',
  'b',
  'c',
  'l',
  'm',
  'n',
  'x',
  'kind',
  'other',
  'a.b',
  'b.c',
  'a.b.c',
  'l.x',
  'n.m',
  'm.x',
)
const { node } = fc.letrec<{ node: unknown; object: Record<string, unknown>; list: unknown[] }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    { weight: 5, arbitrary: value },
    { weight: 3, arbitrary: tie('object') },
    { weight: 2, arbitrary: tie('list') },
  ),
  object: fc.dictionary(key, tie('node'), { maxKeys: 4 }),
  list: fc.array(tie('node'), { maxLength: 3 }),
}))
/** As records are: the same names in the same places. */
const usual = fc.record(
  {
    a: fc.record(
      {
        kind: fc.constantFrom<unknown>('one', 'two', 'one', 'two', ['one', 'two'], ['one']),
        b: fc.oneof(value, fc.record({ c: value })),
      },
      { requiredKeys: [] },
    ),
    l: fc.oneof(
      fc.array(fc.record({ x: value, m: fc.record({ x: value }, { requiredKeys: [] }) }, { requiredKeys: [] }), {
        maxLength: 3,
      }),
      fc.record({ x: fc.oneof(value, fc.array(value, { maxLength: 2 })) }),
    ),
    n: fc.record({ m: value, other: node }, { requiredKeys: [] }),
    other: node,
  },
  { requiredKeys: [] },
)
const records = fc.oneof(
  { weight: 3, arbitrary: usual as fc.Arbitrary<object> },
  { weight: 1, arbitrary: fc.dictionary(key, node, { maxKeys: 5 }) as fc.Arbitrary<object> },
)
const lines = fc.array(fc.tuple(records, fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 4, 8)), {
  minLength: linesPerRuleSet,
  maxLength: linesPerRuleSet,
})

/** How many rules hold for a line, which must be the same ones as for the parsed record. */
function compared(engine: SigmaEngine, matcher: LineMatcher, line: string): number {
  const parsed = JSON.parse(line) as object
  const expected = engine.match(kindOf(parsed).includes('two') ? 'two' : 'one', parsed).map(({ id }) => id)
  const outcome = matcher.match(encoder.encode(line))
  const found = typeof outcome === 'object' ? outcome.rules.map(({ id }) => id) : []
  if (found.join() !== expected.join()) assert.fail(`${found.join()} instead of ${expected.join()} for ${line}`)
  return expected.length
}

test(`records within records: lines and records agree on ${cases} pairs of rule and record`, (context) => {
  let pairs = 0
  let held = 0
  let unparsed = 0
  const rules = fc.array(rule, { minLength: rulesPerSet, maxLength: rulesPerSet })
  const memo = fc.constantFrom({ values: 4, hashBits: 1 }, { values: 64, hashBits: 32 })
  fc.assert(
    fc.property(rules, lines, memo, (someRules, someLines, size) => {
      const { documents } = parseSigma(ruleText(someRules), 'generated.yml')
      const { engine } = compileSigma(documents, pipeline, { placeholders })
      const matcher = engine.lineMatcher({ route: routeOf, learnFrom: 4, learnAgainAfter: 25, memo: size })
      for (const [record, style] of someLines) {
        held += compared(engine, matcher, spell(record, style))
        pairs += someRules.length
      }
      unparsed += matcher.stats.lines - matcher.stats.parsed
    }),
    { numRuns: Math.ceil(cases / (linesPerRuleSet * rulesPerSet)), seed },
  )
  context.diagnostic(`${pairs} pairs, ${held} held, ${unparsed} lines were not parsed`)
  assert.ok(unparsed > 0)
})

/** Long enough for what has them to be remembered as a whole; some are alike in their first bytes. */
const pad = fc.tuple(fc.nat(40), fc.constantFrom('p', 'q')).map(([number, unit]) => `${number}${unit.repeat(90)}`)
const elements = fc.array(
  fc.record(
    { pad, x: value, m: fc.record({ x: value, other: value }, { requiredKeys: [] }) },
    { requiredKeys: ['pad'] },
  ),
  { minLength: 1, maxLength: 4 },
)
const pools = fc.record({
  a: fc.array(
    fc.record(
      { pad, kind: fc.constantFrom('one', 'two'), b: fc.oneof(value, fc.record({ pad, c: value }), elements) },
      { requiredKeys: ['pad'] },
    ),
    { minLength: 2, maxLength: 6 },
  ),
  l: fc.array(fc.oneof(elements, fc.record({ pad, x: fc.oneof(value, elements) })), { minLength: 2, maxLength: 6 }),
  m: fc.array(fc.record({ pad, x: value, other: value }), { minLength: 6, maxLength: 12 }),
})
const choices = fc.array(
  fc.tuple(
    fc.nat(5),
    fc.nat(5),
    value,
    fc.constantFrom(0, 0, 0, 0, 0, 1, 2),
    fc.constantFrom('', '', '', '', 'l', 'a', 'a.b'),
  ),
  { minLength: 300, maxLength: 300 },
)

test(`objects and lists that come again: lines and records agree on ${cases} pairs of rule and record`, (context) => {
  let pairs = 0
  let held = 0
  let unparsed = 0
  const rules = fc.array(rule, { minLength: rulesPerSet, maxLength: rulesPerSet })
  const memo = fc.constantFrom({ values: 4, hashBits: 1 }, { values: 16, hashBits: 3 }, { values: 4_096, hashBits: 32 })
  fc.assert(
    fc.property(rules, pools, choices, memo, (someRules, { a, l, m }, some, size) => {
      const { documents } = parseSigma(ruleText(someRules), 'generated.yml')
      const { engine } = compileSigma(documents, pipeline, { placeholders })
      const matcher = engine.lineMatcher({ route: routeOf, learnFrom: 4, learnAgainAfter: 25, memo: size })
      // in the middle all values are forgotten
      const before = 2 ** 20 - 150
      matcher.stats.lines = before
      for (const [first, second, other, style, shadow] of some) {
        const inside = [0, 1, 2].map((step) => ({ m: m[(first * 5 + second + step) % m.length] }))
        const around = { a: a[first % a.length], l: [inside[0], inside, l[second % l.length]][(first + second) % 3] }
        // elsewhere, deeper, in a list, and beside what has the same name
        const record: Record<string, unknown> =
          first === 5 ? { other: around, l: [around.a, around] } : { ...around, n: { m: other }, other: around.a }
        if (shadow !== '') record[shadow] = other
        held += compared(engine, matcher, spell(record, style))
        pairs += someRules.length
      }
      unparsed += matcher.stats.lines - before - matcher.stats.parsed
    }),
    { numRuns: Math.ceil(cases / (300 * rulesPerSet)), seed },
  )
  context.diagnostic(`${pairs} pairs, ${held} held, ${unparsed} lines were not parsed`)
  assert.ok(unparsed > pairs / rulesPerSet / 2)
})

/** A matcher of one rule for each name: whether the field is there, is null, and holds the text. */
function fieldMatcher(names: readonly string[]) {
  const rules = names.flatMap((name, index) =>
    ['exists: true', 'contains: needle', 'null'].map((what) => {
      const item =
        what === 'null' ? `'${name}': null` : `'${name}|${what}'`.replace(': ', "': '").replace("'true'", 'true')
      return `title: ${name}\nid: ${what.split(':')[0]}-${index}\nlogsource: {category: test}\ndetection:\n  s:\n    ${item}\n  condition: s`
    }),
  )
  const { documents, issues } = parseSigma(rules.join('\n---\n'), 'a.yml')
  assert.deepEqual(issues, [])
  const { engine } = compileSigma(documents, { routes: () => ['one'], field: () => undefined })
  return { engine, matcher: engine.lineMatcher({ route: () => 'one', learnFrom: 1 }) }
}

const names = ['a', 'a.b', 'a.b.c', 'b', 'l.x', 'l.m.x', 'a.constructor', '__proto__.b', 'a..b', 'toString']

test('of keys that come twice, in any place, the later one counts, and what is escaped is no other key', () => {
  const { engine, matcher } = fieldMatcher(names)
  const texts = [
    '{"a":{"b":"needle"},"a":{"c":1}}',
    '{"a":{"b":"needle"},"a":1}',
    '{"a":1,"a":{"b":"needle"}}',
    '{"a":{"b":"needle","b":"hay"}}',
    '{"a":{"b":"hay","b":"needle"}}',
    '{"a":{"b":{"c":"needle"},"b":null}}',
    '{"a":["needle"],"a":["hay"]}',
    '{"a":[],"a":["needle"]}',
    '{"a":["needle"],"a":[]}',
    '{"l":[{"x":"needle","x":"hay"},{"x":"hay"}]}',
    '{"l":[{"x":"hay"},{"x":"hay","x":"needle"}]}',
    '{"l":[{"x":["needle"],"x":["hay"]}]}',
    '{"l":[{"m":{"x":"needle"},"m":{}}]}',
    '{"a.b":"hay","a":{"b":"needle"}}',
    '{"a":{"b":"needle"},"a.b":"hay"}',
    '{"a":{"b":"needle"},"a.b":null}',
    '{"a.b":["hay"],"a":[{"b":"needle"}]}',
    '{"a.b":{"c":"needle"}}',
    '{"a":{"b.c":"needle"}}',
    '{"a":{"b.c":"needle","b":{"c":"hay"}}}',
    '{"a":{"b":1,"b.c":"needle"}}',
    '{"\\u0061":{"b":"needle"}}',
    '{"a":{"\\u0062":"needle"},"l":[{"\\u0078":"needle"}]}',
    '{"a":{"constructor":"needle"}}',
    '{"a":{}}',
    '{"a":{"toString":1},"toString":"needle"}',
    '{"__proto__":{"b":"needle"}}',
    '{"a":{"":{"b":"needle"}}}',
    '{"a":[[]]}',
    '{"a":[]}',
    '{"a":[{}]}',
    '{"a":[null]}',
    '{"a":[null,null,"needle"]}',
    '{"a":[["needle"]]}',
    '{"a":[{"b":[]}]}',
    '{"a":[{"b":[[]]}]}',
    '{"a":[{"b":["needle"]},{"b":"x"},{"b":null},{}]}',
    '{"a":{"b":[]}}',
    '{"a":{"b":[{"c":[]},{"c":null}]}}',
    '{"a":{"b":{"c":["needle",{"d":"needle"}]}}}',
    '{"a":{"b":"x"},"b":{ "q" : "needle\\u0021" }}',
    '{"a":{"z":[1,2,{"b":"needle"}]},"b":[{"q":"needle"}]}',
    '{"l":[[{"x":"needle"}]]}',
    '{"l":[{"x":"needle"},[{"x":"needle"}]]}',
    '{"l":{"x":"needle","m":[{"x":1},{"x":"needle"}]}}',
    `${'{"a":'.repeat(70)}"needle"${'}'.repeat(70)}`,
    `{"l":${'['.repeat(70)}{"x":"needle"}${']'.repeat(70)}}`,
    `{"other":${'['.repeat(40)}${']'.repeat(40)},"a":"needle"}`,
    `{"other":${'{"o":'.repeat(29)}{}${'}'.repeat(29)},"a":"needle"}`,
    `{"l":[${Array.from({ length: 2_000 }, (_, number) => `{"x":${number}}`).join()},{"x":"needle"}]}`,
  ]
  let held = 0
  for (let times = 0; times < 3; times++)
    for (const text of texts) {
      const expected = engine.match('one', JSON.parse(text) as object).map(({ id }) => id)
      const outcome = matcher.match(encoder.encode(text))
      assert.deepEqual(
        typeof outcome === 'object' ? outcome.rules.map(({ id }) => id) : outcome,
        expected.length > 0 ? expected : 'none',
        text,
      )
      held += expected.length
    }
  assert.ok(held > 0)
  assert.ok(matcher.stats.parsed < matcher.stats.lines)
})

test('what JSON.parse refuses within objects and lists is malformed, and nothing else', () => {
  const { engine, matcher } = fieldMatcher(names)
  matcher.match(encoder.encode('{"a":{"b":"x"}}'))
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    '{',
    '}',
    '[',
    ']',
    '"a":',
    '"b":',
    '"l":',
    '"x":',
    ',',
    ':',
    '"x"',
    '"needle"',
    '1',
    '-',
    'true',
    'null',
    'nul',
    ' ',
    '"',
  ]
  const torn = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((some) => `{"a":${some.join('')}}`)
  const cut = fc
    .tuple(
      records,
      fc.nat(15),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom('', '', ',', '}', ']', '"', ':', '{', '[', ' ', 'x'),
    )
    .map(([record, style, share, more]) => {
      const text = spell(record, style)
      const at = Math.floor(share * text.length)
      return text.slice(0, at) + more + text.slice(more === '' ? at + 1 : at)
    })
  let objects = 0
  fc.assert(
    fc.property(fc.oneof(torn, cut), (text) => {
      let parsed: unknown
      try {
        parsed = JSON.parse(text)
      } catch {}
      const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      const outcome = matcher.match(encoder.encode(text))
      assert.equal(outcome !== 'malformed', isObject, text)
      if (!isObject) return
      objects++
      const expected = engine.match('one', parsed as object).map(({ id }) => id)
      assert.deepEqual(typeof outcome === 'object' ? outcome.rules.map(({ id }) => id) : [], expected, text)
    }),
    { numRuns: 40_000, seed },
  )
  assert.ok(objects > 2_000)
})
