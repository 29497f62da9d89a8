/** What is never ended or moved, and what only pretends to be that. Root, in a mount namespace of the test's own. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../test/until.ts'
import { defaultPolicy } from '../src/execute/index.ts'
import { killProcess } from '../src/execute/kill-process.ts'
import { quarantineFile } from '../src/execute/quarantine-file.ts'
import { setUp, targetOf } from './host.ts'
import { isAlive } from './processes.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root for a mount namespace'

/** An idle program at a path, and what it is told to run under. */
async function idle(t: Parameters<typeof setUp>[0], path: string, before: readonly string[] = []) {
  const [command = path, ...rest] = [...before, path, '600']
  const child = spawn(command, rest, { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const pid = child.pid as number
  await until('the program', () => existsSync(`/proc/${pid}/exe`) && readlinkSync(`/proc/${pid}/exe`) === path)
  return pid
}

test('a program that is put over a protected one by a mount of its own is ended; the protected one is not', {
  skip,
}, async (t) => {
  const { place, host } = setUp(t)
  const evil = join(place, 'evil')
  copyFileSync('/usr/bin/sleep', evil)
  const needed = join(place, 'needed')
  copyFileSync('/usr/bin/sleep', needed)
  for (const path of [evil, needed]) chmodSync(path, 0o755)
  const guarded = { ...host, policy: { ...defaultPolicy, protectedPaths: [needed] } }

  const good = await idle(t, needed)
  const hidden = [
    'unshare',
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    `mount --bind '${evil}' '${needed}' && exec "$0" "$@"`,
  ]
  const bad = await idle(t, needed, hidden)
  const spared = await killProcess({ process: targetOf(good), tree: false }, guarded)
  assert.deepEqual([spared.state, spared.code], ['refused', 'process.protected'])
  const ended = await killProcess({ process: targetOf(bad), tree: false }, guarded)
  assert.deepEqual([ended.state, ended.code], ['done', 'process.ended'])
  assert.deepEqual([isAlive(good), isAlive(bad)], [true, false])
})

test('a protected path stays protected, however it is written', async (t) => {
  const { place, host } = setUp(t)
  mkdirSync(join(place, 'needed'))
  const path = join(place, 'needed/file')
  writeFileSync(path, 'x')
  const guarded = { ...host, policy: { ...defaultPolicy, protectedPaths: [`${place}/needed/`] } }
  for (const written of [
    path,
    `/${path}`,
    `${place}//needed/file`,
    `${place}/needed//file`,
    `${place}/./needed/file`,
    `${place}/needed/../needed/file`,
  ]) {
    const outcome = await quarantineFile({ file: { path: written, sha256: null, inode: null }, entry: 'q-1' }, guarded)
    assert.equal(outcome.state, 'refused', written)
    assert.match(outcome.code, /^file\.(protected|invalid-path)$/, written)
  }
  assert.equal(readFileSync(path, 'utf8'), 'x')
})

test('a program that is named as if it were deleted is ended by its true path, and is no protected one', async (t) => {
  const { place, host } = setUp(t)
  const needed = join(place, 'needed')
  const path = `${needed} (deleted)`
  for (const one of [needed, path]) {
    copyFileSync('/usr/bin/sleep', one)
    chmodSync(one, 0o755)
  }
  const guarded = { ...host, policy: { ...defaultPolicy, protectedPaths: [needed] } }
  const pid = await idle(t, path)
  const outcome = await killProcess({ process: { ...targetOf(pid), executable: path }, tree: false }, guarded)
  assert.deepEqual([outcome.state, outcome.code], ['done', 'process.ended'])
  assert.equal(isAlive(pid), false)
})
