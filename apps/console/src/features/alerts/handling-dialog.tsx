/** One decision: what will happen, how to undo it, a note, and the answer of the server. */
import type { AlertDetail, OperationName } from '@rampart/api'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFailure } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import { AssigneeSelect } from '../../parts/assignee-select.tsx'
import { AboutAlert, Consequences, Dialog, DialogForm, NoteField } from '../../parts/dialog.tsx'
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
  const [note, setNote] = useState('')
  const handling = useHandling(detail)
  const changed = handling.error instanceof ApiFailure && handling.error.code === 'alert.changed'
  const conflict = handling.error instanceof ApiFailure ? handling.error.conflict : undefined
  const formats = useFormats()
  const me = useQuery(sessionQuery).data?.user.name ?? null
  const [assignee, setAssignee] = useState(detail.assignee ?? me)
  const needsNote = operation === 'add note'
  const assigns = operation === 'assign'
  return (
    <Dialog title={t(`handling.${wordOf(operation)}.title`)} onClose={onClose}>
      <DialogForm
        action={handling}
        onSubmit={() =>
          handling.mutate(
            {
              operation,
              ...(note.trim() && { note: note.trim() }),
              ...(assigns && { assignee }),
            },
            { onSuccess: onClose },
          )
        }
        onCancel={onClose}
        confirm={changed ? t('handling.anyway') : t(`handling.${wordOf(operation)}.confirm`)}
        disabled={needsNote && !note.trim()}
        refusal={
          changed && (
            <>
              {t('handling.nowIs', { state: word(`state.${detail.state}`) })}
              {conflict && (
                <span className={classes.conflict}>
                  {t('handling.wasFirst', {
                    actor: conflict.actor,
                    operation: t(`operation.${conflict.operation}`, { defaultValue: conflict.operation }),
                    at: formats.exact(conflict.at),
                  })}
                </span>
              )}
            </>
          )
        }
      >
        <AboutAlert detail={detail} />
        <Consequences
          happens={t(`handling.${wordOf(operation)}.happens`)}
          undo={t(`handling.${wordOf(operation)}.undo`)}
        />
        {assigns && <AssigneeSelect value={assignee} onChange={setAssignee} />}
        <NoteField
          first
          label={needsNote ? t('handling.note') : t('handling.optionalNote')}
          placeholder={t(`handling.${wordOf(operation)}.example`)}
          value={note}
          onChange={setNote}
        />
      </DialogForm>
    </Dialog>
  )
}
