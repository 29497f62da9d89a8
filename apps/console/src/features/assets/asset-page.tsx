/** One server: what it is, how its agent is, which sensors can see what, and what was lost. */
import { ActionIcon, Button } from '@mantine/core'
import type { AssetDetail } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { assetQuery, sessionQuery } from '../../api/queries.ts'
import { AgentState } from '../../parts/agent-state.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { LevelCounts } from '../../parts/level-counts.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { ExactTime, RelativeTime } from '../../parts/time-text.tsx'
import { AgentSection } from './agent-section.tsx'
import classes from './asset-page.module.css'
import { CapabilityMap, isLadder } from './capability-map.tsx'
import { ChangeAssets } from './change-assets.tsx'
import { HostResponses } from './host-responses.tsx'
import { IsolatedBadge } from './isolated-badge.tsx'
import { LogSources } from './log-sources.tsx'
import { SensorCard } from './sensor-card.tsx'

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
      {asset.data && <Content asset={asset.data} />}
      {asset.data && changing && <ChangeAssets assets={[asset.data]} onClose={() => setChanging(false)} />}
    </div>
  )
}

function Content({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation('assets')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  // A host without an agent: its records come through another server's agent.
  const via = /^(.+)~[0-9a-f]{16}$/.exec(asset.id)?.[1] ?? null
  const dropped = Object.values(asset.spool?.dropped ?? {}).reduce((sum, count) => sum + count, 0)
  return (
    <div className={classes.sections}>
      {via !== null && (
        <p>
          <Link to="/assets/$assetId" params={{ assetId: via }}>
            {t('via', { name: via })}
          </Link>
        </p>
      )}
      <dl className={classes.facts}>
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
      </dl>
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

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
