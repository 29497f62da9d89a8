// Hostile rules cost little: they are refused with a code, or run in bounded time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileSigma, type Pipeline, parseSigma } from './index.ts'

const pipeline: Pipeline = { routes: () => ['test'], field: () => undefined }

/** Codes of the issues, and that finding them took less than the time. */
function codesWithin(ms: number, text: string): string[] {
  const startedAt = cpuMs()
  const parsed = parseSigma(text, 'hostile.yml')
  const compiled = compileSigma(parsed.documents, pipeline)
  const took = cpuMs() - startedAt
  assert.ok(took < ms, `took ${took.toFixed(0)} ms`)
  return [...parsed.issues, ...compiled.issues].map(({ code }) => code)
}

function rule(detection: string): string {
  return `title: hostile\nlogsource: {category: test}\ndetection:\n${detection}`
}

test('aliases that multiply are refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level <= 12; level++)
    lines.push(`a${level}: &a${level} [${new Array(10).fill(`*a${level - 1}`).join(', ')}]`)
  assert.deepEqual(codesWithin(2_000, lines.join('\n')), ['sigma.yaml-size'])
})

test('deep nesting is refused', () => {
  for (const open of ['[', '{a: ', '- ', '? ', '[{a: ']) {
    const codes = codesWithin(2_000, `title: deep\nvalue:\n  ${open.repeat(100_000)}`)
    assert.deepEqual(codes, ['sigma.yaml-depth'], open)
  }
  let block = ''
  for (let level = 0; level < 600; level++) block += `${' '.repeat(level)}a:\n`
  assert.deepEqual(codesWithin(5_000, block), ['sigma.yaml-depth'])
})

test('large files and many documents are refused', () => {
  assert.deepEqual(codesWithin(1_000, `title: ${'x'.repeat(1_100_000)}`), ['sigma.too-large'])
  assert.deepEqual(codesWithin(5_000, '---\ntitle: x\n'.repeat(600)), ['sigma.too-many-documents'])
})

test('long lists are refused by their number of values', () => {
  const values = new Array(20_000).fill("      - 'a'").join('\n')
  const codes = codesWithin(20_000, rule(`  s:\n    F|base64offset|contains:\n${values}\n  condition: s`))
  assert.deepEqual(codes, ['sigma.too-many-values'])
})

test('placeholders that multiply are refused', () => {
  const { documents } = parseSigma(rule(`  s:\n    F|expand: '${'%a%'.repeat(10)}'\n  condition: s`), 'hostile.yml')
  const placeholders = { a: new Array(20).fill('x') }
  const { issues } = compileSigma(documents, pipeline, { placeholders })
  assert.deepEqual(
    issues.map(({ code }) => code),
    ['sigma.too-many-values'],
  )
})

test('deep and long conditions are refused', () => {
  const deep = rule(`  s: {a: 1}\n  condition: ${'('.repeat(5_000)}s${')'.repeat(5_000)}`)
  assert.deepEqual(codesWithin(1_000, deep), ['sigma.bad-condition'])
  const long = rule(`  s: {a: 1}\n  condition: ${'s or '.repeat(5_000)}s`)
  assert.deepEqual(codesWithin(1_000, long), ['sigma.bad-condition'])
  const nots = rule(`  s: {a: 1}\n  condition: ${'not '.repeat(4_000)}s`)
  assert.deepEqual(codesWithin(1_000, nots), [])
})

test('evil expressions run in linear time', () => {
  const long = 'a'.repeat(50_000)
  for (const expression of ['(a+)+$', '(a|aa)+$', '(.*a){20}b', '^(a?){30}a{30}b', '([a-z]+)*\\d']) {
    const { documents, issues } = parseSigma(rule(`  s:\n    F|re: '${expression}'\n  condition: s`), 'hostile.yml')
    assert.deepEqual(issues, [])
    const { engine } = compileSigma(documents, pipeline)
    const startedAt = cpuMs()
    engine.match('test', { F: `${long}!` })
    const took = cpuMs() - startedAt
    assert.ok(took < 5_000, `${expression} took ${took.toFixed(0)} ms`)
  }
})

