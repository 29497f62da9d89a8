/** One model: what it finds and why, the rule itself, its samples, and the alerts it raised. */
import { ActionIcon } from '@mantine/core'
import type { ModelDetail } from '@rampart/api'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { alertSearchQuery, modelQuery } from '../../api/queries.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { StageNames } from '../../parts/stage-names.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { RelativeTime } from '../../parts/time-text.tsx'
import { YamlView } from '../../parts/yaml-view.tsx'
import classes from './model-page.module.css'
import { ModelSwitch } from './model-switch.tsx'

export function ModelPage() {
  const { t } = useTranslation('models')
  const { modelId } = useParams({ from: '/inside/models/$modelId' })
  const model = useQuery(modelQuery(modelId))
  const back = (
    <ActionIcon component={Link} to="/models" variant="default" size={30} aria-label={t('back')}>
      <IconArrowLeft size={17} />
    </ActionIcon>
  )
  return (
    <div className={classes.page}>
      <PageHeader title={model.data?.title ?? t('model')} before={back}>
        {model.data && <ModelSwitch id={modelId} title={model.data.title} enabled={model.data.enabled} words />}
      </PageHeader>
      {model.isPending && <LoadingLines lines={14} />}
      {model.error && !model.data && <ErrorState error={model.error} onRetry={() => void model.refetch()} />}
      {model.data && <Content model={model.data} />}
    </div>
  )
}

function Content({ model }: { model: ModelDetail }) {
  const { t } = useTranslation('models')
  const { t: word } = useTranslation('vocabulary')
  return (
    <>
      <p className={classes.facts}>
        <LevelMark level={model.level} words />
        <span>{word(`type.${model.type}`)}</span>
        <StageNames stages={model.stages} />
        {model.techniques.map((technique) => (
          <Link key={technique} to="/models" search={{ tab: 'list', technique }}>
            {technique}
          </Link>
        ))}
        <span>{t(`kind.${model.kind}`, { defaultValue: model.kind })}</span>
        <span>{t(`status.${model.status}`, { defaultValue: model.status })}</span>
      </p>
      <div className={classes.columns}>
        <div className={classes.prose}>
          <Section title={t('section.description')}>
            <p>{model.description}</p>
          </Section>
          <Section title={t('section.why')}>{model.why && <p>{model.why}</p>}</Section>
          <Section title={t('section.triage')}>
            <Lines lines={model.triage} ordered />
          </Section>
          <Section title={t('section.advice')}>
            <Lines lines={model.advice} ordered />
          </Section>
          <Section title={t('section.falsePositives')}>
            <Lines lines={model.falsePositives} />
          </Section>
          <Section title={t('section.blindSpots')}>{model.blindSpots && <p>{model.blindSpots}</p>}</Section>
          <Section title={t('section.references')}>
            <Lines lines={model.references} />
          </Section>
          <Section title={t('section.alerts')}>
            <RecentAlerts id={model.id} />
          </Section>
        </div>
        <div className={classes.code}>
          <Section title={t('section.rule')} tool={<CopyButton value={model.rule} label={t('copyRule')} />}>
            <YamlView text={model.rule} label={t('section.rule')} />
          </Section>
          <Section title={t('section.samples')}>
            <p className={classes.dim}>{t('samples.hint')}</p>
            {model.samples.length === 0 && <p>{t('samples.none')}</p>}
            {model.samples.map((sample) => (
              <details key={`${sample.label} ${sample.name}`} className={classes.sample}>
                <summary>
                  <span className={classes.label} data-label={sample.label}>
                    {t(`samples.${sample.label}`)}
                  </span>
                  <VisibleText value={sample.name} />
                </summary>
                <pre className={classes.text}>
                  <EvidenceText value={sample.text} lines />
                </pre>
              </details>
            ))}
          </Section>
        </div>
      </div>
    </>
  )
}

/** Left out when there is nothing in it. */
function Section({ title, tool, children }: { title: string; tool?: ReactNode; children: ReactNode }) {
  if (!children) return null
  return (
    <section className={classes.section}>
      <header className={classes.head}>
        <h2 className={classes.heading}>{title}</h2>
        {tool}
      </header>
      {children}
    </section>
  )
}

function Lines({ lines, ordered = false }: { lines: readonly string[]; ordered?: boolean }) {
  const { t } = useTranslation('models')
  if (lines.length === 0) return <p className={classes.dim}>{t('nothing')}</p>
  const items = lines.map((line) => (
    <li key={line}>
      {/^https?:\/\//i.test(line) ? (
        <a href={line} target="_blank" rel="noopener noreferrer">
          {line}
        </a>
      ) : (
        line
      )}
    </li>
  ))
  return ordered ? <ol className={classes.lines}>{items}</ol> : <ul className={classes.lines}>{items}</ul>
}

function RecentAlerts({ id }: { id: string }) {
  const { t } = useTranslation('models')
  const alerts = useQuery(alertSearchQuery({ model: id, handled: 'all', limit: 8 }))
  if (!alerts.data) return <LoadingLines lines={3} />
  if (alerts.data.items.length === 0) return <p className={classes.dim}>{t('noAlerts')}</p>
  return (
    <>
      <ul className={classes.alerts}>
        {alerts.data.items.map((alert) => (
          <li key={alert.id}>
            <Link to="/alerts/$alertId" params={{ alertId: alert.id }} search={{ model: [id], handled: 'all' }}>
              <VisibleText value={alert.asset.name} />
            </Link>
            <span className={classes.entity}>
              <EvidenceText value={alert.entity.value.slice(0, 120)} />
            </span>
            <StateBadge state={alert.state} />
            <span className={classes.dim}>
              <RelativeTime at={alert.lastAt} />
            </span>
          </li>
        ))}
      </ul>
      <Link to="/alerts" search={{ model: [id], handled: 'all' }}>
        {t('allAlerts', { count: alerts.data.total })}
      </Link>
    </>
  )
}
