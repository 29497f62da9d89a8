/** What evidence offers to act on: each thing once, in one way of writing, and nothing that lies elsewhere. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '@rampart/event'
import { targetsOf } from '../src/index.ts'

const started = (over: object) =>
  ({
    type: 'process.started',
    process: { pid: 700, entityId: 'boot-700-1', executable: '/tmp/x' },
    ...over,
  }) as unknown as Event
const written = (path: string) => ({ type: 'file.written', file: { path } }) as unknown as Event

test('a path is one file, however it is written, and as protected as that', () => {
  const { files } = targetsOf([
    written('/tmp//x'),
    written('/tmp/./x'),
    written('//tmp/.//x'),
    written('/usr/sbin//sshd'),
  ])
  assert.deepEqual(
    files.map(({ path }) => path),
    ['/tmp/x', '/usr/sbin/sshd'],
  )
  assert.match(files[1]?.barred ?? '', /protected/)
})

test('a file in a container is not offered: its path means another file on the host', () => {
  const container = { id: 'c'.repeat(64), name: 'web' }
  const inside = targetsOf([started({ container })])
  assert.match(inside.files[0]?.barred ?? '', /container web/)
  assert.equal(inside.processes[0]?.barred, null, 'its process can be ended')
  assert.equal(targetsOf([started({})]).files[0]?.barred, null)
})
