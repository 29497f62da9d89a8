/** One decision: what will happen, how to undo it, a note, and the answer of the server. */
import { Button, Modal, Textarea } from '@mantine/core'
import type { AlertDetail, OperationName } from '@rampart/api'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFailure } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import { AssigneeSelect } from '../../parts/assignee-select.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { useErrorWords } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { wordOf } from './handling-buttons.tsx'
import classes from './handling-dialog.module.css'
import { useHandling } from './use-handling.ts'

interface DialogProps {
  detail: AlertDetail
  operation: OperationName
  onClose: () => void
}

export function HandlingDialog({ detail, operation, onClose }: DialogProps) {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  const words = useErrorWords()
  const [note, setNote] = useState('')
  const handling = useHandling(detail)
  const failure = handling.error && words(handling.error)
  const changed = handling.error instanceof ApiFailure && handling.error.code === 'alert.changed'
  const conflict = handling.error instanceof ApiFailure ? handling.error.conflict : undefined
  const formats = useFormats()
  const me = useQuery(sessionQuery).data?.user.name ?? null
  const [assignee, setAssignee] = useState(detail.assignee ?? me)
  const needsNote = operation === 'add note'
  const assigns = operation === 'assign'
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`handling.${wordOf(operation)}.title`)}
      size={520}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          handling.mutate(
            {
              operation,
              ...(note.trim() && { note: note.trim() }),
              ...(assigns && { assignee }),
            },
            { onSuccess: onClose },
          )
        }}
      >
        <div className={classes.alert}>
          <LevelMark level={detail.level} />
          <div className={classes.what}>
            <div className={classes.title}>{detail.title}</div>
            <div className={classes.dim}>
              <VisibleText value={detail.asset.name} />
              {' · '}
              <EvidenceText value={detail.entity.value} />
            </div>
          </div>
        </div>
        <dl className={classes.words}>
          <dt>{t('handling.happens')}</dt>
          <dd>{t(`handling.${wordOf(operation)}.happens`)}</dd>
          <dt>{t('handling.undo')}</dt>
          <dd>{t(`handling.${wordOf(operation)}.undo`)}</dd>
        </dl>
        {assigns && <AssigneeSelect value={assignee} onChange={setAssignee} />}
        <Textarea
          data-autofocus
          label={needsNote ? t('handling.note') : t('handling.optionalNote')}
          placeholder={t(`handling.${wordOf(operation)}.example`)}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={4_000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {failure && (
          <p role="alert" className={classes.failure}>
            <strong>{failure.title}</strong> {failure.advice}{' '}
            {changed && t('handling.nowIs', { state: word(`state.${detail.state}`) })}
            {changed && conflict && (
              <span className={classes.conflict}>
                {t('handling.wasFirst', {
                  actor: conflict.actor,
                  operation: t(`operation.${conflict.operation}`, { defaultValue: conflict.operation }),
                  at: formats.exact(conflict.at),
                })}
              </span>
            )}
          </p>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            {t('handling.cancel')}
          </Button>
          <Button type="submit" loading={handling.isPending} disabled={needsNote && !note.trim()}>
            {changed ? t('handling.anyway') : t(`handling.${wordOf(operation)}.confirm`)}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
