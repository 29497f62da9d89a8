/** My account: password, second factor, sessions and API tokens of who is signed in. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { setCsrfToken } from '../../api/client.ts'
import { accountQuery, ownSessionsQuery, sessionQuery } from '../../api/queries.ts'
import { ChoosePassword } from '../../parts/choose-password.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState } from '../../parts/page-states.tsx'
import { Field, Section } from '../../parts/section.tsx'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './page.module.css'
import { SecondFactor } from './second-factor.tsx'
import { OwnSessions } from './sessions.tsx'
import { ApiTokens } from './tokens.tsx'

export function AccountPage() {
  const { t } = useTranslation('account')
  const { t: shell } = useTranslation('shell')
  const client = useQueryClient()
  const account = useQuery(accountQuery)
  const [changed, setChanged] = useState(false)
  const user = account.data?.user
  return (
    <div className={classes.page}>
      <PageHeader title={t('title')} />
      {account.error && <ErrorState error={account.error} onRetry={() => void account.refetch()} />}
      <div className={classes.sections}>
        <Section title={t('who.title')} words={t('who.words')}>
          <Field label={t('who.name')}>
            <span>{user?.name}</span>
          </Field>
          <Field label={t('who.role')}>
            <span>{user && shell(`role.${user.role}`)}</span>
          </Field>
          <Field label={t('who.groups')}>
            <span>{user && (user.groups?.join(', ') ?? t('allAssets'))}</span>
          </Field>
          <Field label={t('who.signedIn')}>
            <span>{user?.signedInAt && <RelativeTime at={user.signedInAt} />}</span>
          </Field>
        </Section>
        <Section title={t('password.title')} words={t('password.words')}>
          <ChoosePassword
            onChanged={(next) => {
              setCsrfToken(next.csrfToken)
              client.setQueryData(sessionQuery.queryKey, next)
              void client.invalidateQueries({ queryKey: ownSessionsQuery.queryKey })
              setChanged(true)
            }}
          />
          {changed && (
            <p role="status" className={classes.done}>
              {t('password.done')}
            </p>
          )}
        </Section>
        <SecondFactor />
        <OwnSessions />
        <ApiTokens />
      </div>
    </div>
  )
}
