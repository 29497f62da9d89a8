/** Operation → how it is taken back, or why it cannot be. Undoing is an operation of its own that refers to the first. */
import type { NewTask, StoredOperation, StoredTask } from './task-store.ts'
import { newId } from './tasks.ts'

export interface Undo {
  /** Why it is not offered; null when it is. */
  reason: string | null
  title: string
}

interface Reverse {
  title: string
  kind: NewTask['kind']
  parameters: Record<string, unknown>
}

const putBack = (details: Record<string, unknown>): Reverse => ({
  title: `put ${details.path} back`,
  kind: 'restore-file',
  parameters: { entry: details.entry, ifInTheWay: 'refuse', path: null, acceptPlace: false },
})

/** What takes one finished task back; null for what cannot be taken back or changed nothing. */
export function reverseOf({ kind, state, details, parameters }: StoredTask): Reverse | null {
  if (kind === 'remove-virus' || kind === 'quarantine-file')
    return typeof details?.entry === 'string' ? putBack(details) : null
  if (state !== 'done') return null
  if (kind === 'block-address')
    return { title: `unblock ${parameters.address}`, kind: 'unblock-address', parameters: { rule: parameters.rule } }
  if (kind === 'isolate-host')
    return { title: 'let the host back on the network', kind: 'release-host', parameters: {} }
  if (kind === 'remove-line' && details?.removed === true) {
    const { path, line, after } = details
    return { title: `put the line back into ${path}`, kind: 'insert-line', parameters: { path, line, after } }
  }
  return null
}

export function undoOf(operation: StoredOperation, tasks: readonly StoredTask[], undone: StoredOperation | null): Undo {
  const no = (reason: string): Undo => ({ reason, title: '' })
  const reverses = tasks.map(reverseOf).filter((reverse) => reverse !== null)
  if (undone !== null && undone.state !== 'partly')
    return no(undone.state === 'running' ? 'It is being undone.' : 'It was undone.')
  if (operation.state === 'running') return no('It is still under way.')
  if (operation.undoes !== null) return no('It undid another operation: carry that one out again.')
  if (reverses.length === 0) {
    if (tasks.some(({ kind, state }) => kind === 'kill-process' && state === 'done'))
      return no('A process that was ended cannot come back.')
    return no('It changed nothing that could be undone.')
  }
  const words = reverses.slice(0, 3).map(({ title }) => title)
  const more = reverses.length > 3 ? ` and ${reverses.length - 3} more` : ''
  const text = `${words.join(', ')}${more}`
  return { reason: null, title: `${text.charAt(0).toUpperCase()}${text.slice(1)}.` }
}

/** Latest first: what was done last is taken back first. `only`: ids of tasks, for a part. */
export function undoTasks(
  tasks: readonly StoredTask[],
  only: readonly string[] | undefined,
  now: number,
  lifeMs: number,
): NewTask[] {
  return tasks
    .filter((task) => only === undefined || only.includes(task.id))
    .toReversed()
    .flatMap((task) => {
      const reverse = reverseOf(task)
      if (reverse === null) return []
      const { kind, parameters } = reverse
      return [{ id: newId('tk', now), kind, parameters, assetId: task.assetId, expiresAt: now + lifeMs } as NewTask]
    })
}
