/** Ends one process, or it and all below it. Whom the handle points to is checked after it was opened, so a reused pid is never hit. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { done, failed, refused } from '../outcome.ts'
import type { ProcessTarget, TaskOutcome, TaskParameters } from '../task.ts'
import type { ExecutionHost } from './host.ts'
import { openProcess, signalProcess } from './native.ts'
import {
  descendantsOf,
  executableOf,
  hasEnded,
  processProtection,
  type RunningProcess,
  readProcess,
} from './processes.ts'

const sigkill = 9
const sigstop = 19
const goneWithinMs = 10_000
const treeLimit = 4096

interface Held {
  running: RunningProcess
  fd: number
}

export async function killProcess(
  { process: target, tree }: TaskParameters['kill-process'],
  host: ExecutionHost,
): Promise<TaskOutcome> {
  const looked = hold(target, host)
  if ('outcome' in looked) return looked.outcome
  const { held } = looked
  const handles = [held]
  try {
    const spared: string[] = []
    if (tree) {
      // Stopped first: what stands still starts nothing new while the others are looked for.
      signalProcess(held.fd, sigstop)
      stopBelow(target.pid, handles, spared, host)
    }
    for (const one of handles) signalProcess(one.fd, sigkill)
    const left = await stillThere(handles, host.bootId)
    const ended = handles.filter((one) => !left.includes(one)).map(({ running }) => describe(running))
    const details = { ended, left: left.map(({ running }) => describe(running)), spared }
    const [first] = left
    if (first !== undefined)
      return failed(
        'process.not-gone',
        `Process ${first.running.pid} (${first.running.name}) got the signal and is still there after ${goneWithinMs / 1000} s: it hangs in the kernel. A restart of the host ends it.`,
        details,
      )
    const others = handles.length - 1
    const below = others === 0 ? '' : ` and ${others} below it`
    return done('process.ended', `Process ${target.pid} (${held.running.name})${below} ended.`, details)
  } finally {
    for (const one of handles) closeSync(one.fd)
  }
}

/** Opens the very process that is meant, or says why not. */
export function hold(target: ProcessTarget, host: ExecutionHost): { held: Held } | { outcome: TaskOutcome } {
  const { pid } = target
  const gone = { outcome: done('process.gone', `Process ${pid} has ended already.`) }
  let fd: number
  try {
    fd = openProcess(pid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return gone
    throw error
  }
  const outcome = whyNot(target, host) ?? undefined
  if (outcome === undefined) {
    const running = readProcess(pid, host.bootId)
    if (running !== undefined) return { held: { running, fd } }
  }
  closeSync(fd)
  return outcome === undefined ? gone : { outcome }
}

/** The handle is open: as long as the start time is the expected one, both are the same process. */
function whyNot(target: ProcessTarget, host: ExecutionHost): TaskOutcome | undefined {
  const { pid } = target
  const running = readProcess(pid, host.bootId)
  if (running === undefined || running.entityId !== target.entityId || running.state === 'Z')
    return done('process.gone', `Process ${pid} has ended already.`)
  const protection = processProtection(running, host)
  if (protection !== undefined)
    return refused('process.protected', `Process ${pid} (${running.name}) is never ended: ${protection}.`)
  const executable = executableOf(pid)
  const facts = { executable: executable?.path, expected: target.executable }
  if (target.executable !== null && executable !== undefined && executable.path !== target.executable)
    return refused(
      'process.changed',
      `Process ${pid} runs ${executable.path} now and not ${target.executable}: look at the alert again.`,
      facts,
    )
  if (target.sha256 !== null && executable !== undefined) {
    const now = hashExecutable(pid)
    if (now !== undefined && now !== target.sha256)
      return refused('process.changed', `The program of process ${pid} has another content than the alert saw.`, {
        ...facts,
        sha256: now,
      })
    const after = executableOf(pid)
    if (after?.inode !== executable.inode || after.device !== executable.device)
      return refused('process.changed', `Process ${pid} started another program while it was looked at.`, facts)
  }
  return undefined
}

function hashExecutable(pid: number): string | undefined {
  try {
    const fd = openSync(`/proc/${pid}/exe`, 'r')
    try {
      const hash = createHash('sha256')
      const chunk = Buffer.allocUnsafe(256 * 1024)
      for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) hash.update(chunk.subarray(0, read))
      return hash.digest('hex')
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** Stops what is below, again and again, until nothing new has come. */
function stopBelow(root: number, handles: Held[], spared: string[], host: ExecutionHost): void {
  const known = new Set(handles.map(({ running }) => running.entityId))
  for (let found = true; found && handles.length < treeLimit; ) {
    found = false
    for (const running of descendantsOf(root, host.bootId)) {
      if (known.has(running.entityId)) continue
      known.add(running.entityId)
      found = true
      const protection = processProtection(running, host)
      if (protection !== undefined) {
        spared.push(`${describe(running)}: ${protection}`)
        continue
      }
      const fd = tryOpen(running, host.bootId)
      if (fd === undefined) continue
      handles.push({ running, fd })
      signalProcess(fd, sigstop)
    }
  }
}

function tryOpen(running: RunningProcess, bootId: string): number | undefined {
  try {
    const fd = openProcess(running.pid)
    if (readProcess(running.pid, bootId)?.entityId === running.entityId) return fd
    closeSync(fd)
  } catch {
    // It ended meanwhile.
  }
  return undefined
}

async function stillThere(handles: readonly Held[], bootId: string): Promise<Held[]> {
  const end = performance.now() + goneWithinMs
  for (;;) {
    const left = handles.filter(({ running }) => !hasEnded(running.pid, running.entityId, bootId))
    if (left.length === 0 || performance.now() > end) return left
    await wait(10)
  }
}

const describe = ({ pid, name }: RunningProcess) => `${pid} ${name}`
