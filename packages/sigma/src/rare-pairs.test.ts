// Pairs of characters by which keywords are found in whole lines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rarePairs } from './rare-pairs.ts'

const sample = Array.from({ length: 50 }, (_, index) => `{"path":"C:\\\\Windows\\\\system${index}.exe","user":"alice"}`)

test('each text has a pair of its own place, and common pairs are avoided', () => {
  const texts = ['lsadump::sam', 'sekurlsa::logonpasswords', 'kiwi printer', 'windows::x']
  const pairs = rarePairs(texts, sample, 4) ?? []
  const seen = pairs.flatMap(({ texts: some, pair }) => some.map((each) => ({ ...each, pair })))
  assert.deepEqual(seen.map(({ text }) => text).sort(), [0, 1, 2, 3])
  for (const { text, offset, pair } of seen) {
    const two = texts[text]?.slice(offset, offset + 2) ?? ''
    assert.equal(pair, two.charCodeAt(0) | 0x20 | ((two.charCodeAt(1) | 0x20) << 8))
    assert.ok(!sample[0]?.toLowerCase().includes(two))
  }
  // three of them share one
  assert.ok(pairs.length <= 2)
})

test('none where too many would be needed, or only common ones are there', () => {
  assert.equal(rarePairs(['ab', 'cd', 'ef', 'gh', 'ij'], sample, 4), undefined)
  assert.equal(rarePairs(['a'], sample, 4), undefined)
  assert.equal(
    rarePairs(
      ['":"'],
      sample.map((line) => line.repeat(4)),
      4,
    ),
    undefined,
  )
  assert.deepEqual(rarePairs([], sample, 4), [])
})
