/** Posture at a glance: what is unhandled, where, found by what, and which parts of the watch do not work. */
import type { AssetRow } from '@rampart/api'
import { type Level, levels } from '@rampart/api/vocabulary'
import { IconArrowRight, IconCircleCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { eventArchiveQuery } from '../../api/event-queries.ts'
import { assetsQuery, bannersQuery, facetsQuery, summaryQuery } from '../../api/queries.ts'
import { AgentState } from '../../parts/agent-state.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { LevelCounts } from '../../parts/level-counts.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { Said } from '../../parts/said.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './page.module.css'
import { AlertsOverTime, Counted, type Span, SpanChoice } from './statistics.tsx'

const shown = 6

export function OverviewPage() {
  const { t } = useTranslation('overview')
  const formats = useFormats()
  const [span, setSpan] = useState<Span>('30d')
  const summary = useQuery(summaryQuery)
  const assets = useQuery(assetsQuery({ limit: 500 }))
  const error = summary.error ?? assets.error
  if (error && !summary.data) return <ErrorState error={error} onRetry={() => void summary.refetch()} />
  return (
    <div className={classes.page}>
      <PageHeader title={t('title')} note={t('zone', { zone: formats.zone })} />
      <div className={classes.grid}>
        <Panel title={t('unhandled')} className={classes.narrow}>
          <Levels />
        </Panel>
        <Panel
          title={t('overTime.title')}
          className={classes.wide}
          control={<SpanChoice span={span} onChange={setSpan} />}
        >
          <AlertsOverTime span={span} />
        </Panel>
        {(['type', 'stage', 'asset', 'model'] as const).map((by) => (
          <Panel key={by} title={t(`by.${by}`, { span: t(`span.${span}`) })}>
            <Counted by={by} span={span} />
          </Panel>
        ))}
        <Panel title={t('assets.title')} to="/assets">
          {assets.data ? <TopAssets assets={assets.data.items} /> : <LoadingLines lines={shown} />}
        </Panel>
        <Panel title={t('events.title')} to="/search">
          <Searchable />
        </Panel>
        <Panel title={t('agents.title')} to="/assets">
          {assets.data ? <Agents assets={assets.data.items} total={assets.data.total} /> : <LoadingLines lines={4} />}
        </Panel>
        <Panel title={t('sensors.title')}>
          <Sensors />
        </Panel>
        <Panel title={t('losses.title')}>
          {assets.data ? <Losses assets={assets.data.items} /> : <LoadingLines lines={3} />}
        </Panel>
      </div>
    </div>
  )
}

interface PanelProps {
  title: string
  to?: '/assets' | '/search'
  control?: ReactNode
  className?: string | undefined
  children: ReactNode
}

function Panel({ title, to, control, className, children }: PanelProps) {
  const { t } = useTranslation('overview')
  return (
    <section className={`${classes.panel} ${className ?? ''}`} aria-label={title}>
      <header className={classes.head}>
        <h2 className={classes.title}>{title}</h2>
        {control}
        {to && (
          <Link to={to} className={classes.more} aria-label={t('all', { title })}>
            <IconArrowRight size={16} aria-hidden />
          </Link>
        )}
      </header>
      {children}
    </section>
  )
}

function Levels() {
  const { t } = useTranslation('overview')
  const formats = useFormats()
  const facets = useQuery(facetsQuery({ handled: 'no' }))
  if (!facets.data) return <LoadingLines lines={3} height={28} />
  const counts = facets.data.level
  const highest = Math.max(1, ...levels.map((level) => counts[level] ?? 0))
  return (
    <ul className={classes.levels}>
      {levels.map((level) => (
        <li key={level}>
          <Link to="/alerts" search={{ level: [level] }} className={classes.level} data-level={level}>
            <LevelMark level={level} words />
            <span className={classes.levelCount}>{formats.count(counts[level] ?? 0)}</span>
            <span className={classes.track} aria-hidden>
              <span style={{ width: `${((counts[level] ?? 0) / highest) * 100}%` }} />
            </span>
          </Link>
        </li>
      ))}
      {levels.every((level) => !counts[level]) && <li className={classes.dim}>{t('nothingUnhandled')}</li>}
    </ul>
  )
}

const alertSum = (alerts: Record<Level, number>) => levels.reduce((sum, level) => sum + alerts[level], 0)

function TopAssets({ assets }: { assets: readonly AssetRow[] }) {
  const { t } = useTranslation('overview')
  const top = assets
    .filter((asset) => alertSum(asset.alerts) > 0)
    .sort((a, b) => b.alerts.Urgent - a.alerts.Urgent || alertSum(b.alerts) - alertSum(a.alerts))
    .slice(0, shown)
  if (top.length === 0) return <Good words={t('assets.none')} />
  return (
    <ul className={classes.list}>
      {top.map((asset) => (
        <li key={asset.id}>
          <Link to="/alerts" search={{ asset: [asset.id] }} className={classes.row}>
            <span className={classes.name}>
              <VisibleText value={asset.name} />
            </span>
            <LevelCounts counts={asset.alerts} />
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** How much the search can find, and how long it stays. */
function Searchable() {
  const { t } = useTranslation('overview')
  const formats = useFormats()
  const { data } = useQuery(eventArchiveQuery)
  if (!data) return <LoadingLines lines={4} />
  const facts = [
    [t('events.count'), formats.count(data.events)],
    [t('events.oldest'), data.oldestAt === null ? '–' : formats.exact(data.oldestAt)],
    [t('events.bytes'), formats.bytes(data.bytes + data.logBytes)],
    [t('events.kept'), t('events.keep', { count: data.keepDays, size: formats.bytes(data.keepBytes) })],
  ]
  return (
    <>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {data.damagedFiles > 0 && <p className={classes.bad}>{t('events.damaged', { count: data.damagedFiles })}</p>}
    </>
  )
}

function Agents({ assets, total }: { assets: readonly AssetRow[]; total: number }) {
  const { t } = useTranslation('overview')
  const bad = assets.filter(({ agent }) => agent.state !== 'online' && agent.state !== 'uninstalled')
  if (assets.length === 0) return <p className={classes.dim}>{t('agents.noAssets')}</p>
  if (bad.length === 0) return <Good words={t('agents.none', { count: total })} />
  return (
    <ul className={classes.list}>
      {bad.slice(0, shown).map((asset) => (
        <li key={asset.id}>
          <Link to="/assets/$assetId" params={{ assetId: asset.id }} className={classes.row}>
            <span className={classes.name}>
              <VisibleText value={asset.name} />
            </span>
            <AgentState state={asset.agent.state} />
            {asset.agent.lastSeenAt && (
              <span className={classes.dim}>
                <RelativeTime at={asset.agent.lastSeenAt} />
              </span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  )
}

function Sensors() {
  const { t } = useTranslation('overview')
  const banners = useQuery(bannersQuery)
  if (!banners.data) return <LoadingLines lines={3} />
  if (banners.data.items.length === 0) return <Good words={t('sensors.none')} />
  return (
    <ul className={classes.list}>
      {banners.data.items.slice(0, shown).map((banner) => (
        <li key={JSON.stringify(banner)} className={classes.problem}>
          <div>
            {banner.asset && (
              <>
                <Link to="/assets/$assetId" params={{ assetId: banner.asset.id }}>
                  <VisibleText value={banner.asset.name} />
                </Link>
                {' · '}
              </>
            )}
            <strong>
              <VisibleText value={banner.subject} />
            </strong>
          </div>
          <div className={classes.dim}>
            <Said value={banner.reason} />
          </div>
        </li>
      ))}
    </ul>
  )
}

function Losses({ assets }: { assets: readonly AssetRow[] }) {
  const { t } = useTranslation('overview')
  const formats = useFormats()
  const losing = assets.filter((asset) => asset.eventsLost > 0).sort((a, b) => b.eventsLost - a.eventsLost)
  if (losing.length === 0) return <Good words={t('losses.none')} />
  return (
    <ul className={classes.list}>
      {losing.slice(0, shown).map((asset) => (
        <li key={asset.id}>
          <Link to="/assets/$assetId" params={{ assetId: asset.id }} className={classes.row}>
            <span className={classes.name}>
              <VisibleText value={asset.name} />
            </span>
            <span className={classes.number}>
              {t('losses.events', { count: asset.eventsLost, number: formats.count(asset.eventsLost) })}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function Good({ words }: { words: string }) {
  return (
    <p className={classes.good}>
      <IconCircleCheck size={18} aria-hidden />
      {words}
    </p>
  )
}
