import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from './log.ts'
import { RotatingFile } from './rotating-file.ts'
import { temporaryDirectory } from './testing/test-server.ts'

test('a log file is rotated by size and the oldest lines go', (t) => {
  const directory = temporaryDirectory()
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'server.log')
  for (const start of [0, 6]) {
    // Opened twice: what an earlier run wrote counts.
    const file = new RotatingFile(path, { maxBytes: 20, kept: 3 })
    for (let number = start; number < start + 6; number++) file.write(`line ${String(number).padStart(3, '0')}\n`)
  }
  assert.deepEqual(readdirSync(directory).sort(), ['server.log', 'server.log.1', 'server.log.2', 'server.log.3'])
  const all = ['.3', '.2', '.1', ''].map((end) => readFileSync(path + end, 'utf8')).join('')
  assert.deepEqual(all.match(/\d+/g), ['004', '005', '006', '007', '008', '009', '010', '011'])
  assert.equal(statSync(path).mode & 0o777, 0o600)
  // Wider than any file: it is written all the same.
  new RotatingFile(path, { maxBytes: 20, kept: 3 }).write(`${'x'.repeat(50)}\n`)
  assert.equal(statSync(path).size, 51)
})

test('the log of the server goes to such a file, without secrets', async (t) => {
  const directory = temporaryDirectory()
  t.after(() => rmSync(directory, { recursive: true }))
  const log = createLog(join(directory, 'server.log'), 'info')
  log.info({ token: 'rampart1.secret' }, 'made')
  await new Promise<void>((done) => log.flush(() => done()))
  assert.match(readFileSync(join(directory, 'server.log'), 'utf8'), /"token":"\[secret\]","msg":"made"/)
})
