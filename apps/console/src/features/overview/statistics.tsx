/** Alerts of the last day, week or month: how many of which level at a time, and what they were. Everything is in tables or lists too. */
import { SegmentedControl } from '@mantine/core'
import type { AlertStatisticsView } from '@rampart/api'
import { type Level, levels } from '@rampart/api/vocabulary'
import { IconTable } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { statisticsQuery } from '../../api/event-queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import type { LevelStep } from './level-bars.tsx'
import classes from './page.module.css'
import own from './statistics.module.css'

const LevelBars = lazy(() => import('./level-bars.tsx'))

export const spans = { '24h': 1, '7d': 7, '30d': 30 } as const
export type Span = keyof typeof spans
const shown = 8

const sumOf = (counts: Record<Level, number>) => levels.reduce((sum, level) => sum + counts[level], 0)

export function SpanChoice({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const { t } = useTranslation('overview')
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('span.title')}
      value={span}
      onChange={(value) => onChange(value as Span)}
      data={(Object.keys(spans) as Span[]).map((value) => ({ value, label: t(`span.${value}`) }))}
    />
  )
}

export function AlertsOverTime({ span }: { span: Span }) {
  const { t } = useTranslation(['overview', 'vocabulary'])
  const formats = useFormats()
  // What was shown stays until the other span is there, and an open table stays open.
  const { data } = useQuery({ ...statisticsQuery(spans[span]), placeholderData: keepPreviousData })
  const nameOf = useCallback((level: Level) => t(`vocabulary:level.${level}`), [t])
  const steps = useMemo(
    () => (data ? stepsOf(data, formats, (at) => t('overTime.until', { at })) : []),
    [data, formats, t],
  )
  if (!data) return <LoadingLines lines={6} />
  const total = sumOf(data.byLevel)
  return (
    <figure className={own.figure}>
      <figcaption className={own.caption}>
        <span>{t('overTime.sum', { count: total, number: formats.count(total) })}</span>
        <ul className={own.legend}>
          {levels.map((level) => (
            <li key={level}>
              <span className={own.key} data-level={level} aria-hidden />
              {nameOf(level)} <strong>{formats.count(data.byLevel[level])}</strong>
            </li>
          ))}
        </ul>
      </figcaption>
      <Suspense fallback={<div className={own.room} />}>
        <LevelBars steps={steps} nameOf={nameOf} formatCount={formats.count} />
      </Suspense>
      <details className={own.details}>
        <summary>
          <IconTable size={14} aria-hidden /> {t('overTime.table')}
        </summary>
        <div className={own.scroll}>
          <table className={own.table}>
            <caption className="sr-only">{t('overTime.title')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('overTime.step')}</th>
                {levels.map((level) => (
                  <th scope="col" key={level}>
                    {nameOf(level)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {steps.toReversed().map((step) => (
                <tr key={step.name}>
                  <th scope="row">{step.name}</th>
                  {levels.map((level) => (
                    <td key={level}>{formats.count(step.counts[level])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  )
}

function stepsOf(data: AlertStatisticsView, formats: ReturnType<typeof useFormats>, until: (at: string) => string) {
  const isHours = data.stepMs < 86_400_000
  return data.overTime.map((counts, place): LevelStep => {
    const from = Date.parse(data.from) + place * data.stepMs
    const to = from + data.stepMs
    return {
      label: isHours ? formats.minute(to) : formats.monthDay(to),
      name: isHours
        ? `${formats.minute(from)}–${formats.minute(to)}`
        : until(`${formats.monthDay(to)} ${formats.minute(to)}`),
      counts,
    }
  })
}

/** Counts of one kind, largest first, with bars to compare; a click lists the alerts. */
export function Counted({ by, span }: { by: 'type' | 'stage' | 'asset' | 'model'; span: Span }) {
  const { t } = useTranslation(['overview', 'vocabulary'])
  const formats = useFormats()
  const { data } = useQuery(statisticsQuery(spans[span]))
  if (!data) return <LoadingLines lines={6} />
  const named = (counts: Record<string, number>) =>
    Object.entries(counts).map(([id, count]) => ({ id, name: t(`vocabulary:${by}.${id}`), count }))
  const rows = {
    type: () => named(data.byType),
    stage: () => named(data.byStage),
    asset: () => data.topAssets,
    model: () => data.topModels.map(({ id, title, count }) => ({ id, name: title, count })),
  }
    [by]()
    .toSorted((one, other) => other.count - one.count)
    .slice(0, shown)
  if (rows.length === 0) return <p className={classes.dim}>{t('overTime.none')}</p>
  const highest = Math.max(...rows.map((row) => row.count))
  return (
    <ul className={own.bars}>
      {rows.map(({ id, name, count }) => (
        <li key={id}>
          <Link
            to="/alerts"
            search={{ [by]: [id], handled: 'all', last: span }}
            className={`${classes.row} ${own.counted}`}
          >
            <span className={own.part} style={{ width: `${(count / highest) * 100}%` }} aria-hidden />
            <span className={classes.name}>
              <VisibleText value={name} />
            </span>
            <span className={classes.number}>{formats.count(count)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
