import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AgentPolicies } from './agent-policies.ts'

test('an agent gets the keys that say something for it, and again when they change', () => {
  const sent: unknown[] = []
  const policies = new AgentPolicies((assetId, message) => sent.push([assetId, message]))
  let bytes = 1
  policies.contribute('agent', () => ({ spoolMaxBytes: bytes }))
  policies.contribute('response', (assetId) => (assetId === 'a1' ? { isolated: true } : undefined))
  assert.deepEqual(policies.of('a1'), { agent: { spoolMaxBytes: 1 }, response: { isolated: true } })
  assert.deepEqual(policies.of('a2'), { agent: { spoolMaxBytes: 1 } })
  bytes = 2
  policies.changed(['a2'])
  assert.deepEqual(sent, [['a2', { type: 'policy', policy: { agent: { spoolMaxBytes: 2 } } }]])
  assert.throws(() => policies.contribute('agent', () => undefined), /owner/)
})
