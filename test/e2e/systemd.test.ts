/**
 * Agent and server as services of a real systemd, which is the first process of a machine in namespaces of its own: installed by the
 * line of the console and from the .deb, hardened, watched, killed, upgraded, taken back, uninstalled by token and by task.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { BrowserContext } from 'playwright-core'
import { type Client, signInApi } from './parts/api.ts'
import { openBrowser, signIn } from './parts/browser.ts'
import { copyInstallLine, revokeOpenTokens, seeFirstEvents, uninstallAgent } from './parts/server-dialogs.ts'
import { bootMachine, cannotBoot, type Machine } from './parts/systemd-machine.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const skip = cannotBoot()
const folder = mkdtempSync(join(tmpdir(), 'rampart-units-'))
const home = '/opt/rampart-agent'
const agentState = '/var/lib/rampart/agent'
const serverState = '/var/lib/rampart/server'
let machine: Machine
let browser: BrowserContext | undefined
let address = ''
let api: Client
let assetId = ''
let broken = false

before(async () => {
  if (skip) return
  execFileSync(process.execPath, [join(root, 'tools/build-agent-package.ts'), '--out', folder], { stdio: 'ignore' })
  machine = await bootMachine()
})
after(async () => {
  await browser?.close()
  await machine?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** One step after the other: none can hold when one before did not. */
function step(name: string, run: () => Promise<void>): void {
  test(name, { skip }, async (t: TestContext) => {
    if (broken) return t.skip('a step before failed')
    broken = true
    await run()
    broken = false
  })
}

async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 120_000): Promise<void> {
  const end = performance.now() + limitMs
  for (;;) {
    // A service that starts answers nothing yet.
    if (await Promise.resolve(holds()).catch(() => false)) return
    if (performance.now() > end) {
      const { stdout } = await machine.run('journalctl -n 40 --no-pager -o cat')
      throw new Error(`not within ${limitMs} ms: ${what}\n${stdout}`)
    }
    await wait(200)
  }
}
const property = async (unit: string, name: string) =>
  (await machine.must(`systemctl show -p ${name} --value ${unit}`)).trim()
const agentPid = async () => (await machine.must(`cut -d ' ' -f 1 ${agentState}/agent.pid`)).trim()

interface Asset {
  id: string
  name: string
  agent: { state: string; version: string }
  certificate: { revokedFor: string | null }
}
interface Sensor {
  sensor: string
  state: string
  eventsSeen: number
  capabilities: Record<string, { works: boolean }>
}
const asset = () => api.get<Asset>(`/api/v1/assets/${assetId}`)
const runs = (version: string) => async () => {
  const { agent } = await asset()
  return agent.state === 'online' && agent.version === version
}

/** Of all alerts, how often each was raised. */
const everyTitle = async () => (await api.alerts()).map(({ title, count }) => `${title} ${count}`).sort()

/** Settings of the agent's unit besides its own. */
async function dropIn(name: string, text: string): Promise<void> {
  const place = '/etc/systemd/system/rampart-agent.service.d'
  await machine.must(`mkdir -p ${place} && cat >${place}/${name}.conf && systemctl daemon-reload`, text)
}

step(
  'the server runs as a service of a user without rights, reads its settings again, and keeps its data',
  async () => {
    await machine.must(
      `useradd --system rampart && install -d -m 0700 -o rampart -g rampart ${serverState} /srv/packages`,
    )
    mkdirSync(machine.path('/srv/packages'), { recursive: true })
    const archive = readdirSync(folder).find((name) => name.endsWith('.tar.gz')) ?? ''
    copyFileSync(join(folder, archive), machine.path(`/srv/packages/${archive}`))
    await machine.must(`chmod 755 /srv/packages
    /srv/rampart/rampart server unit --state ${serverState} --user rampart |
      sed 's|^ExecStart=.*|& --agent-packages /srv/packages|' >/etc/systemd/system/rampart-server.service
    systemctl daemon-reload && systemctl enable --now rampart-server`)
    address = await machine.forward(7350)
    await until('the server answers', async () => (await fetch(`${address}/health/ready`)).ok)
    const main = await property('rampart-server', 'MainPID')
    assert.equal((await machine.must(`ps -o user= -p ${main}`)).trim(), 'rampart')
    const password = (await machine.must(`cat ${serverState}/first-password`)).trim()
    // It is ready a moment before its first person is there.
    await until('the first sign-in', async () => {
      api = await signInApi(address, password)
      return true
    })
    assert.doesNotMatch(
      await machine.must('journalctl --no-pager -o cat'),
      new RegExp(password),
      'the journal holds no secret',
    )
    await machine.must('systemctl reload rampart-server')
    assert.equal(await property('rampart-server', 'ActiveState'), 'active')
    const { items } = await api.get<{ items: { name: string }[] }>('/api/v1/users')
    await machine.must('systemctl restart rampart-server')
    await until('it is back', async () => (await fetch(`${address}/health/ready`)).ok)
    api = await signInApi(address, null)
    assert.deepEqual(
      (await api.get<{ items: { name: string }[] }>('/api/v1/users')).items.map(({ name }) => name),
      items.map(({ name }) => name),
    )
    assert.equal(await property('rampart-server', 'NRestarts'), '0')
  },
)

