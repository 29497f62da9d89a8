/**
 * The packaged agent on a machine without npm, Node or a checkout (they are hidden in a mount namespace of its own): the
 * one line of the console, an upgrade, a refused one, one that is taken back, and the uninstallation with its token.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type RunningServer, signAgentPackage, startServer } from '@rampart/server'
import { until } from '../until.ts'
import { type Client, signInApi } from './parts/api.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const folder = mkdtempSync(join(tmpdir(), 'rampart-package-'))
const packages = join(folder, 'packages')
const home = join(folder, 'opt')
const state = join(folder, 'state')
const bin = join(folder, 'bin')
const isRoot = process.getuid?.() === 0
const skip = !isRoot && 'needs root'
let server: RunningServer
let api: Client
let machine: ChildProcess
let assetId = ''

const environment = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/nonexistent',
  RAMPART_AGENT_HOME: home,
  RAMPART_AGENT_STATE: state,
  RAMPART_AGENT_BIN: bin,
  RAMPART_AGENT_TRIAL: '40',
}

before(async () => {
  if (!isRoot) return
  for (const one of [packages, bin]) mkdirSync(one)
  execFileSync(process.execPath, [join(root, 'tools/build-agent-package.ts'), '--out', packages, '--no-deb'], {
    stdio: 'ignore',
  })
  const started = await startServer({
    stateDirectory: join(folder, 'server'),
    listen: '127.0.0.1:0',
    agentListen: '127.0.0.1:0',
    agentPackagesDirectory: packages,
    log: 'none',
  })
  assert.ok(started.ok, JSON.stringify(started))
  server = started
  api = await signInApi(server.consoleUrl, server.firstUser?.password ?? null)
  // A machine of its own as far as files go: no checkout, no Node.
  const hide = `mount -t tmpfs none '${root}' && for node in /usr/bin/node /usr/bin/npm; do [ ! -e $node ] || mount --bind /dev/null $node; done; exec sleep 1000000`
  machine = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', hide], { stdio: 'ignore', cwd: '/' })
  await until(
    'the machine',
    async () => (await inMachine(`[ ! -e '${root}/package.json' ] && ! command -v node`)).status === 0,
  )
})

after(async () => {
  if (!isRoot) return
  await inMachine(`'${home}/current/rampart-agent.init' stop`)
  machine?.kill('SIGKILL')
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a shell command as the machine's root. Not a synchronous one: the server is in this process. */
async function inMachine(command: string, input = ''): Promise<{ status: number; stdout: string; stderr: string }> {
  const arguments_ = ['-t', String(machine.pid), '-m', 'sh', '-c', `cd '${folder}' && ${command}`]
  const child = spawn('nsenter', arguments_, { env: environment, stdio: ['pipe', 'pipe', 'pipe'], timeout: 120_000 })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return { status: child.exitCode ?? -1, stdout, stderr }
}

const asset = async () => (await api.get(`/api/v1/assets/${assetId}`)) as Asset
interface Asset {
  agent: { state: string; version: string; upgrade: string | null }
  sensors: { sensor: string; reason: string | null }[]
  certificate: { revokedFor: string | null }
}
interface Operation {
  state: string
  tasks: { code: string; message: string }[]
}
const operationOf = async (id: string) => (await api.get(`/api/v1/operations/${id}`)) as Operation
const alertTitles = async () => (await api.alerts()).map(({ title }) => title).sort()
const runs = (version: string) => async () => {
  const { agent } = await asset()
  return agent.state === 'online' && agent.version === version
}

/** The folder of a package like the first one but for its version. */
function makeFolder(version: string): string {
  const [first = ''] = readdirSync(packages).filter((name) => /-0\.1\.0-linux-\w+$/.test(name))
  const name = first.replace('0.1.0', version)
  const made = join(folder, 'made', name)
  cpSync(join(packages, first), made, { recursive: true, verbatimSymlinks: true })
  writeFileSync(join(made, 'version'), `${version}\n`)
  writeFileSync(join(made, 'app/apps/agent/src/version.ts'), `export const agentVersion = '${version}'\n`)
  return made
}

