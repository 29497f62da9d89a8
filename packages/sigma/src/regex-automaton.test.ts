// Generated expressions and texts: the automaton finds what RE2 itself finds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { type Program, RegexAutomaton } from './regex-automaton.ts'

const cases = Number(process.env.RAMPART_PROPERTY_CASES ?? 100_000)
const textsPerExpression = 50

const characters = [
  'a',
  'b',
  'k',
  's',
  'A',
  ' ',
  '-',
  '0',
  '_',
  '\n',
  'é',
  '\u017f',
  '\u212a',
  '😀',
  '\ud83d',
  '\u0130',
]
const atom = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'k', 's', 'K', '0', ' ', '-', 'é', '\u212a', '😀') },
  { weight: 3, arbitrary: fc.constantFrom('.', '\\w', '\\W', '\\s', '\\S', '\\d', '[ab]', '[^a]', '[a-k]', '[^\\s;]') },
  { weight: 2, arbitrary: fc.constantFrom('^', '$', '\\b', '\\B', '\\A', '\\z') },
  { weight: 1, arbitrary: fc.constantFrom('(?i:k)', '(?s:.)', '(?m:^)', '(?m:$)', '\\pL', '\\n') },
)
const quantifier = fc.constantFrom('', '', '', '', '*', '+', '?', '*?', '{2}', '{0,3}', '{1,}')
const { expression } = fc.letrec<{ expression: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(atom, quantifier).map(([one, times]) => (/^[\^$]$|^\\[bBAz]$/.test(one) ? one : one + times)),
    fc.tuple(tie('expression'), quantifier).map(([inner, times]) => `(${inner})${times}`),
  ),
  expression: fc
    .array(fc.array(tie('piece'), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((branches) => branches.map((pieces) => pieces.join('')).join('|')),
}))
const text = fc.array(fc.constantFrom(...characters), { maxLength: 24 }).map((some) => some.join(''))

test(`the automaton agrees with RE2 on ${cases} pairs of expression and text`, (context) => {
  let held = 0
  let pairs = 0
  let without = 0
  const texts = fc.array(text, { minLength: textsPerExpression, maxLength: textsPerExpression })
  fc.assert(
    fc.property(expression, fc.nat(7), texts, (source, flags, someTexts) => {
      let bits = 0
      if (flags & 1) bits |= RE2JS.CASE_INSENSITIVE
      if (flags & 2) bits |= RE2JS.MULTILINE
      if (flags & 4) bits |= RE2JS.DOTALL
      const compiled = RE2JS.compile(source, bits)
      const automaton = new RegexAutomaton(compiled.re2Input.prog as Program)
      for (const each of someTexts) {
        const expected = compiled.test(each)
        const found = automaton.test(each)
        pairs++
        if (expected) held++
        if (found === undefined) without++
        else if (found !== expected) assert.fail(`${found}: ${JSON.stringify([source, bits, each])}`)
      }
    }),
    { numRuns: Math.ceil(cases / textsPerExpression), seed: Number(process.env.SEED ?? 7) },
  )
  assert.ok(without < pairs / 20)
  context.diagnostic(`${pairs} pairs, ${held} held, ${without} left to RE2`)
})

test('an expression with very many states is given up, and bounded until then', () => {
  const compiled = RE2JS.compile('a[ab]{18}c')
  const automaton = new RegexAutomaton(compiled.re2Input.prog as Program)
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state & 0x10000 ? 'a' : 'b'
  }
  const results = new Set<boolean | undefined>()
  for (let times = 0; times < 200; times++) {
    const each = Array.from({ length: 500 }, random).join('')
    const found = automaton.test(each)
    results.add(found)
    if (found !== undefined) assert.equal(found, compiled.test(each))
  }
  assert.ok(results.has(undefined))
  assert.equal(automaton.test(`${'ab'.repeat(9)}ac`), undefined)
})
