/** When the alerts were last seen: within a time before now, or between two instants. */
import { Popover, Select } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import { TimeRangeForm } from '../../parts/time-range-form.tsx'
import classes from './filter-bar.module.css'
import { type AlertSearch, type TimeRange, timeRanges } from './search.ts'

interface TimeProps {
  search: AlertSearch
  onSearch: (change: Partial<AlertSearch>) => void
}

export function TimeFilter({ search, onSearch }: TimeProps) {
  const { t } = useTranslation('alerts')
  const [asking, setAsking] = useState(false)
  const custom = Boolean(search.from || search.to)
  return (
    <Popover opened={asking} onChange={setAsking} position="bottom-start" trapFocus width={280}>
      <Popover.Target>
        <Select
          className={classes.time}
          aria-label={t('filter.time.label')}
          value={custom ? 'custom' : (search.last ?? 'any')}
          onChange={(value) => {
            if (value === 'custom') return setAsking(true)
            onSearch({
              last: value === 'any' || !value ? undefined : (value as TimeRange),
              from: undefined,
              to: undefined,
            })
          }}
          data={['any', ...Object.keys(timeRanges), 'custom'].map((value) => ({
            value,
            label: t(`filter.time.${value}`),
          }))}
          allowDeselect={false}
          checkIconPosition="right"
        />
      </Popover.Target>
      <Popover.Dropdown aria-label={t('filter.time.custom')}>
        <TimeRangeForm
          from={search.from}
          to={search.to}
          onRange={(range) => {
            setAsking(false)
            onSearch({ last: undefined, ...range })
          }}
        />
      </Popover.Dropdown>
    </Popover>
  )
}

export function useTimeWords(search: AlertSearch): string {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  if (search.last) return t(`filter.time.${search.last}`)
  const end = (instant: string | undefined) => (instant ? formats.exact(instant) : '…')
  return `${end(search.from)} – ${end(search.to)}`
}