/** Packed, after whatever `change` does to its folder. */
function makePackage(version: string, change: (folder: string) => void = () => {}): string {
  const made = makeFolder(version)
  change(made)
  const name = basename(made)
  const file = join(folder, 'made', `${name}.tar.gz`)
  execFileSync('tar', ['-C', join(folder, 'made'), '--use-compress-program', 'gzip -1', '-cf', file, name])
  return file
}

test('one line of the console installs, enrols and starts; the token is in no list of processes', {
  skip,
}, async () => {
  const token = (await api.post('/api/v1/enrolment-tokens', { uses: 1, minutes: 10 })) as {
    id: string
    token: string
    install: { command: string } | null
  }
  assert.ok(token.install, 'the server has a package to hand out')
  const wrong = token.install.command.replace(/sha256\/\/[^']{8}/, 'sha256//AAAAAAAA')
  assert.notEqual((await inMachine(wrong)).status, 0, 'a server with another key is not believed')
  assert.ok(!existsSync(home))

  const seen = new Set<string>()
  const watch = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(machine.pid)))
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        // The shell into which this test types the line has all of it on its command line.
        if (words.includes(token.token) && !words.includes('curl -fsSk')) seen.add(words)
      } catch {}
  }, 5)
  const install = spawn(
    'nsenter',
    ['-t', String(machine.pid), '-m', 'sh', '-c', `cd '${folder}' && ${token.install.command}`],
    { env: environment, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  install.stderr.on('data', (chunk) => {
    said += chunk
  })
  const status = await new Promise((resolve) => install.once('exit', resolve))
  clearInterval(watch)
  assert.equal(status, 0, said)
  assert.deepEqual([...seen], [])
  await until('its first events', async () => {
    // on a host where nothing else happens, a program that starts is what there is to see
    await inMachine('true')
    const row = (await api.get(`/api/v1/enrolment-tokens/${token.id}`)) as {
      servers: { id: string; agent: string; eventsReceived: number }[]
    }
    assetId = row.servers[0]?.id ?? ''
    return row.servers[0]?.agent === 'online' && row.servers[0].eventsReceived > 0
  })
  assert.equal((await asset()).agent.version, '0.1.0')
  const described = await inMachine(`'${bin}/rampart-agent' status --state '${state}'`)
  assert.equal(described.status, 0, described.stderr)
  assert.match(described.stdout, /version 0\.1\.0/)
})

test('an upgrade from the server: the new version runs, nothing is enrolled anew', { skip }, async () => {
  cpSync(makePackage('0.1.1'), join(packages, makePackageName('0.1.1')))
  const upgraded = await inMachine(`'${bin}/rampart-agent' upgrade --json --state '${state}'`)
  assert.equal(upgraded.status, 0, upgraded.stderr)
  assert.deepEqual(JSON.parse(upgraded.stdout), { version: '0.1.1', before: '0.1.0', changed: true })
  await until('the new version', runs('0.1.1'))
  const again = await inMachine(`'${bin}/rampart-agent' upgrade --json --state '${state}'`)
  assert.equal(JSON.parse(again.stdout).changed, false)
})

const makePackageName = (version: string) => `rampart-agent-${version}-linux-${process.arch}.tar.gz`

test('a package that this installation did not sign, or that was changed afterwards, is refused', {
  skip,
}, async () => {
  const file = makePackage('0.1.3')
  const upgrade = () => inMachine(`'${bin}/rampart-agent' upgrade --from '${file}' --state '${state}'`)
  assert.match((await upgrade()).stderr, /\[upgrade\.unreadable\]/)
  const signed = await signAgentPackage(join(folder, 'server'), file)
  assert.ok(signed.ok)
  const { statement, signature } = signed.value
  const forged = statement.replace(/"sha256":"./, (text) => `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`)
  writeFileSync(`${file}.statement`, JSON.stringify({ statement: forged, signature }))
  assert.match((await upgrade()).stderr, /\[upgrade\.bad-signature\]/)
  writeFileSync(`${file}.statement`, JSON.stringify({ statement, signature }))
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from('more')]))
  assert.match((await upgrade()).stderr, /\[upgrade\.bad-checksum\]/)
  const older = makePackage('0.0.9')
  const signedOlder = await signAgentPackage(join(folder, 'server'), older)
  assert.ok(signedOlder.ok)
  writeFileSync(`${older}.statement`, JSON.stringify(signedOlder.value))
  assert.match(
    (await inMachine(`'${bin}/rampart-agent' upgrade --from '${older}' --state '${state}'`)).stderr,
    /\[upgrade\.older\]/,
  )
  assert.equal(await runs('0.1.1')(), true)
})

