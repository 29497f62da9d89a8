/** A note in a history; who wrote it can write it anew or take it away. */
import { Button, Textarea } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { sessionQuery } from '../api/queries.ts'
import { VisibleText } from './evidence-text.tsx'
import { Failure } from './failure.tsx'
import classes from './written-note.module.css'

export const longestNote = 4_000

interface FormProps {
  /** What it is for, and what its button says. */
  label: string
  button: string
  action: { isPending: boolean; error: unknown }
  /** `done` empties the field. */
  onWrite: (note: string, done: () => void) => void
}

/** Adds a note to a history. */
export function NoteForm({ label, button, action, onWrite }: FormProps) {
  const [note, setNote] = useState('')
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        onWrite(note.trim(), () => setNote(''))
      }}
    >
      <Textarea
        aria-label={label}
        placeholder={label}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={longestNote}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Failure error={action.error} />
      <Button type="submit" variant="default" disabled={!note.trim()} loading={action.isPending}>
        {button}
      </Button>
    </form>
  )
}

interface Props {
  entry: { id: string; actor: string; note: string | null; editedAt: string | null }
  /** Sends the new words, or null to take the note away, and puts the answer where it is shown. */
  onChange: (note: string | null) => Promise<unknown>
}

export function WrittenNote({ entry, onChange }: Props) {
  const { t } = useTranslation('parts')
  const me = useQuery(sessionQuery).data?.user.name
  const [draft, setDraft] = useState<string>()
  const change = useMutation({ mutationFn: onChange, onSuccess: () => setDraft(undefined) })
  if (entry.note === null) return <p className={classes.dim}>{t('note.removed')}</p>
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
          aria-label={t('note.anew')}
          autosize
          minRows={2}
          maxRows={10}
          maxLength={longestNote}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Failure error={change.error} />
        <div className={classes.buttons}>
          <Button type="submit" size="compact-sm" disabled={!draft.trim()} loading={change.isPending}>
            {t('note.save')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setDraft(undefined)}>
            {t('cancel')}
          </Button>
        </div>
      </form>
    )
  return (
    <>
      <p className={classes.note}>
        <VisibleText value={entry.note} lines />
        {entry.editedAt && <span className={classes.dim}> {t('note.edited')}</span>}
      </p>
      {entry.actor === me && (
        <div className={classes.buttons}>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setDraft(entry.note ?? '')}>
            {t('note.edit')}
          </Button>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            loading={change.isPending}
            onClick={() => change.mutate(null)}
          >
            {t('note.remove')}
          </Button>
        </div>
      )}
      <Failure error={change.error} />
    </>
  )
}
