/** Form that changes one's own password. Asks for the present one unless it is known from signing in just now. */
import { Button, PasswordInput } from '@mantine/core'
import type { Session } from '@rampart/api'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFailure, call } from '../api/client.ts'
import classes from './choose-password.module.css'
import { Failure } from './failure.tsx'

/** As the API demands it. */
const shortest = 12

export function ChoosePassword({ current, onChanged }: { current?: string; onChanged: (session: Session) => void }) {
  const { t } = useTranslation('parts')
  const [typedCurrent, setTypedCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [asked, setAsked] = useState(false)
  const change = useMutation({
    mutationFn: () => call('changePassword', { body: { current: current || typedCurrent, next } }),
    onSuccess: (session) => {
      setTypedCurrent('')
      setNext('')
      setAgain('')
      setAsked(false)
      onChanged(session)
    },
  })
  const tooShort = next.length < shortest
  const differs = again !== next
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (!tooShort && !differs) change.mutate()
  }
  const wrong = change.error instanceof ApiFailure && change.error.code === 'session.wrong-password'
  return (
    <form className={classes.form} onSubmit={submit}>
      {!current && (
        <PasswordInput
          label={t('password.current')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={typedCurrent}
          error={wrong && t('password.wrong')}
          onChange={(event) => setTypedCurrent(event.currentTarget.value)}
        />
      )}
      <PasswordInput
        label={t('password.next')}
        name="next"
        description={t('password.rule', { count: shortest })}
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={next}
        error={asked && tooShort && t('password.tooShort', { count: shortest })}
        onChange={(event) => setNext(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('password.again')}
        name="again"
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={again}
        error={asked && differs && t('password.differs')}
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
      <Failure error={change.error} />
      <Button type="submit" size="sm" loading={change.isPending}>
        {t('password.submit')}
      </Button>
    </form>
  )
}
