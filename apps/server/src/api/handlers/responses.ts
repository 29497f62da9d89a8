/** Handlers of routes/responses.ts: operations of agents and quarantine. */
import { createReadStream } from 'node:fs'
import type { Alert } from '@rampart/alert'
import type { Context } from '../../context.ts'
import { dayMs, type ResponseRefused } from '../../response/response-plan.ts'
import type { StoredOperation } from '../../response/task-store.ts'
import { newId } from '../../response/tasks.ts'
import { leftToUndo, undoOf, undoTasks } from '../../response/undo.ts'
import type { AssetScope } from '../asset-scope.ts'
import { newerPackage } from '../asset-view.ts'
import type { Call, Handlers } from '../call.ts'
import { mayDo } from '../caller.ts'
import { MadeFile } from '../made-file.ts'
import { assetsById, toOperationView } from '../operation-view.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'
import { maySee, partlyHidden, toFileView, toOffers } from '../response-view.ts'

type Names =
  | 'getAlertResponses'
  | 'respondToAlert'
  | 'respondOnAsset'
  | 'listOperations'
  | 'getOperation'
  | 'undoOperation'
  | 'cancelOperation'
  | 'carryOutCleanUp'
  | 'listQuarantine'
  | 'restoreQuarantined'
  | 'deleteQuarantined'
  | 'fetchQuarantined'
  | 'downloadQuarantined'

