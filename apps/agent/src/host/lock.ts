/** One agent per state directory: a lock file that names its holder by pid and start time, so that a stale one shows. */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Lock {
  release(): void
}
export type Locked =
  | { ok: true; lock: Lock }
  | { ok: false; code: 'agent.already-running'; pid: number; message: string }

const lockName = 'agent.pid'

/** Takes the lock or says who has it. A lock whose holder is gone is taken over. */
export function takeLock(stateDirectory: string): Locked {
  const path = join(stateDirectory, lockName)
  const own = `${path}.${process.pid}`
  const mark = `${process.pid} ${startOf(process.pid)}\n`
  writeFileSync(own, mark, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        linkSync(own, path)
        return { ok: true, lock: { release: () => readText(path) === mark && unlinkSync(path) } }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const held = readText(path)
      const holder = holderOf(held)
      if (holder !== undefined)
        return {
          ok: false,
          code: 'agent.already-running',
          pid: holder,
          message: `an agent already runs on ${stateDirectory} (pid ${holder}): stop it first`,
        }
      // Of several that find the stale lock, one gets to move it away.
      const stale = `${own}.stale`
      renameSync(path, stale)
      if (readText(stale) !== held) linkSync(stale, path)
      unlinkSync(stale)
    }
    return { ok: false, code: 'agent.already-running', pid: 0, message: `the lock ${path} is contended: try again` }
  } finally {
    unlinkSync(own)
  }
}

/** pid of the agent that runs on a state directory, or undefined. */
export function lockHolder(stateDirectory: string): number | undefined {
  return holderOf(readText(join(stateDirectory, lockName)))
}

function holderOf(text: string): number | undefined {
  const [pid = '', start = ''] = text.trim().split(' ')
  return pid !== '' && start !== '' && startOf(Number(pid)) === start ? Number(pid) : undefined
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Start time of a process in clock ticks since boot (proc_pid_stat(5), field 22) with the boot's id; empty when there is none. */
function startOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`)
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return ticks === undefined ? '' : `${readText('/proc/sys/kernel/random/boot_id').trim()}:${ticks}`
}
