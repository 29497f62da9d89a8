// What an expression demands of every text that it is found in, without being run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileRegex } from './regex.ts'

function regex(source: string, ignoreCase = false) {
  const outcome = compileRegex(source, { ignoreCase, multiline: false, dotAll: false })
  assert.ok('regex' in outcome, source)
  return outcome.regex
}

test('the shortest text that an expression may be found in', () => {
  const lengths: [string, number][] = [
    ['', 0],
    ['abc', 3],
    ['a|bcd', 1],
    ['a{1000,}', 1_000],
    ['.{3,9}x?', 3],
    ['^\\bword\\b$', 4],
    ['(?:ab)*c+', 1],
    ['[a-f]{16}|\\d{4}-\\d{2}', 7],
  ]
  for (const [source, length] of lengths) assert.equal(regex(source).minLength, length, source)
})

test('marks that every text has more than once', () => {
  const marks = (source: string): string =>
    regex(source)
      .marks.map(({ mark, count }) => `${mark}${count}`)
      .sort()
      .join(' ')
  assert.equal(marks('\\+.*\\+.*\\+'), '+3')
  assert.equal(marks('a:b:c|:::'), ':2')
  assert.equal(marks(':x|y'), '')
  assert.equal(marks('[:;]{5}'), '')
  assert.equal(marks('(?:%[0-9]{2}){4,}&&'), '%4 &2')
  // letters may have two cases, and quote and backslash are spelled in two characters
  assert.equal(marks('aa""\\\\\\\\'), '')
})

test('texts in which an expression is found have what it demands', () => {
  const atom = fc.constantFrom('a', ':', '\\+', '[:;]', '.', '(?:a:)', '\\w', '%')
  const piece = fc.tuple(atom, fc.constantFrom('', '?', '*', '+', '{2}', '{1,3}')).map((each) => each.join(''))
  const branch = fc.array(piece, { minLength: 1, maxLength: 4 }).map((some) => some.join(''))
  const source = fc.array(branch, { minLength: 1, maxLength: 3 }).map((some) => some.join('|'))
  const text = fc.array(fc.constantFrom('a', ':', '+', ';', '%', 'b'), { maxLength: 12 }).map((some) => some.join(''))
  let found = 0
  fc.assert(
    fc.property(source, fc.array(text, { minLength: 8, maxLength: 8 }), (each, texts) => {
      const one = regex(each)
      for (const some of texts) {
        if (!one.test(some)) continue
        found++
        assert.ok(some.length >= one.minLength, `${each} in ${some}`)
        for (const { mark, count } of one.marks) assert.ok(some.split(mark).length > count, `${each} in ${some}`)
      }
    }),
    { numRuns: 3_000, seed: 7 },
  )
  assert.ok(found > 5_000)
})
