/** Posture at a glance: what is unhandled, where, found by what, and which parts of the watch do not work. */
import type { AssetRow, ModelRow } from '@rampart/api'
import { type Level, levels } from '@rampart/api/vocabulary'
import { IconArrowRight, IconCircleCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { assetsQuery, bannersQuery, facetsQuery, modelsQuery, summaryQuery } from '../../api/queries.ts'
import { AgentState } from '../../parts/agent-state.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { LevelCounts } from '../../parts/level-counts.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './page.module.css'
import { Counted, DailyAlerts } from './statistics.tsx'
import { Trend } from './trend.tsx'

const shown = 6

export function OverviewPage() {
  const { t } = useTranslation('overview')
  const formats = useFormats()
  const summary = useQuery(summaryQuery)
  const assets = useQuery(assetsQuery({ limit: 500 }))
  const models = useQuery(modelsQuery)
  const error = summary.error ?? assets.error ?? models.error
  if (error && !summary.data) return <ErrorState error={error} onRetry={() => void summary.refetch()} />
  return (
    <div className={classes.page}>
      <PageHeader title={t('title')} note={t('zone', { zone: formats.zone })} />
      <div className={classes.grid}>
        <Panel title={t('unhandled')} className={classes.narrow}>
          <Levels />
        </Panel>
        <Panel title={t('trend.title')} className={classes.wide}>
          {summary.data ? (
            <Trend all={summary.data.allAlerts.trend} urgent={summary.data.urgentAlerts.trend} />
          ) : (
            <LoadingLines lines={4} />
          )}
        </Panel>
        <Panel title={t('daily.title')} className={classes.wide}>
          <DailyAlerts />
        </Panel>
        <Panel title={t('daily.types')}>
          <Counted by="type" />
        </Panel>
        <Panel title={t('daily.stages')}>
          <Counted by="stage" />
        </Panel>
        <Panel title={t('assets.title')} to="/assets">
          {assets.data ? <TopAssets assets={assets.data.items} /> : <LoadingLines lines={shown} />}
        </Panel>
        <Panel title={t('models.title')} to="/models">
          {models.data ? <TopModels models={models.data.items} /> : <LoadingLines lines={shown} />}
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
  to?: '/assets' | '/models'
  className?: string | undefined
  children: ReactNode
}

function Panel({ title, to, className, children }: PanelProps) {
  const { t } = useTranslation('overview')
  return (
    <section className={`${classes.panel} ${className ?? ''}`} aria-label={title}>
      <header className={classes.head}>
        <h2 className={classes.title}>{title}</h2>
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

function TopModels({ models }: { models: readonly ModelRow[] }) {
  const { t } = useTranslation('overview')
  const formats = useFormats()
  const top = models
    .filter((model) => model.openAlerts > 0)
    .sort((a, b) => b.openAlerts - a.openAlerts)
    .slice(0, shown)
  if (top.length === 0) return <Good words={t('models.none', { count: models.length })} />
  return (
    <ul className={classes.list}>
      {top.map((model) => (
        <li key={model.id}>
          <Link to="/alerts" search={{ model: [model.id] }} className={classes.row}>
            <LevelMark level={model.level} />
            <span className={classes.name}>{model.title}</span>
            <span className={classes.number}>{formats.count(model.openAlerts)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function Agents({ assets, total }: { assets: readonly AssetRow[]; total: number }) {
  const { t } = useTranslation('overview')
  const bad = assets.filter((asset) => asset.agent.state !== 'online')
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
            <VisibleText value={banner.reason} />
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
