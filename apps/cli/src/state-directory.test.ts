import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
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

test('a folder above the state directory that this user may not enter is named', {
  skip: process.getuid?.() === 0 ? false : 'needs root: setuid',
}, (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-state-'))
  t.after(() => rmSync(directory, { recursive: true }))
  // As `rampart up` of root leaves it: private, and with a part in it that was given to another user.
  const state = join(directory, 'rampart', 'server')
  mkdirSync(state, { recursive: true, mode: 0o700 })
  chownSync(state, 65_534, 65_534)
  chmodSync(directory, 0o711)
  const prepareAsNobody = (): unknown =>
    JSON.parse(
      execFileSync(
        process.execPath,
        ['--input-type=module', '-e', asNobody, import.meta.resolve('./state-directory.ts'), state],
        {
          encoding: 'utf8',
        },
      ),
    )
  const closed = join(directory, 'rampart')
  assert.deepEqual(prepareAsNobody(), {
    ok: false,
    code: 'state.not-reachable',
    message: `The state directory ${state} cannot be reached by user id 65534: ${closed} is closed to this user. Let it through with chmod o+x '${closed}', or choose another place with --state DIR.`,
  })
  // What the message says to do is enough.
  chmodSync(closed, 0o701)
  assert.deepEqual(prepareAsNobody(), { ok: true, path: state })
})

const asNobody = `const { prepareStateDirectory } = await import(process.argv[1])
process.setgid(65534)
process.setuid(65534)
console.log(JSON.stringify(prepareStateDirectory(process.argv[2])))`
