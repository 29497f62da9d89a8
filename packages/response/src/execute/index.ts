/** Task → what it does on this host. One file per kind; each may be run again after a crash in the middle and then finishes it. */
import { failed } from '../outcome.ts'
import type { Task, TaskKind, TaskOf, TaskOutcome } from '../task.ts'
import { blockAddress, unblockAddress } from './block-address.ts'
import { deleteQuarantined } from './delete-quarantined.ts'
import { fetchQuarantined } from './fetch-quarantined.ts'
import type { ExecutionHost } from './host.ts'
import { isolateHost, releaseHost } from './isolate-host.ts'
import { killProcess } from './kill-process.ts'
import { insertLine, removeLine } from './lines.ts'
import { planCleanUp } from './plan-clean-up.ts'
import { quarantineFile } from './quarantine-file.ts'
import { removeVirus } from './remove-virus.ts'
import { restoreFile } from './restore-file.ts'
import { troubleshoot } from './troubleshoot.ts'
import { uninstallAgent } from './uninstall-agent.ts'
import { upgradeAgent } from './upgrade-agent.ts'

export { Firewall, firewallPath, removeFirewall } from './firewall.ts'
export type { ExecutionHost, ResponsePolicy } from './host.ts'
export { defaultPolicy, readResponsePolicy } from './host.ts'
export { lockFile } from './native.ts'
export { readProcess } from './processes.ts'

type Executor<Kind extends TaskKind> = (
  parameters: TaskOf<Kind>['parameters'],
  host: ExecutionHost,
  taskId: string,
) => TaskOutcome | Promise<TaskOutcome>

const executors: { [Kind in TaskKind]: Executor<Kind> } = {
  'kill-process': killProcess,
  'quarantine-file': quarantineFile,
  'remove-virus': removeVirus,
  'restore-file': restoreFile,
  'delete-quarantined': deleteQuarantined,
  'fetch-quarantined': fetchQuarantined,
  'plan-clean-up': planCleanUp,
  'remove-line': removeLine,
  'insert-line': insertLine,
  'block-address': blockAddress,
  'unblock-address': unblockAddress,
  'isolate-host': isolateHost,
  'release-host': releaseHost,
  troubleshoot,
  'upgrade-agent': upgradeAgent,
  'uninstall-agent': uninstallAgent,
}

/** Carries a task out. Never throws: a fault of ours is an outcome too. */
export async function execute(task: Task, host: ExecutionHost): Promise<TaskOutcome> {
  const executor = executors[task.kind] as Executor<TaskKind> | undefined
  if (executor === undefined)
    return failed('task.unsupported', `This agent cannot do ${task.kind}: upgrade it, then try again.`)
  try {
    return await executor(task.parameters, host, task.id)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT')
      return failed('host.disk-full', 'The disk of the host is full: free some space there, then try again.')
    return failed('task.failed', `The agent failed: ${message}`)
  }
}
