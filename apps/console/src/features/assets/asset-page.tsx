/** One server: what it is, how its agent is, which sensors can see what, what was lost; and, in tabs, what it has. */
import { ActionIcon, Button, Tabs } from '@mantine/core'
import type { AssetDetail } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { assetQuery, inventoryQuery, sessionQuery } from '../../api/queries.ts'
import { AgentState } from '../../parts/agent-state.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { type InventoryTab, inventoryTabs, kindOf } from '../../parts/inventory/views.ts'
import { LevelCounts } from '../../parts/level-counts.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { ExactTime, RelativeTime } from '../../parts/time-text.tsx'
import { AgentSection } from './agent-section.tsx'
import classes from './asset-page.module.css'
import { CapabilityMap, isLadder } from './capability-map.tsx'
import { ChangeAssets } from './change-assets.tsx'
import { Fact, Facts } from './facts.tsx'
import { HostResponses } from './host-responses.tsx'
import { InventoryChanges } from './inventory-changes.tsx'
import { InventorySection } from './inventory-section.tsx'
import { IsolatedBadge } from './isolated-badge.tsx'
import { LogSources } from './log-sources.tsx'
import { SensorCard } from './sensor-card.tsx'
import { type AssetTab, type AssetTabSearch, assetTabs } from './tab-search.ts'

export function AssetPage() {
  const { t } = useTranslation('assets')
  const { assetId } = useParams({ from: '/inside/assets/$assetId' })
  const asset = useQuery(assetQuery(assetId))
  const mayChange = useQuery(sessionQuery).data?.user.role === 'administrator'
  const [changing, setChanging] = useState(false)
  const back = (
    <ActionIcon component={Link} to="/assets" variant="default" size={30} aria-label={t('back')}>
      <IconArrowLeft size={17} />
    </ActionIcon>
  )
  return (
    <div className={classes.page}>
      <PageHeader title={asset.data ? visibleText(asset.data.name) : t('server')} before={back}>
        {asset.data && <AgentState state={asset.data.agent.state} />}
        {asset.data && <IsolatedBadge isolated={asset.data.isolated} />}
        {asset.data && mayChange && (
          <Button variant="default" onClick={() => setChanging(true)}>
            {t('change.open')}
          </Button>
        )}
      </PageHeader>
      {asset.isPending && <LoadingLines lines={12} />}
      {asset.error && !asset.data && <ErrorState error={asset.error} onRetry={() => void asset.refetch()} />}
      {asset.data && (isInventoried(asset.data) ? <Tabbed asset={asset.data} /> : <Content asset={asset.data} />)}
      {asset.data && changing && <ChangeAssets assets={[asset.data]} onClose={() => setChanging(false)} />}
    </div>
  )
}

/** Hosts without an agent, whose records come through another server's, have none. */
const isInventoried = ({ receivedBy, kind }: AssetDetail) => kind === 'host' && receivedBy === null

