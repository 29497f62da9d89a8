/** General settings: language and colours of this browser. */
import { SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { changeLanguage, type Language, languages } from '../../messages/index.ts'
import { PageHeader } from '../../parts/page-header.tsx'
import { Field, Section } from '../../parts/section.tsx'
import { languageNames, themes } from '../../parts/switches.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './page.module.css'

export function SettingsPage() {
  const { t, i18n } = useTranslation('settings')
  const { t: part } = useTranslation('parts')
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const formats = useFormats()
  return (
    <div className={classes.page}>
      <PageHeader title={t('title')} />
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
      </div>
    </div>
  )
}
