/** New alerts of the last 24 hours, a bar an hour, urgent ones marked within it; the same as a table for screen readers. */
import { useTranslation } from 'react-i18next'
import { useFormats, useNow } from '../../parts/time.ts'
import classes from './trend.module.css'

const hourMs = 3_600_000
const labelEvery = 4

export function Trend({ all, urgent }: { all: readonly number[]; urgent: readonly number[] }) {
  const { t, i18n } = useTranslation('overview')
  const formats = useFormats()
  const now = useNow(60_000)
  const highest = Math.max(1, ...all)
  const hour = new Intl.DateTimeFormat(i18n.language === 'zh' ? 'zh-CN' : 'en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const bars = all.map((count, place) => ({
    count,
    urgent: urgent[place] ?? 0,
    from: hour.format(now - (all.length - place) * hourMs),
    to: hour.format(now - (all.length - 1 - place) * hourMs),
  }))
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption}>
        {t('trend.sum', { count: sum(all), number: formats.count(sum(all)), urgent: formats.count(sum(urgent)) })}
        <span className={classes.legend} aria-hidden>
          <span className={classes.urgentKey} /> {t('trend.urgent')}
          <span className={classes.otherKey} /> {t('trend.other')}
        </span>
      </figcaption>
      <div className={classes.chart} aria-hidden>
        <span className={classes.highest}>{formats.count(highest)}</span>
        {bars.map((bar, place) => (
          <div key={bar.from} className={classes.hour} title={t('trend.hour', bar)}>
            <div className={classes.bar} style={{ height: `${(bar.count / highest) * 100}%` }}>
              <div className={classes.urgent} style={{ height: `${(bar.urgent / Math.max(1, bar.count)) * 100}%` }} />
            </div>
            {place % labelEvery === 0 && <span className={classes.label}>{bar.from}</span>}
          </div>
        ))}
      </div>
      <table className="sr-only">
        <caption>{t('trend.title')}</caption>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.from}>
              <td>{t('trend.hour', bar)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}
