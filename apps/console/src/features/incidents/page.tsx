/** The Incidents page: alerts of one attack as one row, with filters in the address. */
import { Button, Chip, Group, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import type { IncidentRow } from '@rampart/api'
import { type Level, levels, type Stage, stages } from '@rampart/api/vocabulary'
import { IconAffiliate, IconSearch } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { incidentsQuery } from '../../api/investigation-queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import table from '../../parts/table.module.css'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './page.module.css'
import { filterOf, type IncidentSearch } from './search.ts'
import { StageStrip } from './stage-strip.tsx'
import { useIncidentTitle } from './title.tsx'

const typingMs = 250

export function IncidentsPage() {
  const { t } = useTranslation('incidents')
  const formats = useFormats()
  const search = useSearch({ from: '/inside/incidents' })
  const navigate = useNavigate()
  const query = useInfiniteQuery(incidentsQuery(filterOf(search)))
  const setSearch = (change: Partial<IncidentSearch>) =>
    void navigate({ to: '/incidents', search: { ...search, ...change }, replace: true })
  const pages = query.data?.pages ?? []
  const rows = pages.flatMap((page) => page.items)
  const [first] = pages
  return (
    <div className={classes.page}>
      <PageHeader
        title={t('page.title')}
        note={first && t('page.count', { count: first.total, number: formats.count(first.total) })}
      />
      <Filters search={search} open={first?.open} onSearch={setSearch} />
      {query.error && !first && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <LoadingLines lines={8} height={30} />}
      {first && rows.length === 0 && <Nothing search={search} onSearch={setSearch} />}
      {rows.length > 0 && (
        <div className={classes.scroller}>
          <Rows rows={rows} />
          {query.hasNextPage && (
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('page.more')}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}

interface FilterProps {
  search: IncidentSearch
  open: Record<Level, number> | undefined
  onSearch: (change: Partial<IncidentSearch>) => void
}

function Filters({ search, open, onSearch }: FilterProps) {
  const { t } = useTranslation('incidents')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  const [typed, setTyped] = useState(search.q ?? '')
  const ask = useDebouncedCallback((q: string) => onSearch({ q: q || undefined }), typingMs)
  return (
    <div className={classes.filters}>
      <TextInput
        className={classes.search}
        aria-label={t('filter.search')}
        placeholder={t('filter.search')}
        leftSection={<IconSearch size={15} aria-hidden />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          ask(event.currentTarget.value)
        }}
      />
      <SegmentedControl
        size="xs"
        aria-label={t('filter.state')}
        value={search.state ?? 'open'}
        onChange={(value) => onSearch({ state: value === 'open' ? undefined : (value as 'closed' | 'all') })}
        data={(['open', 'closed', 'all'] as const).map((state) => ({ value: state, label: t(`state.${state}`) }))}
      />
      <Chip.Group
        multiple
        value={search.level ?? []}
        onChange={(value: string[]) => onSearch({ level: value.length > 0 ? (value as Level[]) : undefined })}
      >
        <Group gap={4} role="group" aria-label={t('filter.level')}>
          {levels.map((level) => (
            <Chip key={level} value={level} size="xs">
              {word(`level.${level}`)}
              {open && open[level] > 0 && ` ${formats.count(open[level])}`}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Select
        size="xs"
        clearable
        aria-label={t('filter.stage')}
        placeholder={t('filter.stage')}
        value={search.stage?.[0] ?? null}
        onChange={(value) => onSearch({ stage: value ? [value as Stage] : undefined })}
        data={stages.map((stage) => ({ value: stage, label: word(`stage.${stage}`) }))}
      />
      <SegmentedControl
        size="xs"
        aria-label={t('filter.sort')}
        value={search.sort ?? 'lastAt'}
        onChange={(value) => onSearch({ sort: value === 'level' ? 'level' : undefined })}
        data={(['lastAt', 'level'] as const).map((sort) => ({ value: sort, label: t(`sort.${sort}`) }))}
      />
    </div>
  )
}

function Rows({ rows }: { rows: readonly IncidentRow[] }) {
  const { t } = useTranslation('incidents')
  const formats = useFormats()
  const titleOf = useIncidentTitle()
  return (
    <table className={table.table}>
      <thead>
        <tr>
          {(['level', 'title', 'assets', 'stages', 'alerts', 'firstAt', 'lastAt', 'state', 'assignee'] as const).map(
            (name) => (
              <th key={name} scope="col" className={classes[name]}>
                {t(`column.${name}`)}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td className={classes.level} data-label={t('column.level')}>
              <LevelMark level={row.level} />
            </td>
            <td className={classes.title}>
              <Link to="/incidents/$incidentId" params={{ incidentId: row.id }} className={table.main}>
                {titleOf(row)}
              </Link>
            </td>
            <td className={classes.assets} data-label={t('column.assets')}>
              <VisibleText
                value={row.assets
                  .slice(0, 2)
                  .map(({ name }) => name)
                  .join(', ')}
              />
              {row.assets.length > 2 && ` +${formats.count(row.assets.length - 2)}`}
            </td>
            <td className={classes.stages} data-label={t('column.stages')}>
              <StageStrip reached={row.stages} />
            </td>
            <td className={classes.alerts} data-label={t('column.alerts')}>
              <span className="num">
                {row.openCount === row.alertCount
                  ? formats.count(row.alertCount)
                  : t('alerts.open', { open: formats.count(row.openCount), all: formats.count(row.alertCount) })}
              </span>
            </td>
            <td className={classes.firstAt} data-label={t('column.firstAt')}>
              <RelativeTime at={row.firstAt} />
            </td>
            <td className={classes.lastAt} data-label={t('column.lastAt')}>
              <RelativeTime at={row.lastAt} />
            </td>
            <td className={classes.state} data-label={t('column.state')}>
              {t(`state.${row.state}`)}
            </td>
            <td className={classes.assignee} data-label={t('column.assignee')} data-empty={!row.assignee || undefined}>
              {row.assignee && <VisibleText value={row.assignee} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Nothing({ search, onSearch }: Omit<FilterProps, 'open'>) {
  const { t } = useTranslation('incidents')
  const filtered = Boolean(search.q || search.level || search.stage || search.asset || search.assignee)
  const which = filtered ? 'filtered' : search.state === 'closed' ? 'closed' : 'none'
  return (
    <EmptyState
      icon={<IconAffiliate size={22} />}
      title={t(`empty.${which}.title`)}
      action={
        filtered && (
          <Button
            variant="default"
            onClick={() =>
              onSearch({
                q: undefined,
                level: undefined,
                stage: undefined,
                asset: undefined,
                assignee: undefined,
              })
            }
          >
            {t('empty.clear')}
          </Button>
        )
      }
    >
      {t(`empty.${which}.words`)}
    </EmptyState>
  )
}
