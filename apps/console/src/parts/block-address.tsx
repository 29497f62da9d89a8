/** Blocks one address on chosen assets: says what happens, where, for how long, and how it is undone. */
import { Checkbox, Radio, Select } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/client.ts'
import { BlockedAlready, useBlockedAlready } from './blocked-already.tsx'
import { Consequences, Dialog, DialogForm, NoteField } from './dialog.tsx'
import { EvidenceText, VisibleText } from './evidence-text.tsx'
import { useRenewResponses } from './operation-card.tsx'
import { showToast } from './toast.tsx'

const minuteChoices = ['60', '360', '1440', '10080', 'none']
const namesShown = 5

interface Props {
  address: string
  assets: readonly { id: string; name: string }[]
  /** Stands as the reason when nothing is written. */
  reason: string
  /** Id of the incident that writes it down. */
  incident?: string
  onClose: () => void
}

export function BlockAddressDialog({ address, assets, reason, incident, onClose }: Props) {
  const { t } = useTranslation('response')
  const client = useQueryClient()
  const navigate = useNavigate()
  const renew = useRenewResponses()
  const [direction, setDirection] = useState<'in' | 'out' | 'both'>('both')
  const [minutes, setMinutes] = useState('1440')
  const [everywhere, setEverywhere] = useState(assets.length === 0)
  const [note, setNote] = useState('')
  const already = useBlockedAlready(address)
  const block = useMutation({
    mutationFn: () =>
      call('createIpRule', {
        body: {
          address,
          direction,
          assets: everywhere ? null : assets.map(({ id }) => id),
          minutes: minutes === 'none' ? null : Number(minutes),
          reason: (note.trim() || reason).slice(0, 500),
          ifBlocked: already.ifBlocked,
          ...(incident !== undefined && { incident }),
        },
      }),
    onSuccess: () => {
      showToast({
        words: t('block.done', { address }),
        action: { words: t('block.show'), act: () => void navigate({ to: '/ip-rules' }) },
      })
      onClose()
    },
    onSettled: () => {
      renew()
      void client.invalidateQueries({ queryKey: ['incidents'] })
      void client.invalidateQueries({ queryKey: ['incident'] })
    },
  })
  const names = assets.slice(0, namesShown).map(({ name }) => name)
  const more = assets.length > namesShown ? ` +${assets.length - namesShown}` : ''
  return (
    <Dialog title={t('name.block IP')} width={560} onClose={onClose}>
      <DialogForm
        action={block}
        onSubmit={() => block.mutate()}
        onCancel={onClose}
        confirm={t('dialog.confirm', { name: t('name.block IP') })}
        focusConfirm
      >
        <p>
          <EvidenceText value={address} />
        </p>
        <BlockedAlready {...already} />
        <Radio.Group
          label={t('dialog.direction')}
          value={direction}
          onChange={(value) => setDirection(value as 'in' | 'out' | 'both')}
        >
          {(['both', 'in', 'out'] as const).map((one) => (
            <Radio key={one} value={one} label={t(`direction.${one}`)} mt={6} />
          ))}
        </Radio.Group>
        {assets.length > 0 && (
          <Checkbox
            label={t('dialog.everywhere')}
            checked={everywhere}
            onChange={(event) => setEverywhere(event.currentTarget.checked)}
          />
        )}
        <Select
          label={t('dialog.time')}
          allowDeselect={false}
          value={minutes}
          onChange={(value) => setMinutes(value ?? '1440')}
          data={minuteChoices.map((value) => ({ value, label: t(`minutes.${value}`) }))}
        />
        <Consequences
          happens={t('happens.block IP')}
          where={everywhere ? t('ipRules.allAssets') : <VisibleText value={`${names.join(', ')}${more}`} />}
          undo={t('undoing.block IP')}
        />
        <NoteField label={t('dialog.note')} value={note} onChange={setNote} />
      </DialogForm>
    </Dialog>
  )
}
