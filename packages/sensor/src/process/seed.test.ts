import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../../test/until.ts'
import { readProcess } from './seed.ts'

test('of arguments as large as a process likes, the head is read', (t) => {
  const proc = mkdtempSync(join(tmpdir(), 'rampart-seed-'))
  t.after(() => rmSync(proc, { recursive: true }))
  mkdirSync(join(proc, '7'))
  writeFileSync(join(proc, '7/stat'), `7 (a) b) S 1 7 7 0 ${'0 '.repeat(30)}`)
  writeFileSync(join(proc, '7/status'), 'Uid:\t65534\t65534\t65534\t65534\nGid:\t1\t1\t1\t1\n')
  writeFileSync(join(proc, '7/cmdline'), `sleep\0${'x'.repeat(20_000)}`)
  // more than one read may give: a whole read of it would fail
  truncateSync(join(proc, '7/cmdline'), 2 ** 33)
  const found = readProcess(7, proc)
  assert.equal(found?.name, 'a) b')
  assert.equal(found.image.argumentsTruncated, true)
  assert.equal(found.image.arguments?.[0], 'sleep')
  assert.equal(found.image.arguments.join(' ').length, 16_383)
})

test('a program whose name ends like that of a deleted one is none, until it is deleted', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rampart-seed-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'sleep (deleted)')
  copyFileSync('/usr/bin/sleep', path)
  chmodSync(path, 0o755)
  const child = spawn(path, ['300'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const pid = child.pid as number
  await until('its program', () => readlinkSync(`/proc/${pid}/exe`) === path)
  const before = readProcess(pid)
  assert.equal(before?.executable, path)
  assert.equal(before.image.fileless, undefined)
  unlinkSync(path)
  const after = readProcess(pid)
  assert.equal(after?.executable, path)
  assert.equal(after.image.fileless, true)
})
