/** Two instants in the reader's own time zone, to the minute. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './time-range-form.module.css'

interface TimeRange {
  from: string | undefined
  to: string | undefined
}

interface TimeRangeFormProps extends TimeRange {
  /** The beginning cannot be left out. */
  needsBeginning?: boolean
  onRange: (range: TimeRange) => void
}

export function TimeRangeForm({ needsBeginning = false, onRange, ...range }: TimeRangeFormProps) {
  const { t } = useTranslation('parts')
  const [from, setFrom] = useState(localOf(range.from))
  const [to, setTo] = useState(localOf(range.to))
  const backwards = from !== '' && to !== '' && from > to
  const isMissing = from === '' && (needsBeginning || to === '')
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        // a popover's form may stand within another in the tree of components
        event.stopPropagation()
        onRange({ from: instantOf(from), to: instantOf(to) })
      }}
    >
      <label className={classes.label}>
        {t('timeRange.from')}
        <input type="datetime-local" value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label className={classes.label}>
        {t('timeRange.to')}
        <input type="datetime-local" value={to} onChange={(event) => setTo(event.currentTarget.value)} />
      </label>
      {backwards && <span role="alert">{t('timeRange.backwards')}</span>}
      <Button type="submit" size="xs" disabled={backwards || isMissing}>
        {t('timeRange.apply')}
      </Button>
    </form>
  )
}

function localOf(instant: string | undefined): string {
  if (!instant) return ''
  const at = new Date(instant)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const instantOf = (local: string) => (local ? new Date(local).toISOString() : undefined)
