/** One operation on a server as a whole before it begins: what happens, for how long, what stays reachable, how it is undone. */
import { Select, TextInput } from '@mantine/core'
import type { AssetDetail, HostResponseName } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { Consequences, Dialog, DialogForm, NoteField } from '../../parts/dialog.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { useRenewResponses } from '../../parts/operation-card.tsx'
import { Said } from '../../parts/said.tsx'
import classes from './host-responses.module.css'

interface Props {
  asset: AssetDetail
  name: HostResponseName
  onClose: () => void
}

const times = ['60', '360', '1440', '10080', 'none']

export function HostResponseDialog({ asset, name, onClose }: Props) {
  const { t } = useTranslation('response')
  const client = useQueryClient()
  const renew = useRenewResponses()
  const [minutes, setMinutes] = useState('1440')
  const [allow, setAllow] = useState('')
  const [note, setNote] = useState('')
  const isolates = name === 'isolate host'
  const begin = useMutation({
    mutationFn: () =>
      call('respondOnAsset', {
        id: asset.id,
        body: {
          name,
          ...(note.trim() && { note: note.trim() }),
          ...(isolates && {
            minutes: minutes === 'none' ? null : Number(minutes),
            allow: allow.split(/[\s,]+/).filter(Boolean),
          }),
        },
      }),
    onSuccess: onClose,
    onSettled: () => {
      renew()
      void client.invalidateQueries({ queryKey: ['assets'] })
    },
  })
  const warning = asset.responses.find((offer) => offer.name === name)?.warning
  return (
    <Dialog title={t(`name.${name}`)} width={560} onClose={onClose}>
      <DialogForm
        action={begin}
        onSubmit={() => begin.mutate()}
        onCancel={onClose}
        confirm={t(`name.${name}`)}
        focusConfirm
      >
        {isolates && (
          <>
            <Select
              label={t('dialog.time')}
              allowDeselect={false}
              value={minutes}
              onChange={(value) => setMinutes(value ?? '1440')}
              data={times.map((value) => ({ value, label: t(`minutes.${value}`) }))}
            />
            <TextInput
              label={t('dialog.allow')}
              description={t('dialog.allowHint')}
              value={allow}
              onChange={(event) => setAllow(event.currentTarget.value)}
            />
          </>
        )}
        <Consequences
          happens={t(`happens.${name}`)}
          where={
            <>
              <VisibleText value={asset.name} />
              {warning && (
                <div className={classes.dim}>
                  <Said value={warning} />
                </div>
              )}
            </>
          }
          undo={t(`undoing.${name}`)}
        />
        <NoteField label={t('dialog.note')} value={note} onChange={setNote} />
      </DialogForm>
    </Dialog>
  )
}
