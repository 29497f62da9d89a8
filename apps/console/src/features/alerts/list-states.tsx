/** What the list shows while it has no rows: lines that load, or why there is nothing and what to do. */
import { Button, Skeleton } from '@mantine/core'
import { IconFilterOff, IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { assetsQuery } from '../../api/queries.ts'
import { EmptyState } from '../../parts/page-states.tsx'
import classes from './list.module.css'
import { type AlertSearch, filterCount, noFilters } from './search.ts'

export function LoadingRows({ height, count = 12 }: { height: number; count?: number }) {
  const { t } = useTranslation('alerts')
  return (
    <div role="row" aria-label={t('loading')}>
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are all alike
        <div key={row} role="gridcell" className={classes.loading} style={{ height }}>
          <Skeleton height={12} width={`${88 - ((row * 23) % 35)}%`} />
        </div>
      ))}
    </div>
  )
}

interface NoRowsProps {
  search: AlertSearch
  onSearch: (change: Partial<AlertSearch>) => void
}

export function NoRows({ search, onSearch }: NoRowsProps) {
  const { t } = useTranslation('alerts')
  const filtered = filterCount(search) > 0
  return (
    <div role="row">
      <div role="gridcell">
        {filtered ? (
          <EmptyState
            icon={<IconFilterOff size={22} />}
            title={t('empty.filtered.title')}
            action={
              <Button variant="default" onClick={() => onSearch(noFilters())}>
                {t('filter.clear')}
              </Button>
            }
          >
            {t('empty.filtered.words')}
          </EmptyState>
        ) : (
          <Quiet handled={search.handled === 'yes'} />
        )}
      </div>
    </div>
  )
}

/** No alert at all: because nothing is watched yet, because nothing was handled yet, or because all is well. */
function Quiet({ handled }: { handled: boolean }) {
  const { t } = useTranslation('alerts')
  const servers = useQuery({ ...assetsQuery({ limit: 1 }), refetchInterval: false }).data?.total
  if (servers === undefined) return null
  const icon = <IconShieldCheck size={22} />
  if (handled) {
    return (
      <EmptyState icon={icon} title={t('empty.handled.title')}>
        {t('empty.handled.words')}
      </EmptyState>
    )
  }
  const state = servers === 0 ? 'none' : 'quiet'
  return (
    <EmptyState
      icon={icon}
      title={t(`empty.${state}.title`)}
      action={
        <Button component={Link} to="/assets" variant="default">
          {t(`empty.${state}.action`)}
        </Button>
      }
    >
      {t(`empty.${state}.words`, { count: servers })}
    </EmptyState>
  )
}
