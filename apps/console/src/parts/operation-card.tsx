/** One operation of agents: what it does, what became of it on each asset, and how to take it back. Renews itself with the live stream. */
import { Button, Progress } from '@mantine/core'
import type { OperationView, TaskView } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/client.ts'
import { CleanUpParts, readParts } from './clean-up-parts.tsx'
import { Dialog, DialogForm } from './dialog.tsx'
import { VisibleText } from './evidence-text.tsx'
import { Failure } from './failure.tsx'
import { useMayRespond } from './may-respond.ts'
import classes from './operation-card.module.css'
import { Said, useSaid } from './said.tsx'
import { TaskState } from './task-state.tsx'
import { RelativeTime } from './time-text.tsx'

/** Everything that an operation may change on screen. */
export function useRenewResponses(): () => void {
  const client = useQueryClient()
  return () => {
    for (const queryKey of [['responses'], ['operations'], ['quarantine'], ['ip-rules'], ['alert'], ['summary']])
      void client.invalidateQueries({ queryKey })
  }
}

export function OperationCard({ operation, withAlert = false }: { operation: OperationView; withAlert?: boolean }) {
  const { t } = useTranslation('response')
  const renew = useRenewResponses()
  const mayRespond = useMayRespond()
  /** A single task, or what is left of the whole. */
  const [asking, setAsking] = useState<TaskView | 'all' | null>(null)
  const undo = useMutation({
    mutationFn: () =>
      call('undoOperation', { id: operation.id, body: asking && asking !== 'all' ? { tasks: [asking.id] } : {} }),
    onSuccess: () => setAsking(null),
    onSettled: renew,
  })
  const cancel = useMutation({ mutationFn: () => call('cancelOperation', { id: operation.id }), onSettled: renew })
  const isOpen = operation.tasks.some(({ state }) => state === 'queued' || state === 'sent')
  return (
    <article className={classes.card} aria-label={t(`name.${operation.name}`, { defaultValue: operation.name })}>
      <div className={classes.head}>
        <span className={classes.name}>{t(`name.${operation.name}`, { defaultValue: operation.name })}</span>
        <TaskState state={operation.state}>{t(`operationState.${operation.state}`)}</TaskState>
        {operation.undone && <span className={classes.dim}>{t('operation.wasUndone')}</span>}
        <span className={classes.space} />
        <span className={classes.dim}>
          {t('operation.by', { actor: operation.actor })} · <RelativeTime at={operation.createdAt} />
        </span>
      </div>
      <p className={classes.title}>
        <Said value={operation.title} />
      </p>
      {operation.note && (
        <p className={`${classes.title} ${classes.dim}`}>
          <VisibleText value={operation.note} lines />
        </p>
      )}
      <ul className={classes.tasks}>
        {operation.tasks.map((task) => (
          <Task
            key={task.id}
            task={task}
            onUndo={mayRespond && task.canBeUndone && operation.tasks.length > 1 ? () => setAsking(task) : null}
          />
        ))}
      </ul>
      {operation.tasks.map((task) => {
        const parts = task.state === 'done' ? readParts(task) : undefined
        return parts && <CleanUpParts key={task.id} operation={operation} parts={parts} mayRespond={mayRespond} />
      })}
      <Failure error={undo.error ?? cancel.error} />
      <div className={classes.buttons}>
        {mayRespond && operation.undo.offered && (
          <Button variant="default" size="compact-sm" onClick={() => setAsking('all')}>
            {t('operation.undo')}
          </Button>
        )}
        {mayRespond && isOpen && (
          <Button variant="default" size="compact-sm" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t('operation.cancel')}
          </Button>
        )}
        {withAlert && operation.alertId && (
          <Link to="/alerts/$alertId" params={{ alertId: operation.alertId }}>
            {t('operation.alert')}
          </Link>
        )}
        {!operation.undo.offered && operation.state !== 'running' && (
          <span className={classes.dim}>
            <Said value={operation.undo.reason ?? ''} />
          </span>
        )}
      </div>
      {asking && (
        <Dialog title={t('operation.undoTitle')} onClose={() => setAsking(null)}>
          <DialogForm
            action={undo}
            onSubmit={() => undo.mutate()}
            onCancel={() => setAsking(null)}
            confirm={t('operation.undo')}
            focusConfirm
          >
            <Said value={asking === 'all' ? operation.undo.title : (asking.message ?? asking.kind)} />
          </DialogForm>
        </Dialog>
      )}
    </article>
  )
}

function Task({ task, onUndo }: { task: TaskView; onUndo: (() => void) | null }) {
  const { t } = useTranslation('response')
  const said = useSaid()
  const list = (name: string) => {
    const value = task.details?.[name]
    return Array.isArray(value) && value.length > 0 ? value.slice(0, 20).map(String).join(', ') : undefined
  }
  const findings = Array.isArray(task.details?.findings) ? (task.details.findings as Record<string, unknown>[]) : []
  return (
    <li className={classes.task}>
      <div className={classes.taskHead}>
        <Link to="/assets/$assetId" params={{ assetId: task.asset.id }}>
          <VisibleText value={task.asset.name} />
        </Link>
        <TaskState state={task.state}>{t(`taskState.${task.state}`)}</TaskState>
        {task.code && !task.code.startsWith('task.') && <code className={classes.dim}>{task.code}</code>}
        {onUndo && (
          <Button
            variant="subtle"
            size="compact-xs"
            aria-label={t('operation.undoOne', {
              what: said(task.message ?? task.kind),
              interpolation: { escapeValue: false },
            })}
            onClick={onUndo}
          >
            {t('operation.undo')}
          </Button>
        )}
      </div>
      {task.state === 'running' && task.progress !== null && (
        <Progress value={task.progress * 100} size="sm" mt={4} aria-label={t('taskState.running')} />
      )}
      {task.message && (
        <p className={classes.message}>
          <Said value={task.message} />
        </p>
      )}
      {list('ended') && (
        <p className={`${classes.message} ${classes.dim}`}>
          <VisibleText value={t('operation.ended', { list: list('ended') })} />
        </p>
      )}
      {list('spared') && (
        <p className={`${classes.message} ${classes.dim}`}>
          <VisibleText value={t('operation.spared', { list: list('spared') })} />
        </p>
      )}
      {findings.map((finding) => (
        <p key={String(finding.what)} className={`${classes.message} ${classes.dim}`}>
          <TaskState state={finding.works === true ? 'done' : 'failed'}>{said(String(finding.what))}</TaskState>{' '}
          <Said value={String(finding.detail)} />
        </p>
      ))}
    </li>
  )
}
