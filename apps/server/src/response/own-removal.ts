/** A finding in; true when it tells nothing but what the server itself ordered: the removal of an agent, by what carries it out. */
import type { Event } from '@rampart/event'
import type { StoredTask, TaskStore } from './task-store.ts'

interface Found {
  assetId: string
  at: number
  evidence: Event
}

/** What carries a removal out is started as `… remover.ts STATE TASK`; under systemd from a unit that the agent writes. */
const removal = /\/uninstall\/remover\.ts \S+ (tk-[a-z0-9-]{1,100})$/
/** As in the agent's begin-removal.ts. */
const removalUnit = '/run/systemd/system/rampart-agent-removal.service'
const openTasksRead = 200

/**
 * Believes the id of a task alone, which nobody knows who was not told it: a removal that this server did not order has none. Only while the
 * task is under way: an id read from the list of processes is worth nothing afterwards.
 */
export function isOwnRemoval(store: Pick<TaskStore, 'task' | 'openTasks'>, { assetId, at, evidence }: Found): boolean {
  const orders = (task: StoredTask | null) =>
    task?.kind === 'uninstall-agent' &&
    task.assetId === assetId &&
    task.state !== 'queued' &&
    (task.finishedAt === null || at <= task.finishedAt)
  if ('file' in evidence && evidence.file?.path === removalUnit)
    return store.openTasks(assetId, openTasksRead).some(orders)
  const process = 'process' in evidence ? evidence.process : undefined
  // A removal works as root; the id stands in a list of processes that others may read meanwhile.
  const userId = (('user' in evidence ? evidence.user : undefined) ?? process?.user)?.id
  if (userId !== undefined && userId !== 0) return false
  for (const { commandLine } of [...(process ? [process] : []), ...(process?.ancestors ?? [])]) {
    const id = commandLine === undefined ? undefined : removal.exec(commandLine)?.[1]
    if (id !== undefined && orders(store.task(id))) return true
  }
  return false
}
