/** The launcher: found through links and from anywhere, and parsed code is kept where only its owner may write. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { whoamiLine, whoamiRule } from './whoami.ts'

const home = resolve(import.meta.dirname, '../../..')
const directory = mkdtempSync(join(tmpdir(), 'rampart launcher '))
after(() => rmSync(directory, { recursive: true, force: true }))
const cache = join(directory, 'cache')

function launch(program: string, args: string[], options: { cwd?: string } = {}) {
  const done = spawnSync('bash', [program, ...args], {
    ...options,
    encoding: 'utf8',
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  })
  return { status: done.status, stdout: done.stdout, stderr: done.stderr }
}

test('from another directory, by a link, by a relative path', () => {
  const link = join(directory, 'a link')
  symlinkSync(join(home, 'rampart'), link)
  const expected = launch(join(home, 'rampart'), ['--version'])
  assert.match(expected.stdout, /^rampart \d/)
  assert.equal(expected.status, 0)
  assert.deepEqual(launch(link, ['--version']), expected)
  assert.deepEqual(launch('rampart', ['--version'], { cwd: home }), expected)
  assert.deepEqual(launch('../../rampart', ['--version'], { cwd: join(home, 'apps/cli') }), expected)
  assert.deepEqual(launch('./a link', ['--version'], { cwd: directory }), expected)
})

test('from a directory whose name has what means something in a URL', () => {
  const link = join(directory, 'a%20b#c?d')
  symlinkSync(home, link)
  const { status, stdout, stderr } = launch(join(link, 'rampart'), ['replay', '--help'])
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^Usage: rampart replay/)
})

test('replay keeps its parsed code by itself, the same with several threads, and finds the same with it', () => {
  const at = (name: string, text: string) => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  const rule = at('rule.yml', whoamiRule)
  const input = at('input.ndjson', whoamiLine.repeat(3))
  const replay = (threads: string) =>
    launch(join(home, 'rampart'), [
      'replay',
      '--json',
      '--matches',
      '--no-own-models',
      '--threads',
      threads,
      '--sigma',
      rule,
      input,
    ])
  const first = replay('1')
  assert.equal(first.status, 1, first.stderr)
  assert.equal(first.stdout.split('\n').filter((text) => text.includes('"record"')).length, 3)
  const kept = () => readdirSync(join(cache, 'replay'), { recursive: true, encoding: 'utf8' }).sort()
  const before = kept()
  assert.ok(before.length > 100, `${before.length} files`)
  assert.equal(replay('1').stdout, first.stdout)
  assert.deepEqual(kept(), before)
  assert.equal(replay('2').stdout, first.stdout)
})
