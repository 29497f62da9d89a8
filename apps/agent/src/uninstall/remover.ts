/**
 * Removes the agent for a task of the server, from outside of the agent: `remover.ts STATE TASK`. Ends the service, removes
 * program and state, and tells the server what came of it. It speaks with the agent's certificate, which it keeps in memory.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { groupPrefix } from '../host/ceiling.ts'
import { lockHolder } from '../host/lock.ts'
import { type Credentials, loadCredentials } from '../identity/identity.ts'
import { packageHome } from '../upgrade/home.ts'
import { removalUnitPath } from './begin-removal.ts'
import { type Removed, removePackage } from './remove-package.ts'
import { tellServer } from './tell-server.ts'

/** How long the server is told again when it cannot be reached, ms. */
const tellWithinMs = 600_000
const tellEveryMs = 5_000
const endWithinMs = 15_000

const [, , stateDirectory = '', task = ''] = process.argv
const loaded = loadCredentials(stateDirectory)
const limited = leaveLimits()
const agent = lockHolder(stateDirectory)
const removed = removePackage(stateDirectory, false)
if (removed.ok) {
  if (agent !== undefined) await endAgent(agent)
  // Its last words may have come after the removal.
  rmSync(stateDirectory, { recursive: true, force: true })
} else startAgain()
for (const group of limited) removeGroup(group)
if (loaded.ok) await tell(loaded.credentials, removed)
forgetUnit()

/** Out of the cgroups that hold the agent's limits: they end with it. Returns them. */
function leaveLimits(): string[] {
  const left: string[] = []
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  for (const line of readFileSync('/proc/self/cgroup', 'utf8').split('\n')) {
    const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (!path.slice(path.lastIndexOf('/') + 1).startsWith(groupPrefix)) continue
    for (const mount of mounts) {
      const [, place = '', kind, options = ''] = mount.split(' ')
      const isIt = names === '' ? kind === 'cgroup2' : kind === 'cgroup' && options.split(',').includes(names)
      const group = join(place, path)
      if (!isIt || !existsSync(group)) continue
      try {
        appendFileSync(join(dirname(group), 'cgroup.procs'), `${process.pid}\n`)
        left.push(group)
      } catch {
        // The removal is slower then, and the group stays until the host starts again.
      }
    }
  }
  return left
}

function removeGroup(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // Gone with the agent already.
  }
}

/** An agent that no service of ours started, and so none stopped. */
async function endAgent(pid: number): Promise<void> {
  const end = performance.now() + endWithinMs
  try {
    process.kill(pid, 'SIGTERM')
    while (performance.now() < end) {
      process.kill(pid, 0)
      await wait(200)
    }
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}

/** The removal failed before the program was gone: better an agent that watches than half of one. */
function startAgain(): void {
  const home = packageHome()?.home
  if (home === undefined || !existsSync(join(home, 'current/bin/rampart-agent'))) return
  if (existsSync('/run/systemd/system'))
    spawnSync('systemctl', ['enable', '--now', '--quiet', 'rampart-agent'], { stdio: 'ignore' })
  else
    spawnSync('/bin/sh', [join(home, 'current/rampart-agent.init'), 'start'], {
      stdio: 'ignore',
      env: { ...process.env, RAMPART_AGENT_HOME: home, RAMPART_AGENT_STATE: stateDirectory },
    })
}

async function tell(credentials: Credentials, result: Removed): Promise<void> {
  const body = result.ok
    ? { task, state: 'done', code: 'uninstall.done', message: 'The agent, its service and its state were removed.' }
    : { task, state: 'failed', code: 'uninstall.not-removed', message: `It was not removed: ${result.message}` }
  const end = performance.now() + tellWithinMs
  while (performance.now() < end) {
    const answered = await tellServer(credentials, body)
    // What the server refuses it refuses always.
    if (answered.ok || answered.code === 'enrol.refused') return
    await wait(tellEveryMs)
  }
}

function forgetUnit(): void {
  if (!existsSync(removalUnitPath)) return
  rmSync(removalUnitPath, { force: true })
  spawnSync('systemctl', ['daemon-reload'], { stdio: 'ignore', timeout: 30_000 })
}
