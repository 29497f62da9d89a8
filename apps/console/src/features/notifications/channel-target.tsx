/** Where a channel sends to: host and port, addresses, and what is secret of it. */
import { NumberInput, PasswordInput, Select, TagsInput, TextInput } from '@mantine/core'
import type { SecretName } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import classes from './form.module.css'
import { type FormParts, type FormValues, secretsOf, usualPort } from './values.ts'

function HostAndPort({ values, set, example }: FormParts & { example: string }) {
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

export function MailTarget({ values, set }: FormParts) {
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

export function SyslogTarget({ values, set }: FormParts) {
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

export function TargetSecrets({ values, set, kept }: FormParts & { kept: readonly SecretName[] }) {
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
