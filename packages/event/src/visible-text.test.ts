import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visibleJson, visibleLines, visiblePieces, visibleText } from './visible-text.ts'

const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => from + place)
const named = (code: number) => `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`

const ranges: Record<string, [from: number, to: number][]> = {
  'C0 controls': [
    [0x01, 0x08],
    [0x0b, 0x0c],
    [0x0e, 0x1a],
    [0x1c, 0x1f],
  ],
  'delete and C1 controls': [[0x7f, 0x9f]],
  'bidirectional marks, embeddings, overrides, isolates': [
    [0x061c, 0x061c],
    [0x200e, 0x200f],
    [0x202a, 0x202e],
    [0x2066, 0x2069],
  ],
  'zero-width and invisible characters': [
    [0x00ad, 0x00ad],
    [0x034f, 0x034f],
    [0x115f, 0x1160],
    [0x180b, 0x180f],
    [0x200b, 0x200d],
    [0x2060, 0x2065],
    [0x206a, 0x206f],
    [0x2800, 0x2800],
    [0x3164, 0x3164],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xffa0, 0xffa0],
    [0xfff9, 0xfffc],
  ],
  'line and paragraph separators': [[0x2028, 0x2029]],
  'spaces that are no space': [
    [0x00a0, 0x00a0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
  ],
  'lone surrogates': [[0xd800, 0xdfff]],
  'private use': [
    [0xe000, 0xf8ff],
    [0xf0000, 0xf00ff],
    [0x10ff00, 0x10fffd],
  ],
  noncharacters: [
    [0xfdd0, 0xfdef],
    [0xfffe, 0xffff],
    [0x1fffe, 0x1ffff],
    [0x10fffe, 0x10ffff],
  ],
  'tags and further variation selectors': [[0xe0000, 0xe01ef]],
}

for (const [name, list] of Object.entries(ranges)) {
  test(`${name} are named`, () => {
    for (const [from, to] of list)
      for (const code of codes(from, to))
        assert.equal(visibleText(`a${String.fromCodePoint(code)}b`), `a${named(code)}b`, code.toString(16))
  })
}

test('the best known have short names', () => {
  assert.equal(visibleText('a\n\r\t\u0000b'), 'a[\\n][\\r][\\t][\\0]b')
})

test('escape sequences of terminals lose their first byte and with it their power', () => {
  assert.equal(visibleText('\u001b[2J\u001b[1;1Hok'), '[\\e][2J[\\e][1;1Hok')
  assert.equal(visibleText('\u001b]0;title\u0007'), '[\\e]]0;title[U+0007]')
  assert.equal(
    visibleText('\u001b]8;;https://example.com\u001b\\here\u001b]8;;\u001b\\'),
    '[\\e]]8;;https://example.com[\\e]\\here[\\e]]8;;[\\e]\\',
  )
  assert.equal(visibleText('\u009b2J\u009d0;title\u009c'), '[U+009B]2J[U+009D]0;title[U+009C]')
  assert.equal(visibleText('done\rroot  '), 'done[\\r]root  ')
})

test('what people write stays as it is', () => {
  for (const text of [
    'naïve 中文，句。 ασφ 😀 👩🏽 עברית العربية हिन्दी e\u0301',
    '',
    'C:\\new\\temp [U+202E]',
    '\ufffd',
  ])
    assert.equal(visibleText(text), text)
})

test('nothing that is shown holds a hidden character, whatever comes in', () => {
  const all = codes(0, 0x2fff).concat(codes(0xd000, 0xffff), codes(0xe0000, 0xe0fff))
  const shown = visibleText(String.fromCodePoint(...all.filter((code) => code < 0xd800 || code > 0xdfff)))
  assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
  assert.equal(visibleText(shown), shown)
})

test('line feeds and tabs stay where lines are wanted, and nothing else does', () => {
  assert.deepEqual(visiblePieces('a\n\tb', true), [{ text: 'a\n\tb' }])
  assert.equal(visibleLines('a\n\tb\r\u001b[2J\u2028c'), 'a\n\tb[\\r][\\e][2J[U+2028]c')
})

test('pieces name the code point of each hidden character', () => {
  assert.deepEqual(visiblePieces('a\u202egpj'), [
    { text: 'a' },
    { text: 'U+202E', codePoint: 'U+202E' },
    { text: 'gpj' },
  ])
})

test('long text is cut, never through a character', () => {
  assert.equal(visibleText('abcdef', 6), 'abcdef')
  assert.equal(visibleText('abcdef', 5), 'abcde…')
  assert.equal(visibleText('ab😀cd', 3), 'ab…')
  assert.equal(visibleText('ab😀cd', 4), 'ab😀…')
  assert.equal(visibleText('\ud83d\ud83d\ud83d', 1), '…')
  assert.equal(visibleLines('a\nbc', 3), 'a\nb…')
})

test('JSON is the same to its reader, and nothing of it moves a terminal', () => {
  const value = { text: 'a\u001b[2J\u009b2J\u202egpj\u200b\ud800\n', '\u2028': ['\u{e0041}'] }
  const json = visibleJson(value)
  assert.deepEqual(JSON.parse(json), value)
  assert.match(json, /^[\x20-\x7e]*$/)
})
