/** A note in the history; who wrote it can write it anew or take it away. */
import { Button, Textarea } from '@mantine/core'
import type { AlertDetail, HistoryEntry } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { alertQuery, sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { useErrorWords } from '../../parts/page-states.tsx'
import classes from './history.module.css'

export function WrittenNote({ detail, entry }: { detail: AlertDetail; entry: HistoryEntry }) {
  const { t } = useTranslation('alerts')
  const words = useErrorWords()
  const client = useQueryClient()
  const me = useQuery(sessionQuery).data?.user.name
  const [draft, setDraft] = useState<string>()
  const change = useMutation({
    mutationFn: (note: string | null) => call('changeAlertNote', { id: detail.id, body: { entry: entry.id, note } }),
    onSuccess: (changed) => {
      client.setQueryData(alertQuery(detail.id).queryKey, changed)
      setDraft(undefined)
    },
  })
  const failure = change.error && words(change.error)
  if (entry.note === null) return <p className={classes.dim}>{t('history.noteRemoved')}</p>
  if (draft !== undefined)
    return (
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate(draft.trim())
        }}
      >
        <Textarea
          data-autofocus
          autoFocus
          aria-label={t('history.noteEdited')}
          autosize
          minRows={2}
          maxRows={10}
          maxLength={4_000}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        {failure && (
          <p role="alert" className={classes.failure}>
            <strong>{failure.title}</strong> {failure.advice}
          </p>
        )}
        <div className={classes.noteButtons}>
          <Button type="submit" size="compact-sm" disabled={!draft.trim()} loading={change.isPending}>
            {t('history.save')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setDraft(undefined)}>
            {t('handling.cancel')}
          </Button>
        </div>
      </form>
    )
  return (
    <>
      <p className={classes.note}>
        <VisibleText value={entry.note} lines />
        {entry.editedAt && <span className={classes.dim}> {t('history.edited')}</span>}
      </p>
      {entry.actor === me && (
        <div className={classes.noteButtons}>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setDraft(entry.note ?? '')}>
            {t('history.edit')}
          </Button>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            loading={change.isPending}
            onClick={() => change.mutate(null)}
          >
            {t('history.remove')}
          </Button>
        </div>
      )}
      {failure && (
        <p role="alert" className={classes.failure}>
          <strong>{failure.title}</strong> {failure.advice}
        </p>
      )}
    </>
  )
}
