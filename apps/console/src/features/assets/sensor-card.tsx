/** One sensor: its state, what is wrong with it, what it saw and what it lost by cause. */
import type { SensorStatus } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Said } from '../../parts/said.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './sensor-card.module.css'

export function SensorCard({ sensor }: { sensor: SensorStatus }) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const causes = Object.entries(sensor.lostByCause).filter(([, count]) => count > 0)
  return (
    <article className={classes.card} data-state={sensor.state} aria-label={sensor.sensor}>
      <header className={classes.head}>
        <h3 className={classes.name}>
          <VisibleText value={sensor.sensor} />
        </h3>
        <span className={classes.state}>{t(`sensors.state.${sensor.state}`)}</span>
      </header>
      {sensor.reason && (
        <p className={classes.reason}>
          <Said value={sensor.reason} />
        </p>
      )}
      <p className={classes.numbers}>
        {t('sensors.seen', { count: sensor.eventsSeen, number: formats.count(sensor.eventsSeen) })}
        {' · '}
        <span data-bad={sensor.eventsLost > 0 || undefined}>
          {t('sensors.lost', { count: sensor.eventsLost, number: formats.count(sensor.eventsLost) })}
        </span>
        {causes.map(([cause, count]) => (
          <span key={cause}>
            {' · '}
            <VisibleText value={cause} /> {formats.count(count)}
          </span>
        ))}
      </p>
    </article>
  )
}
