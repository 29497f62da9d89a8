/** Form of one channel: where, what, when, how often at most. */
import { Select, TextInput } from '@mantine/core'
import type { ChannelKind, NotificationChannel } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { notificationChannelsQuery } from '../../api/queries.ts'
import { DialogForm } from '../../parts/dialog.tsx'
import { WhatIsTold, WhatMayBeReached, WhenItIsTold } from './channel-rules.tsx'
import { MailTarget, SyslogTarget, TargetSecrets } from './channel-target.tsx'
import { type FormValues, toBody, valuesOf } from './values.ts'

const kinds: readonly ChannelKind[] = ['email', 'webhook', 'slack', 'dingtalk', 'feishu', 'syslog']

export function ChannelForm({ channel, onClose }: { channel: NotificationChannel | null; onClose: () => void }) {
  const { t } = useTranslation('notifications')
  const client = useQueryClient()
  const [values, setValues] = useState(() => valuesOf(channel))
  const set = (change: Partial<FormValues>) => setValues((before) => ({ ...before, ...change }))
  const save = useMutation({
    mutationFn: () => {
      const body = toBody(values, channel?.enabled ?? true)
      return channel
        ? call('changeNotificationChannel', { id: channel.id, body })
        : call('createNotificationChannel', { body })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: notificationChannelsQuery.queryKey })
      onClose()
    },
  })
  return (
    <DialogForm
      action={save}
      onSubmit={() => save.mutate()}
      onCancel={onClose}
      confirm={channel ? t('form.save') : t('form.create')}
      disabled={values.levels.length === 0}
    >
      <TextInput
        data-autofocus
        required
        label={t('form.name')}
        placeholder={t('form.nameExample')}
        maxLength={100}
        value={values.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <Select
        label={t('form.kind')}
        value={values.kind}
        onChange={(kind) => kind && set({ kind: kind as ChannelKind })}
        data={kinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        allowDeselect={false}
        description={t(`about.${values.kind}`)}
      />
      {values.kind === 'email' && <MailTarget values={values} set={set} />}
      {values.kind === 'syslog' && <SyslogTarget values={values} set={set} />}
      <TargetSecrets values={values} set={set} kept={channel?.target.kind === values.kind ? channel.secretsSet : []} />
      <WhatIsTold values={values} set={set} />
      <WhenItIsTold values={values} set={set} />
      <WhatMayBeReached values={values} set={set} />
    </DialogForm>
  )
}
