/** The file in the state directory that says what `rampart up` runs; `down` and `status` read it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface RunFile {
  pid: number
  /** Start time of the process in clock ticks since boot, so that a reused pid is not mistaken for it. */
  startTicks: string
  /** Start ticks count from the boot, so they say nothing after another one. */
  bootId: string
  console: string
  startedAt: string
}

export function writeRunFile(stateDirectory: string, run: Omit<RunFile, 'pid' | 'startTicks' | 'bootId'>): void {
  const file: RunFile = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '', bootId: bootId(), ...run }
  writeFileSync(join(stateDirectory, 'up.json'), JSON.stringify(file), { mode: 0o600 })
}

/** The run that is alive, or undefined. */
export function readRunFile(stateDirectory: string): RunFile | undefined {
  try {
    const run = JSON.parse(readFileSync(join(stateDirectory, 'up.json'), 'utf8')) as RunFile
    // A pid below 1 would signal whole groups; a missing time would fit every process that is gone.
    const names = Number.isInteger(run.pid) && run.pid > 0 && typeof run.startTicks === 'string'
    return names && isAlive(run) ? run : undefined
  } catch {
    return undefined
  }
}

export function removeRunFile(stateDirectory: string): void {
  rmSync(join(stateDirectory, 'up.json'), { force: true })
}

export function isAlive(run: RunFile): boolean {
  return run.bootId === bootId() && run.startTicks === startTicksOf(run.pid)
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces and parentheses itself; field 22 counts from after the last one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
