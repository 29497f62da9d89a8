/** Order of versions, and names that are none of ours. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareVersions, packageFilePattern } from './agent-package.ts'

test('versions are ordered by number, a pre-release before its release', () => {
  const ordered = ['0.1.0-rc1', '0.1.0', '0.1.9', '0.1.10', '0.2.0-a', '0.2.0-b', '0.2.0', '1.0.0']
  assert.deepEqual([...ordered].reverse().sort(compareVersions), ordered)
  assert.equal(compareVersions('0.1.0', '0.1.0'), 0)
})

test('file names cannot leave their folder', () => {
  assert.ok(packageFilePattern.test('rampart-agent-0.1.0-linux-x64.tar.gz'))
  for (const name of [
    '../rampart-agent-0.1.0-linux-x64.tar.gz',
    'rampart-agent-0.1.0/../x-linux-x64.tar.gz',
    'rampart-agent-x-linux-x64.tar.gz',
  ])
    assert.ok(!packageFilePattern.test(name), name)
})
