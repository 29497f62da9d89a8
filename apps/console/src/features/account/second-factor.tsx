/** One-time codes of the own account: set up, new recovery codes, removal; the last two ask for the password. */
import { Button, PasswordInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call, setCsrfToken } from '../../api/client.ts'
import { accountQuery, ownSessionsQuery, sessionQuery } from '../../api/queries.ts'
import { Dialog, DialogForm } from '../../parts/dialog.tsx'
import { RecoveryCodes, SecondFactorSetup } from '../../parts/second-factor-setup.tsx'
import { Section } from '../../parts/section.tsx'
import classes from './page.module.css'

export function SecondFactor() {
  const { t } = useTranslation('account')
  const client = useQueryClient()
  const account = useQuery(accountQuery).data
  const [open, setOpen] = useState<'renew' | 'remove' | null>(null)
  const refresh = () => {
    for (const { queryKey } of [accountQuery, sessionQuery, ownSessionsQuery])
      void client.invalidateQueries({ queryKey })
  }
  const close = () => setOpen(null)
  return (
    <Section title={t('codes.title')} words={t('codes.words')}>
      {account?.user.secondFactor === false && <SecondFactorSetup onDone={refresh} />}
      {account?.user.secondFactor && (
        <>
          <p>{t('codes.on', { count: account.recoveryCodesLeft })}</p>
          <div className={classes.actions}>
            <Button variant="default" onClick={() => setOpen('renew')}>
              {t('codes.renew')}
            </Button>
            <Button variant="default" onClick={() => setOpen('remove')}>
              {t('codes.remove')}
            </Button>
          </div>
          {account.secondFactorRequired && <p>{t('codes.required')}</p>}
        </>
      )}
      {open === 'renew' && (
        <Dialog title={t('codes.renew')} onClose={close}>
          <Renew onDone={() => [refresh(), close()]} onCancel={close} />
        </Dialog>
      )}
      {open === 'remove' && (
        <Dialog title={t('codes.remove')} onClose={close}>
          <Remove onDone={() => [refresh(), close()]} onCancel={close} />
        </Dialog>
      )}
    </Section>
  )
}

interface FormProps {
  onDone: () => void
  onCancel: () => void
}

function Renew({ onDone, onCancel }: FormProps) {
  const { t } = useTranslation('account')
  const [password, setPassword] = useState('')
  const renew = useMutation({ mutationFn: () => call('renewRecoveryCodes', { body: { password } }) })
  if (renew.data) return <RecoveryCodes codes={renew.data.codes} onDone={onDone} />
  return (
    <DialogForm action={renew} onSubmit={() => renew.mutate()} onCancel={onCancel} confirm={t('codes.renew')}>
      <p>{t('codes.renewWords')}</p>
      <Password value={password} onChange={setPassword} />
    </DialogForm>
  )
}

function Remove({ onDone, onCancel }: FormProps) {
  const { t } = useTranslation('account')
  const [password, setPassword] = useState('')
  const remove = useMutation({
    mutationFn: async () => {
      await call('removeSecondFactor', { body: { password } })
      // The session is a new one, and so is what it wants back with every change.
      setCsrfToken((await call('getSession')).csrfToken)
    },
    onSuccess: onDone,
  })
  return (
    <DialogForm action={remove} onSubmit={() => remove.mutate()} onCancel={onCancel} confirm={t('codes.remove')} danger>
      <p>{t('codes.removeWords')}</p>
      <Password value={password} onChange={setPassword} />
    </DialogForm>
  )
}

function Password({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation('parts')
  return (
    <PasswordInput
      data-autofocus
      label={t('password.current')}
      autoComplete="current-password"
      required
      withAsterisk={false}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