function Tabbed({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation('inventory')
  const formats = useFormats()
  const search = useSearch({ from: '/inside/assets/$assetId' })
  const navigate = useNavigate()
  const inventory = useQuery(inventoryQuery(asset.id))
  const tab = search.tab ?? 'overview'
  const list = useRef<HTMLDivElement>(null)
  const isTold = inventory.data !== undefined
  // On a narrow screen the open tab may be among those that are scrolled to; their counts make them wider.
  useEffect(() => {
    if (isTold)
      list.current?.querySelector(`[data-tab="${tab}"]`)?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [tab, isTold])
  const go = (next: AssetTabSearch) =>
    void navigate({ to: '/assets/$assetId', params: { assetId: asset.id }, search: next, replace: true })
  const onSearch = (change: Partial<AssetTabSearch>) => go({ ...search, ...change })
  const open = (next: string | null) => go(next === null || next === 'overview' ? {} : { tab: next as AssetTab })
  /** How many things a tab has; undefined while none of its kinds was told. */
  const count = (name: AssetTab) => {
    if (name === 'overview' || name === 'changes') return undefined
    const [kind] = inventoryTabs[name].map(kindOf)
    return inventory.data?.kinds.find((one) => one.kind === kind)?.count
  }
  return (
    <Tabs value={tab} onChange={open} keepMounted={false}>
      <Tabs.List className={classes.tabList} ref={list}>
        {assetTabs.map((name) => (
          <Tabs.Tab key={name} value={name} data-tab={name}>
            {t(`tab.${name}`)}{' '}
            {count(name) !== undefined && <span className={classes.tabCount}>{formats.count(count(name) ?? 0)}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="overview" className={classes.panel}>
        <Content asset={asset} />
      </Tabs.Panel>
      {tab !== 'overview' && (
        <Tabs.Panel value={tab} className={classes.inventory}>
          {inventory.isPending && <LoadingLines lines={10} height={20} />}
          {inventory.error && !inventory.data && (
            <ErrorState error={inventory.error} onRetry={() => void inventory.refetch()} />
          )}
          {inventory.data &&
            (tab === 'changes' ? (
              <InventoryChanges assetId={asset.id} summary={inventory.data} search={search} onSearch={onSearch} />
            ) : (
              <InventorySection
                key={tab}
                {...{ assetId: asset.id, tab: tab as InventoryTab, summary: inventory.data, search, onSearch }}
              />
            ))}
        </Tabs.Panel>
      )}
    </Tabs>
  )
}

function Content({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation('assets')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  const via = asset.receivedBy
  const dropped = Object.values(asset.spool?.dropped ?? {}).reduce((sum, count) => sum + count, 0)
  return (
    <div className={classes.sections}>
      {via !== null && (
        <p>
          <Link to="/assets/$assetId" params={{ assetId: via.id }}>
            {t('via', { name: visibleText(via.name ?? via.id) })}
          </Link>
        </p>
      )}
      <Facts>
        <Fact name={t('fact.alerts')}>
          <Link to="/alerts" search={{ asset: [asset.id] }} className={classes.alerts}>
            <LevelCounts counts={asset.alerts} />
          </Link>
        </Fact>
        <Fact name={t('fact.addresses')}>
          <span className={classes.lines}>
            {asset.addresses.length === 0 && t('unknown')}
            {asset.addresses.map((address) => (
              <EvidenceText key={address} value={address} />
            ))}
          </span>
        </Fact>
        <Fact name={t('fact.system')}>
          <VisibleText value={asset.operatingSystem ?? t('unknown')} />
        </Fact>
        <Fact name={t('fact.kernel')}>
          <VisibleText value={asset.kernel ?? t('unknown')} />
        </Fact>
        <Fact name={t('fact.kind')}>{word(`kind.${asset.kind}`)}</Fact>
        <Fact name={t('fact.group')}>
          <VisibleText value={asset.group ?? t('none')} />
        </Fact>
        <Fact name={t('fact.tags')}>
          {asset.tags.length === 0 ? t('none') : asset.tags.map((tag) => <VisibleText key={tag} value={`${tag} `} />)}
        </Fact>
        <Fact name={t('fact.edition')}>{t(`edition.${asset.edition}`)}</Fact>
        <Fact name={t('fact.agentVersion')}>
          <VisibleText value={asset.agent.version ?? t('unknown')} />
        </Fact>
        <Fact name={t('fact.lastSeen')}>
          {asset.agent.lastSeenAt ? <RelativeTime at={asset.agent.lastSeenAt} /> : t('never')}
        </Fact>
        <Fact name={t('fact.connectedSince')}>
          {asset.agent.connectedAt ? <ExactTime at={asset.agent.connectedAt} /> : t('notConnected')}
        </Fact>
        <Fact name={t('fact.added')}>
          <ExactTime at={asset.createdAt} />
        </Fact>
        <Fact name={t('fact.received')}>{formats.count(asset.eventsReceived)}</Fact>
        <Fact name={t('fact.lost')}>
          <span data-bad={asset.eventsLost > 0 || undefined}>{formats.count(asset.eventsLost)}</span>
        </Fact>
        {asset.spool && (
          <Fact name={t('fact.spool')}>
            {t('spool', {
              count: asset.spool.events,
              number: formats.count(asset.spool.events),
              size: formats.bytes(asset.spool.bytes),
            })}
            {dropped > 0 && <div data-bad>{t('dropped', { count: dropped, number: formats.count(dropped) })}</div>}
          </Fact>
        )}
        {asset.resources && (
          <Fact name={t('fact.resources')}>
            {t('resources', {
              memory: formats.bytes(asset.resources.rssBytes),
              cpu: formats.percent(asset.resources.cpuFraction),
            })}
          </Fact>
        )}
      </Facts>
      {asset.kind === 'host' && <HostResponses asset={asset} />}
      {via === null && asset.kind === 'host' && <AgentSection asset={asset} />}
      {via === null && asset.kind === 'host' && <LogSources asset={asset} />}
      <section>
        <h2 className={classes.heading}>{t('sensors.title')}</h2>
        {asset.sensors.length === 0 ? (
          <p className={classes.dim}>{t('sensors.none')}</p>
        ) : (
          <div className={classes.sensors}>
            {asset.sensors
              .filter((sensor) => !isLadder(sensor))
              .map((sensor) => (
                <SensorCard key={sensor.sensor} sensor={sensor} />
              ))}
          </div>
        )}
      </section>
      {asset.sensors.length > 0 && <CapabilityMap sensors={asset.sensors} />}
    </div>
  )
}
