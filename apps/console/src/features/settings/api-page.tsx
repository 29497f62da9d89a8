/** The HTTP API: what it is, how to call it with a token, where its description is. */
import { Anchor, Button } from '@mantine/core'
import { IconDownload, IconKey } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { apiDescriptionPath } from '../../api/api-description.ts'
import { paths } from '../../api/paths.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { Section } from '../../parts/section.tsx'
import classes from './api-page.module.css'
import { ApiReference } from './api-reference.tsx'
import page from './page.module.css'

const description = apiDescriptionPath
const header = '-H "Authorization: Bearer $RAMPART_TOKEN"'

/** Each as it can be pasted into a shell. */
function examples(origin: string) {
  const get = (path: string, rest = '') => `curl -sS ${header} \\\n  '${origin}${path}'${rest}`
  return [
    { name: 'alerts', role: 'viewer', text: get(`${paths.listAlerts[1]}?level=Urgent&limit=20`) },
    {
      name: 'search',
      role: 'viewer',
      text: `curl -sS ${header} \\\n  "${origin}${paths.searchEvents[1]}?q=curl&limit=20&from=$(date -u -d yesterday +%FT%TZ)&to=$(date -u +%FT%TZ)"`,
    },
    {
      name: 'handle',
      role: 'analyst',
      text: `curl -sS ${header} \\\n  -H 'content-type: application/json' \\\n  -d '{"operation":"ignore","version":1,"note":"known scanner"}' \\\n  "${origin}${paths.handleAlert[1].replace(':id', '$ALERT_ID')}"`,
    },
    { name: 'export', role: 'analyst', text: get(`${paths.exportAlerts[1]}?format=ndjson`, ' \\\n  -o alerts.ndjson') },
  ] as const
}

export function ApiPage() {
  const { t } = useTranslation('settings')
  const { t: shell } = useTranslation('shell')
  return (
    <div className={page.page}>
      <PageHeader title={t('api.title')}>
        <Button variant="default" leftSection={<IconKey size={16} />} component={Link} to="/settings/account">
          {t('api.makeToken')}
        </Button>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          component="a"
          href={description}
          download="rampart-openapi.json"
        >
          {t('api.description')}
        </Button>
      </PageHeader>
      <div className={page.sections}>
        <Section title={t('api.what')} words={t('api.whatWords')}>
          <p>
            {t('api.address')} <code>{`${location.origin}/api/v1`}</code>
          </p>
          <p>
            {t('api.described')}{' '}
            <Anchor href={description} target="_blank" rel="noreferrer">
              {location.origin}
              {description}
            </Anchor>
          </p>
          <p>{t('api.errors')}</p>
        </Section>
        <Section title={t('api.tokens')} words={t('api.tokensWords')}>
          <Example text="export RAMPART_TOKEN='rampart_…'" label={t('api.keep')} />
          {location.protocol === 'https:' && <p>{t('api.authority')}</p>}
        </Section>
        <Section title={t('api.examples')}>
          {examples(location.origin).map(({ name, role, text }) => (
            <Example key={name} text={text} label={t(`api.example.${name}`)} note={shell(`role.${role}`)} />
          ))}
        </Section>
        <Section title={t('api.reference.title')}>
          <ApiReference />
        </Section>
      </div>
    </div>
  )
}

function Example({ text, label, note }: { text: string; label: string; note?: string }) {
  const { t } = useTranslation('settings')
  return (
    <figure className={classes.example}>
      <figcaption className={classes.caption}>
        <span>{label}</span>
        {note && <span className={classes.role}>{t('api.needs', { role: note })}</span>}
        <CopyButton value={text} label={t('api.copy', { what: label })} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the screen is scrolled with the keys */}
      <pre className={classes.code} tabIndex={0}>
        {text}
      </pre>
    </figure>
  )
}
