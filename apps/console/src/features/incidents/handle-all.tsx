/** One decision for every alert of an incident: says what will happen, shows the progress and what became of each, undoes it. */
import { Button, Checkbox, Progress, Radio, Stack } from '@mantine/core'
import type { AlertBatch, IncidentAlertsHandling, IncidentDetail } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { incidentQuery } from '../../api/investigation-queries.ts'
import { useLive } from '../../api/live.tsx'
import { Dialog, DialogBody, DialogButtons, DialogForm, NoteField } from '../../parts/dialog.tsx'
import { useMayRespond } from '../../parts/may-respond.ts'
import { useSaid } from '../../parts/said.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './incident-page.module.css'

/** Those that need nothing but a word of why. */
const decisions = ['handled manually', 'ignore', 'false positive', 'reopen'] as const
/** Carried out by agents; an alert is handled when its own operation went well. */
const responses = ['virus removal', 'quarantine', 'kill process', 'block IP'] as const
type Decision = (typeof decisions)[number] | (typeof responses)[number]
const isResponse = (decision: Decision) => responses.some((name) => name === decision)

export function HandleAll({ incident, onClose }: { incident: IncidentDetail; onClose: () => void }) {
  const { t } = useTranslation('incidents')
  const { t: alerts } = useTranslation('alerts')
  const { t: response } = useTranslation('response')
  const client = useQueryClient()
  const [decision, setDecision] = useState<Decision>('handled manually')
  const [note, setNote] = useState('')
  const [close, setClose] = useState(incident.state === 'open')
  const mayRespond = useMayRespond()
  const mayClose = incident.state === 'open' && decision !== 'reopen' && !isResponse(decision)
  const start = useMutation({
    mutationFn: () =>
      call('handleIncidentAlerts', {
        id: incident.id,
        body: {
          operation: decision satisfies IncidentAlertsHandling['operation'],
          close: close && mayClose,
          ...(note.trim() && { note: note.trim() }),
        },
      }),
    onSuccess: (answer) => client.setQueryData(incidentQuery(incident.id).queryKey, answer.incident),
  })
  return (
    <Dialog title={t('handle.title')} width={620} onClose={onClose}>
      {start.data ? (
        <Progressing batch={start.data.batch} incidentId={incident.id} onClose={onClose} />
      ) : (
        <DialogForm
          action={start}
          onSubmit={() => start.mutate()}
          onCancel={onClose}
          confirm={t('handle.start', { count: incident.alertCount })}
        >
          <p>{t('handle.words', { count: incident.alertCount, open: incident.openCount })}</p>
          <Radio.Group
            label={t('handle.decision')}
            value={decision}
            onChange={(value) => setDecision(value as Decision)}
          >
            <Stack gap={6} mt={6}>
              {decisions.map((name) => (
                <Radio
                  key={name}
                  value={name}
                  label={alerts(`handling.${name}.name`)}
                  description={t(`handle.help.${name}`)}
                />
              ))}
              {mayRespond &&
                responses.map((name) => (
                  <Radio
                    key={name}
                    value={name}
                    label={response(`name.${name}`)}
                    description={t(`handle.help.${name}`)}
                  />
                ))}
            </Stack>
          </Radio.Group>
          <NoteField label={t('handle.note')} value={note} onChange={setNote} />
          {mayClose && (
            <Checkbox
              label={t('handle.alsoClose')}
              checked={close}
              onChange={(event) => setClose(event.currentTarget.checked)}
            />
          )}
        </DialogForm>
      )}
    </Dialog>
  )
}

const askEveryMs = 1_000

function Progressing({ batch, incidentId, onClose }: { batch: AlertBatch; incidentId: string; onClose: () => void }) {
  const { t } = useTranslation('incidents')
  const said = useSaid()
  const formats = useFormats()
  const client = useQueryClient()
  const [id, setId] = useState(batch.id)
  const query = useQuery({
    queryKey: ['batch', id],
    queryFn: ({ signal }) => call('getBatch', { id, signal }),
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'running' ? false : askEveryMs),
  })
  useLive('batch.progress', (progress) => {
    if (progress.id === id) void query.refetch()
  })
  const now = query.data ?? batch
  const ended = now.state !== 'running'
  const items = useQuery({
    queryKey: ['batch', id, 'items'],
    queryFn: ({ signal }) => call('listBatchItems', { id, query: { limit: 500 }, signal }),
    enabled: ended,
  })
  useEffect(() => {
    if (ended) void client.invalidateQueries({ queryKey: incidentQuery(incidentId).queryKey })
  }, [ended, client, incidentId])
  const undo = useMutation({
    mutationFn: () => call('undoBatch', { id }),
    onSuccess: (undoing) => setId(undoing.id),
  })
  const finished = now.done + now.refused + now.changed
  return (
    <DialogBody>
      <Progress value={(finished / Math.max(1, now.total)) * 100} aria-label={t('handle.progress')} />
      <p role="status">
        {t('handle.result', {
          done: formats.count(now.done),
          all: formats.count(now.total),
          refused: formats.count(now.refused + now.changed),
        })}
      </p>
      {items.data && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        <ul className={classes.results} tabIndex={0}>
          {items.data.items.map((item) => (
            <li key={item.alertId} data-outcome={item.outcome}>
              <span>{item.title ?? item.alertId}</span>
              <span className={classes.dim}>
                {t(`outcome.${item.outcome}`)}
                {item.reason && `: ${said(item.reason)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <DialogButtons>
        {now.undoable && (
          <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
            {t('handle.undo')}
          </Button>
        )}
        <Button onClick={onClose}>{t('handle.done')}</Button>
      </DialogButtons>
    </DialogBody>
  )
}
