/** Processes of this host from /proc: who they are, what they run, who must never be ended. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { protectionOf } from '../protected.ts'
import type { ExecutionHost } from './host.ts'

export interface RunningProcess {
  pid: number
  parent: number
  name: string
  state: string
  /** As in events, so that a pid that was given to another process shows. */
  entityId: string
  isKernelThread: boolean
}

/** Events count start times in ticks of 10 ms (USER_HZ), written in ns. */
const tickNs = 10_000_000
const kernelThreadFlag = 0x00200000
const deletedMark = ' (deleted)'

/** Undefined when there is no such process. */
export function readProcess(pid: number, bootId: string): RunningProcess | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // The name stands in brackets and may hold brackets and spaces itself.
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  const fields = text.slice(close + 2).split(' ')
  return {
    pid,
    name: text.slice(open + 1, close),
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    isKernelThread: (Number(fields[6]) & kernelThreadFlag) !== 0,
    entityId: `${bootId}-${pid}-${Number(fields[19]) * tickNs}`,
  }
}

/** True when it is gone, or only its entry waits for its parent. */
export function hasEnded(pid: number, entityId: string, bootId: string): boolean {
  const now = readProcess(pid, bootId)
  return now === undefined || now.entityId !== entityId || now.state === 'Z' || now.state === 'X'
}

export function allProcesses(bootId: string): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name), bootId))
    .filter((one) => one !== undefined)
}

/** Everything below a process, nearest first. */
export function descendantsOf(pid: number, bootId: string): RunningProcess[] {
  const children = Map.groupBy(allProcesses(bootId), (one) => one.parent)
  const found: RunningProcess[] = []
  const look = [pid]
  for (let next = look.shift(); next !== undefined; next = look.shift())
    for (const child of children.get(next) ?? []) {
      if (found.includes(child)) continue
      found.push(child)
      look.push(child.pid)
    }
  return found
}

export interface Executable {
  path: string
  /** The file has no name any more. */
  deleted: boolean
  device: bigint
  inode: bigint
}

/** What a process runs now; undefined for kernel threads and processes that ended. */
export function executableOf(pid: number): Executable | undefined {
  try {
    const link = readlinkSync(`/proc/${pid}/exe`)
    const { dev, ino } = statSync(`/proc/${pid}/exe`, { bigint: true })
    // The kernel writes this behind the name of a file that has lost it; a name may also end so by itself.
    const named = link.endsWith(deletedMark)
      ? statSync(`/proc/${pid}/root${link}`, { bigint: true, throwIfNoEntry: false })
      : undefined
    const deleted = link.endsWith(deletedMark) && !(named?.dev === dev && named.ino === ino)
    return { path: deleted ? link.slice(0, -deletedMark.length) : link, deleted, device: dev, inode: ino }
  } catch {
    return undefined
  }
}

/** Why this process is never ended, or undefined. */
export function processProtection(running: RunningProcess, host: ExecutionHost): string | undefined {
  if (running.pid === 1) return 'it is the first process of the host'
  if (running.isKernelThread || running.pid === 2) return 'it is a part of the kernel'
  if (host.ownPids.includes(running.pid) || running.pid === process.pid) return 'it belongs to the Rampart agent'
  const executable = executableOf(running.pid)
  if (executable === undefined) return undefined
  const entry = protectionOf(executable.path, host.policy.protectedPaths)
  if (entry === undefined || !isOfThisHost(running.pid, executable)) return undefined
  return `${executable.path} is on the list of protected programs (${entry})`
}

/**
 * The path of a program is as its own process sees it: behind mounts of its own, in a container too, anything may bear the
 * name of a program that the host needs. It is that one when it is the same file, or, replaced by an upgrade, when it runs
 * under the same mounts as the first process.
 */
function isOfThisHost(pid: number, { path, deleted, device, inode }: Executable): boolean {
  const here = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (!deleted && here?.dev === device && here.ino === inode) return true
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/1/ns/mnt')
  } catch {
    return false
  }
}
