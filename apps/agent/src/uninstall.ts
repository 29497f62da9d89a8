/** An uninstall token in, the server's consent and then the removal of the packaged agent out. */
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askServer } from './identity/ask-server.ts'
import { loadCredentials } from './identity/identity.ts'
import { packageHome } from './upgrade/home.ts'

/** As in packages/api. */
const uninstallPath = '/uninstall'

export type Uninstalled = { ok: true } | { ok: false; code: string; message: string }

/** Asks the server; the token is used up then, and the certificates of this agent end. Nothing is removed yet. */
export async function askToUninstall(stateDirectory: string, token: string): Promise<Uninstalled> {
  const loaded = loadCredentials(stateDirectory)
  if (!loaded.ok) return loaded
  const { identity, authority, certificate, key } = loaded.credentials
  const url = new URL(uninstallPath, identity.server.replace('wss:', 'https:'))
  const answered = await askServer(url, { ca: authority, cert: certificate, key }, { token: token.trim() })
  if (answered.ok) return { ok: true }
  const code = answered.code.replace('enrol.', 'uninstall.')
  if (answered.code !== 'enrol.unreachable') return { ok: false, code, message: answered.message }
  return {
    ok: false,
    code,
    message: `${answered.message}. The server has to take the token, so that it knows that this agent does not vanish: try again when it can be reached`,
  }
}

/** Takes what the agent put into the host's firewall out again: nobody would look after it any more. Never throws. */
export async function liftBlocks(stateDirectory: string): Promise<void> {
  const directory = join(stateDirectory, 'response')
  if (!existsSync(directory)) return
  // Foreign functions are loaded here only: the agent itself never imports this.
  const { removeFirewall } = await import('@rampart/response/execute')
  removeFirewall(directory)
}

/** Removes the packaged agent. False when this is a checkout, where there is nothing to remove but the state directory. */
export function removePackage(stateDirectory: string, keepState: boolean): boolean {
  const place = packageHome()
  if (place === undefined) return false
  // The script removes its own folder: a copy does it.
  const script = join(mkdtempSync(join(tmpdir(), 'rampart-uninstall-')), 'uninstall.sh')
  copyFileSync(join(place.home, 'current/uninstall.sh'), script)
  const environment = { ...process.env, RAMPART_AGENT_HOME: place.home, RAMPART_AGENT_STATE: stateDirectory }
  const { status } = spawnSync('/bin/sh', [script, ...(keepState ? ['--keep-state'] : [])], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  spawn('/bin/rm', ['-r', script.slice(0, script.lastIndexOf('/'))], { stdio: 'ignore', detached: true }).unref()
  return status === 0
}
