/** About: what is installed, under which licence. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { sessionQuery } from '../../api/queries.ts'
import { PageHeader } from '../../parts/page-header.tsx'
import { Field, Section } from '../../parts/section.tsx'
import classes from './page.module.css'

export function AboutPage() {
  const { t } = useTranslation('settings')
  const { t: shell } = useTranslation('shell')
  const session = useQuery(sessionQuery).data
  return (
    <div className={classes.page}>
      <PageHeader title={t('about.title')} />
      <div className={classes.sections}>
        <Section title={t('about.product')} words={t('about.words')}>
          <Field label={t('about.version')}>
            <span className="num">{session?.version}</span>
          </Field>
          <Field label={t('about.user')}>
            <span>{session && `${session.user.name} · ${shell(`role.${session.user.role}`)}`}</span>
          </Field>
          <Field label={t('about.address')}>
            <span>{location.origin}</span>
          </Field>
          <Field label={t('about.licence')}>
            <span>{t('about.apache')}</span>
          </Field>
        </Section>
      </div>
    </div>
  )
}
