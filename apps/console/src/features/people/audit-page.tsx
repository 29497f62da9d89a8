/** Audit trail: who did what, when, from where; searched, exported, and its chain followed. */
import { Anchor, Button, Select, TextInput } from '@mantine/core'
import { visibleText } from '@rampart/api/visible-text'
import { IconHistory } from '@tabler/icons-react'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call, queryString } from '../../api/client.ts'
import { paths } from '../../api/paths.ts'
import { auditQuery } from '../../api/queries.ts'
import { AdministratorsOnly } from '../../parts/administrators-only.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import table from '../../parts/table.module.css'
import { ExactTime } from '../../parts/time-text.tsx'
import classes from './page.module.css'

const dayMs = 24 * 3_600_000
const days = { day: 1, week: 7, month: 30 } as const
const spans = ['all', 'day', 'week', 'month'] as const
type Span = (typeof spans)[number]

const isSpan = (value: string | null): value is Span => (spans as readonly (string | null)[]).includes(value)
/** Chosen once, so that pages that are loaded later belong to the same question. */
const beginOf = (span: Span) => (span === 'all' ? undefined : new Date(Date.now() - days[span] * dayMs).toISOString())

export function AuditPage() {
  const { t } = useTranslation('people')
  return (
    <AdministratorsOnly icon={<IconHistory size={22} />} title={t('audit.forbidden')} words={t('forbidden.words')}>
      <AuditTrail />
    </AdministratorsOnly>
  )
}

function AuditTrail() {
  const { t } = useTranslation('people')
  const [actor, setActor] = useState<string | null>(null)
  const [action, setAction] = useState<string | null>(null)
  const [q, setQ] = useState('')
  const [span, setSpan] = useState<Span>('all')
  const [from, setFrom] = useState<string>()
  const filter = { ...(actor && { actor }), ...(action && { action }), ...(q && { q }), ...(from && { from }) }
  const rows = useInfiniteQuery(auditQuery(filter))
  const verify = useMutation({ mutationFn: () => call('verifyAudit') })
  const actLabel = (action: string) => t(`audit.act.${action.replaceAll('.', '-')}`, { defaultValue: action })
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
          label={t('audit.span')}
          allowDeselect={false}
          data={spans.map((one) => ({ value: one, label: t(`audit.spans.${one}`) }))}
          value={span}
          onChange={(next) => {
            if (!isSpan(next)) return
            setSpan(next)
            setFrom(beginOf(next))
          }}
        />
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
          data={(first?.actions ?? []).map((one) => ({ value: one, label: actLabel(one) }))}
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
                  <td className={classes.time}>
                    <ExactTime at={row.at} />
                  </td>
                  <td className={classes.time} data-label={t('audit.actor')}>
                    <VisibleText value={row.actor} />
                  </td>
                  <td data-label={t('audit.address')} data-empty={row.address ? undefined : true}>
                    {row.address ?? ''}
                  </td>
                  <td data-label={t('audit.action')}>
                    {actLabel(row.action)}
                    {row.detail?.refused !== undefined && (
                      <span className={classes.refused}>
                        {t('audit.refused')} <VisibleText value={String(row.detail.refused)} />
                      </span>
                    )}
                    {typeof row.detail?.byToken === 'string' && (
                      <span className={classes.more}>
                        {t('audit.byToken', { title: visibleText(row.detail.byToken) })}
                      </span>
                    )}
                  </td>
                  <td
                    className={classes.subject}
                    data-label={t('audit.subject')}
                    data-empty={row.subject ? undefined : true}
                  >
                    <VisibleText value={row.subject ?? ''} />
                  </td>
                  <td
                    className={classes.detail}
                    data-label={t('audit.detail')}
                    data-empty={factsOf(row.detail ?? {}).length > 0 ? undefined : true}
                  >
                    <Details detail={row.detail ?? {}} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {rows.hasNextPage && (
            <Anchor component="button" className={classes.older} onClick={() => void rows.fetchNextPage()}>
              {t('audit.more')}
            </Anchor>
          )}
        </div>
      )}
    </div>
  )
}

/** What was done, without what stands beside the act already. */
function factsOf(detail: Record<string, unknown>): [string, unknown][] {
  return Object.entries(detail).filter(([key]) => key !== 'refused' && key !== 'byToken')
}

function Details({ detail }: { detail: Record<string, unknown> }) {
  return (
    <dl className={classes.facts}>
      {factsOf(detail).map(([key, value]) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>
            <VisibleText value={typeof value === 'string' ? value : JSON.stringify(value)} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
