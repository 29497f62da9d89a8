// Lines of text and parsed records give the same matches, however the lines spell their JSON.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSigma, type LineOutcome, type Pipeline, parseSigma, type SigmaEngine } from '@rampart/sigma'
import fc from 'fast-check'
import { placeholders, record, rule, ruleText } from './generate.ts'
import { spell } from './spell.ts'

const cases = Number(process.env.RAMPART_PROPERTY_CASES ?? 100_000)
const recordsPerRuleSet = 40
const rulesPerSet = 24
const pipeline: Pipeline = { routes: () => ['test'], field: () => undefined }
const encoder = new TextEncoder()
const decoder = new TextDecoder()

test(`lines and records agree on ${cases} pairs of rule and record`, (context) => {
  let pairs = 0
  let held = 0
  let unparsed = 0
  const rules = fc.array(rule, { minLength: rulesPerSet, maxLength: rulesPerSet })
  const flat = record.map((each) =>
    Object.fromEntries(Object.entries(each).filter(([, value]) => typeof value !== 'object' || value === null)),
  )
  const records = fc.array(
    fc.tuple(fc.oneof({ weight: 4, arbitrary: flat }, { weight: 1, arbitrary: record }), fc.nat(15)),
    {
      minLength: recordsPerRuleSet,
      maxLength: recordsPerRuleSet,
    },
  )
  fc.assert(
    fc.property(rules, records, (someRules, someRecords) => {
      const { documents } = parseSigma(ruleText(someRules), 'generated.yml')
      const { engine } = compileSigma(documents, pipeline, { placeholders })
      const matcher = engine.lineMatcher({ route: () => 'test', learnFrom: 4, learnAgainAfter: 20 })
      for (const [each, style] of someRecords) {
        const line = spell(each, style)
        const parsed = JSON.parse(line) as object
        const expected = engine.match('test', parsed).map(({ id }) => id)
        const outcome = matcher.match(encoder.encode(line))
        assert.notEqual(outcome, 'malformed')
        const found = typeof outcome === 'object' ? outcome.rules.map(({ id }) => id) : []
        if (found.join() !== expected.join()) assert.fail(`${found.join()} instead of ${expected.join()} for ${line}`)
        pairs += someRules.length
        held += expected.length
      }
      unparsed += matcher.stats.lines - matcher.stats.parsed
      assertBlocksAgree(engine, someRecords)
    }),
    { numRuns: Math.ceil(cases / (recordsPerRuleSet * rulesPerSet)), seed: Number(process.env.SEED ?? 7) },
  )
  context.diagnostic(`${pairs} pairs, ${held} held, ${unparsed} lines were not parsed`)
})

/** The same lines in blocks, with empty and malformed ones among them, each block three times. */
function assertBlocksAgree(engine: SigmaEngine, records: readonly [object, number][]): void {
  const lines = records.flatMap(([each, style], index) => {
    const line = spell(each, style)
    return index % 7 === 3 ? ['', line, '{"A":', ''] : [line]
  })
  const block = encoder.encode(`${lines.join('\n')}${records.length % 2 === 0 ? '\n' : ''}`)
  const single = engine.lineMatcher({ route: () => 'test', learnFrom: 4, learnAgainAfter: 20 })
  const many = engine.lineMatcher({ route: () => 'test', learnFrom: 4, learnAgainAfter: 20 })
  for (let times = 0; times < 3; times++) {
    const expected = lines.flatMap((line, index) => {
      const outcome = line === '' ? 'none' : single.match(encoder.encode(line))
      return outcome === 'none' ? [] : [`${index} ${told(outcome)}`]
    })
    const found: string[] = []
    const count = many.matchLines(block, 0, block.length, (outcome, start, end, index) => {
      found.push(`${index} ${told(outcome)}`)
      assert.equal(decoder.decode(block.subarray(start, end)), lines[index])
      if (outcome !== 'malformed') assert.deepEqual(outcome.record(), JSON.parse(lines[index] ?? ''))
    })
    assert.deepEqual(found, expected)
    assert.ok(count === lines.length || (lines.at(-1) === '' && count === lines.length - 1))
    assert.equal(many.stats.nested, single.stats.nested)
  }
}

function told(outcome: Exclude<LineOutcome, 'none'>): string {
  return outcome === 'malformed' ? outcome : outcome.rules.map(({ id }) => id).join()
}

