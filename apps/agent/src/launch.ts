/**
 * Replaces the current process by the agent's: same pid, but with flags and a compile cache that keep it small. The cache
 * is filled here first, because a process that has to strip types itself carries the stripper along.
 */
import { mkdirSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentOptions } from './agent.ts'

const entry = fileURLToPath(new URL('./agent-process.ts', import.meta.url))
const supervisor = fileURLToPath(new URL('./supervise.sh', import.meta.url))

export interface LaunchOptions extends Omit<AgentOptions, 'onState'> {
  /** Run under a small supervisor that restarts the agent when it dies. */
  supervised?: boolean
}

/** Does not return when it succeeds: the process goes on as the agent (or as its supervisor). */
export async function launchAgent({ supervised = false, ...options }: LaunchOptions): Promise<never> {
  const cache = join(resolve(options.stateDirectory), 'cache')
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  enableCompileCache(cache)
  const { nodeFlags } = await import('./agent.ts')
  await import('./agent-process.ts')
  await import('./sensing/main.ts')
  flushCompileCache()

  const settings = { ...options, stateDirectory: resolve(options.stateDirectory) }
  const command = [process.execPath, ...nodeFlags, entry, JSON.stringify(settings)]
  const environment = { ...process.env, NODE_COMPILE_CACHE: cache }
  process.removeAllListeners('warning')
  if (process.execve === undefined) throw new Error('this Node has no process.execve')
  if (supervised) process.execve('/bin/sh', ['/bin/sh', supervisor, ...command], environment)
  process.execve(process.execPath, command, environment)
  throw new Error('execve returned')
}
