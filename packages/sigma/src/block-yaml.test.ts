// The quick reader and the YAML parser agree: on all of SigmaHQ, on our own cases, and on texts changed at random.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { readBlockYaml } from './block-yaml.ts'
import { defaultLimits } from './limits.ts'
import { parseYaml } from './read-yaml.ts'

const sigma = join(process.env.RAMPART_TEST_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'), 'sigma')
const skip = existsSync(join(sigma, 'rules')) ? false : `no SigmaHQ rules at ${sigma}`

/** Whether the quick reader read the text; fails when it read it otherwise than the parser. */
function agrees(text: string, name: string): boolean {
  const quick = readBlockYaml(text, defaultLimits)
  if (!quick) return false
  const { documents, issues } = parseYaml(text, name, defaultLimits)
  assert.deepEqual(issues, [], name)
  assert.deepEqual(quick, documents, name)
  return true
}

test('all SigmaHQ rules are read alike, most of them quickly', { skip }, (context) => {
  const files = globSync('rules*/**/*.yml', { cwd: sigma })
  const quick = files.filter((file) => agrees(readFileSync(join(sigma, file), 'utf8'), file)).length
  context.diagnostic(`${quick} of ${files.length} quickly`)
  assert.ok(quick > files.length * 0.99)
})

const base = `title: Example
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
description: |
    Two lines
      of text

references:
    - https://example.com/a#b
    - 'it''s'
    - :colon
logsource:
    category: process_creation # comment
detection:
    selection_1:
        - Image|endswith:
              - '\\a.exe'
              - "b\\\\c"
          Level: 4
          Empty: # nothing
        - '|all': word
    filter:
    - "\\u0410\\n"
    - 0x1f
    - 1.50
    - -x
    condition: selection_1 and
        not filter
        or 2 of them
    alone:
        (selection_1)
        # \ta tab
level: high
nothing:
---
title: Second
value: ~
`

test('what the YAML parser refuses is left to it', () => {
  const long = 'k'.repeat(1_025)
  for (const text of [`${long}: 1\n`, `'${long}': 1\n`, `a:\n  - ${long}: 1\n`, 'a:\n#b\n c\nd: 1\n']) {
    assert.equal(parseYaml(text, 'x', defaultLimits).issues.length, 1)
    assert.equal(agrees(text, text), false)
  }
})

test('texts changed at random are read alike', (context) => {
  const pieces = [
    '\n',
    ' ',
    '  ',
    '    ',
    '\n        ',
    '\t',
    '- ',
    '(',
    ': ',
    ':',
    '#',
    ' #',
    "'",
    '"',
    '|',
    '|-',
    '>',
    '\\',
    '---\n',
    '?',
    '&a',
    '*a',
    '!',
    '[',
    '{',
    'x',
    '0',
    'null',
    '~',
    '%',
    '@',
    '.',
    ',',
  ]
  const edit = fc.record({ at: fc.nat(1_000), remove: fc.nat(3), insert: fc.constantFrom('', ...pieces) })
  let quick = 0
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = base
      for (const { at, remove, insert } of edits) {
        const place = at % (text.length + 1)
        text = text.slice(0, place) + insert + text.slice(place + remove)
      }
      if (agrees(text, text)) quick++
    }),
    { numRuns: 20_000, seed: Number(process.env.SEED ?? 7) },
  )
  context.diagnostic(`${quick} of 20000 quickly`)
})
