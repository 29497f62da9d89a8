import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'server', 'unit', ...args], {
    encoding: 'utf8',
  })

test('the unit is what systemd accepts, with the given state directory', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rampart-unit-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { stdout, status } = run('--state', folder)
  assert.equal(status, 0)
  assert.match(stdout, new RegExp(`^ExecStart=\\S+/rampart server --state ${folder} `, 'm'))
  assert.match(stdout, new RegExp(`^ReadWritePaths=${folder}$`, 'm'))
  const file = join(folder, 'rampart-server.service')
  writeFileSync(file, stdout)
  const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
  assert.equal(verified.stderr, '')
  assert.equal(verified.status, 0)
})

test('a path that a unit would read otherwise is refused', () => {
  for (const path of ['/srv/with space', '/srv/%h', '/srv/"x"', '/srv/$HOME']) {
    const { stdout, stderr, status } = run('--state', path)
    assert.deepEqual([stdout, status], ['', 2], path)
    assert.match(stderr, /unit\.unusual-path/)
  }
})
