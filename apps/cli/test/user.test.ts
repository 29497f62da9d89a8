/** `rampart user` and `rampart reload` as processes of their own, beside a server in another. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const base = mkdtempSync(join(tmpdir(), 'rampart-user-'))
const state = join(base, 'server')
let server: ChildProcess
let address = ''

const start = (...args: string[]) =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })

async function rampart(...args: string[]) {
  const child = start(...args, '--state', state)
  let [output, errors] = ['', '']
  child.stdout?.on('data', (data) => (output += data))
  child.stderr?.on('data', (data) => (errors += data))
  const [status] = await once(child, 'close')
  return { status, output, errors }
}

async function signIn(username: string, password: string): Promise<number> {
  const response = await fetch(`${address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  await response.text()
  return response.status
}

before(async () => {
  const listen = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0', '--log', 'none', '--json']
  server = start('server', '--state', state, ...listen)
  server.stderr?.pipe(process.stderr)
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    address = JSON.parse(line).console
    break
  }
})
after(async () => {
  server.kill('SIGTERM')
  if (server.exitCode === null) await once(server, 'exit')
  rmSync(base, { recursive: true, force: true })
})

test('users are added, changed and removed beside a running server, which sees it at once', async () => {
  const added = JSON.parse(
    (await rampart('user', 'add', 'mia', '--role', 'analyst', '--group', 'blue', '--json')).output,
  )
  assert.equal(await signIn('mia', added.password), 200)
  assert.equal(await signIn('mia', 'something else'), 401)
  const list = async () => (await rampart('user', 'list', '--json')).output
  assert.match(await list(), /"mia"/)
  assert.equal((await rampart('user', 'role', 'mia', 'responder')).status, 0)
  assert.match(await list(), /"responder"/)
  assert.equal((await rampart('user', 'disable', 'mia')).status, 0)
  assert.equal(await signIn('mia', added.password), 401)
  assert.equal((await rampart('user', 'enable', 'mia')).status, 0)
  const renewed = JSON.parse((await rampart('user', 'reset-password', 'mia', '--json')).output)
  assert.equal(await signIn('mia', added.password), 401)
  assert.equal(await signIn('mia', renewed.password), 200)
  assert.equal((await rampart('user', 'reset-second-factor', 'mia')).status, 0)
  assert.equal((await rampart('user', 'remove', 'mia')).status, 0)
  assert.doesNotMatch(await list(), /"mia"/)
})

test('what cannot be done is refused with a code', async () => {
  for (const [code, ...args] of [
    ['user.invalid-name', 'add', 'a/b'],
    ['user.exists', 'add', 'admin'],
    ['user.not-found', 'remove', 'nobody'],
    ['user.last-administrator', 'remove', 'admin'],
  ] as const) {
    const { status, errors } = await rampart('user', ...args)
    assert.deepEqual([status, errors.includes(`[${code}]`)], [2, true], errors)
  }
})

test('reload takes changed settings, names those that wait, and keeps all when one is wrong', async () => {
  const file = join(state, 'rampart.yml')
  writeFileSync(file, 'sessions:\n  idleMinutes: 30\nserver:\n  listen: 127.0.0.1:1\n')
  const taken = await rampart('reload')
  assert.equal(taken.status, 0, taken.errors)
  assert.match(taken.output, /sessions\.idleMinutes: .* → 30/)
  assert.match(taken.output, /server\.listen: .* \(at the next start\)/)
  writeFileSync(file, 'sessions:\n  idleMinute: 30\n')
  const refused = await rampart('reload')
  assert.equal(refused.status, 2)
  assert.match(refused.errors, /rampart\.yml:2.*settings\.unknown-name/)
})
