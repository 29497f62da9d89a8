/** What a new user meets: starting again, stopping, and every way in which a start can fail, with the sentence that helps. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inDisposableEtc, runCommand } from './parts/acts.ts'
import { signInApi } from './parts/api.ts'
import { freePort, removeState, root, startInstallation } from './parts/installation.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root: namespaces and kernel sensors'
const scratch = mkdtempSync(join(tmpdir(), 'rampart-first-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

async function ports(): Promise<string[]> {
  return ['--listen', `127.0.0.1:${await freePort()}`, '--agent-listen', `127.0.0.1:${await freePort()}`]
}
const up = async (...args: string[]) => runCommand('./rampart', ['up', ...args], 30_000, root)

test('all data is there after a stop and a start, and the one-time password is not shown again', {
  skip,
  timeout: 90_000,
}, async () => {
  const first = await startInstallation()
  let again: typeof first | undefined
  try {
    await signInApi(first.console, first.password)
    await inDisposableEtc(`echo '* * * * * root true' > /etc/cron.d/kept`)
    const before = await untilAlert(first.console, '/etc/cron.d/kept')
    assert.equal(await first.stop(), 0)

    const startedAt = performance.now()
    again = await startInstallation({ state: first.state })
    assert.ok(performance.now() - startedAt < 15_000, 'a second start takes seconds')
    assert.equal(again.password, null)
    const kept = await untilAlert(again.console, '/etc/cron.d/kept')
    assert.deepEqual([kept.id, kept.count, kept.firstAt], [before.id, before.count, before.firstAt])

    const second = await up('--state', first.state, ...(await ports()))
    assert.equal(second.code, 2)
    assert.match(second.output, /already runs here \(pid \d+\) at http.*make down/)
    const status = await runCommand('./rampart', ['status', '--json', '--state', first.state], 30_000, root)
    assert.equal(status.code, 0)
    assert.equal(JSON.parse(status.output).ready, true)
  } finally {
    await first.stop()
    await again?.stop()
    removeState(first.state)
  }
  const status = await runCommand('./rampart', ['status', '--state', first.state], 30_000, root)
  assert.equal(status.code, 1)
})

async function untilAlert(console: string, entity: string) {
  const client = await signInApi(console, null)
  for (let tries = 0; tries < 50; tries++) {
    const found = (await client.alerts()).find((alert) => alert.entity.value === entity)
    if (found) return found
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`no alert for ${entity}`)
}

test('kill -9 of `rampart up` leaves nothing behind that hinders the next start', {
  skip,
  timeout: 90_000,
}, async () => {
  const first = await startInstallation({ through: 'launcher' })
  let again: typeof first | undefined
  try {
    assert.ok(first.process.pid)
    process.kill(first.process.pid, 'SIGKILL')
    await untilEnded([first.serverPid, first.agentPid ?? first.serverPid])
    again = await startInstallation({ state: first.state, through: 'launcher' })
    assert.match(again.agent, /^connected/)
  } finally {
    await again?.stop()
    removeState(first.state)
  }
})

async function untilEnded(pids: readonly number[]): Promise<void> {
  for (let tries = 0; tries < 100 && pids.some((pid) => existsSync(`/proc/${pid}`)); tries++)
    await new Promise((done) => setTimeout(done, 100))
  assert.deepEqual(
    pids.filter((pid) => existsSync(`/proc/${pid}`)),
    [],
  )
}

test('a port that is taken', { skip }, async () => {
  const blocker = createServer()
  await new Promise<void>((done) => blocker.listen(0, '127.0.0.1', done))
  const { port } = blocker.address() as { port: number }
  const { code, output } = await up('--state', join(scratch, 'port'), '--listen', `127.0.0.1:${port}`)
  blocker.close()
  assert.equal(code, 2, output)
  assert.match(output, new RegExp(`${port}.*(in use|taken)`))
  assert.match(output, /--listen|Stop|another/)
})

test('a state directory that is a file', { skip }, async () => {
  writeFileSync(join(scratch, 'file'), '')
  const { code, output } = await up('--state', join(scratch, 'file'), ...(await ports()))
  assert.equal(code, 2)
  assert.match(output, /is a file, not a directory\. Choose another place with --state/)
})

test('a disk that is full', { skip }, async () => {
  const folder = join(scratch, 'full')
  mkdirSync(folder)
  const script = `mount --make-rprivate / && mount -t tmpfs -o size=1m none ${folder} && ./rampart up --state ${folder}/state`
  const { code, output } = await runCommand('unshare', ['-m', 'bash', '-c', script], 30_000, root)
  assert.equal(code, 2, output)
  assert.match(output, /MB are free on the disk.*Free some space/)
})

/** Runs as an ordinary user, who sees the project wherever it lies. */
function asNobody(script: string, environment = '') {
  const view = join(scratch, 'view')
  const prepare = `mount --make-rprivate / && mkdir -p ${view} && mount --bind ${root} ${view} && chmod 755 ${scratch} && cd ${view}`
  return runCommand(
    'unshare',
    [
      '-m',
      'bash',
      '-c',
      `${prepare} && ${environment} setpriv --reuid=65534 --regid=65534 --clear-groups bash -c '${script}'`,
    ],
    60_000,
    root,
  )
}

