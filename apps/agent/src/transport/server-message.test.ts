/** The hand-written check accepts exactly what the schema of packages/api accepts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as api from '@rampart/api'
import fc from 'fast-check'
import { encode } from '../msgpack.ts'
import { checkServerMessage, maxMessageBytes, parseServerMessage, protocolVersion } from './server-message.ts'

const odd = fc.constantFrom<unknown>(undefined, null, -1, 0, 1.5, 2 ** 60, '1', '', [], {}, Number.NaN, true)
const like = (good: fc.Arbitrary<unknown>) => fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: odd })
const message = fc.record({
  type: fc.constantFrom('welcome', 'acknowledge', 'policy', 'slow-down', 'run', '', 1),
  assetId: like(fc.string()),
  acknowledged: like(fc.nat()),
  heartbeatMs: like(fc.integer({ min: 1, max: 60_000 })),
  policy: like(fc.dictionary(fc.string(), fc.anything())),
  sequence: like(fc.integer({ min: 1 })),
  pauseMs: like(fc.nat()),
})

test('it agrees with the schema', () => {
  fc.assert(
    fc.property(message, (one) => {
      assert.equal(checkServerMessage(one) !== undefined, api.serverMessage.safeParse(one).success)
    }),
    { numRuns: 2_000 },
  )
  assert.equal(protocolVersion, api.protocolVersion)
  assert.equal(maxMessageBytes, api.maxMessageBytes)
})

test('any bytes give a message or undefined', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => parseServerMessage(bytes) === undefined || true))
  assert.equal(parseServerMessage(encode({ type: 'acknowledge', sequence: 3 }))?.type, 'acknowledge')
  assert.equal(parseServerMessage(encode([1])), undefined)
})
