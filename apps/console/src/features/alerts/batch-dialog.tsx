/** One operation on many alerts: what will happen, how far it is, what became of each, and the way back. */
import { Button, Progress, Select } from '@mantine/core'
import type { AlertBatch, BatchRequest } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { batchItemsQuery, batchQuery, sessionQuery } from '../../api/queries.ts'
import { AssigneeSelect } from '../../parts/assignee-select.tsx'
import { Consequences, Dialog, DialogBody, DialogButtons, DialogForm, NoteField } from '../../parts/dialog.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Said } from '../../parts/said.tsx'
import { useFormats } from '../../parts/time.ts'
import { showToast } from '../../parts/toast.tsx'
import { type BatchOperation, isResponse, useBatchOperations, useBatchWords } from './batch-operations.ts'
import classes from './handling-dialog.module.css'

interface DialogProps {
  operation: BatchOperation
  /** How many alerts it is about. */
  count: number
  /** Which: chosen ones, or a filter. */
  what: Pick<BatchRequest, 'alerts' | 'filter'>
  onStarted: () => void
  onClose: () => void
}

export function BatchDialog({ operation: asked, count, what, onStarted, onClose }: DialogProps) {
  const { t } = useTranslation('alerts')
  const [operation, setOperation] = useState(asked)
  const wordsOf = useBatchWords()
  const formats = useFormats()
  const [batchId, setBatchId] = useState<string>()
  return (
    <Dialog
      title={t('batch.title', {
        operation: wordsOf(operation).name,
        count,
        number: formats.count(count),
      })}
      width={560}
      onClose={onClose}
    >
      {batchId === undefined ? (
        <BatchForm
          operation={operation}
          onOperation={setOperation}
          count={count}
          what={what}
          onCancel={onClose}
          onStarted={(id) => {
            setBatchId(id)
            onStarted()
          }}
        />
      ) : (
        <BatchResult id={batchId} onOther={setBatchId} onClose={onClose} />
      )}
    </Dialog>
  )
}

interface FormProps extends Pick<DialogProps, 'operation' | 'count' | 'what'> {
  onOperation: (operation: BatchOperation) => void
  onCancel: () => void
  onStarted: (id: string) => void
}

function BatchForm({ operation, onOperation, count, what, onCancel, onStarted }: FormProps) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const client = useQueryClient()
  const wordsOf = useBatchWords()
  const operations = useBatchOperations()
  const { happens, undo, confirm, example } = wordsOf(operation)
  const me = useQuery(sessionQuery).data?.user.name ?? null
  const [note, setNote] = useState('')
  const [assignee, setAssignee] = useState(me)
  const start = useMutation({
    mutationFn: () =>
      call('startBatch', {
        body: {
          operation,
          ...what,
          ...(note.trim() && { note: note.trim() }),
          ...(operation === 'assign' && { assignee }),
        },
      }),
    onSuccess: (batch) => {
      client.setQueryData(batchQuery(batch.id).queryKey, batch)
      onStarted(batch.id)
    },
  })
  const needsNote = operation === 'add note'
  return (
    <DialogForm
      action={start}
      onSubmit={() => start.mutate()}
      onCancel={onCancel}
      confirm={t('batch.confirm', { operation: confirm, number: formats.count(count) })}
      disabled={needsNote && !note.trim()}
    >
      <Select
        label={t('batch.operation')}
        value={operation}
        onChange={(value) => value && onOperation(value as BatchOperation)}
        data={[
          {
            group: t('batch.decisions'),
            items: operations.filter((one) => !isResponse(one)).map((value) => ({ value, label: wordsOf(value).name })),
          },
          {
            group: t('batch.onAssets'),
            items: operations.filter(isResponse).map((value) => ({ value, label: wordsOf(value).name })),
          },
        ].filter(({ items }) => items.length > 0)}
        allowDeselect={false}
      />
      <Consequences
        happens={
          <>
            {happens} {isResponse(operation) && t('batch.eachTarget')}
          </>
        }
        where={what.filter ? t('batch.byFilter', { number: formats.count(count) }) : t('batch.byHand')}
        undo={undo}
        more={isResponse(operation) && { name: t('batch.results'), words: t('batch.resultsWords') }}
      />
      {operation === 'assign' && <AssigneeSelect value={assignee} onChange={setAssignee} />}
      <NoteField
        first
        label={needsNote ? t('handling.note') : t('handling.optionalNote')}
        placeholder={example}
        value={note}
        onChange={setNote}
      />
    </DialogForm>
  )
}

