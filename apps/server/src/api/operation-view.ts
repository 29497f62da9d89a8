/** Stored operations and tasks → as the API gives them. */
import type { Asset } from '@rampart/alert'
import type { OperationView, TaskView } from '@rampart/api'
import type { Context } from '../context.ts'
import type { StoredOperation, StoredTask } from '../response/task-store.ts'
import { leftToUndo, undoOf } from '../response/undo.ts'
import { type AssetScope, isVisible } from './asset-scope.ts'
import { iso } from './process-chain.ts'

export function toTaskView(task: StoredTask, assetName: string | undefined, canBeUndone = false): TaskView {
  return {
    id: task.id,
    operationId: task.operationId,
    asset: { id: task.assetId, name: assetName ?? task.assetId },
    kind: task.kind,
    parameters: task.parameters,
    state: task.state,
    code: task.code,
    message: task.message,
    progress: task.progress,
    details: task.details,
    canBeUndone,
    createdAt: iso(task.createdAt),
    expiresAt: iso(task.expiresAt),
    finishedAt: task.finishedAt === null ? null : iso(task.finishedAt),
  }
}

/** Null when the caller may see none of the assets that it is about. Tasks of others are left out. */
export function toOperationView(
  context: Context,
  operation: StoredOperation,
  assets: ReadonlyMap<string, Asset>,
  scope: AssetScope,
): OperationView | null {
  const all = context.tasks.store.tasksOf(operation.id)
  const tasks = all.filter(({ assetId }) => isVisible(scope, assets.get(assetId) ?? { group: null }))
  if (tasks.length === 0 && (all.length > 0 || scope !== null)) return null
  const undoing = context.tasks.store.undoing(operation.id)
  const undo = undoOf(operation, all, undoing)
  const left = undo.reason === null ? leftToUndo(all, undoing) : []
  const { id, name, title, alertId, actor, note, state, undoes, createdAt, finishedAt } = operation
  return {
    id,
    name,
    title,
    alertId,
    actor,
    note,
    state,
    undoes,
    undone: undo.reason === null ? null : (undoing[0]?.operationId ?? null),
    carriedOut: all.some(({ kind }) => kind === 'plan-clean-up') && context.tasks.store.isCarriedOut(operation),
    undo: { offered: undo.reason === null, reason: undo.reason, title: undo.title },
    createdAt: iso(createdAt),
    finishedAt: finishedAt === null ? null : iso(finishedAt),
    tasks: tasks.map((task) => toTaskView(task, assets.get(task.assetId)?.name, left.includes(task))),
  }
}

export async function assetsById(context: Context): Promise<Map<string, Asset>> {
  return new Map((await context.alerts.assets()).map((asset) => [asset.id, asset]))
}