test('wildcards that would backtrack run in bounded time', () => {
  const pattern = '*a?'.repeat(200)
  const { documents } = parseSigma(rule(`  s:\n    F: '${pattern}b'\n  condition: s`), 'hostile.yml')
  const { engine } = compileSigma(documents, pipeline)
  const startedAt = cpuMs()
  engine.match('test', { F: 'a'.repeat(100_000) })
  assert.ok(cpuMs() - startedAt < 2_000)
})

test('nothing in a file makes the reader throw', () => {
  const hostile = [
    '',
    '\0',
    '\ufeff',
    '%YAML 9.9\n---\n',
    '!!js/function x',
    '&a',
    '*a',
    '? : ?',
    '---\n---\n---',
    '{',
    '"\\x',
  ]
  hostile.push(
    'title: !!binary x\n',
    '<<: *a',
    '- - - -',
    '__proto__: {a: 1}',
    'title: "\\ud800"',
    'a: !<tag:x> b',
    '...\n...',
  )
  for (const text of hostile) {
    parseSigma(text, 'hostile.yml')
    codesWithin(1_000, rule(`  s: ${text}\n  condition: s`))
  }
})

test('hostile records are only read', () => {
  const { documents } = parseSigma(rule("  s:\n    a.b.c: x\n  k: ['needle']\n  condition: s or k"), 'hostile.yml')
  const { engine } = compileSigma(documents, pipeline)
  let deep: object = {}
  for (let level = 0; level < 100_000; level++) deep = { deep }
  const cyclic: Record<string, unknown> = {}
  cyclic.a = { b: cyclic }
  const records = [
    deep,
    cyclic,
    Object.create(null),
    { a: { b: { c: deep } } },
    { __proto__: null, a: [[[['needle']]]] },
  ]
  for (const record of records) engine.match('test', record)
  assert.equal(engine.match('test', { a: [[[['needle']]]] }).length, 1)
})

test('files changed at random never make the reader or the compiler throw', () => {
  const base = `title: a
name: a
logsource: {category: test}
detection:
  s: {F|contains|all: [x, y], G|re: 'a(b|c)+', H|cidr: 192.0.2.0/24, I|windash: -x, J|base64offset: z, K|gt: 3}
  k: [word, {L: null}]
  condition: (s or 1 of k*) and not all of them
---
title: b
correlation: {type: temporal_ordered, rules: [a, a], group-by: [F], timespan: 5m, aliases: {F: {a: G}}, condition: {gte: 2}}
---
title: c
logsource: {category: test}
filter: {rules: [a], s: {F: 1}, condition: not s}
`
  const words = [
    '|',
    ':',
    '- ',
    '{',
    '}',
    '[',
    ']',
    "'",
    '"',
    '\n',
    '  ',
    '#',
    '*',
    '&a',
    'not ',
    'of',
    '(',
    ')',
    'null',
    '0',
  ]
  words.push('re', 'count() > 1', '\\', '%a%', '?', '\0', '__proto__', 'constructor')
  const edit = fc.record({ at: fc.nat(2_000), remove: fc.nat(8), insert: fc.constantFrom('', ...words) })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
      let text = base
      for (const { at, remove, insert } of edits) {
        const place = at % (text.length + 1)
        text = text.slice(0, place) + insert + text.slice(place + remove)
      }
      const { documents } = parseSigma(text, 'changed.yml')
      const { engine } = compileSigma(documents, pipeline)
      engine.process('test', { F: 'xy', G: 'abc', H: '192.0.2.1', K: 4, constructor: 1 }, 0, 'e')
      engine.advance(Number.POSITIVE_INFINITY)
    }),
    { numRuns: 5_000, seed: 7 },
  )
})

/** Time of this process's processors: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
