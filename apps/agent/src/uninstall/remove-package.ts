/** A packaged agent in, nothing left of it: runs a copy of its uninstall.sh, which ends the service and removes program and state. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageHome } from '../upgrade/home.ts'

export type Removed =
  | { ok: true; said: string }
  /** `isPackage` false: this is a checkout, where there is nothing to remove but the state directory. */
  | { ok: false; isPackage: boolean; message: string }

/** Longer than a package manager may be busy and a service may take to stop. */
const limitMs = 300_000

/** Ends and removes the packaged agent. What the script says goes to standard error too. */
export function removePackage(stateDirectory: string, keepState: boolean): Removed {
  const place = packageHome()
  if (place === undefined) return { ok: false, isPackage: false, message: 'this agent runs from a checkout' }
  // The script removes its own folder: a copy in a folder that only root can write to does it.
  const folder = mkdtempSync(join(tmpdir(), 'rampart-uninstall-'))
  try {
    const script = join(folder, 'uninstall.sh')
    copyFileSync(join(place.home, 'current/uninstall.sh'), script)
    const { status, stderr, error } = spawnSync('/bin/sh', [script, ...(keepState ? ['--keep-state'] : [])], {
      env: { ...process.env, RAMPART_AGENT_HOME: place.home, RAMPART_AGENT_STATE: stateDirectory },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      timeout: limitMs,
      cwd: '/',
    })
    process.stderr.write(stderr)
    const said = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? ''
    if (status === 0) return { ok: true, said }
    return { ok: false, isPackage: true, message: error?.message ?? (said || `the removal ended with ${status}`) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
