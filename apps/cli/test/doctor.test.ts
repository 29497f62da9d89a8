/** `rampart doctor` on state directories that are well and on those that are not, beside a real server. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '@rampart/server'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const base = mkdtempSync(join(tmpdir(), 'rampart-doctor-'))
let server: Awaited<ReturnType<typeof startServer>>

interface Check {
  id: string
  state: string
  found: string
  advice: string
}

before(async () => {
  server = await startServer({
    stateDirectory: join(base, 'server'),
    listen: '127.0.0.1:0',
    agentListen: '127.0.0.1:0',
    indicatorDirectories: [],
    log: 'none',
  })
  assert.ok(server.ok)
})
after(async () => {
  if (server.ok) await server.stop()
  rmSync(base, { recursive: true, force: true })
})

async function doctor(...args: string[]): Promise<{ status: number; checks: Map<string, Check>; summary: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'doctor', '--json', ...args])
  let output = ''
  let summary = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    summary += chunk
  })
  const status = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  const checks = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Check)
  return { status, checks: new Map(checks.map((check) => [check.id, check])), summary }
}

test('beside a running server everything is well', async () => {
  assert.ok(server.ok)
  const { status, checks, summary } = await doctor('--state', base, '--console', server.consoleUrl)
  assert.equal(checks.get('server.ready')?.state, 'ok', JSON.stringify(checks.get('server.ready')))
  assert.equal(checks.get('server.losses')?.state, 'ok')
  for (const id of [
    'host.runtime',
    'state.access',
    'state.database',
    'state.certificate.authority',
    'state.certificate.server',
    'state.settings',
  ])
    assert.equal(checks.get(id)?.state, 'ok', id)
  assert.equal(checks.get('agent.runs')?.state, 'skipped')
  assert.equal(status, 0)
  assert.match(summary, /0 problems/)
})

test('a server that does not answer under the given address is a problem', async () => {
  const { status, checks } = await doctor('--state', base, '--console', 'http://127.0.0.1:1')
  assert.equal(checks.get('server.ready')?.state, 'problem')
  assert.match(checks.get('server.ready')?.found ?? '', /does not answer at http:\/\/127\.0\.0\.1:1/)
  assert.equal(status, 1)
})

test('a broken copy of the state: every fault is named with what to do', async (t) => {
  const broken = mkdtempSync(join(tmpdir(), 'rampart-doctor-'))
  const taken = createServer()
  // Another installation may run here: then the port is taken already.
  const isOurs = await new Promise<boolean>((resolve) =>
    taken.once('error', () => resolve(false)).listen(7350, '127.0.0.1', () => resolve(true)),
  )
  t.after(() => {
    taken.close()
    rmSync(broken, { recursive: true, force: true })
  })
  const state = join(broken, 'server')
  mkdirSync(state)
  cpSync(join(base, 'server', 'authority'), join(state, 'authority'), { recursive: true })
  chmodSync(state, 0o755)
  for (const name of readdirSync(join(state, 'authority')))
    if (name.endsWith('.key')) chmodSync(join(state, 'authority', name), 0o644)
  writeFileSync(join(state, 'authority', 'server.pem'), 'not a certificate')
  writeFileSync(join(state, 'rampart.db'), Buffer.alloc(8192, 7))
  writeFileSync(join(state, 'rampart.yml'), 'retention:\n  eventDayz: 3\n')
  writeFileSync(join(state, 'refused-events.ndjson'), '{}\n')
  const ahead = new Date(Date.now() + 3_600_000)
  utimesSync(join(state, 'refused-events.ndjson'), ahead, ahead)
  const { status, checks } = await doctor('--state', broken)
  const found = [...checks.values()].filter((check) => check.state === 'problem' || check.state === 'warning')
  for (const check of found) assert.ok(check.advice.length > 10, check.id)
  const states = Object.fromEntries(found.map((check) => [check.id, check.state]))
  for (const id of [
    'state.access',
    'state.key',
    'state.certificate.server',
    'state.database',
    'state.settings',
    'port.console',
  ])
    assert.equal(states[id], 'problem', id)
  for (const id of ['state.refused', 'state.clock']) assert.equal(states[id], 'warning', id)
  const holder = isOurs ? new RegExp(`another program: node \\(pid ${process.pid}\\)$`) : /taken by another /
  assert.match(checks.get('port.console')?.found ?? '', holder)
  assert.match(checks.get('state.settings')?.found ?? '', /rampart\.yml:2:3/)
  assert.equal(status, 1)
})

test('where nothing is yet nothing is wrong', async () => {
  const { status, checks } = await doctor('--state', join(base, 'nowhere'))
  assert.equal(checks.get('state')?.state, 'skipped')
  assert.equal(
    [...checks.values()].some((check) => check.id.startsWith('state.')),
    false,
  )
  // A port may be taken by whatever else runs here.
  assert.ok(
    status === 0 || [...checks.values()].every((check) => check.state !== 'problem' || check.id.startsWith('port.')),
  )
})