export function responseHandlers(context: Context): Pick<Handlers, Names> {
  const { alerts, now, tasks } = context
  const { offers, responses, quarantine, ipRules, downloads, uninstallation } = context.response

  async function view(operation: StoredOperation, scope: AssetScope) {
    return toOperationView(context, operation, await assetsById(context), scope) ?? Refused.notFound('operation')
  }

  /** An operation whose every asset the caller may see: acting on a part of it would act on the others too. */
  async function whole(id: string, scope: AssetScope): Promise<StoredOperation | Refused> {
    const operation = tasks.store.operation(id)
    const assets = await assetsById(context)
    const about = tasks.store.tasksOf(id)
    const isMine = scope === null || (about.length > 0 && about.every(({ assetId }) => maySee(scope, assets, assetId)))
    return operation !== null && isMine ? operation : Refused.notFound('operation')
  }

  async function visibleFile(id: string, scope: AssetScope) {
    const file = quarantine.file(id)
    return file !== null && maySee(scope, await assetsById(context), file.assetId) ? file : Refused.notFound('file')
  }

  async function onFile(
    { id, scope, session }: Pick<Call<'deleteQuarantined'>, 'id' | 'scope' | 'session'>,
    name: string,
    state: 'restoring' | 'deleting' | null,
    title: (path: string) => string,
    task: { kind: 'restore-file' | 'delete-quarantined' | 'fetch-quarantined'; parameters: Record<string, unknown> },
    note?: string,
  ) {
    const file = await visibleFile(id, scope)
    if (file instanceof Refused) return file
    if (file.state !== 'quarantined')
      return new Refused(409, { code: 'quarantine.not-there', message: `The file is ${file.state}. Reload the list.` })
    if (state !== null) quarantine.set(id, state, null, null, now())
    // Two that write the same file would spoil it.
    if (task.kind === 'fetch-quarantined' && downloads.state(id) === 'fetching')
      return toFileView(context, file, await assetsById(context))
    const taskId = newId('tk', now())
    if (task.kind === 'fetch-quarantined') downloads.expect(taskId, id, tasks)
    const { assetId } = file
    const operation = {
      id: newId('op', now()),
      name,
      title: title(file.path),
      actor: session.user.name,
      alertId: null,
      note: note ?? null,
    }
    tasks.begin(operation, [
      { id: taskId, ...task, assetId, expiresAt: now() + dayMs } as Parameters<typeof tasks.begin>[1][number],
    ])
    return toFileView(context, quarantine.file(id) ?? file, await assetsById(context))
  }

  return {
    async getAlertResponses({ id, scope }) {
      const alert = await alerts.get(id)
      return alert ? toOffers(context, alert, await assetsById(context), scope) : Refused.notFound('alert')
    },
    async respondToAlert({ id, body, session, scope }) {
      const alert = (await alerts.get(id)) as Alert
      // Every asset is more than somebody bound to groups may decide about.
      if (body.everywhere && scope !== null)
        return new Refused(403, {
          code: 'session.not-allowed',
          message: 'Only somebody who sees every asset may block on all of them.',
        })
      const { process, file, ...request } = body
      const named = {
        ...request,
        ...(process !== undefined && { processes: [process] }),
        ...(file !== undefined && { files: [file] }),
      }
      const there =
        named.name === 'block IP' && named.ifBlocked === 'extend' && (await responses.toExtend(alert, named))
      // An extension is for all assets of the rule.
      const barred = there && partlyHidden(context, there.id, await assetsById(context), scope)
      if (barred) return barred
      const begun = await responses.begin(alert, named, session.user.name)
      return begun.ok ? view(begun.value, scope) : refusedResponse(begun.error)
    },
    async respondOnAsset({ id, body, session, scope }) {
      const asset = await alerts.asset(id)
      if (!asset) return Refused.notFound('asset')
      if (body.name === 'upgrade agent') {
        if (!mayDo(session.role, 'administrator'))
          return new Refused(403, { code: 'session.not-allowed', message: 'Only administrators may upgrade agents.' })
        if (newerPackage(context, id) === null)
          return new Refused(409, {
            code: 'response.not-offered',
            message: 'There is nothing to upgrade: the agent has the newest version, or does not run from a package.',
          })
        return view(responses.beginOnAsset(asset, body.name, body, session.user.name), scope)
      }
      if (body.name === 'uninstall agent') {
        if (!mayDo(session.role, 'administrator'))
          return new Refused(403, { code: 'session.not-allowed', message: 'Only administrators may uninstall agents.' })
        const refusal = uninstallation.whyNot(id, body.destroyQuarantined ?? false)
        if (refusal !== null) return new Refused(409, refusal)
        return view(responses.beginOnAsset(asset, body.name, body, session.user.name), scope)
      }
      const offer = offers.ofAsset(asset).find(({ name }) => name === body.name)
      if (!offer?.offered)
        return new Refused(409, { code: 'response.not-offered', message: offer?.reason ?? 'It does not fit.' })
      return view(responses.beginOnAsset(asset, body.name, body, session.user.name), scope)
    },
    async listOperations({ query, scope }) {
      const { alert, asset, state, name, cursor, limit } = query
      const assets = await assetsById(context)
      const { items } = tasks.store.operations({ alertId: alert, assetId: asset, state, name, cursor, limit })
      const views = items.map((one) => toOperationView(context, one, assets, scope)).filter((one) => one !== null)
      return { items: views, nextCursor: items.length === limit ? (items.at(-1)?.id ?? null) : null }
    },
    async getOperation({ id, scope }) {
      const operation = tasks.store.operation(id)
      return operation ? view(operation, scope) : Refused.notFound('operation')
    },
    async undoOperation({ id, body, session, scope }) {
      const operation = await whole(id, scope)
      if (operation instanceof Refused) return operation
      const list = tasks.store.tasksOf(id)
      const earlier = tasks.store.undoing(id)
      const undo = undoOf(operation, list, earlier)
      if (undo.reason !== null) return new Refused(409, { code: 'operation.not-undoable', message: undo.reason })
      const rule = operation.subject?.rule
      if (typeof rule === 'string') {
        // A rule may be for more than the assets that had an agent when it was made.
        const barred = partlyHidden(context, rule, await assetsById(context), scope)
        if (barred) return barred
        const lifted = await ipRules.takeBack(operation, session.user.name)
        return lifted.ok ? view(lifted.value, scope) : refusedResponse(lifted.error)
      }
      const undoing = undoTasks(leftToUndo(list, earlier), body.tasks, now(), 30 * dayMs)
      if (undoing.length === 0)
        return new Refused(409, { code: 'operation.not-undoable', message: 'None of these can be undone.' })
      for (const task of undoing)
        if (task.kind === 'restore-file') quarantine.set(task.parameters.entry, 'restoring', null, null, now())
      const begun = tasks.begin(
        {
          id: newId('op', now()),
          name: `undo ${operation.name}`,
          title: undo.title,
          actor: session.user.name,
          alertId: operation.alertId,
          note: body.note ?? null,
          undoes: id,
        },
        undoing,
      )
      return view(begun, scope)
    },
    async cancelOperation({ id, session, scope }) {
      const operation = await whole(id, scope)
      if (operation instanceof Refused) return operation
      if (tasks.cancel(id, session.user.name) === 0)
        return new Refused(409, { code: 'operation.ended', message: 'All of its tasks have ended.' })
      return view(tasks.store.operation(id) ?? operation, scope)
    },
    async carryOutCleanUp({ id, body, session, scope }) {
      const operation = await whole(id, scope)
      if (operation instanceof Refused) return operation
      const begun = await responses.cleanUp(operation, body.parts, session.user.name, body.note ?? null)
      return begun.ok ? view(begun.value, scope) : refusedResponse(begun.error)
    },
    async listQuarantine({ query: { asset, ...filter }, scope }) {
      const assets = await assetsById(context)
      const files = quarantine.list({ ...filter, assetId: asset })
      const items = files
        .filter(({ assetId }) => maySee(scope, assets, assetId))
        .map((file) => toFileView(context, file, assets))
      return { items, nextCursor: files.length === filter.limit ? (files.at(-1)?.entry ?? null) : null }
    },
    async restoreQuarantined(call) {
      const { note, ...choice } = call.body
      const parameters = { entry: call.id, ...choice }
      return onFile(
        call,
        'restore',
        'restoring',
        (path) => `Put ${choice.path ?? path} back.`,
        { kind: 'restore-file', parameters },
        note,
      )
    },
    async deleteQuarantined(call) {
      const task = { kind: 'delete-quarantined' as const, parameters: { entry: call.id } }
      return onFile(call, 'delete from quarantine', 'deleting', (path) => `Destroy ${path} in quarantine.`, task)
    },
    async downloadQuarantined({ id, scope, addDetail }) {
      const file = await visibleFile(id, scope)
      if (file instanceof Refused || downloads.state(file.entry) !== 'ready') return Refused.notFound('download')
      addDetail({ path: file.path, sha256: file.sha256 })
      const path = downloads.path(file.entry)
      const name = `${file.sha256?.slice(0, 16) ?? file.entry}.zip`
      return new MadeFile('application/zip', name, createReadStream(path))
    },
    async fetchQuarantined(call) {
      const task = { kind: 'fetch-quarantined' as const, parameters: { entry: call.id } }
      return onFile(
        call,
        'download from quarantine',
        null,
        (path) => `Bring ${path} out of quarantine to this server.`,
        task,
      )
    },
  }
}

export function refusedResponse({ conflict, ...error }: ResponseRefused): Refused {
  const status =
    error.code === 'ip-rule.not-found' || error.code === 'alert.not-found'
      ? 404
      : error.code === 'address.invalid'
        ? 400
        : 409
  if (conflict === undefined) return new Refused(status, error)
  const { at, ...rest } = conflict as { at: number } & Record<string, unknown>
  return new Refused(status, { ...error, conflict: { ...rest, at: iso(at) } } as Refused['error'])
}
