import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { includesRange, overlaps, parseRange } from './index.ts'

test('addresses and ranges get one text each', () => {
  for (const [text, canonical] of [
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['::', '::'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ])
    assert.equal(parseRange(text as string)?.text, canonical, text)
})

test('what is no address is none', () => {
  for (const text of [
    '',
    'x',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.01',
    '192.0.2.1/33',
    '192.0.2.1/24',
    '192.0.2.1 ; drop',
    '1:2:3',
    '1::2::3',
    '12345::',
    '::/129',
    ':::',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
    '192.0.2.0/24/8',
  ])
    assert.equal(parseRange(text), undefined, text)
  fc.assert(fc.property(fc.string(), (text) => parseRange(text) === undefined || true))
})

test('what is in what', () => {
  const range = (text: string) => {
    const parsed = parseRange(text)
    assert.ok(parsed)
    return parsed
  }
  assert.ok(includesRange(range('192.0.2.0/24'), range('192.0.2.200')))
  assert.ok(!includesRange(range('192.0.2.0/24'), range('192.0.3.0')))
  assert.ok(!includesRange(range('192.0.2.1'), range('192.0.2.0/24')))
  assert.ok(overlaps(range('192.0.2.1'), range('192.0.2.0/24')))
  assert.ok(!includesRange(range('::/0'), range('192.0.2.1')))
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, prefix) => {
      const one = range(address)
      const shift = BigInt(32 - prefix)
      const first = (one.first >> shift) << shift
      const text = [24n, 16n, 8n, 0n].map((by) => (first >> by) & 0xffn).join('.')
      assert.ok(includesRange(range(`${text}/${prefix}`), one))
    }),
  )
})
