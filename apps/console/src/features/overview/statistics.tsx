/** Alerts of the last 30 days: how many a day, of which types and stages. Tables hold the same for screen readers. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { statisticsQuery } from '../../api/queries.ts'
import { LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './page.module.css'
import trend from './trend.module.css'

const days = 30
const labelEvery = 7

export function DailyAlerts() {
  const { t } = useTranslation('overview')
  const formats = useFormats()
  const { data } = useQuery(statisticsQuery(days))
  if (!data) return <LoadingLines lines={4} />
  const steps = data.overTime.map((cell, place) => ({
    at: formats.day(Date.parse(data.from) + (place + 1) * data.stepMs),
    count: cell.Urgent + cell.Warning + cell.Notice,
    urgent: cell.Urgent,
  }))
  const highest = Math.max(1, ...steps.map((step) => step.count))
  return (
    <figure className={trend.figure}>
      <div className={trend.chart} aria-hidden>
        <span className={trend.highest}>{formats.count(highest)}</span>
        {steps.map((step, place) => (
          <div key={step.at} className={trend.hour} title={t('daily.day', step)}>
            <div className={trend.bar} style={{ height: `${(step.count / highest) * 100}%` }}>
              <div className={trend.urgent} style={{ height: `${(step.urgent / Math.max(1, step.count)) * 100}%` }} />
            </div>
            {place % labelEvery === 0 && <span className={trend.label}>{step.at}</span>}
          </div>
        ))}
      </div>
      <table className="sr-only">
        <caption>{t('daily.title')}</caption>
        <tbody>
          {steps.map((step) => (
            <tr key={step.at}>
              <td>{t('daily.day', step)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

/** Counts of one kind, largest first; a click lists the alerts. */
export function Counted({ by }: { by: 'type' | 'stage' }) {
  const { t } = useTranslation(['overview', 'vocabulary'])
  const formats = useFormats()
  const { data } = useQuery(statisticsQuery(days))
  if (!data) return <LoadingLines lines={6} />
  const counts = Object.entries(by === 'type' ? data.byType : data.byStage).sort((a, b) => b[1] - a[1])
  if (counts.length === 0) return <p className={classes.dim}>{t('daily.none')}</p>
  return (
    <ul className={classes.list}>
      {counts.slice(0, 10).map(([name, count]) => (
        <li key={name}>
          <Link to="/alerts" search={{ [by]: [name], handled: 'all', last: '30d' }} className={classes.row}>
            <span className={classes.name}>{t(`vocabulary:${by}.${name}`)}</span>
            <span className={classes.number}>{formats.count(count)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
