import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { prepareStateDirectory } from './state-directory.ts'

test('a state directory that others can write to is refused and left as it is', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-state-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const made = prepareStateDirectory(join(directory, 'new', 'state'))
  assert.ok(made.ok)
  assert.equal(statSync(made.path).mode & 0o777, 0o700)

  const shared = join(directory, 'shared')
  mkdirSync(shared)
  for (const mode of [0o777, 0o1777, 0o720, 0o702]) {
    chmodSync(shared, mode)
    const refused = prepareStateDirectory(shared)
    assert.ok(!refused.ok)
    assert.equal(refused.code, 'state.not-private')
    assert.match(refused.message, /chmod go-w .*--state/)
    assert.equal(statSync(shared).mode & 0o7777, mode)
  }
  chmodSync(shared, 0o755)
  assert.equal(prepareStateDirectory(shared).ok, true)
})

test('a state directory of another user is refused', {
  skip: process.getuid?.() === 0 ? false : 'needs root: chown',
}, (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-state-'))
  t.after(() => rmSync(directory, { recursive: true }))
  chownSync(directory, 65_534, 65_534)
  const refused = prepareStateDirectory(directory)
  assert.ok(!refused.ok)
  assert.equal(refused.code, 'state.not-private')
  assert.match(refused.message, /user \(id 65534\).*chown 0 /)
})
