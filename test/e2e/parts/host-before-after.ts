/**
 * Every operation once for real, with the real agent: what the host looked like before, after, and after undo.
 * `tools/node test/e2e/parts/host-before-after.ts`, as root. It goes into network and mount namespaces of its own first:
 * the firewall, /etc/cron.d, /var/tmp and /root/.ssh that it changes are gone with them.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AlertDetail, OperationView, QuarantinedFile, ResponseOffers } from '@rampart/api'
import { until } from '../../until.ts'
import { type Client, signInApi } from './api.ts'
import { type Installation, removeState, root, startInstallation } from './installation.ts'
import { addresses, ownHostScript } from './own-host.ts'

const { host: here, attacker, colleague } = addresses
const inside = process.env.RAMPART_OTHER_END

if (inside === undefined) {
  const script = `${ownHostScript}
    RAMPART_OTHER_END=$other "$0" "$1"`
  const self = fileURLToPath(import.meta.url)
  const run = spawnSync('unshare', ['-m', '-n', 'sh', '-ec', script, process.execPath, self], { stdio: 'inherit' })
  process.exit(run.status ?? 1)
}

const place = mkdtempSync(join(tmpdir(), 'rampart-host-'))
const children: ChildProcess[] = []
let installation: Installation | undefined
let client: Client
let faults = 0

const print = (line = '') => process.stdout.write(`${line}\n`)
const heading = (name: string) => print(`\n== ${name}`)
/** One state of the host; the expectation is held, so that a run which went wrong ends with a status. */
function say(when: string, seen: string, expected: boolean): void {
  if (!expected) faults++
  print(`${expected ? '  ' : '! '}${when.padEnd(12)} ${seen.split('\n').join(`\n${' '.repeat(15)}`)}`)
}

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}/stat`) && !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
const lookAt = (path: string) => {
  if (!existsSync(path)) return `${path}: not there`
  const { uid, gid, mode, size, mtimeNs } = statSync(path, { bigint: true })
  return `${path}: owner ${uid}:${gid} mode ${(mode & 0o7777n).toString(8)} size ${size} mtime ${mtimeNs}`
}
const textOf = (path: string) => `${path}: ${JSON.stringify(existsSync(path) ? readFileSync(path, 'utf8') : null)}`
const ruleset = () => spawnSync('nft', ['list', 'table', 'inet', 'rampart'], { encoding: 'utf8' }).stdout.trim()
const table = () => ruleset() || 'no table inet rampart'

/** A program that does nothing but has the name and arguments of a miner, in a folder of its own. */
function miner(name: string): { path: string; pid: number } {
  const folder = join(place, name)
  mkdirSync(folder)
  const path = join(folder, 'xmrig')
  copyFileSync('/usr/bin/tail', path)
  chownSync(path, 1234, 1234)
  chmodSync(path, 0o751)
  const child = spawn(path, ['-F', `stratum+tcp://pool.example.com:3333/${name}`], { stdio: 'ignore' })
  children.push(child)
  return { path, pid: child.pid as number }
}

async function alertWith(text: string, offer: string): Promise<AlertDetail> {
  return until(`an alert about ${text} that offers ${offer}`, async () => {
    for (const { id } of await client.alerts()) {
      const { offers, processes, files, addresses } = await client.get<ResponseOffers>(`/api/v1/alerts/${id}/responses`)
      if (!JSON.stringify([processes, files, addresses]).includes(text)) continue
      if (offers.some(({ name, offered }) => name === offer && offered)) return client.detail(id)
    }
    return undefined
  })
}

const ended = (operation: OperationView) =>
  until(`the end of ${operation.title}`, async () => {
    const now = await client.get<OperationView>(`/api/v1/operations/${operation.id}`)
    return now.state === 'running' ? undefined : now
  })
