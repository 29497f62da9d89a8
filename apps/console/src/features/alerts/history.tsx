/** Who did what with the alert, and a place for notes. */
import { Button } from '@mantine/core'
import type { AlertDetail } from '@rampart/api'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { alertQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Said } from '../../parts/said.tsx'
import { RelativeTime } from '../../parts/time-text.tsx'
import { NoteForm, WrittenNote } from '../../parts/written-note.tsx'
import classes from './history.module.css'
import { useHandling } from './use-handling.ts'

export function History({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  const mayNote = detail.operations.some((operation) => operation.name === 'add note' && operation.offered)
  const mayUndo = detail.operations.some((operation) => operation.name === 'undo' && operation.offered)
  const write = useHandling(detail)
  const handling = useHandling(detail)
  const client = useQueryClient()
  const changeNote = async (entry: string, note: string | null) => {
    const changed = await call('changeAlertNote', { id: detail.id, body: { entry, note } })
    client.setQueryData(alertQuery(detail.id).queryKey, changed)
  }
  return (
    <div className={classes.sections}>
      {mayNote && (
        <NoteForm
          label={t('history.note')}
          button={t('history.add')}
          action={write}
          onWrite={(note, done) => write.mutate({ operation: 'add note', note }, { onSuccess: done })}
        />
      )}
      {detail.history.length === 0 ? (
        <p className={classes.dim}>{t('history.none')}</p>
      ) : (
        <>
          {mayUndo && (
            <Button
              variant="default"
              className={classes.undo}
              loading={handling.isPending}
              onClick={() => handling.mutate({ operation: 'undo' })}
            >
              {t('history.undo')}
            </Button>
          )}
          <ol className={classes.list}>
            {detail.history.map((entry) => (
              <li key={entry.id} className={classes.entry} data-undone={entry.undone || undefined}>
                <div className={classes.head}>
                  <strong>
                    <VisibleText value={entry.actor} />
                  </strong>
                  <span>
                    <OperationWords name={entry.operation} />
                  </span>
                  {entry.fromState && entry.toState && entry.fromState !== entry.toState && (
                    <span className={classes.dim}>
                      {t('history.change', {
                        from: word(`state.${entry.fromState}`),
                        to: word(`state.${entry.toState}`),
                      })}
                    </span>
                  )}
                  {entry.undone && <span className={classes.dim}>{t('history.undone')}</span>}
                  {entry.batch && <span className={classes.dim}>{t('history.batch')}</span>}
                  <span className={classes.time}>
                    <RelativeTime at={entry.at} />
                  </span>
                </div>
                {entry.operation === 'add note' ? (
                  <WrittenNote entry={entry} onChange={(note) => changeNote(entry.id, note)} />
                ) : (
                  entry.note && (
                    <p className={classes.note}>
                      {entry.actor === 'rampart' ? (
                        <Said value={entry.note} />
                      ) : (
                        <VisibleText value={entry.note} lines />
                      )}
                    </p>
                  )
                )}
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}

/** Our own operations have words; the end of one that agents carried out is `<name>: <state>`. */
function OperationWords({ name }: { name: string }) {
  const { t } = useTranslation('alerts')
  const { t: response, i18n } = useTranslation('response')
  const [operation = '', state = ''] = name.split(': ')
  if (i18n.exists(`response:name.${operation}`) && i18n.exists(`response:operationState.${state}`))
    return (
      <>
        {response(`name.${operation}`)}: {response(`operationState.${state}`)}
      </>
    )
  return <>{t(`operation.${name}`, { defaultValue: name })}</>
}
