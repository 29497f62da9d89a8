import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database } from '@rampart/alert'
import { migrations } from '../store/migrations.ts'
import { temporaryDirectory } from '../testing/test-server.ts'
import { Downloads } from './downloads.ts'
import { Quarantine } from './quarantine.ts'
import type { StoredOperation, StoredTask } from './task-store.ts'
import type { Tasks } from './tasks.ts'

test('a host names entries of its own only, and none that leads out of the folder of downloads', (t) => {
  const directory = temporaryDirectory()
  const opened = Database.open(join(directory, 'rampart.db'), migrations)
  assert.ok(opened.ok)
  t.after(() => {
    opened.database.close()
    rmSync(directory, { recursive: true })
  })
  const quarantine = new Quarantine(opened.database)
  const operation = { id: 'op-1', actor: 'lin', alertId: null } as StoredOperation
  quarantine.add('qe-mine', 'a', '/opt/x', operation, null, 1)
  quarantine.add('qe-theirs', 'b', '/opt/y', operation, null, 1)
  const restored = (entry: string) =>
    quarantine.taskEnded(
      {
        kind: 'restore-file',
        assetId: 'a',
        state: 'done',
        code: null,
        message: null,
        parameters: { entry: 'qe-mine' },
        details: { replaced: { entry, path: '/opt/z', sha256: '"\r\nx: y' } },
      } as unknown as StoredTask,
      operation,
      2,
    )
  const before = quarantine.file('qe-theirs')
  for (const entry of ['../../rampart', 'a/b', '..', '', 'x'.repeat(65), 'a\0b']) {
    restored(entry)
    assert.equal(quarantine.file(entry), null, entry)
  }
  restored('qe-theirs')
  assert.deepEqual(quarantine.file('qe-theirs'), before)
  restored('qe-new')
  assert.equal(quarantine.file('qe-new')?.path, '/opt/z')
  assert.equal(quarantine.file('qe-new')?.sha256, null, 'what is no digest is none')
  const downloads = new Downloads(join(directory, 'downloads'), { whenTaskEnds: () => {} } as unknown as Tasks)
  assert.throws(() => downloads.path('../rampart'), /leads out/)
})
