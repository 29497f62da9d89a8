// Single fields of lines: the values of the parsed record, however they are spelled and how often they come.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSigma, parseSigma } from '@rampart/sigma'
import fc from 'fast-check'
import { value } from './generate.ts'
import { spell } from './spell.ts'

const encoder = new TextEncoder()
const seed = Number(process.env.SEED ?? 7)

function matcherOf(names: readonly string[], values: number) {
  const { documents } = parseSigma(
    'title: a\nlogsource: {category: test}\ndetection: {s: {A|contains: needle}, condition: s}',
    'a.yml',
  )
  const { engine } = compileSigma(documents, { routes: () => ['one'], field: () => undefined })
  const matcher = engine.lineMatcher({
    route: () => 'one',
    reads: names,
    learnFrom: 1,
    memo: { values, hashBits: values < 64 ? 2 : 32 },
  })
  matcher.match(encoder.encode('{"A":"x"}'))
  return matcher
}

const digits = fc.array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: 20 }).map((some) => some.join(''))
const whole = digits.map((text) => text.replace(/^0+(?=.)/, ''))
const spelled = fc
  .tuple(
    fc.constantFrom('', '-'),
    whole,
    fc.oneof(
      fc.constant(''),
      digits.map((text) => `.${text}`),
    ),
    fc.constantFrom('', '', '', 'e2', 'E-7', 'e+30'),
  )
  .map((parts) => parts.join(''))

test('a number is the one that JSON.parse reads, to the last bit', () => {
  const matcher = matcherOf(['n', 'in.n'], 64)
  const [outer, inner] = [matcher.field('n'), matcher.field('in.n')]
  const number = fc.oneof(
    spelled,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer({ min: 0, max: 2 ** 51 }).map((thousandths) => String(thousandths / 1_000)),
    fc.constantFrom(
      '1795404864223.406',
      '9007199254740991',
      '9007199254740993',
      '0.30000000000000004',
      '-0',
      '0.0000000000000000000001',
    ),
  )
  fc.assert(
    fc.property(number, number, (one, two) => {
      const line = `{"n":${one},"in":{"n":${two}}}`
      const parsed = JSON.parse(line) as { n: number; in: { n: number } }
      assert.notEqual(matcher.match(encoder.encode(line)), 'malformed')
      assert.ok(Object.is(outer.number(), parsed.n), one)
      assert.ok(Object.is(inner.number(), parsed.in.n), two)
    }),
    { numRuns: 50_000, seed },
  )
  for (const other of ['"1"', 'null', 'true', '[1]', '{}']) {
    matcher.match(encoder.encode(`{"n":${other}}`))
    assert.deepEqual([outer.number(), inner.number()], [undefined, undefined], other)
  }
})

test('a text is the one that JSON.parse reads, and so is what may be in it', () => {
  for (const values of [4, 4_096]) {
    const matcher = matcherOf(['in.t'], values)
    const field = matcher.field('in.t')
    const noted = new Set<string>()
    const piece = fc.constantFrom(
      'a',
      '://',
      ':',
      '/',
      'é',
      '"',
      '\\',
      'xx://',
      'needle',
      '\n',
      ' '.repeat(17),
      'b'.repeat(100),
    )
    const text = fc.oneof(
      fc.array(piece, { maxLength: 6 }).map((some) => some.join('')),
      value,
      fc.constantFrom('a', 'b', 'c'),
    )
    let certain = 0
    fc.assert(
      fc.property(text, fc.nat(15), (each, style) => {
        const line = spell({ in: { t: each } }, style)
        const { t } = (JSON.parse(line) as { in: { t: unknown } }).in
        assert.notEqual(matcher.match(encoder.encode(line)), 'malformed')
        assert.equal(field.text(), typeof t === 'string' ? t : undefined, line)
        assert.deepEqual(field.read(), t, line)
        const contains = JSON.stringify(t).includes('://')
        if (field.mayHold('://')) certain++
        else assert.equal(contains, false, line)
        // what was noted may be forgotten, but is never another value's
        if (field.isNoted) assert.ok(noted.has(spell(each, style)), line)
        field.note()
        noted.add(spell(each, style))
      }),
      { numRuns: 20_000, seed },
    )
    assert.ok(certain < 15_000)
  }
})
