/** An uninstall token in, the server's consent out; the removal itself is remove-package.ts. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadCredentials } from '../identity/identity.ts'
import { tellServer } from './tell-server.ts'

export type Uninstalled = { ok: true } | { ok: false; code: string; message: string }

/** Asks the server; the token is used up then, and the certificates of this agent end. Nothing is removed yet. */
export async function askToUninstall(stateDirectory: string, token: string, keepState: boolean): Promise<Uninstalled> {
  const loaded = loadCredentials(stateDirectory)
  if (!loaded.ok) return loaded
  const answered = await tellServer(loaded.credentials, { token: token.trim(), keepState })
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
