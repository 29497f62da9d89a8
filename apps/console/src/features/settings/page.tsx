/** Settings: language and colours of this browser, the own password, and what is installed. */
import { Button, SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { setCsrfToken } from '../../api/client.ts'
import { accountQuery, sessionQuery } from '../../api/queries.ts'
import { changeLanguage, type Language, languages } from '../../messages/index.ts'
import { ChoosePassword } from '../../parts/choose-password.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { SecondFactorSetup } from '../../parts/second-factor-setup.tsx'
import { languageNames, themes } from '../../parts/switches.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './page.module.css'

export function SettingsPage() {
  const { t, i18n } = useTranslation('settings')
  const { t: part } = useTranslation('parts')
  const { t: shell } = useTranslation('shell')
  const client = useQueryClient()
  const session = useQuery(sessionQuery).data
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const formats = useFormats()
  const [changed, setChanged] = useState(false)
  return (
    <div className={classes.page}>
      <PageHeader title={t('title')}>
        {session?.user.role === 'administrator' && (
          <>
            <Button variant="default" component={Link} to="/settings/server">
              {t('server.title')}
            </Button>
            <Button variant="default" component={Link} to="/settings/users">
              {t('users')}
            </Button>
            <Button variant="default" component={Link} to="/settings/audit">
              {t('audit')}
            </Button>
            <Button variant="default" component={Link} to="/settings/notifications">
              {t('notifications')}
            </Button>
          </>
        )}
      </PageHeader>
      <div className={classes.sections}>
        <Section title={t('general.title')} words={t('general.words')}>
          <Field label={part('language')}>
            <SegmentedControl
              aria-label={part('language')}
              value={i18n.language}
              onChange={(value) => void changeLanguage(value as Language)}
              data={languages.map((language) => ({ value: language, label: languageNames[language] }))}
            />
          </Field>
          <Field label={part('theme.label')}>
            <SegmentedControl
              aria-label={part('theme.label')}
              value={colorScheme}
              onChange={(value) => setColorScheme(value as (typeof themes)[number])}
              data={themes.map((name) => ({ value: name, label: part(`theme.${name}`) }))}
            />
          </Field>
          <Field label={t('general.zone')}>
            <span>
              {Intl.DateTimeFormat().resolvedOptions().timeZone} ({formats.zone})
            </span>
          </Field>
        </Section>
        <Section title={t('password.title')} words={t('password.words')}>
          <ChoosePassword
            onChanged={(next) => {
              setCsrfToken(next.csrfToken)
              client.setQueryData(sessionQuery.queryKey, next)
              setChanged(true)
            }}
          />
          {changed && (
            <p role="status" className={classes.done}>
              {t('password.done')}
            </p>
          )}
        </Section>
        <OneTimeCodes />
        <Section title={t('about.title')}>
          <Field label={t('about.version')}>
            <span className="num">{session?.version}</span>
          </Field>
          <Field label={t('about.user')}>
            <span>{session && `${session.user.name} · ${shell(`role.${session.user.role}`)}`}</span>
          </Field>
          <Field label={t('about.licence')}>
            <span>{t('about.apache')}</span>
          </Field>
        </Section>
      </div>
    </div>
  )
}

/** Set up, and whether they are on. */
function OneTimeCodes() {
  const { t } = useTranslation('settings')
  const client = useQueryClient()
  const account = useQuery(accountQuery).data
  return (
    <Section title={t('codes.title')} words={t('codes.words')}>
      {account?.user.secondFactor ? (
        <p>{t('codes.on', { count: account.recoveryCodesLeft })}</p>
      ) : (
        <SecondFactorSetup
          onDone={() => {
            void client.invalidateQueries({ queryKey: accountQuery.queryKey })
            void client.invalidateQueries({ queryKey: sessionQuery.queryKey })
          }}
        />
      )}
    </Section>
  )
}

function Section({ title, words, children }: { title: string; words?: string; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <div>
        <h2 className={classes.heading}>{title}</h2>
        {words && <p className={classes.words}>{words}</p>}
      </div>
      <div className={classes.fields}>{children}</div>
    </section>
  )
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.field}>
      <span className={classes.label}>{label}</span>
      {children}
    </div>
  )
}
