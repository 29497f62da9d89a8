/** When the alerts were last seen: within a time before now, or between two instants. */
import { Button, Popover, Select } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
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
        <RangeForm
          search={search}
          onSearch={(change) => {
            setAsking(false)
            onSearch(change)
          }}
        />
      </Popover.Dropdown>
    </Popover>
  )
}

function RangeForm({ search, onSearch }: TimeProps) {
  const { t } = useTranslation('alerts')
  const [from, setFrom] = useState(localOf(search.from))
  const [to, setTo] = useState(localOf(search.to))
  const backwards = from !== '' && to !== '' && from > to
  return (
    <form
      className={classes.range}
      onSubmit={(event) => {
        event.preventDefault()
        onSearch({ last: undefined, from: instantOf(from), to: instantOf(to) })
      }}
    >
      <label className={classes.rangeLabel}>
        {t('filter.time.from')}
        <input type="datetime-local" value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label className={classes.rangeLabel}>
        {t('filter.time.to')}
        <input type="datetime-local" value={to} onChange={(event) => setTo(event.currentTarget.value)} />
      </label>
      {backwards && <span role="alert">{t('filter.time.backwards')}</span>}
      <Button type="submit" size="xs" disabled={backwards || (from === '' && to === '')}>
        {t('filter.time.apply')}
      </Button>
    </form>
  )
}

/** The field shows the reader's own time. */
function localOf(instant: string | undefined): string {
  if (!instant) return ''
  const at = new Date(instant)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const instantOf = (local: string) => (local ? new Date(local).toISOString() : undefined)

export function useTimeWords(search: AlertSearch): string {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  if (search.last) return t(`filter.time.${search.last}`)
  const end = (instant: string | undefined) => (instant ? formats.exact(instant) : '…')
  return `${end(search.from)} – ${end(search.to)}`
}