const renewEveryMs = 1_000

function BatchResult({ id, onOther, onClose }: { id: string; onOther: (id: string) => void; onClose: () => void }) {
  const { t } = useTranslation('alerts')
  const { t: part } = useTranslation('parts')
  const client = useQueryClient()
  const batch = useQuery({
    ...batchQuery(id),
    // The live stream tells as well; this is for when it is cut.
    refetchInterval: (query) => (query.state.data?.state === 'running' ? renewEveryMs : false),
  }).data
  const running = batch?.state === 'running'
  useEffect(() => {
    if (batch === undefined || running) return
    void client.invalidateQueries({ queryKey: ['alerts'] })
    void client.invalidateQueries({ queryKey: ['alert'] })
  }, [batch, running, client])
  const cancel = useMutation({
    mutationFn: () => call('cancelBatch', { id }),
    onSuccess: (changed) => client.setQueryData(batchQuery(id).queryKey, changed),
  })
  const undo = useMutation({
    mutationFn: () => call('undoBatch', { id }),
    onSuccess: (other) => {
      client.setQueryData(batchQuery(other.id).queryKey, other)
      onOther(other.id)
    },
  })
  if (!batch) return null
  const passed = batch.done + batch.refused + batch.changed
  return (
    <DialogBody>
      <Progress
        value={batch.total === 0 ? 100 : (passed / batch.total) * 100}
        size="md"
        aria-label={t('batch.progress')}
        animated={running}
      />
      <BatchCounts batch={batch} />
      {!running && <BatchFailures batch={batch} />}
      <DialogButtons>
        {running ? (
          <>
            <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
              {t('batch.stop')}
            </Button>
            <Button
              onClick={() => {
                showToast({ words: t('batch.goesOn') })
                onClose()
              }}
            >
              {t('batch.background')}
            </Button>
          </>
        ) : (
          <>
            {batch.undoable && (
              <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
                {t('batch.undo')}
              </Button>
            )}
            <Button data-autofocus onClick={onClose}>
              {part('close')}
            </Button>
          </>
        )}
      </DialogButtons>
    </DialogBody>
  )
}

function BatchCounts({ batch }: { batch: AlertBatch }) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const { state, done, refused, changed, total } = batch
  return (
    <p role="status">
      <strong>{t(`batch.state.${state}`)}</strong>{' '}
      {t('batch.doneOf', { done: formats.count(done), total: formats.count(total) })}
      {refused > 0 && ` · ${t('batch.refused', { count: refused, number: formats.count(refused) })}`}
      {changed > 0 && ` · ${t('batch.changed', { count: changed, number: formats.count(changed) })}`}
    </p>
  )
}

function BatchFailures({ batch }: { batch: AlertBatch }) {
  const { t } = useTranslation('alerts')
  const refused = useQuery({ ...batchItemsQuery(batch.id, 'refused'), enabled: batch.refused > 0 }).data
  const changed = useQuery({ ...batchItemsQuery(batch.id, 'changed'), enabled: batch.changed > 0 }).data
  const items = [...(changed?.items ?? []), ...(refused?.items ?? [])]
  if (items.length === 0) return null
  return (
    <ul className={classes.failures} aria-label={t('batch.failures')}>
      {items.map((item) => (
        <li key={item.alertId}>
          <a href={`/alerts/${encodeURIComponent(item.alertId)}`}>{item.title ?? item.alertId}</a>
          {item.asset && (
            <span className={classes.dim}>
              {' · '}
              <VisibleText value={item.asset} />
            </span>
          )}
          <div className={classes.dim}>
            <Said value={item.reason ?? ''} />
          </div>
        </li>
      ))}
    </ul>
  )
}
