/** One incident: its stages in time, the graph over all its alerts, what is involved, notes, and handling of the whole. */
import { Button, Tabs } from '@mantine/core'
import type { IncidentDetail } from '@rampart/api'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { incidentQuery } from '../../api/investigation-queries.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Failure } from '../../parts/failure.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import { TracingGraph } from '../../parts/tracing/tracing-graph.tsx'
import { AlertTable } from './alert-table.tsx'
import { HandleAll } from './handle-all.tsx'
import classes from './incident-page.module.css'
import { Entities, Notes } from './involved.tsx'
import { type IncidentTab, incidentTabs } from './search.ts'
import { StageTimeline } from './stage-timeline.tsx'
import { useIncidentTitle } from './title.tsx'
import { useIncidentHandling } from './use-incident-handling.ts'

export function IncidentPage() {
  const { t } = useTranslation('incidents')
  const { incidentId } = useParams({ from: '/inside/incidents/$incidentId' })
  const { tab = 'overview' } = useSearch({ from: '/inside/incidents/$incidentId' })
  const navigate = useNavigate()
  const query = useQuery(incidentQuery(incidentId))
  const titleOf = useIncidentTitle()
  const incident = query.data
  const back = (
    <Link to="/incidents" aria-label={t('detail.back')} title={t('detail.back')}>
      <IconArrowLeft size={18} />
    </Link>
  )
  if (!incident) {
    return (
      <div className={classes.page}>
        <PageHeader title={t('page.title')} before={back} />
        {query.error ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <LoadingLines lines={10} />
        )}
      </div>
    )
  }
  return (
    <div className={classes.page}>
      <PageHeader title={titleOf(incident)} before={back}>
        <CopyButton
          value={`${location.origin}/incidents/${encodeURIComponent(incident.id)}`}
          label={t('detail.copyLink')}
        />
      </PageHeader>
      <Facts incident={incident} />
      <Tabs
        className={classes.tabs}
        value={tab}
        onChange={(value) =>
          void navigate({
            to: '/incidents/$incidentId',
            params: { incidentId },
            search: value && value !== 'overview' ? { tab: value as IncidentTab } : {},
            replace: true,
          })
        }
        keepMounted={false}
      >
        <Tabs.List className={classes.tabList}>
          {incidentTabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {incidentTabs.map((name) => (
          <Tabs.Panel key={name} value={name} className={classes.content}>
            <Content name={name} incident={incident} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  )
}

function Content({ name, incident }: { name: IncidentTab; incident: IncidentDetail }) {
  const { t } = useTranslation('incidents')
  if (name === 'graph') return <TracingGraph of="incident" id={incident.id} />
  if (name === 'alerts')
    return (
      <>
        <p className={classes.listLink}>
          <Link to="/alerts" search={{ incident: [incident.id], handled: 'all' }}>
            {t('detail.inList')}
          </Link>
        </p>
        <AlertTable incident={incident} />
      </>
    )
  if (name === 'entities') return <Entities incident={incident} />
  if (name === 'history') return <Notes incident={incident} />
  return (
    <div className={classes.sections}>
      <section>
        <h2 className={classes.heading}>{t('detail.stages')}</h2>
        <StageTimeline incident={incident} />
      </section>
      <section>
        <h2 className={classes.heading}>{t('detail.involved')}</h2>
        <Entities incident={incident} limit={12} />
      </section>
    </div>
  )
}

function Facts({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation('incidents')
  const formats = useFormats()
  const [handling, setHandling] = useState(false)
  const change = useIncidentHandling(incident)
  return (
    <div className={classes.facts}>
      <LevelMark level={incident.level} words />
      <span className={classes.state} data-state={incident.state}>
        {t(`state.${incident.state}`)}
      </span>
      <span>
        {t('detail.alerts', {
          count: incident.alertCount,
          all: formats.count(incident.alertCount),
          open: formats.count(incident.openCount),
        })}
      </span>
      <span>
        {incident.assets.slice(0, 4).map((asset, place) => (
          <span key={asset.id}>
            {place > 0 && ', '}
            <Link to="/assets/$assetId" params={{ assetId: asset.id }}>
              <VisibleText value={asset.name} />
            </Link>
          </span>
        ))}
        {incident.assets.length > 4 && ` +${formats.count(incident.assets.length - 4)}`}
      </span>
      <span className={classes.dim}>
        {t('detail.first')} <RelativeTime at={incident.firstAt} /> · {t('detail.last')}{' '}
        <RelativeTime at={incident.lastAt} />
      </span>
      {incident.assignee && (
        <span>
          {t('column.assignee')}: <VisibleText value={incident.assignee} />
        </span>
      )}
      <span className={classes.buttons}>
        <Button size="xs" disabled={incident.alertCount === 0} onClick={() => setHandling(true)}>
          {t('handle.button')}
        </Button>
        <Button
          size="xs"
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate({ operation: incident.state === 'open' ? 'close' : 'reopen' })}
        >
          {incident.state === 'open' ? t('handle.close') : t('handle.reopen')}
        </Button>
      </span>
      {incident.leftOut > 0 && (
        <p className={classes.note}>
          {t('detail.leftOut', { count: incident.leftOut, number: formats.count(incident.leftOut) })}
        </p>
      )}
      <Failure error={change.error} />
      {handling && <HandleAll incident={incident} onClose={() => setHandling(false)} />}
    </div>
  )
}
