/** Frames survive any cutting of the stream; foreign bytes are recognised. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeEach, encode } from '../msgpack.ts'
import { type EventFrame, encodeEventFrame, encodeMessageFrame, frameReader, type MessageFrame } from './frames.ts'

test('frames come out as they went in, however the stream is cut', () => {
  const events = [
    { type: 'process.started', n: 1 },
    { type: 'file.written', n: 2 },
  ]
  const head = {
    source: 0xdeadbeef,
    number: 2 ** 40,
    events: 2,
    types: { 'process.started': 1, 'file.written': 1 },
    values: 6,
  }
  const stream = Buffer.concat([
    encodeMessageFrame({ type: 'hello', pid: 7 }),
    ...encodeEventFrame({ ...head, bytes: new Uint8Array() }, events.map(encode)),
    encodeMessageFrame({ type: 'stopped' }),
  ])
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
      const frames: (EventFrame | MessageFrame<{ type: string }>)[] = []
      const read = frameReader<{ type: string }>((frame) => frames.push(frame))
      const places = [...new Set([0, ...cuts, stream.length])].sort((a, b) => a - b)
      for (const [at, from] of places.entries())
        if (at + 1 < places.length) assert.ok(read(Buffer.from(stream.subarray(from, places[at + 1]))))
      assert.equal(frames.length, 3)
      const frame = frames[1]
      assert.ok(frame?.kind === 'events')
      assert.deepEqual({ ...frame, bytes: undefined, kind: undefined }, { ...head, bytes: undefined, kind: undefined })
      assert.deepEqual(
        decodeEach(frame.bytes).map(({ value }) => value),
        events,
      )
    }),
  )
})

test('bytes that are no frames are refused, never thrown at', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const read = frameReader(() => {})
      assert.equal(typeof read(Buffer.from(bytes)), 'boolean')
    }),
  )
  assert.equal(frameReader(() => {})(Buffer.from([0xff, 0xff, 0xff, 0x7f, 1])), false)
})
