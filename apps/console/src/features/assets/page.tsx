/** Assets: the servers, their agents and what is wrong with them. */
import { Button, Checkbox, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import type { AssetRow } from '@rampart/api'
import { IconPlus, IconSearch, IconServer2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { assetsQuery, sessionQuery } from '../../api/queries.ts'
import { AgentState } from '../../parts/agent-state.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { LevelCounts } from '../../parts/level-counts.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import table from '../../parts/table.module.css'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import { AddServer } from './add-server.tsx'
import classes from './page.module.css'
import { type AgentState as AgentStateName, type AssetSearch, agentStates } from './search.ts'

const mostShown = 500

export function AssetsPage() {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const search = useSearch({ from: '/inside/assets' })
  const navigate = useNavigate()
  const [adding, setAdding] = useState(false)
  const assets = useQuery(assetsQuery({ ...search, limit: mostShown }))
  const mayAdd = useQuery(sessionQuery).data?.user.role === 'administrator'
  const setSearch = (change: Partial<AssetSearch>) =>
    void navigate({ to: '/assets', search: { ...search, ...change }, replace: true })
  const filtered = Object.keys(search).length > 0
  const addButton = (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() => setAdding(true)}
      disabled={!mayAdd}
      title={mayAdd ? undefined : t('add.notAllowed')}
    >
      {t('add.title')}
    </Button>
  )
  const total = assets.data?.total
  return (
    <div className={classes.page}>
      <PageHeader
        title={t('title')}
        note={total !== undefined && t('total', { count: total, number: formats.count(total) })}
      >
        {addButton}
      </PageHeader>
      <Filters search={search} onSearch={setSearch} />
      {assets.isPending && <LoadingLines lines={10} height={20} />}
      {assets.error && !assets.data && <ErrorState error={assets.error} onRetry={() => void assets.refetch()} />}
      {assets.data && assets.data.items.length > 0 && <AssetTable assets={assets.data.items} />}
      {assets.data?.items.length === 0 && (
        <EmptyState
          icon={<IconServer2 size={22} />}
          title={filtered ? t('empty.filtered.title') : t('empty.none.title')}
          action={filtered ? <ClearButton /> : addButton}
        >
          {filtered ? t('empty.filtered.words') : t('empty.none.words')}
        </EmptyState>
      )}
      {adding && <AddServer onClose={() => setAdding(false)} />}
    </div>
  )
}

function ClearButton() {
  const { t } = useTranslation('assets')
  return (
    <Button component={Link} to="/assets" variant="default">
      {t('filter.clear')}
    </Button>
  )
}

function Filters({ search, onSearch }: { search: AssetSearch; onSearch: (change: Partial<AssetSearch>) => void }) {
  const { t } = useTranslation('assets')
  const { t: part } = useTranslation('parts')
  const [text, setText] = useState(search.q ?? '')
  const commit = useDebouncedCallback((q: string) => onSearch({ q: q.trim() || undefined }), 250)
  return (
    <div className={classes.filters} role="search" aria-label={t('filter.label')}>
      <TextInput
        className={classes.words}
        aria-label={t('filter.words')}
        placeholder={t('filter.words')}
        leftSection={<IconSearch size={14} />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          commit(event.currentTarget.value)
        }}
      />
      <Select
        className={classes.state}
        aria-label={t('filter.state')}
        value={search.state ?? 'any'}
        onChange={(value) => onSearch({ state: value === 'any' || !value ? undefined : (value as AgentStateName) })}
        data={[
          { value: 'any', label: t('filter.anyState') },
          ...agentStates.map((state) => ({ value: state, label: part(`agent.${state}`) })),
        ]}
        allowDeselect={false}
        checkIconPosition="right"
      />
      <Checkbox
        size="xs"
        label={t('filter.alerting')}
        checked={search.alerting === 'yes'}
        onChange={(event) => onSearch({ alerting: event.currentTarget.checked ? 'yes' : undefined })}
      />
    </div>
  )
}

function AssetTable({ assets }: { assets: readonly AssetRow[] }) {
  const { t } = useTranslation('assets')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
    <div className={classes.scroller} tabIndex={0} role="group" aria-label={t('title')}>
      <table className={table.table}>
        <thead>
          <tr>
            {(['name', 'agent', 'alerts', 'system', 'lastSeen', 'lost'] as const).map((name) => (
              <th key={name} className={name === 'lost' ? table.number : undefined}>
                {t(`column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {assets.map((asset) => (
            <AssetTableRow key={asset.id} asset={asset} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function AssetTableRow({ asset }: { asset: AssetRow }) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  return (
    <tr>
      <td>
        <Link to="/assets/$assetId" params={{ assetId: asset.id }} className={table.main}>
          <VisibleText value={asset.name} />
        </Link>
        <div className={classes.addresses}>
          {asset.addresses.slice(0, 2).map((address) => (
            <EvidenceText key={address} value={address} />
          ))}
          {asset.addresses.length > 2 && <span>{t('moreAddresses', { count: asset.addresses.length - 2 })}</span>}
          {asset.group && (
            <span className={classes.tag}>
              <VisibleText value={asset.group} />
            </span>
          )}
          {asset.tags.map((tag) => (
            <span key={tag} className={classes.tag}>
              <VisibleText value={tag} />
            </span>
          ))}
        </div>
      </td>
      <td data-label={t('column.agent')}>
        <AgentState state={asset.agent.state} />
        {asset.sensorsUnhealthy > 0 && (
          <div className={classes.unhealthy}>{t('sensorsUnhealthy', { count: asset.sensorsUnhealthy })}</div>
        )}
      </td>
      <td data-label={t('column.alerts')}>
        <Link to="/alerts" search={{ asset: [asset.id] }} className={classes.alerts}>
          <LevelCounts counts={asset.alerts} />
        </Link>
      </td>
      <td data-label={t('column.system')}>
        <VisibleText value={asset.operatingSystem ?? t('unknown')} />
        {asset.kernel && (
          <div className={`${table.dim} ${table.small} ${classes.kernel}`}>
            <VisibleText value={asset.kernel} />
          </div>
        )}
      </td>
      <td data-label={t('column.lastSeen')} className={table.dim}>
        {asset.agent.lastSeenAt ? <RelativeTime at={asset.agent.lastSeenAt} /> : t('never')}
      </td>
      <td data-label={t('column.lost')} className={table.number} data-empty={asset.eventsLost === 0 || undefined}>
        {asset.eventsLost > 0 ? <span className={classes.lost}>{formats.count(asset.eventsLost)}</span> : '0'}
      </td>
    </tr>
  )
}
