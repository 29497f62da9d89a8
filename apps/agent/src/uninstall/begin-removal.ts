/**
 * Starts remover.ts so that it outlives the agent: under systemd as a unit of its own, because a stop of the agent's service
 * ends everything in its cgroup; elsewhere as a process in a session of its own.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { packageHome } from '../upgrade/home.ts'
import { readTrial } from '../upgrade/trial.ts'

export interface RemovalRefused {
  ok: false
  code: `uninstall.${string}`
  message: string
}

const remover = fileURLToPath(new URL('./remover.ts', import.meta.url))
const unit = 'rampart-agent-removal.service'
/** Below /run: gone with the next start of the host, whatever becomes of the removal. */
export const removalUnitPath = `/run/systemd/system/${unit}`
/** Characters that mean nothing else in a unit file. */
const plain = /^[\w./@+:=-]+$/

const refused = (reason: string, message: string): RemovalRefused => ({
  ok: false,
  code: `uninstall.${reason}`,
  message,
})

/** What speaks against it before anything is changed. */
export function whyNot(stateDirectory: string): RemovalRefused | undefined {
  if (packageHome() === undefined)
    return refused(
      'no-package',
      'The agent runs from a checkout: stop it there, then remove the server from the list. There is no package to remove.',
    )
  if (readTrial(stateDirectory) !== undefined)
    return refused('upgrade-under-way', 'A new version is on trial there: wait two minutes, then try again.')
  return undefined
}

export function beginRemoval(stateDirectory: string, taskId: string): { ok: true } | RemovalRefused {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', remover, stateDirectory, taskId]
  if (existsSync('/run/systemd/system') && command.every((word) => plain.test(word))) {
    const problem = startUnit(command)
    return problem === undefined ? { ok: true } : refused('not-begun', `systemd did not start the removal: ${problem}`)
  }
  // Neither the socket of systemd nor a compile cache in the folder that is about to go.
  const { NOTIFY_SOCKET: _socket, WATCHDOG_USEC: _watchdog, NODE_COMPILE_CACHE: _cache, ...environment } = process.env
  const [program = '', ...words] = command
  spawn(program, words, { detached: true, stdio: 'ignore', cwd: '/', env: environment }).unref()
  return { ok: true }
}

/** Returns why not. */
function startUnit(command: readonly string[]): string | undefined {
  const text = `[Unit]
Description=Removal of the Rampart agent
CollectMode=inactive-or-failed

[Service]
Type=exec
ExecStart=${command.join(' ')}
UMask=0077
`
  try {
    rmSync(removalUnitPath, { force: true })
    writeFileSync(removalUnitPath, text, { flag: 'wx', mode: 0o644 })
  } catch (error) {
    return (error as Error).message
  }
  for (const words of [['daemon-reload'], ['start', '--no-block', unit]]) {
    const { status, stderr, error } = spawnSync('systemctl', words, { encoding: 'utf8', timeout: 30_000 })
    if (status !== 0) return error?.message ?? stderr.trim().slice(0, 300)
  }
  return undefined
}
