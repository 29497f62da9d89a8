/** Form of one channel: where, what, when, how often at most. */
import {
  Checkbox,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core'
import type { ChannelKind, NotificationChannel, SecretName } from '@rampart/api'
import { alertTypes, levels } from '@rampart/api/vocabulary'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { notificationChannelsQuery } from '../../api/queries.ts'
import { DialogForm } from '../../parts/dialog.tsx'
import classes from './form.module.css'
import { type FormValues, secretsOf, toBody, usualPort, valuesOf } from './values.ts'

const kinds: readonly ChannelKind[] = ['email', 'webhook', 'slack', 'dingtalk', 'feishu', 'syslog']

interface Parts {
  values: FormValues
  set: (change: Partial<FormValues>) => void
}

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
      {values.kind === 'email' && <Mail values={values} set={set} />}
      {values.kind === 'syslog' && <Syslog values={values} set={set} />}
      <Secrets values={values} set={set} kept={channel?.target.kind === values.kind ? channel.secretsSet : []} />
      <What values={values} set={set} />
      <When values={values} set={set} />
      <Reach values={values} set={set} />
    </DialogForm>
  )
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}

function HostAndPort({ values, set, example }: Parts & { example: string }) {
  const { t } = useTranslation('notifications')
  return (
    <div className={classes.pair}>
      <TextInput
        required
        label={t('form.host')}
        placeholder={example}
        value={values.host}
        onChange={(event) => set({ host: event.currentTarget.value })}
      />
      <NumberInput
        label={t('form.port')}
        min={1}
        max={65_535}
        placeholder={String(usualPort(values))}
        value={values.port}
        onChange={(port) => set({ port: typeof port === 'number' ? port : '' })}
      />
    </div>
  )
}

function Mail({ values, set }: Parts) {
  const { t } = useTranslation('notifications')
  return (
    <>
      <HostAndPort values={values} set={set} example={t('form.mailExample')} />
      <div className={classes.pair}>
        <Select
          label={t('form.security')}
          value={values.security}
          onChange={(security) => security && set({ security: security as FormValues['security'] })}
          data={(['starttls', 'tls', 'none'] as const).map((value) => ({ value, label: t(`security.${value}`) }))}
          allowDeselect={false}
        />
        <TextInput
          label={t('form.username')}
          autoComplete="off"
          value={values.username}
          onChange={(event) => set({ username: event.currentTarget.value })}
        />
      </div>
      <TextInput
        required
        type="email"
        label={t('form.from')}
        placeholder={t('form.fromExample')}
        value={values.from}
        onChange={(event) => set({ from: event.currentTarget.value })}
      />
      <TagsInput
        required={values.to.length === 0}
        label={t('form.to')}
        description={t('form.toHint')}
        placeholder={t('form.toExample')}
        value={values.to}
        onChange={(to) => set({ to })}
        acceptValueOnBlur
      />
    </>
  )
}

function Syslog({ values, set }: Parts) {
  const { t } = useTranslation('notifications')
  return (
    <>
      <HostAndPort values={values} set={set} example={t('form.syslogExample')} />
      <div className={classes.pair}>
        <Select
          label={t('form.transport')}
          value={values.transport}
          onChange={(transport) => transport && set({ transport: transport as FormValues['transport'] })}
          data={(['tls', 'tcp', 'udp'] as const).map((value) => ({ value, label: t(`transport.${value}`) }))}
          allowDeselect={false}
        />
        <Select
          label={t('form.format')}
          value={values.format}
          onChange={(format) => format && set({ format: format as FormValues['format'] })}
          data={(['rfc5424', 'cef'] as const).map((value) => ({ value, label: t(`format.${value}`) }))}
          allowDeselect={false}
        />
        <NumberInput
          label={t('form.facility')}
          min={0}
          max={23}
          value={values.facility}
          onChange={(facility) => set({ facility: Number(facility) || 0 })}
        />
      </div>
    </>
  )
}

