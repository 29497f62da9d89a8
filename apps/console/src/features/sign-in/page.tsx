/** Sign-in; a first sign-in goes on to choosing an own password. */
import { Button, PasswordInput, TextInput } from '@mantine/core'
import type { Session } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFailure, call, setCsrfToken } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import { ChoosePassword } from '../../parts/choose-password.tsx'
import { Failure } from '../../parts/failure.tsx'
import { SecondFactorSetup } from '../../parts/second-factor-setup.tsx'
import { LanguageSwitch, ThemeSwitch } from '../../parts/switches.tsx'
import { Wordmark } from '../../parts/wordmark.tsx'
import classes from './page.module.css'

export function SignInPage() {
  const { t } = useTranslation('sign-in')
  const client = useQueryClient()
  const navigate = useNavigate()
  const { next } = useSearch({ from: '/sign-in' })
  const session = useQuery(sessionQuery)
  const [typed, setTyped] = useState('')

  useEffect(() => {
    document.title = t('documentTitle')
  }, [t])

  const enter = (entered: Session) => {
    setCsrfToken(entered.csrfToken)
    client.setQueryData(sessionQuery.queryKey, entered)
  }

  const signedIn = session.data && !session.data.mustChangePassword && !session.data.mustSetUpSecondFactor
  useEffect(() => {
    // Only addresses of this console: a link must not lead elsewhere after signing in.
    if (signedIn) void navigate({ href: next && /^\/(?![/\\])/.test(next) ? next : '/' })
  }, [signedIn, next, navigate])

  return (
    <div className={classes.page}>
      <main className={classes.card}>
        <Wordmark />
        {session.data?.mustChangePassword ? (
          <>
            <h1 className={classes.title}>{t('choose.title')}</h1>
            <p className={classes.words}>{t('choose.words', { name: session.data.user.name })}</p>
            <ChoosePassword current={typed} onChanged={enter} />
          </>
        ) : session.data?.mustSetUpSecondFactor ? (
          <>
            <h1 className={classes.title}>{t('secondFactor.title')}</h1>
            <p className={classes.words}>{t('secondFactor.words')}</p>
            <SecondFactorSetup
              current={typed}
              onDone={() => void client.invalidateQueries({ queryKey: sessionQuery.queryKey })}
            />
          </>
        ) : (
          <>
            <h1 className={classes.title}>{t('title')}</h1>
            <Credentials onTyped={setTyped} onSignedIn={enter} />
          </>
        )}
      </main>
      <footer className={classes.foot}>
        <LanguageSwitch />
        <ThemeSwitch />
      </footer>
    </div>
  )
}

function Credentials({
  onTyped,
  onSignedIn,
}: {
  onTyped: (password: string) => void
  onSignedIn: (s: Session) => void
}) {
  const { t } = useTranslation('sign-in')
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const signIn = useMutation({
    mutationFn: () => call('signIn', { body: { username, password, ...(code && { code }) } }),
    onSuccess: (session) => {
      onTyped(password)
      onSignedIn(session)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate()
  }
  const codeAsked =
    signIn.error instanceof ApiFailure && ['session.code-required', 'session.wrong-code'].includes(signIn.error.code)
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        size="sm"
        label={t('username')}
        name="username"
        autoComplete="username"
        autoFocus
        required
        withAsterisk={false}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('password')}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {(codeAsked || code !== '') && (
        <TextInput
          size="sm"
          label={t('code')}
          description={t('codeHint')}
          name="code"
          autoComplete="one-time-code"
          autoFocus
          required
          withAsterisk={false}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
      )}
      <Failure error={signIn.error} />
      <Button type="submit" size="sm" fullWidth loading={signIn.isPending}>
        {t('submit')}
      </Button>
      <p className={classes.hint}>{t('hint')}</p>
    </form>
  )
}