test('the installer takes no older version unawares, and writes nothing where others than root may', {
  skip,
}, async () => {
  const [newer, candidate, older] = ['0.2.10', '0.2.10-rc1', '0.2.9'].map(makeFolder)
  const place = join(folder, 'installer')
  const at = (name: string) => join(place, name)
  // Enrolled already, as far as the installer asks.
  for (const name of ['', 'bin', 'state']) mkdirSync(at(name), { mode: 0o700 })
  writeFileSync(at('state/identity.json'), '{}')
  const install = (from: string | undefined, to: string, more = '') =>
    inMachine(
      `${more} RAMPART_AGENT_HOME='${at(to)}' RAMPART_AGENT_STATE='${at('state')}' RAMPART_AGENT_BIN='${at('bin')}' sh '${from}/install.sh' --no-start`,
    )
  const current = () => readlinkSync(at('home/current'))

  const first = await install(newer, 'home')
  assert.equal(first.status, 0, first.stderr)
  for (const from of [older, candidate]) {
    const refused = await install(from, 'home')
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /version 0\.2\.10 is installed, and this one is 0\.2\.(?:9|10-rc1), which is older/)
    assert.deepEqual([current(), readdirSync(at('home/versions'))], ['versions/0.2.10', ['0.2.10']])
  }
  assert.equal((await install(older, 'home', 'RAMPART_ALLOW_DOWNGRADE=yes')).status, 0)
  assert.equal(current(), 'versions/0.2.9')
  assert.equal((await install(newer, 'home')).status, 0)
  assert.equal(current(), 'versions/0.2.10')

  mkdirSync(at('led-to'))
  symlinkSync(at('led-to'), at('link'))
  symlinkSync(at('nowhere'), at('dangling'))
  mkdirSync(at('foreign'))
  chownSync(at('foreign'), 12_345, 12_345)
  mkdirSync(at('open'))
  chmodSync(at('open'), 0o777)
  mkdirSync(at('holds-foreign/versions'), { recursive: true })
  chownSync(at('holds-foreign/versions'), 12_345, 12_345)
  writeFileSync(at('file'), '')
  for (const [name, why] of [
    ['link', /is a link: remove it first/],
    ['dangling', /is a link: remove it first/],
    ['foreign', /others than root may write to/],
    ['open', /others than root may write to/],
    ['holds-foreign', /others than root may write to/],
    ['file', /others than root may write to/],
  ] as const) {
    const refused = await install(newer, name)
    assert.equal(refused.status, 2, name)
    assert.match(refused.stderr, why)
  }
  const written = ['led-to', 'foreign', 'open', 'holds-foreign/versions'].flatMap((name) => readdirSync(at(name)))
  assert.deepEqual([written, existsSync(at('nowhere'))], [[], false])
  assert.equal(readlinkSync(at('bin/rampart-agent')), at('home/current/bin/rampart-agent'))
  rmSync(place, { recursive: true })
})

test('a version that does not come up is taken back, and the console says so', { skip }, async () => {
  const broken = makePackage('0.1.4', (made) =>
    writeFileSync(join(made, 'app/apps/agent/src/agent-process.ts'), 'setInterval(() => {}, 1000)\n'),
  )
  const signed = await signAgentPackage(join(folder, 'server'), broken)
  assert.ok(signed.ok)
  writeFileSync(`${broken}.statement`, JSON.stringify(signed.value))
  const upgrade = await inMachine(`'${bin}/rampart-agent' upgrade --from '${broken}' --state '${state}'`)
  assert.equal(upgrade.status, 2)
  assert.match(upgrade.stderr, /0\.1\.1 runs again \[upgrade\.rolled-back\]/)
  await until('the version before', runs('0.1.1'))
  await until('the reason on the page', async () =>
    (await asset()).sensors.some(({ sensor, reason }) => sensor === 'agent.upgrade' && /0\.1\.4/.test(reason ?? '')),
  )
})

