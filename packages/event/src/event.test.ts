import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventJsonSchemas, eventTypes, parseEvent } from './index.ts'

const started = {
  schema: 1,
  id: 'a1/boot/1',
  type: 'process.started',
  at: 1_700_000_000_000,
  asset: { id: 'a1', name: 'web-1', kind: 'host' },
  sensor: 'ebpf.process',
  process: { pid: 10, entityId: 'boot-10-1', executable: '/bin/ls', commandLine: 'ls -l' },
}

test('a valid event is accepted and unknown fields are dropped', () => {
  const parsed = parseEvent({ ...started, surprise: 1 })
  assert.ok(parsed.ok)
  assert.equal('surprise' in parsed.event, false)
})

test('a wrong field is named with its path', () => {
  const parsed = parseEvent({ ...started, process: { pid: 'x', entityId: 'e' } })
  assert.deepEqual(parsed.ok === false && { code: parsed.issue.code, path: parsed.issue.path }, {
    code: 'event.invalid-field',
    path: 'process.pid',
  })
})

test('an unknown type and a non-object are told apart', () => {
  const unknown = parseEvent({ ...started, type: 'process.danced' })
  assert.equal(unknown.ok === false && unknown.issue.code, 'event.unknown-type')
  const list = parseEvent([])
  assert.equal(list.ok === false && list.issue.code, 'event.not-an-object')
})

test('every type has prose for every field', () => {
  const schemas = eventJsonSchemas()
  assert.equal(Object.keys(schemas).length, eventTypes.length)
  for (const [type, schema] of Object.entries(schemas))
    assert.ok((schema as { description?: string }).description, type)
})