test('a state directory that the user may not read', { skip }, async () => {
  const folder = join(scratch, 'private')
  mkdirSync(folder, { mode: 0o700 })
  const { code, output } = await asNobody(`./rampart up --state ${folder}`)
  assert.equal(code, 2, output)
  assert.match(output, /cannot be read and written by user id 65534.*chown, run as root, or choose another place/)
})

test('without root it starts with the sensors that can work, and the console says which cannot and why', {
  skip,
  timeout: 90_000,
}, async () => {
  const folder = join(scratch, 'nobody')
  mkdirSync(folder)
  await runCommand('chown', ['65534:65534', folder])
  const [, listen = '', , agentListen = ''] = await ports()
  const running = asNobody(
    `exec timeout 25 ./rampart up --json --state ${folder}/state --listen ${listen} --agent-listen ${agentListen} > ${folder}/out`,
  )
  let ready: { console: string; password: string; agent: string } | undefined
  for (let tries = 0; tries < 100 && !ready; tries++) {
    await new Promise((done) => setTimeout(done, 200))
    const { output } = await runCommand('cat', [`${folder}/out`])
    if (output.startsWith('{')) ready = JSON.parse(output)
  }
  assert.ok(ready, 'it starts')
  const client = await signInApi(ready.console, ready.password)
  let reasons: string[] = []
  for (let tries = 0; tries < 100 && reasons.length === 0; tries++) {
    await new Promise((done) => setTimeout(done, 200))
    const { items } = await client.get<{ items: { subject: string; reason: string }[] }>('/api/v1/banners')
    reasons = items.filter((banner) => banner.subject.startsWith('ebpf')).map((banner) => banner.reason)
  }
  assert.ok(reasons.length > 0, 'banners name the kernel sensors')
  assert.match(reasons.join('\n'), /root|CAP_BPF|privilege/i)
  await running
})

test('no Node at all', { skip }, async () => {
  const bare = join(scratch, 'bare')
  mkdirSync(join(bare, 'bin'), { recursive: true })
  mkdirSync(join(bare, 'tools'))
  for (const file of ['rampart', 'package-lock.json', 'tools/install.sh']) cpSync(join(root, file), join(bare, file))
  const tools = ['bash', 'readlink', 'dirname', 'id', 'df', 'awk', 'cat', 'env', 'make']
  for (const tool of tools) {
    const { output } = await runCommand('bash', ['-c', `command -v ${tool}`])
    symlinkSync(output.trim(), join(bare, 'bin', tool))
  }
  const { code, output } = await runCommand('env', [`PATH=${join(bare, 'bin')}`, join(bare, 'rampart'), 'up'])
  assert.equal(code, 2, output)
  assert.match(output, /Node\.js with npm was not found\.\nrampart: Install Node\.js 20 or newer/)
})
