/**
 * Limits on what the agent may take from its host: a cgroup with a CPU quota and a memory limit around all its processes,
 * version 2 where its controllers can be had, else version 1. Where neither can, says why and goes on without.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'

export interface CeilingLimits {
  /** Of one core; 0.1 is a tenth. */
  cpuFraction: number
  memoryBytes: number
}
export interface Ceiling {
  /** What holds, e.g. `cpu by cgroup v1, memory by cgroup v1`. */
  description: string
  /** What does not hold and why; empty when all does. */
  problems: string[]
  /** Puts one more process under the limits. */
  add(pid: number): void
  /** Removes the cgroups; they have to be empty. */
  remove(): void
}

export const defaultLimits: CeilingLimits = { cpuFraction: 0.1, memoryBytes: 250 * 1024 * 1024 }
/** Long period: short work is never cut in two, only sustained work is held back. */
const periodUs = 1_000_000

interface Mount {
  path: string
  version: 1 | 2
  controllers: string[]
}

/** Applies the limits to this process. */
export function applyCeiling(limits: CeilingLimits): Ceiling {
  const problems = lowerPriority()
  const mounts = readMounts()
  const groups: string[] = []
  const held: string[] = []
  for (const resource of ['cpu', 'memory'] as const) {
    const reasons: string[] = []
    for (const mount of mounts) {
      const made = limit(mount, resource, limits)
      if (made.ok) {
        if (!groups.includes(made.group)) groups.push(made.group)
        held.push(`${resource} by cgroup v${mount.version}`)
        break
      }
      if (made.reason !== '') reasons.push(made.reason)
    }
    if (held.length === 0 || !held.at(-1)?.startsWith(resource))
      problems.push(`no ${resource} limit: ${reasons.join('; ') || 'no cgroup file system is mounted'}`)
  }
  const add = (pid: number) => {
    for (const group of groups) {
      try {
        appendFileSync(join(group, 'cgroup.procs'), `${pid}\n`)
      } catch (error) {
        problems.push(`process ${pid} is outside of ${group}: ${(error as Error).message}`)
      }
    }
  }
  add(process.pid)
  return {
    description: held.join(', ') || 'none',
    problems,
    add,
    remove: () => {
      for (const group of groups) leave(group)
    },
  }
}

type Made = { ok: true; group: string } | { ok: false; reason: string }

function limit(mount: Mount, resource: 'cpu' | 'memory', limits: CeilingLimits): Made {
  if (mount.version === 1 && !mount.controllers.includes(resource)) return { ok: false, reason: '' }
  const parent = join(mount.path, ownGroup(mount))
  const group = join(parent, `rampart-agent-${process.pid}`)
  try {
    if (mount.version === 2) {
      const available = readFileSync(join(parent, 'cgroup.controllers'), 'utf8').trim().split(' ')
      if (!available.includes(resource))
        return { ok: false, reason: `cgroup v2 at ${parent} has no ${resource} controller` }
      const enabled = readFileSync(join(parent, 'cgroup.subtree_control'), 'utf8').trim().split(' ')
      if (!enabled.includes(resource)) writeFileSync(join(parent, 'cgroup.subtree_control'), `+${resource}`)
    }
    mkdirSync(group, { recursive: true })
    const quotaUs = Math.round(limits.cpuFraction * periodUs)
    const memory = String(Math.round(limits.memoryBytes))
    if (resource === 'memory')
      writeFileSync(join(group, mount.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'), memory)
    else if (mount.version === 2) writeFileSync(join(group, 'cpu.max'), `${quotaUs} ${periodUs}`)
    else {
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(periodUs))
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quotaUs))
    }
    return { ok: true, group }
  } catch (error) {
    if (existsSync(group)) leave(group)
    return { ok: false, reason: (error as Error).message }
  }
}

function leave(group: string): void {
  try {
    appendFileSync(join(group, '..', 'cgroup.procs'), `${process.pid}\n`)
    rmdirSync(group)
  } catch {
    // Something still lives in it; an empty group costs nothing and the next start makes its own.
  }
}

/** Path of this process inside a hierarchy, relative to its mount. */
function ownGroup(mount: Mount): string {
  for (const line of readFileSync('/proc/self/cgroup', 'utf8').split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    const names = controllers.split(',')
    if (mount.version === 2 ? controllers === '' && line !== '' : mount.controllers.some((one) => names.includes(one)))
      return path
  }
  return '/'
}

function readMounts(): Mount[] {
  const mounts: Mount[] = []
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, path = '', kind, options = ''] = line.split(' ')
    if (kind === 'cgroup2') mounts.unshift({ path, version: 2, controllers: [] })
    if (kind === 'cgroup') mounts.push({ path, version: 1, controllers: options.split(',') })
  }
  return mounts
}

/** Other work goes first; under memory pressure others are spared a little. The limit above does the rest. */
function lowerPriority(): string[] {
  const problems: string[] = []
  try {
    setPriority(5)
  } catch (error) {
    problems.push(`priority stays normal: ${(error as Error).message}`)
  }
  try {
    writeFileSync('/proc/self/oom_score_adj', '-500')
  } catch {
    // Only root may lower its score.
  }
  return problems
}
