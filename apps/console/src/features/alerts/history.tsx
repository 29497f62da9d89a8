/** Who did what with the alert, and a place for notes. */
import { Button, Textarea } from '@mantine/core'
import type { AlertDetail } from '@rampart/api'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { useErrorWords } from '../../parts/page-states.tsx'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './history.module.css'
import { useHandling } from './use-handling.ts'
import { WrittenNote } from './written-note.tsx'

const longestNote = 4_000

export function History({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  const mayNote = detail.operations.some((operation) => operation.name === 'add note' && operation.offered)
  const mayUndo = detail.operations.some((operation) => operation.name === 'undo' && operation.offered)
  const handling = useHandling(detail)
  return (
    <div className={classes.sections}>
      {mayNote && <NoteForm detail={detail} />}
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
                  <span>{t(`operation.${entry.operation}`, { defaultValue: entry.operation })}</span>
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
                  <WrittenNote detail={detail} entry={entry} />
                ) : (
                  entry.note && (
                    <p className={classes.note}>
                      <VisibleText value={entry.note} lines />
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

function NoteForm({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation('alerts')
  const words = useErrorWords()
  const [note, setNote] = useState('')
  const handling = useHandling(detail)
  const failure = handling.error && words(handling.error)
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        handling.mutate({ operation: 'add note', note: note.trim() }, { onSuccess: () => setNote('') })
      }}
    >
      <Textarea
        aria-label={t('history.note')}
        placeholder={t('history.note')}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={longestNote}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {failure && (
        <p role="alert" className={classes.failure}>
          <strong>{failure.title}</strong> {failure.advice}
        </p>
      )}
      <Button type="submit" variant="default" disabled={!note.trim()} loading={handling.isPending}>
        {t('history.add')}
      </Button>
    </form>
  )
}
