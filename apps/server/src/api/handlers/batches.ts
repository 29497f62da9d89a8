/** Handlers of routes/batches.ts. */

import { undoable } from '@rampart/alert'
import { type AlertBatch, type BatchProgress, batchResponses } from '@rampart/api'
import type { Context } from '../../context.ts'
import type { Batch } from '../../store/alert-batches.ts'
import { toFilter } from '../alert-filter.ts'
import { type AssetScope, isVisible } from '../asset-scope.ts'
import { assigneeOf } from '../assignee.ts'
import type { Handlers } from '../call.ts'
import { mayDo, type SignedIn, type TokenCaller } from '../caller.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'

/** Alerts that one batch may handle. */
const alertsMax = 100_000

export function batchHandlers(
  context: Context,
): Pick<Handlers, 'startBatch' | 'getBatch' | 'listBatchItems' | 'cancelBatch' | 'undoBatch'> {
  const { alerts, batches } = context
  /** Who sees every asset sees every batch; others their own, as long as they may see each of its alerts. */
  const find = (id: string, scope: AssetScope, session: SignedIn | TokenCaller): Batch | Refused => {
    const batch = batches.get(id)
    const isOwn = scope === null || (batch?.actor === session.user.name && isWithin(batches.groupsOf(id), scope))
    return batch && isOwn ? batch : Refused.notFound('batch')
  }
  return {
    async startBatch({ body, scope, session }) {
      const { operation, note, filter } = body
      const assignee = assigneeOf(context, body.assignee)
      if (assignee instanceof Refused) return assignee
      if (isResponse(operation) && !mayDo(session.role, 'responder'))
        return new Refused(403, { code: 'session.not-allowed', message: 'This needs the role responder.' })
      if (operation === 'add note' && !note?.trim())
        return new Refused(400, { code: 'alert.note-missing', message: 'A note needs some text.' })
      if (operation === 'assign' && assignee === undefined)
        return new Refused(400, { code: 'alert.assignee-missing', message: 'Say whom the alerts are for, or null.' })
      const chosen = body.alerts
        ? await visible(context, body.alerts, scope)
        : filter && (await alerts.matching(toFilter(filter, session.user.name, scope), alertsMax))
      if (!chosen || chosen.length === 0)
        return new Refused(400, { code: 'batch.empty', message: 'No alert was chosen, or none is there any more.' })
      return toBatch(
        batches.start(
          { actor: session.user.name, operation, note: note?.trim() || null, assignee: assignee ?? null },
          chosen,
        ),
      )
    },
    async getBatch({ id, scope, session }) {
      const batch = find(id, scope, session)
      return batch instanceof Refused ? batch : toBatch(batch)
    },
    async listBatchItems({ id, query, scope, session }) {
      const batch = find(id, scope, session)
      if (batch instanceof Refused) return batch
      const { outcome, offset, limit } = query
      const items = await Promise.all(
        batches.items(id, outcome, offset, limit).map(async ({ alertId, outcome, reason }) => {
          const alert = await alerts.get(alertId)
          const shown = alert && isVisible(scope, alert.asset) ? alert : null
          return { alertId, title: shown?.title ?? null, asset: shown?.asset.name ?? null, outcome, reason }
        }),
      )
      return { items, total: outcome === 'all' ? batch.total : outcome === 'waiting' ? waiting(batch) : batch[outcome] }
    },
    async cancelBatch({ id, scope, session }) {
      const batch = find(id, scope, session)
      if (batch instanceof Refused) return batch
      return toBatch((await batches.cancel(id)) ?? batch)
    },
    async undoBatch({ id, scope, session }) {
      const batch = find(id, scope, session)
      if (batch instanceof Refused) return batch
      if (!isUndoable(batch))
        return new Refused(409, {
          code: 'batch.not-undoable',
          message: batch.undoneBy
            ? 'It was taken back already.'
            : 'It cannot be taken back: it is still running, did nothing, or was a note.',
        })
      return toBatch(batches.undo(batch, session.user.name))
    },
  }
}

async function visible(
  { alerts }: Context,
  chosen: readonly { id: string; version: number }[],
  scope: AssetScope,
): Promise<{ id: string; version: number }[]> {
  const found: { id: string; version: number }[] = []
  for (const { id, version } of new Map(chosen.map((one) => [one.id, one])).values()) {
    const alert = await alerts.get(id)
    if (alert && isVisible(scope, alert.asset)) found.push({ id, version })
  }
  return found
}

const isWithin = (groups: readonly (string | null)[], scope: AssetScope) =>
  groups.every((group) => isVisible(scope, { group }))

export const isResponse = (operation: string) => (batchResponses as readonly string[]).includes(operation)

const waiting = ({ total, done, refused, changed }: Batch) => total - done - refused - changed

function isUndoable(batch: Batch): boolean {
  return batch.state !== 'running' && batch.done > 0 && batch.undoneBy === null && undoable.includes(batch.operation)
}

export function toProgress({ id, state, total, done, refused, changed }: Batch): BatchProgress {
  return { id, state, total, done, refused, changed }
}

export function toBatch(batch: Batch): AlertBatch {
  const { at, actor, operation, note, assignee, undoes, undoneBy, finishedAt } = batch
  return {
    ...toProgress(batch),
    at: iso(at),
    actor,
    operation,
    note,
    assignee,
    undoes,
    undoneBy,
    undoable: isUndoable(batch),
    finishedAt: finishedAt === null ? null : iso(finishedAt),
  }
}
