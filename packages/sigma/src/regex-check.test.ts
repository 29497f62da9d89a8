// Every expression that is said to compile does, to a small program: generated ones, well formed and not, and SigmaHQ's own.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { isSurelyRegex } from './regex-check.ts'

const sigma = join(process.env.RAMPART_TEST_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'), 'sigma')
const skip = existsSync(join(sigma, 'rules')) ? false : `no SigmaHQ rules at ${sigma}`
const mostInstructions = 10_000

function assertSmall(source: string, bits: number): void {
  const size = RE2JS.compile(source, bits).programSize()
  assert.ok(size < mostInstructions, `${JSON.stringify(source)} has ${size} instructions`)
}

const piece = fc.constantFrom(
  ...[
    'a',
    'Z',
    '0',
    '9',
    ' ',
    '-',
    '.',
    '/',
    ':',
    ',',
    '_',
    '~',
    '=',
    '#',
    '"',
    "'",
    '`',
    '@',
    '&',
    '%',
    '!',
    '<',
    '\n',
  ],
  ...[
    '\\d',
    '\\W',
    '\\s',
    '\\.',
    '\\\\',
    '\\-',
    '\\[',
    '\\]',
    '\\{',
    '\\_',
    '\\`',
    '\\b',
    '\\A',
    '\\z',
    '\\x41',
    '\\1',
    '\\p',
  ],
  ...[
    '[',
    ']',
    '[^',
    '[a-z]',
    '[z-a]',
    '[A-z]',
    '[a-c-e]',
    '[a-]',
    '[-a]',
    '[^a-z0-9_\\s]',
    '[[:alpha:]]',
    '[]a]',
    '[a&&b]',
  ],
  ...[
    '(',
    ')',
    '(?:',
    '(?i)',
    '(?i:',
    '(?<n>',
    '(?=',
    '(?',
    '|',
    '^',
    '$',
    '*',
    '+',
    '?',
    '??',
    '*?',
    '++',
    '-z',
    '\\Q',
  ],
  ...[
    '{2}',
    '{0}',
    '{3,}',
    '{2,5}',
    '{5,2}',
    '{100}',
    '{999}',
    '{,3}',
    '{',
    '}',
    '{1000}',
    '{1000,}',
    '{1001}',
    '{20}',
    'é',
    '\u212a',
    '\ud83d',
  ],
)
const group = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small' },
    piece,
    fc.tuple(tie('text'), tie('text')).map((two) => two.join('')),
    fc.tuple(tie('text'), fc.constantFrom('', '*', '{20}', '{0,9}?')).map(([inner, times]) => `(${inner})${times}`),
  ),
})).text
const expression = fc.array(fc.oneof(piece, group), { maxLength: 8 }).map((some) => some.join(''))

test('generated expressions that are said to compile do', (context) => {
  let sure = 0
  fc.assert(
    fc.property(expression, fc.nat(7), (source, flags) => {
      if (!isSurelyRegex(source)) return
      sure++
      const ignoreCase = flags & 1 ? RE2JS.CASE_INSENSITIVE : 0
      assertSmall(source, ignoreCase | (flags & 2 ? RE2JS.MULTILINE : 0) | (flags & 4 ? RE2JS.DOTALL : 0))
    }),
    { numRuns: 100_000, seed: Number(process.env.SEED ?? 7) },
  )
  context.diagnostic(`${sure} of 100000`)
  assert.ok(sure > 1_000)
})

test('most expressions of SigmaHQ are known by their characters', { skip }, (context) => {
  const sources = globSync('rules*/**/*.yml', { cwd: sigma })
    .flatMap((file) => [...readFileSync(join(sigma, file), 'utf8').matchAll(/\|re(?:\|i)?: '(.*)'/g)])
    .map(([, source = '']) => source.replaceAll("''", "'"))
  const sure = sources.filter(isSurelyRegex)
  for (const source of sure) assertSmall(source, 0)
  context.diagnostic(`${sure.length} of ${sources.length}`)
  assert.ok(sure.length > sources.length * 0.7)
})
