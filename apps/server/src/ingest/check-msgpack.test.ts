import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Packr, Unpackr } from 'msgpackr'
import { checkMsgpack } from './check-msgpack.ts'

const packr = new Packr({ useRecords: false, variableMapSize: true })
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

test('whatever an agent may encode is accepted', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      assert.equal(checkMsgpack(packr.pack(value)), null)
    }),
    { numRuns: 500 },
  )
  const value = {
    bytes: new Uint8Array([1, 2]),
    missing: undefined,
    big: 2 ** 40,
    negative: -70_000,
    text: 'ü'.repeat(70_000),
  }
  assert.equal(checkMsgpack(packr.pack(value)), null)
})

test('bytes that pass never make the decoder fail or allocate more than they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      if (checkMsgpack(bytes) === null) unpackr.unpack(bytes)
    }),
    { numRuns: 5000 },
  )
})

test('promises without bytes, depth, extensions and leftovers are told apart', () => {
  const check = (...bytes: number[]) => checkMsgpack(Uint8Array.from(bytes))
  assert.equal(check(), 'msgpack.truncated')
  assert.equal(check(0xdd, 0x7f, 0xff, 0xff, 0xff), 'msgpack.truncated')
  assert.equal(check(0xdf, 0xff, 0xff, 0xff, 0xff, 0x01), 'msgpack.truncated')
  assert.equal(check(0xdb, 0xff, 0xff, 0xff, 0xff), 'msgpack.truncated')
  assert.equal(check(0xa5, 0x61), 'msgpack.truncated')
  assert.equal(check(0xdc, 0x00), 'msgpack.truncated')
  assert.equal(check(...new Array(100).fill(0x91), 0xc0), 'msgpack.too-deep')
  assert.equal(check(0xc7, 0x01, 0x72, 0x00), 'msgpack.extension')
  assert.equal(check(0xd4, 0x72, 0x40), 'msgpack.extension')
  assert.equal(check(0xd6, 0xff, 0, 0, 0, 0), 'msgpack.extension')
  assert.equal(check(0xc1), 'msgpack.extension')
  assert.equal(check(0xc0, 0xc0), 'msgpack.trailing-bytes')
  assert.equal(check(0xd4, 0x00, 0x00), null)
  for (const key of [[0x90], [0x91, 0xc0], [0x80], [0xc4, 0x01, 0x00], [0xdc, 0x00, 0x00], [0xde, 0x00, 0x00]]) {
    assert.equal(check(0x81, ...key, 0xc0), 'msgpack.bad-key', key.join())
    assert.equal(check(0x81, 0xa1, 0x61, ...key), null, key.join())
    assert.equal(check(0x92, 0x81, 0xa1, 0x61, 0x80, ...key), null, key.join())
  }
  for (const key of [[0xa1, 0x61], [0x07], [0xc0], [0xc3], [0xcd, 0x01, 0x00], [0xd4, 0x00, 0x00], [0xd9, 0x01, 0x61]])
    assert.equal(check(0x81, ...key, 0xc0), null, key.join())
})
