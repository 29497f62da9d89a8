import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dnsStreams } from './dns-stream.ts'

const message = (length: number, fill: number) => Buffer.alloc(length, fill)
const framed = (...messages: Buffer[]) =>
  Buffer.concat(messages.flatMap((one) => [Buffer.from([one.length >> 8, one.length & 0xff]), one]))

test('messages come out whole, however they were cut on the way', () => {
  const messages = [message(20, 1), message(300, 2), message(12, 3)]
  const bytes = framed(...messages)
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 })), (cuts) => {
      const streams = dnsStreams()
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const found = places
        .slice(1)
        .flatMap((end, index) => streams.take('a', bytes.subarray(places[index], end), end - (places[index] ?? 0), 0))
      assert.deepEqual(found, messages)
    }),
  )
})

test('a message of which only the beginning was captured is told so far, and those behind it whole', () => {
  const streams = dnsStreams()
  const large = framed(message(5000, 7))
  assert.deepEqual(streams.take('a', large.subarray(0, 1000), 3000, 0), [message(998, 7)])
  assert.deepEqual(streams.take('a', large.subarray(3000), 2002, 0), [])
  assert.deepEqual(streams.take('a', framed(message(30, 8)), 32, 0), [message(30, 8)])
})

test('a conversation whose place was lost is silent, another one and a later one on the same port are not', () => {
  const streams = dnsStreams()
  assert.deepEqual(streams.take('a', framed(message(20, 1)), 900, 0), [message(20, 1)])
  assert.deepEqual(streams.take('a', framed(message(20, 2)), 22, 0), [])
  assert.deepEqual(streams.take('b', framed(message(20, 3)), 22, 0), [message(20, 3)])
  assert.deepEqual(streams.take('a', framed(message(20, 4)), 22, 60_000), [message(20, 4)])
})

test('whatever comes, no more is kept than a message can hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 5000 }), fc.nat(100_000))), (parts) => {
      const streams = dnsStreams()
      for (const [bytes, more] of parts)
        for (const found of streams.take('a', Buffer.from(bytes), bytes.length + more, 0))
          assert.ok(found.length <= 65_535)
    }),
  )
})
