/** Other alerts of the same attack, as far as asset, process, address and account tell. */
import type { AlertRow } from '@rampart/api'
import { IconAffiliate } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../parts/page-states.tsx'
import { CompactRow } from './compact-row.tsx'
import classes from './related.module.css'
import { readAlertSearch } from './search.ts'

export function Related({ rows }: { rows: readonly AlertRow[] }) {
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
          </li>
        ))}
      </ul>
    </div>
  )
}