test('names of every length, with and without space before the colon, and with something else there', () => {
  const names = [1, 13, 14, 15, 16, 29, 30, 31, 64, 65].map((length) => 'n'.repeat(length))
  const rules = names.map(
    (name, index) =>
      `title: a\nid: rule-${index}\nlogsource: {category: test}\ndetection: {s: {${name}: x}, condition: s}`,
  )
  const { engine } = compileSigma(parseSigma(rules.join('\n---\n'), 'a.yml').documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'test', learnFrom: 1 })
  for (let times = 0; times < 3; times++)
    for (const [index, name] of names.entries())
      for (const [between, holds] of [
        [':', true],
        [' :', true],
        [': ', true],
        [';', false],
        ['', false],
        ['x:', false],
      ] as const) {
        const outcome = matcher.match(encoder.encode(`{"${name}"${between}"x","other":1}`))
        const found = typeof outcome === 'object' ? outcome.rules.map(({ id }) => id).join() : outcome
        assert.equal(found, holds ? `rule-${index}` : 'malformed', `${name}${between}`)
      }
})

test('bytes that are no UTF-8, halves of characters and controls: lines, blocks and records agree', () => {
  const texts = ['®', '😀', 'é', 'ไทย', '\ufffd', 'abc', '\\', '|', '—y']
  const rules = texts.map(
    (text, index) =>
      `title: a\nid: rule-${index}\nlogsource: {category: test}\ndetection: {s: {A|contains: ${JSON.stringify(text)}}, f: {B|startswith: ${JSON.stringify(text)}}, condition: s and not f}`,
  )
  rules.push(
    "title: k\nid: rule-k\nlogsource: {category: test}\ndetection: {keywords: [lsadump, 'needle::', '❤ heart'], condition: keywords}",
  )
  const { documents, issues } = parseSigma(rules.join('\n---\n'), 'a.yml')
  assert.deepEqual(issues, [])
  const { engine } = compileSigma(documents, pipeline)
  const spelled = [
    ...texts,
    '\\\\',
    '\\"',
    '\\u00ae',
    '\\ud83d',
    '\\n',
    'lsadump',
    'NEEDLE::',
    'K',
    'ſ',
    '"',
    'b'.repeat(60),
  ]
  const torn = [[0xc3], [0xf0, 0x9f, 0x98], [0x80], [0xff], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0], [31], [0x5c]]
  const piece = fc.constantFrom(...spelled.map((text) => [...encoder.encode(text)]), ...torn)
  const value = fc.array(piece, { maxLength: 6 }).map((some) => some.flat())
  const [open, between, close] = ['{"A":"', '","B":"', '"}'].map((text) => [...encoder.encode(text)])
  const line = fc
    .tuple(value, value)
    .map(([A, B]) => Uint8Array.from([open, A, between, B, close].flatMap((part) => part ?? [])))
  const decoding = new TextDecoder('utf-8', { ignoreBOM: true })
  const expectedOf = (bytes: Uint8Array): string => {
    try {
      return engine
        .match('test', JSON.parse(decoding.decode(bytes)) as object)
        .map(({ id }) => id)
        .join()
    } catch {
      return 'malformed'
    }
  }
  let held = 0
  let malformed = 0
  fc.assert(
    fc.property(fc.array(line, { minLength: 80, maxLength: 80 }), (some) => {
      const expected = some.map(expectedOf)
      const single = engine.lineMatcher({ route: () => 'test', learnFrom: 3 })
      const many = engine.lineMatcher({ route: () => 'test', learnFrom: 3, learnAgainAfter: 40 })
      const block = Uint8Array.from(some.flatMap((each) => [...each, 10]))
      for (let times = 0; times < 2; times++) {
        const found = some.map(() => '')
        many.matchLines(block, 0, block.length, (outcome, _start, _end, index) => {
          found[index] = told(outcome)
        })
        assert.deepEqual(found, expected)
        const alone = some.map((each) => single.match(each)).map((outcome) => (outcome === 'none' ? '' : told(outcome)))
        assert.deepEqual(alone, expected)
      }
      for (const each of expected) each === 'malformed' ? malformed++ : each !== '' && held++
    }),
    { numRuns: 120, seed: Number(process.env.SEED ?? 7) },
  )
  assert.ok(held > 1_000 && malformed > 1_000)
})

test('blocks larger than the kernel takes at once, and lines longer than it takes at all', () => {
  const { documents } = parseSigma(
    'title: a\nid: rule-a\nlogsource: {category: test}\ndetection: {s: {A|contains: needle}, condition: s}',
    'a.yml',
  )
  const { engine } = compileSigma(documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'test', learnFrom: 2 })
  const lines = Array.from({ length: 300 }, (_, index) => {
    const length = [10, 2_000, 70_000, 300_000][index % 29 === 28 ? 3 : index % 13 === 12 ? 2 : index % 2] ?? 0
    return JSON.stringify({ number: index, A: `${'x'.repeat(length)}${index % 5 === 0 ? 'needle' : ''}` })
  })
  const block = encoder.encode(lines.join('\n'))
  const found: number[] = []
  const count = matcher.matchLines(block, 0, block.length, (_, start, end, index) => {
    found.push(index)
    assert.equal((JSON.parse(decoder.decode(block.subarray(start, end))) as { number: number }).number, index)
  })
  assert.equal(count, 300)
  assert.deepEqual(
    found,
    lines.flatMap((_, index) => (index % 5 === 0 ? [index] : [])),
  )
  // a part of the block: from the start of line 1 to the end of line 9
  const part: number[] = []
  const from = lines[0]?.length ?? 0
  const to = lines.slice(0, 10).join('\n').length
  assert.equal(
    matcher.matchLines(block, from + 1, to, (_, _start, _end, index) => part.push(index)),
    9,
  )
  assert.deepEqual(part, [4])
})

