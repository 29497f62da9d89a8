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
    const { path, line, after, at, copies } = details
    return {
      title: `put the line back into ${path}`,
      kind: 'insert-line',
      parameters: { path, line, after, at: at ?? 0, copies: copies ?? 0 },
    }
  }
  return null
}

const isUnderWay = ({ state }: StoredTask) => state === 'queued' || state === 'sent' || state === 'running'

/** Those of the tasks of an operation that can be taken back and were not. `undoing`: tasks of the operations that undo it. */
export function leftToUndo(tasks: readonly StoredTask[], undoing: readonly StoredTask[]): StoredTask[] {
  const said = ({ kind, parameters }: Pick<Reverse, 'kind' | 'parameters'>, assetId: string) =>
    JSON.stringify([assetId, kind, Object.entries(parameters).sort()])
  // One by one: two tasks of an operation may have done the same thing twice.
  const undone = undoing
    .filter((task) => isUnderWay(task) || task.state === 'done')
    // An extended block is taken back by a block with the end that it had before.
    .map(({ kind, parameters, assetId }) =>
      kind === 'block-address'
        ? said({ kind: 'unblock-address', parameters: { rule: parameters.rule } }, assetId)
        : said({ kind, parameters } as Pick<Reverse, 'kind' | 'parameters'>, assetId),
    )
  return tasks.filter((task) => {
    const reverse = reverseOf(task)
    if (reverse === null) return false
    const at = undone.indexOf(said(reverse, task.assetId))
    if (at >= 0) undone.splice(at, 1)
    return at < 0
  })
}

export function undoOf(operation: StoredOperation, tasks: readonly StoredTask[], undoing: readonly StoredTask[]): Undo {
  const no = (reason: string): Undo => ({ reason, title: '' })
  if (operation.state === 'running') return no('It is still under way.')
  if (operation.undoes !== null) return no('It undid another operation: carry that one out again.')
  if (tasks.every((task) => reverseOf(task) === null)) {
    if (tasks.some(({ kind, state }) => kind === 'kill-process' && state === 'done'))
      return no('A process that was ended cannot come back.')
    return no('It changed nothing that could be undone.')
  }
  const reverses = leftToUndo(tasks, undoing)
    .map(reverseOf)
    .filter((reverse) => reverse !== null)
  if (reverses.length === 0) return no(undoing.some(isUnderWay) ? 'It is being undone.' : 'It was undone.')
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
