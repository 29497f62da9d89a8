/** Tasks: what agents were told to do, newest first, with the result on each asset as it comes. */
import { Button, SegmentedControl } from '@mantine/core'
import type { OperationStateName } from '@rampart/api'
import { IconListCheck } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { operationsQuery } from '../../api/queries.ts'
import { OperationCard } from '../../parts/operation-card.tsx'
import classes from '../../parts/page-body.module.css'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'

const states = ['all', 'running', 'done', 'partly', 'failed', 'expired'] as const

export function TasksPage() {
  const { t } = useTranslation('response')
  const [state, setState] = useState<(typeof states)[number]>('all')
  const query = useInfiniteQuery(operationsQuery(state === 'all' ? {} : { state: state as OperationStateName }))
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div>
      <PageHeader title={t('tasks.title')} />
      <p className={classes.intro}>{t('tasks.intro')}</p>
      <div className={classes.bar}>
        <SegmentedControl
          aria-label={t('tasks.filter')}
          size="xs"
          value={state}
          onChange={(value) => setState(value as (typeof states)[number])}
          data={states.map((value) => ({
            value,
            label: value === 'all' ? t('tasks.all') : t(`operationState.${value}`),
          }))}
        />
      </div>
      {query.isPending && <LoadingLines />}
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && items.length === 0 && (
        <EmptyState
          icon={<IconListCheck size={22} />}
          title={state === 'all' ? t('tasks.none') : t('tasks.noneFiltered')}
        >
          {state === 'all' && t('tasks.noneWords')}
        </EmptyState>
      )}
      <div className={classes.cards}>
        {items.map((operation) => (
          <OperationCard key={operation.id} operation={operation} withAlert />
        ))}
      </div>
      {query.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('tasks.more')}
          </Button>
        </div>
      )}
    </div>
  )
}