async function respond(alertId: string, body: Record<string, unknown>): Promise<OperationView> {
  const { version } = await client.detail(alertId)
  return ended(await client.post(`/api/v1/alerts/${alertId}/responses`, { version, ...body }))
}
const undo = async (operation: OperationView, tasks?: string[]) =>
  ended(await client.post(`/api/v1/operations/${operation.id}/undo`, tasks ? { tasks } : {}))
const results = ({ tasks }: OperationView) => tasks.map(({ code, message }) => `${code}: ${message}`).join('\n')
const stateOf = async (alert: { id: string }, wanted: string) => {
  await until(`${wanted} as state`, async () => ((await client.detail(alert.id)).state === wanted ? true : undefined))
  return `alert ${wanted}`
}

/** Whether a connection comes about; `from` the other end to this host, or from here. */
function reaches(address: string, port: number, from?: 'there'): boolean {
  const command = ['timeout', '1', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`]
  const [program = '', ...rest] = from ? ['nsenter', '-t', String(inside), '-n', ...command] : command
  return spawnSync(program, rest, { stdio: 'ignore' }).status === 0
}
function listen(port: number, there: boolean): void {
  const script = `require('node:net').createServer((s) => s.on('error', () => {}).pipe(s)).listen(${port}, '0.0.0.0')`
  const [program = '', ...rest] = [
    ...(there ? ['nsenter', '-t', String(inside), '-n'] : []),
    process.execPath,
    '-e',
    script,
  ]
  children.push(spawn(program, rest, { stdio: 'ignore' }))
}
const network = () =>
  [
    `to ${attacker} ${reaches(attacker, 9000)}`,
    `to ${colleague} ${reaches(colleague, 9000)}`,
    `from ${attacker} ${reaches(here, 9001, 'there')}`,
  ].join(', ')

/** The responder process of this installation, with what it takes. */
function responder(): string | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (!line.includes('response/main.') || !line.includes(installation?.state ?? '\0')) continue
      return `process ${pid}, ${memory(Number(pid))}`
    } catch {
      // It ended meanwhile.
    }
  }
  return null
}
const memory = (pid: number) =>
  `RSS ${Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)} MB`

async function decisions(): Promise<void> {
  heading('Handled manually, ignored, false positive: nothing happens on the host')
  const { path, pid } = miner('decisions')
  const alert = await alertWith(path, 'kill process')
  for (const operation of ['handled manually', 'ignore', 'false positive']) {
    const handle = async (name: string) => {
      const { version } = await client.detail(alert.id)
      return client.post<AlertDetail>(`/api/v1/alerts/${alert.id}/handling`, { operation: name, version })
    }
    say('before', `alert ${(await client.detail(alert.id)).state}; process ${pid} runs`, isAlive(pid))
    const after = await handle(operation)
    say('after', `${operation}: alert ${after.state}; process ${pid} runs`, isAlive(pid))
    const back = await handle('undo')
    say('after undo', `alert ${back.state}; process ${pid} runs`, back.state === 'unhandled' && isAlive(pid))
  }
}

async function kill(): Promise<void> {
  heading('Kill process')
  const { path, pid } = miner('kill')
  const alert = await alertWith(path, 'kill process')
  say('before', `process ${pid} runs; ${lookAt(path)}`, isAlive(pid))
  const operation = await respond(alert.id, { name: 'kill process' })
  say('after', `process ${pid} ${isAlive(pid) ? 'runs' : 'is gone'}; ${await stateOf(alert, 'handled')}`, !isAlive(pid))
  print(`               ${results(operation)}`)
  say('undo', `not offered: ${operation.undo.reason}`, !operation.undo.offered)
}

async function quarantine(): Promise<void> {
  heading('Quarantine and restore')
  const { path } = miner('quarantine')
  const alert = await alertWith(path, 'quarantine')
  const before = lookAt(path)
  say('before', before, true)
  const operation = await respond(alert.id, { name: 'quarantine', file: path })
  say('after', `${lookAt(path)}; ${await stateOf(alert, 'handled')}`, !existsSync(path))
  print(`               ${results(operation)}`)
  const files = await client.get<{ items: QuarantinedFile[] }>('/api/v1/quarantine?state=quarantined')
  const file = files.items.find((one) => one.path === path)
  await client.post(`/api/v1/quarantine/${file?.id}/restore`, {})
  await until('the restored file', async () => (existsSync(path) ? true : undefined))
  say('after undo', lookAt(path), lookAt(path) === before)
}

async function virus(): Promise<void> {
  heading('Virus removal')
  const { path, pid } = miner('virus')
  const alert = await alertWith(path, 'virus removal')
  const before = lookAt(path)
  say('before', `process ${pid} runs; ${before}`, isAlive(pid))
  const operation = await respond(alert.id, { name: 'virus removal', file: path })
  say('after', `process ${pid} is gone; ${lookAt(path)}; ${await stateOf(alert, 'handled')}`, !isAlive(pid))
  print(`               ${results(operation)}`)
  await undo(operation)
  say('after undo', `${lookAt(path)}; ${await stateOf(alert, 'unhandled')}`, lookAt(path) === before)
}

async function deepCleanUp(): Promise<void> {
  heading('Deep cleanup')
  const folder = join(place, 'deep')
  mkdirSync(folder)
  const path = join(folder, 'xmrig')
  copyFileSync('/usr/bin/tail', path)
  chmodSync(path, 0o755)
  const [cron, keys, copy] = ['/etc/cron.d/job', '/root/.ssh/authorized_keys', '/var/tmp/.cache-1']
  const owner = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheOwner owner@example.com\n'
  writeFileSync(keys, owner)
  writeFileSync(cron, 'SHELL=/bin/sh\n')
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheAttacker x'
  const steps = [
    `cp ${path} ${copy}`,
    `echo '* * * * * root ${path} --quiet' >> ${cron}`,
    `echo '0 0 1 1 * root /usr/bin/true' >> ${cron}`,
    `sh -c "echo '${key}' >> ${keys}"`,
    `exec ${path} -F stratum+tcp://pool.example.com:3333/deep`,
  ]
  const child = spawn('sh', ['-c', steps.join('; ')], { stdio: 'ignore' })
  children.push(child)
  const pid = child.pid as number
  const host = () =>
    [
      `process ${pid} ${isAlive(pid) ? 'runs' : 'is gone'}`,
      lookAt(path),
      lookAt(copy),
      textOf(cron),
      textOf(keys),
    ].join('\n')
  const alert = await alertWith(path, 'deep cleanup')
  const before = host()
  say('before', before, isAlive(pid))
  const plan = await respond(alert.id, { name: 'deep cleanup' })
  const parts = (plan.tasks[0]?.details?.parts ?? []) as { id: string; title: string; why: string; certain: boolean }[]
  say(
    'the plan',
    parts.map(({ title, why, certain }) => `${certain ? '' : '(not certain) '}${title}: ${why}`).join('\n'),
    true,
  )
  say('still', 'nothing is changed', host() === before)
  const chosen = parts.filter(({ certain }) => certain).map(({ id }) => id)
  const operation = await ended(await client.post(`/api/v1/operations/${plan.id}/parts`, { parts: chosen }))
  say('after', host(), !isAlive(pid) && !existsSync(path) && !existsSync(copy))
  print(
    `               ${results(operation)
      .split('\n')
      .join(`\n${' '.repeat(15)}`)}`,
  )
  for (const { id, canBeUndone } of operation.tasks.toReversed()) {
    if (!canBeUndone) continue
    const undone = await undo(operation, [id])
    say('undo of one', results(undone), undone.state === 'done')
  }
  const withoutProcess = (text: string) => text.replace(/^.*\n/, '').replaceAll(/mtime \d+/g, '')
  say('after undo', host(), withoutProcess(host()) === withoutProcess(before))
}

