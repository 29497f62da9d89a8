/** Audit trail: who did what, when, from where; searched, exported, and its chain followed. */
import { Anchor, Button, Select, TextInput } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call, queryString } from '../../api/client.ts'
import { paths } from '../../api/paths.ts'
import { auditQuery, sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import table from '../../parts/table.module.css'
import { ExactTime } from '../../parts/time-text.tsx'
import classes from './page.module.css'

export function AuditPage() {
  const { t } = useTranslation('people')
  const role = useQuery(sessionQuery).data?.user.role
  const mayRead = role === 'administrator'
  const [actor, setActor] = useState<string | null>(null)
  const [action, setAction] = useState<string | null>(null)
  const [q, setQ] = useState('')
  const filter = { ...(actor && { actor }), ...(action && { action }), ...(q && { q }) }
  const rows = useInfiniteQuery({ ...auditQuery(filter), enabled: mayRead })
  const verify = useMutation({ mutationFn: () => call('verifyAudit') })
  if (role !== undefined && !mayRead)
    return (
      <EmptyState icon={<IconHistory size={22} />} title={t('audit.forbidden')} heading="h1">
        {t('forbidden.words')}
      </EmptyState>
    )
  const first = rows.data?.pages[0]
  const items = rows.data?.pages.flatMap((page) => page.items) ?? []
  const file = (format: 'csv' | 'ndjson') => `${paths.exportAudit[1]}${queryString({ ...filter, format })}`
  return (
    <div>
      <PageHeader title={t('audit.title')}>
        <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
          {t('audit.verify')}
        </Button>
        <Button variant="default" component="a" href={file('csv')} download>
          {t('audit.csv')}
        </Button>
        <Button variant="default" component="a" href={file('ndjson')} download>
          {t('audit.ndjson')}
        </Button>
      </PageHeader>
      <div className={classes.filters}>
        <TextInput label={t('audit.words')} value={q} onChange={(event) => setQ(event.currentTarget.value)} />
        <Select
          label={t('audit.actor')}
          clearable
          searchable
          data={first?.actors ?? []}
          value={actor}
          onChange={setActor}
        />
        <Select
          label={t('audit.action')}
          clearable
          searchable
          data={first?.actions ?? []}
          value={action}
          onChange={setAction}
        />
      </div>
      {verify.data && (
        <p className={classes.intro} role="status">
          {verify.data.intact
            ? t('audit.intact', { count: verify.data.rows })
            : t('audit.broken', { number: verify.data.brokenAt })}
        </p>
      )}
      {rows.isPending && <LoadingLines />}
      {rows.error && <ErrorState error={rows.error} onRetry={() => void rows.refetch()} />}
      {first && items.length === 0 && <EmptyState icon={<IconHistory size={22} />} title={t('audit.none')} />}
      {items.length > 0 && (
        <div className={classes.list}>
          <table className={table.table}>
            <thead>
              <tr>
                {(['at', 'actor', 'address', 'action', 'subject', 'detail'] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`audit.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((row) => (
                <tr key={row.number}>
                  <td>
                    <ExactTime at={row.at} />
                  </td>
                  <td data-label={t('audit.actor')}>
                    <VisibleText value={row.actor} />
                  </td>
                  <td data-label={t('audit.address')} data-empty={row.address ? undefined : true}>
                    {row.address ?? ''}
                  </td>
                  <td data-label={t('audit.action')}>{row.action}</td>
                  <td data-label={t('audit.subject')} data-empty={row.subject ? undefined : true}>
                    <VisibleText value={row.subject ?? ''} />
                  </td>
                  <td className={classes.detail} data-label={t('audit.detail')}>
                    <code>
                      <VisibleText value={row.detail ? JSON.stringify(row.detail) : ''} />
                    </code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {rows.hasNextPage && (
            <Anchor component="button" className={classes.more} onClick={() => void rows.fetchNextPage()}>
              {t('audit.more')}
            </Anchor>
          )}
        </div>
      )}
    </div>
  )
}