step('the line that Add server copies makes the agent a service, and the dialog turns green', async () => {
  browser = await openBrowser()
  const page = browser.pages()[0] ?? (await browser.newPage())
  await signIn(page, address)
  const other = await copyInstallLine(page, address)
  const line = await copyInstallLine(page, address)
  await machine.must(line)
  // on a host where nothing else happens, a program that starts is what there is to see
  const busy = setInterval(() => void machine.run('true'), 2_000)
  await seeFirstEvents(page).finally(() => clearInterval(busy))
  assert.equal(await revokeOpenTokens(page), 1, 'the token of the first line')
  const token = /rampart1\.[^'\s]+/.exec(other)?.[0] ?? ''
  const late = await machine.run('rampart-agent enrol --state /srv/late -', `${token}\n`)
  assert.match(late.stderr, /token is unknown, used up or expired/)
  const { items } = await api.get<{ items: Asset[] }>('/api/v1/assets')
  assetId = items[0]?.id ?? ''
  await until('the agent is there', runs('0.1.0'))
  assert.equal(await property('rampart-agent', 'ActiveState'), 'active')
  assert.equal(await property('rampart-agent', 'UnitFileState'), 'enabled')
  assert.equal(await property('rampart-agent', 'Type'), 'notify')
  assert.match(await machine.must('rampart-agent status'), /version 0\.1\.0/)
  const open = await machine.must(`find ${home} ! -type l \\( -perm /022 -o ! -user 0 \\)`)
  assert.equal(open, '', 'nobody but root can write to the program')
})

step('hardened, every sensor does what it does without hardening', async () => {
  // The agent's own word: what the server has may be of the agent before.
  const sensors = async () => JSON.parse(await machine.must('rampart-agent status --json')).sensors as Sensor[]
  const capabilities = async () =>
    (await sensors())
      .filter(({ sensor }) => !sensor.startsWith('agent'))
      .map(({ sensor, state, capabilities }) => [
        sensor,
        state,
        Object.entries(capabilities)
          .map(([name, { works }]) => `${name} ${works}`)
          .sort(),
      ])
      .sort()
  const sees = async () =>
    (await sensors()).some(({ sensor, eventsSeen }) => sensor === 'ebpf.process' && eventsSeen > 0) &&
    (await sensors()).some(({ sensor }) => sensor === 'inventory.host')
  const privileges = async () => (await machine.must(`grep NoNewPrivs /proc/${await agentPid()}/status`)).trim()
  await until('the kernel sensors', sees)
  assert.match(await privileges(), /1$/)
  const hardened = await capabilities()
  await dropIn(
    'soft',
    `[Service]
CapabilityBoundingSet=
CapabilityBoundingSet=~
NoNewPrivileges=no
LockPersonality=no
ProtectClock=no
ProtectHostname=no
RestrictRealtime=no
RestrictSUIDSGID=no
ProtectKernelModules=no
SystemCallArchitectures=
RestrictAddressFamilies=
RestrictNamespaces=no
`,
  )
  await machine.must('systemctl restart rampart-agent')
  await until('the kernel sensors, without hardening', sees)
  assert.match(await privileges(), /0$/)
  assert.deepEqual(hardened, await capabilities())
  await machine.must(
    'rm /etc/systemd/system/rampart-agent.service.d/soft.conf && systemctl daemon-reload && systemctl restart rampart-agent',
  )
  await until('it is back, hardened', runs('0.1.0'))
})

step('an agent that hangs is found by the watchdog, one that is killed is started again', async () => {
  await dropIn('fast', '[Service]\nWatchdogSec=6\nTimeoutAbortSec=2\nEnvironment=RAMPART_AGENT_TRIAL=20\n')
  await machine.must('systemctl restart rampart-agent')
  await until('it is back', runs('0.1.0'))
  const hung = await agentPid()
  await machine.must(`kill -STOP ${hung}`)
  await until('systemd started the service again', async () => (await property('rampart-agent', 'NRestarts')) === '1')
  assert.match(await machine.must('journalctl -u rampart-agent --no-pager -o cat'), /Watchdog timeout/)
  await until('another agent', async () => (await agentPid()) !== hung && (await runs('0.1.0')()))
  const killed = await agentPid()
  await machine.must(`kill -KILL ${killed}`)
  await until('the supervisor started it again', async () => (await agentPid()) !== killed && (await runs('0.1.0')()))
  const supervisor = await property('rampart-agent', 'MainPID')
  await machine.must(`kill -KILL ${supervisor}`)
  await until('systemd started it again', async () => (await property('rampart-agent', 'NRestarts')) === '2')
  await until('it is back', runs('0.1.0'))
})

/** A package like the first one but for its version, handed out by the server. */
function offer(version: string, change: (folder: string) => void = () => {}): void {
  const first = readdirSync(folder).find((name) => /-0\.1\.0-linux-\w+$/.test(name)) ?? ''
  const name = first.replace('0.1.0', version)
  const made = join(folder, 'made', name)
  cpSync(join(folder, first), made, { recursive: true, verbatimSymlinks: true })
  writeFileSync(join(made, 'version'), `${version}\n`)
  writeFileSync(join(made, 'app/apps/agent/src/version.ts'), `export const agentVersion = '${version}'\n`)
  change(made)
  execFileSync('tar', [
    '-C',
    join(folder, 'made'),
    '--use-compress-program',
    'gzip -1',
    '-cf',
    join(folder, 'one.tar.gz'),
    name,
  ])
  copyFileSync(join(folder, 'one.tar.gz'), machine.path(`/srv/packages/${name}.tar.gz`))
  rmSync(made, { recursive: true })
}

step('an upgrade stays the same service; a version that does not come up is taken back', async () => {
  offer('0.1.1')
  const supervisor = await property('rampart-agent', 'MainPID')
  const upgraded = await machine.must('rampart-agent upgrade --json')
  assert.deepEqual(JSON.parse(upgraded), { version: '0.1.1', before: '0.1.0', changed: true })
  await until('the new version', runs('0.1.1'))
  assert.equal(await property('rampart-agent', 'MainPID'), supervisor)
  offer('0.1.2', (made) => writeFileSync(join(made, 'app/apps/agent/src/agent-process.ts'), 'process.exit(7)\n'))
  const refused = await machine.run('rampart-agent upgrade')
  assert.match(refused.stderr, /0\.1\.1 runs again \[upgrade\.rolled-back\]/)
  await until('the version before', runs('0.1.1'))
  assert.equal(await property('rampart-agent', 'ActiveState'), 'active')
  rmSync(machine.path(`/srv/packages/rampart-agent-0.1.2-linux-${process.arch}.tar.gz`))
})

const gone = async () => {
  assert.equal((await machine.run('systemctl cat rampart-agent')).status, 1, 'no unit is left')
  for (const path of [home, agentState, '/usr/bin/rampart-agent', '/run/systemd/system/rampart-agent-removal.service'])
    assert.equal(existsSync(machine.path(path)), false, path)
  assert.doesNotMatch(await machine.must('ps -eo args'), /rampart-agent/)
}

step('a token of the console removes it', async () => {
  const { token } = await api.post<{ token: string }>(`/api/v1/assets/${assetId}/uninstall-tokens`)
  await machine.must('rm -r /etc/systemd/system/rampart-agent.service.d && rampart-agent uninstall', `${token}\n`)
  await gone()
  const { agent } = await asset()
  assert.equal(agent.state, 'uninstalled')
})

step(
  'from the .deb: enrolled, it runs; a task of the console removes the package, from outside of the service',
  async () => {
    const deb = readdirSync(folder).find((name) => name.endsWith('.deb')) ?? ''
    copyFileSync(join(folder, deb), machine.path('/srv/agent.deb'))
    await machine.must('dpkg -i /srv/agent.deb')
    assert.equal(
      await property('rampart-agent', 'ActiveState'),
      'inactive',
      'without an identity there is nothing to run',
    )
    const { token } = await api.post<{ token: string }>('/api/v1/enrolment-tokens', { uses: 1, minutes: 10 })
    await machine.must('rampart-agent enrol - && systemctl restart rampart-agent', `${token}\n`)
    await until('the agent is there, as the same asset', runs('0.1.0'))
    assert.notEqual((await machine.run('dpkg -r rampart-agent')).status, 0, 'not without the server')
    await api.post(`/api/v1/assets/${assetId}/responses`, { name: 'isolate host' })
    await until('it is isolated', async () => (await machine.run('nft list table inet rampart')).status === 0)
    const before = await everyTitle()
    const page = browser?.pages()[0]
    assert.ok(page)
    await uninstallAgent(page, address, (await asset()).name)
    await until(
      'the unit of the removal has ended',
      () => !existsSync(machine.path('/run/systemd/system/rampart-agent-removal.service')),
    )
    await gone()
    assert.notEqual((await machine.run('dpkg -s rampart-agent')).status, 0, 'dpkg knows it no more')
    assert.notEqual((await machine.run('nft list table inet rampart')).status, 0, 'its blocks are lifted')
    const { agent, certificate } = await asset()
    assert.equal(agent.state, 'uninstalled')
    assert.equal(certificate.revokedFor, 'uninstalled by admin')
    assert.deepEqual(await everyTitle(), before, 'nobody misses it, and nothing that it did to itself is told')
  },
)

step('the server stops in good order', async () => {
  await machine.must('systemctl stop rampart-server')
  assert.equal(await property('rampart-server', 'Result'), 'success')
  assert.equal(await property('rampart-server', 'ExecMainStatus'), '0')
  const log = readFileSync(machine.path(`${serverState}/server.log`), 'utf8')
  assert.doesNotMatch(log, /"level":(?:50|60)/)
})