async function block(): Promise<void> {
  heading('Block IP')
  const at = new Date().toString().slice(4, 24)
  const stamp = `${at.slice(0, 4)}${String(Number(at.slice(4, 6))).padStart(2)}${at.slice(11)}`
  for (let count = 0; count < 12; count++)
    appendFileSync(
      installation?.logs.auth ?? '',
      `${stamp.trim()} host sshd[${4000 + count}]: Failed password for root from ${attacker} port ${40_000 + count} ssh2\n`,
    )
  const alert = await alertWith(attacker, 'block IP')
  say('before', `${network()}; ${table()}`, reaches(here, 9001, 'there'))
  const operation = await respond(alert.id, { name: 'block IP', address: attacker, direction: 'in', minutes: 60 })
  say('after', `${network()}\n${table()}`, !reaches(here, 9001, 'there'))
  print(`               ${results(operation)}`)
  await undo(operation)
  say('after undo', `${network()}; ${table()}`, reaches(here, 9001, 'there'))
}

async function isolate(): Promise<void> {
  heading('Isolate host')
  const { items } = await client.get<{ items: { id: string }[] }>('/api/v1/assets')
  const id = items[0]?.id ?? ''
  const asset = () => client.get<{ agent: { state: string }; isolated: unknown }>(`/api/v1/assets/${id}`)
  const onHost = async (name: string, more = {}) =>
    ended(await client.post(`/api/v1/assets/${id}/responses`, { name, ...more }))
  say('before', `${network()}; ${table()}`, reaches(attacker, 9000))
  const operation = await onHost('isolate host', { minutes: 30, allow: [colleague] })
  say('after', `${network()}\n${table()}`, !reaches(attacker, 9000) && reaches(colleague, 9000))
  print(`               ${results(operation)}`)
  const check = await onHost('troubleshoot')
  const now = await asset()
  say(
    'its agent',
    `is ${now.agent.state} and carries tasks out: ${check.tasks[0]?.code}`,
    check.state === 'done' && now.isolated !== null,
  )
  const release = await onHost('release host')
  say('after undo', `${network()}; ${table()}`, reaches(attacker, 9000) && (await asset()).isolated === null)
  print(`               ${results(release)}`)
}