test('a file taken from the running agent raises an alert', { skip }, async () => {
  rmSync(join(home, 'versions/0.1.1/runtime/node'))
  await until('an alert', async () => {
    const page = (await api.get(`/api/v1/alerts?asset=${assetId}&type=Other`)) as { items: { title: string }[] }
    return page.items.some(({ title }) => title === 'Agent taken apart')
  })
  cpSync(join(home, 'versions/0.1.0/runtime/node'), join(home, 'versions/0.1.1/runtime/node'))
})

test('an upgrade as a task of the console: offered, carried out over the change of versions, told', {
  skip,
}, async () => {
  assert.equal((await asset()).agent.upgrade, null, 'nothing newer, nothing offered')
  cpSync(makePackage('0.1.5'), join(packages, makePackageName('0.1.5')))
  assert.equal((await asset()).agent.upgrade, '0.1.5')
  const { id } = (await api.post(`/api/v1/assets/${assetId}/responses`, { name: 'upgrade agent' })) as { id: string }
  await until('the end of the task', async () => (await operationOf(id)).state !== 'running', 180_000)
  const { state: ended, tasks } = await operationOf(id)
  assert.equal(ended, 'done', JSON.stringify(tasks))
  assert.equal(tasks[0]?.code, 'upgrade.done')
  assert.match(tasks[0]?.message ?? '', /0\.1\.5 .* it was 0\.1\.1/)
  assert.equal(await runs('0.1.5')(), true)
  assert.equal((await asset()).agent.upgrade, null)
})

test('it is removed with a token of its own only', { skip }, async () => {
  const uninstall = (token: string) => inMachine(`'${bin}/rampart-agent' uninstall --state '${state}'`, `${token}\n`)
  assert.match((await uninstall('rampart-uninstall.made-up')).stderr, /uninstall token is unknown/)
  assert.ok(existsSync(join(home, 'current')))
  const { token } = (await api.post(`/api/v1/assets/${assetId}/uninstall-tokens`)) as { token: string }
  const removed = await uninstall(token)
  assert.equal(removed.status, 0, removed.stderr)
  assert.deepEqual([existsSync(home), existsSync(state), existsSync(join(bin, 'rampart-agent'))], [false, false, false])
  const { agent, certificate } = await asset()
  assert.equal(agent.state, 'uninstalled')
  assert.match(certificate.revokedFor ?? '', /uninstalled with a token/)
})

test('it is removed by a task of the console, without systemd too, and tells so before it is forgotten', {
  skip,
}, async () => {
  const { install } = (await api.post('/api/v1/enrolment-tokens', { uses: 1, minutes: 10 })) as {
    install: { command: string }
  }
  const installed = await inMachine(install.command)
  assert.equal(installed.status, 0, installed.stderr)
  await until('the agent is back as the same asset', runs('0.1.5'))
  const alertsBefore = await alertTitles()
  const { id } = (await api.post(`/api/v1/assets/${assetId}/responses`, { name: 'uninstall agent' })) as { id: string }
  await assert.rejects(api.post(`/api/v1/assets/${assetId}/responses`, { name: 'uninstall agent' }), /already/)
  await until('the end of the task', async () => (await operationOf(id)).state !== 'running')
  const { state: ended, tasks } = await operationOf(id)
  assert.equal(ended, 'done', JSON.stringify(tasks))
  assert.equal(tasks[0]?.code, 'uninstall.done')
  assert.deepEqual([existsSync(home), existsSync(state), existsSync(join(bin, 'rampart-agent'))], [false, false, false])
  const { agent, certificate } = await asset()
  assert.equal(agent.state, 'uninstalled')
  assert.equal(certificate.revokedFor, 'uninstalled by admin')
  const left = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(home)
      } catch {
        return false
      }
    })
  await until('no process of it is left', () => left().length === 0)
  assert.deepEqual(await alertTitles(), alertsBefore, 'its end raises nothing')
  const audit = JSON.stringify(await api.get('/api/v1/audit-trail'))
  assert.match(audit, /agent\.uninstalled/)
  await assert.rejects(
    api.post(`/api/v1/assets/${assetId}/responses`, { name: 'uninstall agent' }),
    /uninstalled already/,
  )
})