function Secrets({ values, set, kept }: Parts & { kept: readonly SecretName[] }) {
  const { t } = useTranslation('notifications')
  return secretsOf[values.kind].map((name) => (
    <PasswordInput
      key={name}
      size="xs"
      autoComplete="new-password"
      required={name === 'url' && !kept.includes(name)}
      label={t(`secret.${name}`)}
      description={t(`secretHint.${name}`)}
      placeholder={kept.includes(name) ? t('form.kept') : ''}
      visibilityToggleButtonProps={{ 'aria-label': t('form.show') }}
      value={values.secrets[name] ?? ''}
      onChange={(event) => set({ secrets: { ...values.secrets, [name]: event.currentTarget.value } })}
    />
  ))
}

function What({ values, set }: Parts) {
  const { t } = useTranslation('notifications')
  const { t: word } = useTranslation('vocabulary')
  return (
    <Group title={t('form.what')}>
      <Checkbox.Group
        label={t('form.levels')}
        value={values.levels}
        onChange={(chosen) => set({ levels: levels.filter((level) => chosen.includes(level)) })}
      >
        <div className={classes.levels}>
          {levels.map((level) => (
            <Checkbox key={level} value={level} label={word(`level.${level}`)} />
          ))}
        </div>
      </Checkbox.Group>
      <MultiSelect
        searchable
        clearable
        label={t('form.types')}
        placeholder={values.types.length === 0 ? t('form.all') : ''}
        value={values.types}
        onChange={(chosen) => set({ types: alertTypes.filter((type) => chosen.includes(type)) })}
        data={alertTypes.map((type) => ({ value: type, label: word(`type.${type}`) }))}
      />
      <TagsInput
        label={t('form.groups')}
        placeholder={values.groups.length === 0 ? t('form.all') : ''}
        value={values.groups}
        onChange={(groups) => set({ groups })}
        acceptValueOnBlur
      />
    </Group>
  )
}

function When({ values, set }: Parts) {
  const { t } = useTranslation('notifications')
  return (
    <Group title={t('form.when')}>
      <Switch
        label={t('form.quiet')}
        description={t('form.quietHint')}
        checked={values.quietOn}
        onChange={(event) => set({ quietOn: event.currentTarget.checked })}
      />
      {values.quietOn && (
        <>
          <div className={classes.pair}>
            <TextInput
              type="time"
              required
              label={t('form.quietFrom')}
              value={values.quietFrom}
              onChange={(event) => set({ quietFrom: event.currentTarget.value })}
            />
            <TextInput
              type="time"
              required
              label={t('form.quietTo')}
              value={values.quietTo}
              onChange={(event) => set({ quietTo: event.currentTarget.value })}
            />
            <TextInput
              required
              label={t('form.zone')}
              value={values.zone}
              onChange={(event) => set({ zone: event.currentTarget.value })}
            />
          </div>
          <Checkbox
            label={t('form.urgentAnyway')}
            checked={values.urgentAnyway}
            onChange={(event) => set({ urgentAnyway: event.currentTarget.checked })}
          />
        </>
      )}
      <div className={classes.pair}>
        <NumberInput
          label={t('form.messages')}
          min={1}
          max={1000}
          value={values.messages}
          onChange={(messages) => set({ messages: Number(messages) || 1 })}
        />
        <NumberInput
          label={t('form.minutes')}
          min={1}
          max={1440}
          value={values.minutes}
          onChange={(minutes) => set({ minutes: Number(minutes) || 1 })}
        />
      </div>
      <p className={classes.dim}>{t('form.limitHint')}</p>
    </Group>
  )
}

function Reach({ values, set }: Parts) {
  const { t } = useTranslation('notifications')
  const hasAuthority = values.kind === 'email' || values.kind === 'syslog' || values.kind === 'webhook'
  return (
    <Group title={t('form.reach')}>
      <Switch
        label={t('form.allowPrivate')}
        description={t('form.allowPrivateHint')}
        checked={values.allowPrivate}
        onChange={(event) => set({ allowPrivate: event.currentTarget.checked })}
      />
      {hasAuthority && (
        <Textarea
          autosize
          minRows={2}
          maxRows={6}
          label={t('form.authority')}
          description={t('form.authorityHint')}
          placeholder={t('form.authorityExample')}
          value={values.authority}
          onChange={(event) => set({ authority: event.currentTarget.value })}
        />
      )}
    </Group>
  )
}