async function idle(): Promise<void> {
  heading('The responder process')
  say('with a task', responder() ?? 'ended already', true)
  await until('its end', async () => (responder() === null ? true : undefined), 40_000)
  say('idle', `there is none; agent ${memory(installation?.agentPid ?? 1)}`, responder() === null)
}

/** The end of the agent on this host takes its table along, whatever is in force. */
async function uninstall(): Promise<void> {
  heading('Uninstall')
  const body = { address: attacker, direction: 'both', minutes: null, reason: 'test', assets: null }
  await client.post('/api/v1/ip-rules', body)
  await until('the table', async () => (ruleset().includes(attacker) ? true : undefined))
  await installation?.stop()
  say('before', `the agent is stopped; ${network()}\n${table()}`, !reaches(here, 9001, 'there'))
  const script = `(await import('${root}apps/agent/src/index.ts')).liftBlocks('${installation?.state}/agent')`
  execFileSync(join(root, 'tools/node'), ['--input-type=module', '-e', `await ${script}`], { stdio: 'inherit' })
  say('after', `${network()}; ${table()}`, ruleset() === '' && reaches(here, 9001, 'there'))
}

try {
  listen(9000, true)
  listen(9001, false)
  installation = await startInstallation({ through: 'launcher' })
  client = await signInApi(installation.console, installation.password)
  print(
    `responder process before the first task: ${responder() ?? 'none'}; agent ${memory(installation.agentPid ?? 1)}`,
  )
  for (const run of [kill, quarantine, virus, deepCleanUp, block, isolate, idle, decisions, uninstall])
    await run().catch((error: Error) => {
      faults++
      print(`! ${error.message}`)
    })
} finally {
  for (const child of children) child.kill('SIGKILL')
  await installation?.stop()
  if (installation) removeState(installation.state)
  rmSync(place, { recursive: true, force: true })
}
print(`\n${faults === 0 ? 'everything as expected' : `${faults} not as expected`}`)
process.exit(faults === 0 ? 0 : 1)
