/** Assets: the servers, their agents and what is wrong with them; chosen ones are changed together. */
import { Button } from '@mantine/core'
import { IconListSearch, IconPlus, IconServer2 } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { assetPagesQuery, sessionQuery } from '../../api/queries.ts'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { AddServer } from './add-server.tsx'
import { AssetTable } from './asset-table.tsx'
import { ChangeAssets } from './change-assets.tsx'
import { EnrolmentTokens } from './enrolment-tokens.tsx'
import { Filters } from './filters.tsx'
import classes from './page.module.css'
import type { AssetSearch } from './search.ts'
import { hasAgent, UninstallAgents } from './uninstall-agents.tsx'
import { UpgradeAgents } from './upgrade-agents.tsx'

export function AssetsPage() {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const search = useSearch({ from: '/inside/assets' })
  const navigate = useNavigate()
  const [adding, setAdding] = useState(false)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [changing, setChanging] = useState(false)
  const [upgrading, setUpgrading] = useState(false)
  const [uninstalling, setUninstalling] = useState(false)
  const [showsTokens, setShowsTokens] = useState(false)
  const assets = useInfiniteQuery(assetPagesQuery(search))
  const mayAdd = useQuery(sessionQuery).data?.user.role === 'administrator'
  const setSearch = (change: Partial<AssetSearch>) =>
    void navigate({ to: '/assets', search: { ...search, ...change }, replace: true })
  const filtered = Object.keys(search).some((name) => name !== 'sort' && name !== 'order')
  const rows = assets.data?.pages.flatMap((page) => page.items) ?? []
  const shownChosen = rows.filter(({ id }) => chosen.has(id))
  const older = shownChosen.filter(({ agent }) => agent.upgrade !== null).length
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
  const first = assets.data?.pages[0]
  const total = first?.total
  return (
    <div className={classes.page}>
      <PageHeader
        title={t('title')}
        note={total !== undefined && t('total', { count: total, number: formats.count(total) })}
      >
        <Button component={Link} to="/inventory" variant="default" leftSection={<IconListSearch size={15} />}>
          {t('inventory.search')}
        </Button>
        {mayAdd && (
          <Button variant="default" onClick={() => setShowsTokens(true)}>
            {t('tokens.title')}
          </Button>
        )}
        {addButton}
      </PageHeader>
      <Filters search={search} facets={first?.facets} onSearch={setSearch} />
      {assets.isPending && <LoadingLines lines={10} height={20} />}
      {assets.error && !assets.data && <ErrorState error={assets.error} onRetry={() => void assets.refetch()} />}
      {rows.length > 0 && (
        <AssetTable
          assets={rows}
          search={search}
          onSearch={setSearch}
          chosen={mayAdd ? chosen : null}
          onChoose={setChosen}
        />
      )}
      {assets.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={assets.isFetchingNextPage} onClick={() => void assets.fetchNextPage()}>
            {t('more', { count: (total ?? 0) - rows.length, number: formats.count((total ?? 0) - rows.length) })}
          </Button>
        </div>
      )}
      {shownChosen.length > 0 && (
        <div className={classes.chosen} role="region" aria-label={t('choose.label')}>
          <strong>{t('choose.count', { count: shownChosen.length, number: formats.count(shownChosen.length) })}</strong>
          <Button onClick={() => setChanging(true)}>{t('choose.change')}</Button>
          {older > 0 && (
            <Button variant="default" onClick={() => setUpgrading(true)}>
              {t('upgrade.upgrade', { count: older, number: formats.count(older) })}
            </Button>
          )}
          {shownChosen.some(hasAgent) && (
            <Button variant="default" onClick={() => setUninstalling(true)}>
              {t('uninstall.button', { count: shownChosen.filter(hasAgent).length })}
            </Button>
          )}
          <Button variant="default" onClick={() => setChosen(new Set())}>
            {t('choose.clear')}
          </Button>
        </div>
      )}
      {assets.data && rows.length === 0 && (
        <EmptyState
          icon={<IconServer2 size={22} />}
          title={filtered ? t('empty.filtered.title') : t('empty.none.title')}
          action={filtered ? <ClearButton /> : addButton}
        >
          {filtered ? t('empty.filtered.words') : t('empty.none.words')}
        </EmptyState>
      )}
      {adding && <AddServer onClose={() => setAdding(false)} />}
      {showsTokens && <EnrolmentTokens onClose={() => setShowsTokens(false)} />}
      {uninstalling && <UninstallAgents assets={shownChosen} onClose={() => setUninstalling(false)} />}
      {upgrading && <UpgradeAgents assets={shownChosen} onClose={() => setUpgrading(false)} />}
      {changing && <ChangeAssets assets={shownChosen} onClose={() => setChanging(false)} />}
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
