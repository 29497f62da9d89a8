/** Other alerts of the same attack, as far as asset, process, address and account tell. */
import type { AlertDetail } from '@rampart/api'
import { IconAffiliate } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EvidenceText } from '../../parts/evidence-text.tsx'
import { EmptyState } from '../../parts/page-states.tsx'
import { CompactRow } from './compact-row.tsx'
import classes from './related.module.css'
import { readAlertSearch } from './search.ts'

export function Related({ rows }: { rows: AlertDetail['related'] }) {
  const { t } = useTranslation('alerts')
  if (rows.length === 0) {
    return (
      <EmptyState icon={<IconAffiliate size={22} />} title={t('related.none.title')}>
        {t('related.none.words')}
      </EmptyState>
    )
  }
  return (
    <div>
      <p className={classes.intro}>{t('related.intro')}</p>
      <ul className={classes.list}>
        {rows.map((row) => (
          <li key={row.id}>
            <Link
              to="/alerts/$alertId"
              params={{ alertId: row.id }}
              search={(before) => ({ ...readAlertSearch(before), tab: undefined })}
              className={classes.link}
            >
              <CompactRow row={row} />
            </Link>
            <Shared shared={row.shared} />
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Why they belong together, strongest first. */
function Shared({ shared }: { shared: AlertDetail['related'][number]['shared'] }) {
  const { t } = useTranslation('investigation')
  const reasons = shared.length > 0 ? shared : [{ kind: 'asset', value: null }]
  return (
    <ul className={classes.reasons}>
      {reasons.slice(0, 4).map(({ kind, value }) => (
        <li key={`${kind} ${value}`}>
          {t(`shared.${kind}`)}
          {value !== null && (
            <>
              {' '}
              <EvidenceText value={value.length > 60 ? `${value.slice(0, 60)}…` : value} />
            </>
          )}
        </li>
      ))}
    </ul>
  )
}
