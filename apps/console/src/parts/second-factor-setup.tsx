/** Sets up one-time codes: password, then a QR code for the device and its first code, then the recovery codes. */
import { Button, PasswordInput, TextInput } from '@mantine/core'
import type { SecondFactorOffer } from '@rampart/api'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call, setCsrfToken } from '../api/client.ts'
import classes from './choose-password.module.css'
import { CopyButton } from './copy-button.tsx'
import { Failure } from './failure.tsx'
import qrClasses from './second-factor-setup.module.css'

/** `current` is the password when it is known from signing in just now. */
export function SecondFactorSetup({ current, onDone }: { current?: string; onDone: () => void }) {
  const { t } = useTranslation('parts')
  const [typed, setTyped] = useState('')
  const [code, setCode] = useState('')
  const [offer, setOffer] = useState<SecondFactorOffer | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  const begin = useMutation({
    mutationFn: () => call('offerSecondFactor', { body: { password: current || typed } }),
    onSuccess: setOffer,
  })
  const confirm = useMutation({
    mutationFn: () => call('confirmSecondFactor', { body: { code } }),
    onSuccess: async (made) => {
      setCodes(made.codes)
      // The session is a new one, and so is what it wants back with every change.
      setCsrfToken((await call('getSession')).csrfToken)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (offer) confirm.mutate()
    else begin.mutate()
  }
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />
  return (
    <form className={classes.form} onSubmit={submit}>
      {!offer && !current && (
        <PasswordInput
          label={t('password.current')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {offer && (
        <>
          <p>{t('secondFactor.scan')}</p>
          <QrCode rows={offer.qr} label={t('secondFactor.qr')} />
          <p>
            {t('secondFactor.orType')} <code className={qrClasses.secret}>{offer.secret}</code>{' '}
            <CopyButton value={offer.secret} />
          </p>
          <TextInput
            label={t('secondFactor.firstCode')}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            autoFocus
            required
            withAsterisk={false}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        </>
      )}
      <Failure error={confirm.error ?? begin.error} />
      <Button type="submit" size="sm" loading={begin.isPending || confirm.isPending}>
        {t(offer ? 'secondFactor.confirm' : 'secondFactor.begin')}
      </Button>
    </form>
  )
}

export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation('parts')
  return (
    <div className={classes.form}>
      <p role="status">{t('secondFactor.recovery')}</p>
      <ul className={qrClasses.codes}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <CopyButton value={codes.join('\n')} />
      <Button size="sm" onClick={onDone}>
        {t('secondFactor.kept')}
      </Button>
    </div>
  )
}

/** Dark on light in both themes: scanners want it so. */
function QrCode({ rows, label }: { rows: readonly string[]; label: string }) {
  const path = rows.flatMap((row, y) => [...row].map((cell, x) => (cell === '1' ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg className={qrClasses.qr} viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={label}>
      <path d={path} shapeRendering="crispEdges" />
    </svg>
  )
}
