/** The hand-written check accepts exactly what the schema of packages/api accepts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as api from '@rampart/api'
import { taskKinds } from '@rampart/response'
import fc from 'fast-check'
import { encode } from '../msgpack.ts'
import { checkServerMessage, maxMessageBytes, parseServerMessage, protocolVersion } from './server-message.ts'

const odd = fc.constantFrom<unknown>(undefined, null, -1, 0, 1.5, 2 ** 60, '1', '', [], {}, Number.NaN, true)
const like = (good: fc.Arbitrary<unknown>) => fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: odd })
const id = fc.constantFrom('tk-1', 'a', '', '../x', 'a'.repeat(65))
const path = fc.constantFrom('/tmp/x', '/', 'tmp', '/a\0b', `/${'a'.repeat(4096)}`)
const sha256 = fc.constantFrom(null, 'a'.repeat(64), 'A'.repeat(64))
const processTarget = like(
  fc.record({
    pid: like(fc.integer({ min: 1 })),
    entityId: like(fc.string()),
    executable: like(fc.constant(null)),
    sha256,
  }),
)
const fileTarget = like(fc.record({ path, sha256, inode: like(fc.constantFrom(null, 7)) }))
const few = (one: fc.Arbitrary<unknown>) => like(fc.array(one, { maxLength: 3 }))
const parameters = fc.record({
  process: like(fc.oneof(fc.constant(null), processTarget)),
  processes: few(processTarget),
  file: fileTarget,
  files: few(fileTarget),
  texts: few(like(fc.string())),
  tree: like(fc.boolean()),
  entry: id,
  rule: id,
  ifInTheWay: like(fc.constantFrom('refuse', 'replace', 'keep')),
  path: fc.oneof(fc.constant(null), path),
  acceptPlace: like(fc.boolean()),
  line: like(fc.string()),
  after: like(fc.constantFrom(null, 'x')),
  address: like(fc.constantFrom('192.0.2.1', 'a'.repeat(65))),
  direction: like(fc.constantFrom('in', 'out', 'both')),
  expiresInMs: like(fc.constantFrom(null, 999, 1000, 10 ** 15)),
  allow: few(like(fc.constantFrom('192.0.2.1'))),
})
const message = fc.record({
  type: fc.constantFrom(
    'welcome',
    'acknowledge',
    'policy',
    'slow-down',
    'task',
    'cancel-task',
    'task-recorded',
    'run',
    '',
    1,
  ),
  id,
  kind: fc.constantFrom(...taskKinds, 'run', 1),
  parameters: like(parameters),
  issuedAt: like(fc.nat()),
  expiresAt: like(fc.nat()),
  expiresInMs: like(fc.nat()),
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
  // Tasks alone, so that each kind is met with parameters that fit often enough.
  let accepted = 0
  fc.assert(
    fc.property(message, (one) => {
      const task = { ...one, type: 'task', id: 'tk-1', issuedAt: 1, expiresAt: 2, expiresInMs: 1 }
      const checked = checkServerMessage(task)
      const parsed = api.serverMessage.safeParse(task)
      assert.deepEqual(checked, parsed.success ? parsed.data : undefined)
      if (checked) accepted++
    }),
    { numRuns: 5_000 },
  )
  assert.ok(accepted > 500, `${accepted} of 5,000 accepted`)
  assert.equal(protocolVersion, api.protocolVersion)
  assert.equal(maxMessageBytes, api.maxMessageBytes)
})

test('any bytes give a message or undefined', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => parseServerMessage(bytes) === undefined || true))
  assert.equal(parseServerMessage(encode({ type: 'acknowledge', sequence: 3 }))?.type, 'acknowledge')
  assert.equal(parseServerMessage(encode([1])), undefined)
})
