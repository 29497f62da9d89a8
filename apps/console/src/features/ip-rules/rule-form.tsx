/** A rule by hand: address, direction, assets, time, reason. */
import { MultiSelect, Radio, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { assetsQuery } from '../../api/queries.ts'
import { BlockedAlready, useBlockedAlready } from '../../parts/blocked-already.tsx'
import { DialogForm, SideDialog } from '../../parts/dialog.tsx'
import { useRenewResponses } from '../../parts/operation-card.tsx'

const minuteChoices = ['5', '15', '30', '60', '120', '360', '720', '1440', '10080', 'none']

export function RuleForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('response')
  const renew = useRenewResponses()
  const assets = useQuery(assetsQuery()).data?.items ?? []
  const [address, setAddress] = useState('')
  const [direction, setDirection] = useState<'in' | 'out' | 'both'>('in')
  const [chosen, setChosen] = useState<string[]>([])
  const [minutes, setMinutes] = useState('1440')
  const [reason, setReason] = useState('')
  const [settled] = useDebouncedValue(address.trim(), 300)
  const already = useBlockedAlready(settled)
  const create = useMutation({
    mutationFn: () =>
      call('createIpRule', {
        body: {
          address: address.trim(),
          direction,
          assets: chosen.length === 0 ? null : chosen,
          minutes: minutes === 'none' ? null : Number(minutes),
          reason: reason.trim(),
          ifBlocked: already.ifBlocked,
        },
      }),
    onSuccess: onClose,
    onSettled: renew,
  })
  return (
    <SideDialog title={t('ipRules.form.title')} width={520} onClose={onClose}>
      <DialogForm
        action={create}
        onSubmit={() => create.mutate()}
        onCancel={onClose}
        confirm={t('ipRules.form.confirm')}
        disabled={!address.trim() || !reason.trim()}
      >
        <TextInput
          data-autofocus
          required
          label={t('ipRules.form.address')}
          value={address}
          maxLength={64}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <BlockedAlready {...already} />
        <Radio.Group
          label={t('ipRules.form.direction')}
          value={direction}
          onChange={(value) => setDirection(value as 'in' | 'out' | 'both')}
        >
          {(['in', 'out', 'both'] as const).map((one) => (
            <Radio key={one} value={one} label={t(`direction.${one}`)} mt={6} />
          ))}
        </Radio.Group>
        <MultiSelect
          label={t('ipRules.form.assets')}
          description={t('ipRules.form.assetsHint')}
          searchable
          value={chosen}
          onChange={setChosen}
          data={assets.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <Select
          label={t('ipRules.form.time')}
          allowDeselect={false}
          value={minutes}
          onChange={(value) => setMinutes(value ?? '1440')}
          data={minuteChoices.map((value) => ({ value, label: t(`minutes.${value}`) }))}
        />
        <TextInput
          required
          label={t('ipRules.form.reason')}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </DialogForm>
    </SideDialog>
  )
}
