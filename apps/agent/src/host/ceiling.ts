/**
 * Limits on what the agent may take from its host: a cgroup with a CPU quota and a memory limit around all its processes,
 * version 2 where its controllers can be had, else version 1. Where neither can, says why and goes on without.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
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
  /** Puts one more process under the limits. Its start may take a whole core for a few seconds. */
  add(pid: number): void
  /** Removes the cgroups as far as they are empty; a process that just ended may still be in them for a moment. */
  remove(): Promise<void>
}

export const defaultLimits: CeilingLimits = { cpuFraction: 0.1, memoryBytes: 250 * 1024 * 1024 }
/** Long period: short work is never cut in two, only sustained work is held back. */
const periodUs = 1_000_000
/** Loading programs and compiling code is short and has to be over soon. */
const startMs = 15_000
/** Begins the names of the groups that hold the limits. */
export const groupPrefix = 'rampart-agent-'

interface Mount {
  path: string
  version: 1 | 2
  controllers: string[]
}

/** Applies the limits to this process. */
export function applyCeiling(limits: CeilingLimits): Ceiling {
  const problems = lowerPriority()
  const mounts = readMounts()
  const groups = new Set<string>()
  const held: string[] = []
  let quotas: Mount | undefined
  let quotaGroup = ''
  for (const resource of ['cpu', 'memory'] as const) {
    const reasons: string[] = []
    const holder = mounts.find((mount) => {
      const made = enter(mount, resource)
      const reason = made.ok ? set(mount, made.group, resource, limits) : made.reason
      if (made.ok && reason === '') {
        groups.add(made.group)
        if (resource === 'cpu') quotaGroup = made.group
      } else if (reason !== '') reasons.push(reason)
      return made.ok && reason === ''
    })
    if (holder !== undefined) held.push(`${resource} by cgroup v${holder.version}`)
    else problems.push(`no ${resource} limit: ${reasons.join('; ') || 'no cgroup file system is mounted'}`)
    if (resource === 'cpu') quotas = holder
  }

  let tightening: NodeJS.Timeout | undefined
  const setQuota = (cpuFraction: number) => {
    const reason = quotas === undefined ? '' : set(quotas, quotaGroup, 'cpu', { ...limits, cpuFraction })
    if (reason !== '') problems.push(`the cpu limit could not be changed: ${reason}`)
  }
  const add = (pid: number) => {
    for (const group of groups) {
      try {
        appendFileSync(join(group, 'cgroup.procs'), `${pid}\n`)
      } catch (error) {
        problems.push(`process ${pid} is outside of ${group}: ${(error as Error).message}`)
      }
    }
    clearTimeout(tightening)
    setQuota(Math.max(1, limits.cpuFraction))
    tightening = setTimeout(() => setQuota(limits.cpuFraction), startMs)
    tightening.unref()
  }
  add(process.pid)
  return {
    description: held.join(', ') || 'none',
    problems,
    add,
    remove: async () => {
      clearTimeout(tightening)
      for (let attempt = 0; attempt < 5; attempt++) {
        for (const group of groups) leave(group)
        if (![...groups].some(existsSync)) return
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
    },
  }
}

type Entered = { ok: true; group: string } | { ok: false; reason: string }

/** Makes a group of this agent below the group that this process is in. */
function enter(mount: Mount, resource: 'cpu' | 'memory'): Entered {
  if (mount.version === 1 && !mount.controllers.includes(resource)) return { ok: false, reason: '' }
  try {
    const parent = join(mount.path, ownGroup(mount))
    removeStale(parent)
    if (mount.version === 2) {
      const words = (file: string) => readFileSync(join(parent, file), 'utf8').trim().split(' ')
      if (!words('cgroup.controllers').includes(resource))
        return { ok: false, reason: `cgroup v2 at ${parent} has no ${resource} controller` }
      if (!words('cgroup.subtree_control').includes(resource))
        writeFileSync(join(parent, 'cgroup.subtree_control'), `+${resource}`)
    }
    const group = join(parent, `${groupPrefix}${process.pid}`)
    mkdirSync(group, { recursive: true })
    return { ok: true, group }
  } catch (error) {
    return { ok: false, reason: (error as Error).message }
  }
}

/** Writes one limit. Returns why not, or an empty text. */
function set(mount: Mount, group: string, resource: 'cpu' | 'memory', limits: CeilingLimits): string {
  const quotaUs = Math.round(limits.cpuFraction * periodUs)
  const memory = String(Math.round(limits.memoryBytes))
  try {
    if (resource === 'memory')
      writeFileSync(join(group, mount.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'), memory)
    else {
      const burst = join(group, mount.version === 2 ? 'cpu.max.burst' : 'cpu.cfs_burst_us')
      setBurst(burst, 0)
      if (mount.version === 2) writeFileSync(join(group, 'cpu.max'), `${quotaUs} ${periodUs}`)
      else {
        writeFileSync(join(group, 'cpu.cfs_period_us'), String(periodUs))
        writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quotaUs))
      }
      setBurst(burst, quotaUs)
    }
    return ''
  } catch (error) {
    leave(group)
    return (error as Error).message
  }
}

/** What an idle second saved may be used in the next one. Never more than the quota; kernels before 5.14 do not know it. */
function setBurst(path: string, burstUs: number): void {
  try {
    if (existsSync(path)) writeFileSync(path, String(burstUs))
  } catch {
    // A comfort only.
  }
}

function leave(group: string): void {
  try {
    if (existsSync(group)) {
      appendFileSync(join(group, '..', 'cgroup.procs'), `${process.pid}\n`)
      rmdirSync(group)
    }
  } catch {
    // Something still lives in it; the next agent here removes it.
  }
}

/** Groups of agents that were killed; those in use refuse to go. */
function removeStale(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(groupPrefix)) continue
    try {
      rmdirSync(join(parent, name))
    } catch {
      // In use.
    }
  }
}

/** Path of this process inside a hierarchy, relative to its mount. */
function ownGroup(mount: Mount): string {
  for (const line of readFileSync('/proc/self/cgroup', 'utf8').split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    const names = controllers.split(',')
    if (mount.version === 2 ? line.startsWith('0::') : mount.controllers.some((one) => names.includes(one))) return path
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

/** Other work goes first; under memory pressure the agent goes late. The limit above keeps it from being the cause. */
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
