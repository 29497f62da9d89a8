/** When the alerts were last seen: within a time before now, or between two instants. */
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import { TimeRangeSelect } from '../../parts/time-range-select.tsx'
import classes from './filter-bar.module.css'
import { type AlertSearch, type TimeRange, timeRanges } from './search.ts'

interface TimeProps {
  search: AlertSearch
  onSearch: (change: Partial<AlertSearch>) => void
}

export function TimeFilter({ search, onSearch }: TimeProps) {
  const { t } = useTranslation('alerts')
  return (
    <TimeRangeSelect
      className={classes.time}
      label={t('filter.time.label')}
      value={search.from || search.to ? 'custom' : (search.last ?? 'any')}
      choices={['any', ...Object.keys(timeRanges)].map((value) => ({ value, label: t(`filter.time.${value}`) }))}
      customLabel={t('filter.time.custom')}
      position="bottom-start"
      onChoose={(value) =>
        onSearch({ last: value === 'any' ? undefined : (value as TimeRange), from: undefined, to: undefined })
      }
      from={search.from}
      to={search.to}
      onRange={(range) => onSearch({ last: undefined, ...range })}
    />
  )
}

export function useTimeWords(search: AlertSearch): string {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  if (search.last) return t(`filter.time.${search.last}`)
  const end = (instant: string | undefined) => (instant ? formats.exact(instant) : '…')
  return `${end(search.from)} – ${end(search.to)}`
}
