/** How many events fall into each step of time; a step is a button that zooms into it. */
import type { EventHistogramView } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import classes from './histogram.module.css'

interface Props {
  histogram: EventHistogramView
  /** False while more is being counted, or when it was stopped. */
  isCounted: boolean
  onZoom: (from: string, to: string) => void
}

export function Histogram({ histogram, isCounted, onZoom }: Props) {
  const { from, stepMs, counts, total, countedTo, shortfall } = histogram
  const { t } = useTranslation('search')
  const formats = useFormats()
  const start = Date.parse(from)
  /** Steps before it are not counted yet, or not wholly. */
  const firstCounted = countedTo === null ? 0 : Math.floor((Date.parse(countedTo) - start) / stepMs) + 1
  const isLess = shortfall !== null || !isCounted
  const words = !isCounted && total === 0 ? 'histogram.noneYet' : isLess ? 'histogram.atLeast' : 'histogram.total'
  const highest = Math.max(1, ...counts)
  const instant = (step: number) => new Date(start + step * stepMs).toISOString()
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption}>
        <span aria-live="polite">{t(words, { count: total, number: formats.count(total) })}</span>
        <span className={classes.dim}>{t('histogram.highest', { number: formats.count(highest) })}</span>
      </figcaption>
      <ol className={classes.steps}>
        {counts.map((count, step) => (
          <li key={instant(step)} className={classes.step} data-uncounted={step < firstCounted || undefined}>
            <button
              type="button"
              className={classes.button}
              disabled={count === 0 || stepMs < 10}
              title={`${formats.exact(instant(step))}: ${formats.count(count)}`}
              aria-label={t('histogram.step', { at: formats.exact(instant(step)), number: formats.count(count) })}
              onClick={() => onZoom(instant(step), instant(step + 1))}
            >
              <span className={classes.bar} style={{ height: `${(count / highest) * 100}%` }} />
            </button>
          </li>
        ))}
      </ol>
      <div className={classes.ends} aria-hidden>
        <span>{formats.exact(from)}</span>
        <span>{formats.exact(instant(counts.length))}</span>
      </div>
    </figure>
  )
}
