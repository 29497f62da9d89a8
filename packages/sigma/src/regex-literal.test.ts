// What a regular expression is said to demand stands in every text that it is found in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasText } from './gram.ts'
import { triggerFold } from './literal.ts'
import { compileRegex } from './regex.ts'
import { type RegexClause, regexClauses } from './regex-literal.ts'

const cases = Number(process.env.RAMPART_PROPERTY_CASES ?? 100_000)
const textsPerExpression = 50
const plain = { ignoreCase: false, multiline: false, dotAll: false }

const shown = (clauses: readonly RegexClause[]): string[] =>
  clauses.map((clause) => clause.map(({ shape, text }) => `${shape} ${text}`).join(' or '))

const demands: [source: string, ...clauses: string[]][] = [
  ['whoami', 'contains whoami'],
  ['^(who|id)am[ab]$', 'startswith whoam or startswith idam'],
  ['^(w|i)[ab]$', 'equals wa or equals wb or equals ia or equals ib'],
  ['^(\\S*/)?nc\\s', 'startswith nc  or contains /nc '],
  ['\\bperl\\b.*-e', 'contains perl', 'contains -e'],
  ['a{2,3}b?c{0}', 'contains a'],
  ['(abcd|e*)f', 'contains f'],
  ['stratum[12]?\\+?(tcp|ssl)?://', 'contains stratum'],
  ['x|.*'],
  ['(?m)^abc$', 'contains abc'],
  ['[^a]bcd', 'contains bcd'],
  ['\\x41\\.\\pLbc', 'contains a.', 'contains bc'],
]
for (const [source, ...expected] of demands)
  test(`demands of ${source}`, () => {
    const found = shown(regexClauses(source, plain))
    // of the blanks only the space is written down above
    const some = found.map((clause) =>
      clause
        .split(' or ')
        .filter((text) => !/[\t\n\f\r]/.test(text))
        .join(' or '),
    )
    for (const clause of expected) assert.ok(some.includes(clause), JSON.stringify(found))
    if (expected.length === 0) assert.deepEqual(found, [])
  })

const atom = fc.constantFrom(
  ...['a', 'b', 'k', 's', 'K', '0', ' ', '-', 'é', '\\.', '\\x61', '.', '\\w', '\\s', '\\d', '[ab]', '[^a]', '[a-k]'],
  ...[
    '[\\s;]',
    '[[:digit:]a]',
    '^',
    '$',
    '\\b',
    '\\B',
    '\\A',
    '\\z',
    '(?i:k)',
    '(?m:^)',
    '\\pL',
    'ab',
    'sk',
    '[]a]',
    'kaskab',
  ],
)
const quantifier = fc.constantFrom('', '', '', '', '*', '+', '?', '*?', '{2}', '{0,3}', '{1,}', '{1}', '{0}')
const { expression } = fc.letrec<{ expression: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'medium' },
    fc.tuple(atom, quantifier).map(([one, times]) => one + times),
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?P<n>'), tie('expression'), quantifier)
      .map(([head, inner, times]) => `${head}${inner})${times}`),
  ),
  expression: fc
    .array(fc.array(tie('piece'), { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((branches) => branches.map((pieces) => pieces.join('')).join('|')),
}))
const characters = ['kaskab', 'a', 'b', 'k', 's', 'A', ' ', '-', '0', '.', ';', '\n', 'é', '\u017f', '\u212a']
const text = fc.array(fc.constantFrom(...characters), { maxLength: 12 }).map((some) => some.join(''))

test(`demands hold on ${cases} pairs of expression and text`, (context) => {
  let held = 0
  let demanded = 0
  const texts = fc.array(text, { minLength: textsPerExpression, maxLength: textsPerExpression })
  fc.assert(
    fc.property(expression, fc.nat(7), texts, (source, bits, someTexts) => {
      const flags = { ignoreCase: (bits & 1) > 0, multiline: (bits & 2) > 0, dotAll: (bits & 4) > 0 }
      const compiled = compileRegex(source, flags)
      if (!('regex' in compiled)) return
      const { clauses } = compiled.regex
      for (const each of someTexts) {
        if (!compiled.regex.test(each)) continue
        held++
        demanded += clauses.length
        const low = triggerFold(each)
        for (const clause of clauses)
          if (!clause.some((part) => hasText(part.shape, low, part.text)))
            assert.fail(JSON.stringify([source, flags, each, clause]))
      }
    }),
    { numRuns: Math.ceil(cases / textsPerExpression), seed: Number(process.env.SEED ?? 7) },
  )
  assert.ok(demanded > 1000)
  context.diagnostic(`${held} held, ${demanded} clauses of them`)
})

test('hostile expressions are read in bounded time', () => {
  const nested = `${'('.repeat(200)}a${')+'.repeat(200)}`
  const wide = `(${Array.from({ length: 900 }, (_, index) => `a${index}`).join('|')})+`.slice(0, 5000)
  for (const source of [nested, wide.endsWith('+') ? wide : `${wide})+`, '([ab]?[cd]?[ef]?)+'.repeat(200)])
    for (const clause of regexClauses(source, plain)) assert.ok(clause.length <= 256)
})
