/**
 * Replaces the current process by the agent's: same pid, but with flags and a compile cache that keep it small. The cache
 * is filled first by another process with the same flags, because one that has to strip types itself carries the
 * stripper along for the rest of its life.
 */
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AgentOptions, nodeFlags } from './agent.ts'
import { memoryEnvironment } from './host/memory.ts'
import { tokenVariable } from './identity/ensure.ts'
import { warmCache } from './warm-cache.ts'

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export interface LaunchOptions extends Omit<AgentOptions, 'onState'> {
  /** Run under a small supervisor that restarts the agent when it dies. */
  supervised?: boolean
}

/** Does not return when it succeeds: the process goes on as the agent (or as its supervisor). */
export function launchAgent({ supervised = false, ...options }: LaunchOptions): never {
  const stateDirectory = resolve(options.stateDirectory)
  const cache = join(stateDirectory, 'cache')
  const { [tokenVariable]: _used, ...inherited } = process.env
  const environment = { ...inherited, ...memoryEnvironment, NODE_COMPILE_CACHE: cache }
  warmCache(cache, nodeFlags, environment)

  const settings = JSON.stringify({ ...options, stateDirectory })
  const command = [process.execPath, ...nodeFlags, pathOf('./agent-process.ts'), settings]
  // execve is marked experimental; its warning would be the first line of every agent.
  process.removeAllListeners('warning')
  if (process.execve === undefined) throw new Error('this Node has no process.execve')
  if (supervised) process.execve('/bin/sh', ['/bin/sh', pathOf('./supervise.sh'), ...command], environment)
  process.execve(process.execPath, command, environment)
  throw new Error('execve returned')
}
