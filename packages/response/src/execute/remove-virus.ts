/** Ends what runs a malicious file, moves the file into the vault, and ends what was started from it meanwhile. */
import { statSync } from 'node:fs'
import { done, failed } from '../outcome.ts'
import type { ProcessTarget, TaskOutcome, TaskParameters } from '../task.ts'
import type { ExecutionHost } from './host.ts'
import { killProcess } from './kill-process.ts'
import { allProcesses, executableOf } from './processes.ts'
import { quarantineFile } from './quarantine-file.ts'

export async function removeVirus(
  { process: target, file, entry }: TaskParameters['remove-virus'],
  host: ExecutionHost,
): Promise<TaskOutcome> {
  const ended: unknown[] = []
  const identity = identityOf(file.path)
  const first = target === null ? undefined : await killProcess({ process: target, tree: true }, host)
  if (first?.state === 'failed') return first
  if (first !== undefined) ended.push(...endedIn(first))
  // The file is judged before anything else that runs it is ended: what is protected or has changed stays whole.
  const moved = await quarantineFile({ file, entry }, host)
  if (moved.state !== 'done')
    return { ...moved, details: { ...moved.details, ended, ...(first && { process: first.code }) } }
  const left: string[] = []
  for (const running of runningFrom(file.path, `/.rampart-${entry}`, identity, host.bootId)) {
    const outcome = await killProcess({ process: running, tree: true }, host)
    ended.push(...endedIn(outcome))
    if (outcome.state !== 'done') left.push(outcome.message)
  }
  const details = { ...moved.details, ended, left, ...(first && { process: first.code }) }
  if (left.length > 0) return failed('process.not-gone', `${moved.message} ${left.join(' ')}`, details)
  const processes = ended.length === 1 ? '1 process ended' : `${ended.length} processes ended`
  return done('virus.removed', `${moved.message} ${processes}.`, details)
}

const endedIn = (outcome: TaskOutcome): unknown[] => (outcome.details?.ended as unknown[] | undefined) ?? []

function identityOf(path: string): { device: bigint; inode: bigint } | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : { device: found.dev, inode: found.ino }
}

/** Processes whose program is this very file, also when its name is gone by now. */
function runningFrom(
  path: string,
  aside: string,
  identity: { device: bigint; inode: bigint } | undefined,
  bootId: string,
): ProcessTarget[] {
  return allProcesses(bootId).flatMap(({ pid, entityId }) => {
    const executable = executableOf(pid)
    if (executable === undefined) return []
    const same = executable.inode === identity?.inode && executable.device === identity.device
    const wasThere = executable.deleted && (executable.path === path || executable.path.endsWith(aside))
    return same || wasThere ? [{ pid, entityId, executable: executable.path, sha256: null }] : []
  })
}