test('what JSON.parse refuses is malformed, and nothing else', () => {
  const { documents } = parseSigma(
    'title: a\nlogsource: {category: test}\ndetection: {s: {A|contains: needle}, condition: s}',
    'a.yml',
  )
  const { engine } = compileSigma(documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'test', learnFrom: 1 })
  matcher.match(encoder.encode('{"A":"x"}'))
  const pieces = [
    '{',
    '}',
    '"A"',
    ':',
    ',',
    '"x\\u00e9"',
    '"x\\"',
    '1',
    '-',
    '0',
    '.5',
    'e3',
    'true',
    'nul',
    'null',
    '[',
    ']',
    ' ',
    '\t',
    '\\',
    '\u0001',
    '"',
    'é',
  ]
  const line = fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((some) => some.join(''))
  const object = line.map((inner) => `{"A":${inner}}`)
  fc.assert(
    fc.property(fc.oneof(line, object), (text) => {
      let isObject = false
      try {
        const value: unknown = JSON.parse(text)
        isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
      } catch {}
      assert.equal(matcher.match(encoder.encode(text)) !== 'malformed', isObject, text)
    }),
    { numRuns: 20_000, seed: 7 },
  )
})

test('a byte order mark is a character of the value that it stands in, and no JSON before one', () => {
  const { documents } = parseSigma(
    'title: a\nid: rule-a\nlogsource: {category: test}\ndetection: {s: {A|re: "^.needle"}, condition: s}',
    'a.yml',
  )
  const { engine } = compileSigma(documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'test', learnFrom: 1 })
  for (let times = 0; times < 3; times++) {
    assert.equal(typeof matcher.match(encoder.encode('{"A":"\ufeffneedle"}')), 'object')
    assert.equal(matcher.match(encoder.encode('\ufeff{"A":"xneedle"}')), 'malformed')
  }
})

test('keywords that are looked for at every fourth byte are found wherever they stand', (context) => {
  const words = [
    'needle1',
    'Temp\\\\x.dll',
    'say "quoted"',
    'ABCDEFG',
    '12345678',
    'two words here',
    '/c start',
    'Kassel7',
  ]
  const rules = words.map(
    (word, index) =>
      `title: ${index}\nid: rule-${index}\nlogsource: {category: test}\ndetection:\n  keywords: ['${word}', 'other-${word}']\n  named: {A|contains: 'x${index}'}\n  condition: keywords or named`,
  )
  const { documents, issues } = parseSigma(rules.join('\n---\n'), 'a.yml')
  assert.deepEqual(issues, [])
  const { engine } = compileSigma(documents, pipeline)
  const matcher = engine.lineMatcher({ route: () => 'test', learnFrom: 2 })
  const plain = [
    'needle1',
    'Temp\\x.dll',
    'say "quoted"',
    'ABCDEFG',
    '12345678',
    'two words here',
    '/c start',
    'Kassel7',
  ]
  const piece = fc.constantFrom(
    ...plain,
    ...plain.map((word) => word.slice(0, -1)),
    'a',
    'x3',
    ' ',
    '"',
    '\\',
    'é',
    '\u212a',
  )
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.array(piece, { maxLength: 5 }).map((some) => some.join('')) },
    { weight: 1, arbitrary: fc.constantFrom(12345678, 912345678, 1.5, true, null) },
  )
  const records = fc.record({ A: value, B: value, C: value, 'Long name': value }, { requiredKeys: [] })
  let held = 0
  fc.assert(
    fc.property(records, fc.nat(15), (each, style) => {
      const line = spell(each, style)
      const expected = engine.match('test', JSON.parse(line) as object).map(({ id }) => id)
      const outcome = matcher.match(encoder.encode(line))
      held += expected.length
      assert.deepEqual(typeof outcome === 'object' ? outcome.rules.map(({ id }) => id) : [], expected, line)
    }),
    { numRuns: 20_000, seed: Number(process.env.SEED ?? 7) },
  )
  context.diagnostic(`${held} held, ${matcher.stats.parsed} of ${matcher.stats.lines} lines were parsed`)
  assert.ok(matcher.stats.parsed < matcher.stats.lines / 4)
})
