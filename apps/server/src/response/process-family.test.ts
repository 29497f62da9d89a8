/** What belongs to an attack, from a real archive. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import type { Event } from '@rampart/event'
import { SegmentArchive } from '../archive/segment-archive.ts'
import { temporaryDirectory } from '../testing/test-server.ts'
import { familyOf } from './process-family.ts'

const at = Date.UTC(2026, 5, 1, 12)
const container = { id: 'c'.repeat(64), name: 'web' }
let number = 0
const event = (over: object) =>
  ({
    schema: 1,
    id: `a1/boot/${++number}`,
    at: at + number,
    asset: { id: 'a1', name: 'web-1', kind: 'host' },
    sensor: 'kernel.process',
    ...over,
  }) as unknown as Event
const entity = (pid: number) => `boot-${pid}-1`
const processOf = (pid: number, executable: string, parent?: number) => ({
  pid,
  entityId: entity(pid),
  executable,
  ...(parent !== undefined && { parent: { entityId: entity(parent), pid: parent } }),
})

test('children and what they wrote belong to it; a file of a container does not, and nobody who runs it there', async () => {
  const directory = temporaryDirectory()
  const archive = await SegmentArchive.open(directory)
  const events = [
    event({ type: 'process.started', process: processOf(10, '/tmp/evil') }),
    event({ type: 'process.started', process: processOf(11, '/bin/sh', 10) }),
    event({ type: 'file.written', process: processOf(11, '/bin/sh', 10), file: { path: '/tmp/dropped' } }),
    event({ type: 'process.started', container, process: processOf(12, '/bin/sh', 11) }),
    event({ type: 'file.written', container, process: processOf(12, '/bin/sh', 11), file: { path: '/etc/app.conf' } }),
    event({ type: 'process.started', container, process: processOf(20, '/tmp/evil') }),
    event({ type: 'process.started', process: processOf(21, '/tmp/evil') }),
  ]
  await archive.append([{ source: 'a1', spoolId: 's', sequence: 1, receivedAt: at, events }])
  const seeds = { processes: [], files: [{ path: '/tmp/evil', sha256: null, inode: null }], texts: [] }
  const family = await familyOf(archive, 'a1', seeds, { first: at, last: at + 100 }, at + 1000)
  assert.deepEqual(
    family.processes.map(({ pid }) => pid),
    [10, 11, 12, 21],
  )
  assert.deepEqual(
    family.files.map(({ path }) => path),
    ['/tmp/evil', '/tmp/dropped'],
  )
  await archive.close()
  rmSync(directory, { recursive: true })
})
