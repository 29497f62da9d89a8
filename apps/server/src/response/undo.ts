/** Operation → how it is taken back, or why it cannot be. */
import type { StoredOperation, StoredTask } from './task-store.ts'

export interface Undo {
  /** Why it is not offered; null when it is. */
  reason: string | null
  title: string
}

export function undoOf(operation: StoredOperation, tasks: readonly StoredTask[], undone: StoredOperation | null): Undo {
  void tasks
  const no = (reason: string): Undo => ({ reason, title: '' })
  if (undone !== null) return no(undone.state === 'running' ? 'It is being undone.' : 'It was undone.')
  if (operation.state === 'running') return no('It is still under way.')
  return no('It cannot be undone.')
}
