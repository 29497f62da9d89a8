/** How much can be searched now, how much may be kept, and which of the two bounds comes first. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { eventArchiveQuery } from '../../api/event-queries.ts'
import { useFormats } from '../../parts/time.ts'
import classes from './searchable-amount.module.css'

const dayMs = 86_400_000

export function SearchableAmount() {
  const { t } = useTranslation('settings')
  const formats = useFormats()
  const { data } = useQuery(eventArchiveQuery)
  if (!data) return null
  const { events, oldestAt, keepDays, keepBytes } = data
  const bytes = data.bytes + data.logBytes
  const days = oldestAt === null ? 0 : (Date.now() - Date.parse(oldestAt)) / dayMs
  const share = Math.min(100, Math.round((bytes / Math.max(1, keepBytes)) * 100))
  // Of less than a day nothing can be foreseen.
  const daysInRoom = days >= 1 && bytes > 0 ? Math.floor((keepBytes / bytes) * days) : null
  return (
    <section className={classes.amount} aria-label={t('searchable.title')}>
      <h2 className={classes.heading}>{t('searchable.title')}</h2>
      <p className={classes.numbers}>
        {oldestAt === null
          ? t('searchable.none')
          : t('searchable.since', {
              number: formats.count(events),
              count: events,
              days: formats.count(Math.round(days * 10) / 10),
              since: formats.exact(oldestAt),
            })}
      </p>
      <div className={classes.meter} role="meter" aria-label={t('searchable.room')} aria-valuenow={share}>
        <span className={classes.used} style={{ width: `${share}%` }} />
      </div>
      <p className={classes.words}>
        {t('searchable.used', { used: formats.bytes(bytes), room: formats.bytes(keepBytes), share })}
        {daysInRoom !== null &&
          ` ${t(daysInRoom < keepDays ? 'searchable.sizeFirst' : 'searchable.ageFirst', { days: formats.count(daysInRoom < keepDays ? daysInRoom : keepDays) })}`}
      </p>
    </section>
  )
}
