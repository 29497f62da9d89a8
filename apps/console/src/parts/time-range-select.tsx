/** A time among some that are offered, or two instants that are asked for: in the reader's own time zone, to the minute. */
import { Button, Popover, Select } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './time-range-select.module.css'

interface TimeRange {
  from: string | undefined
  to: string | undefined
}

interface FormProps extends TimeRange {
  /** The beginning cannot be left out. */
  needsBeginning?: boolean
  onRange: (range: TimeRange) => void
}

interface TimeRangeSelectProps extends FormProps {
  className: string | undefined
  label: string
  /** One of `choices`, or `custom`. */
  value: string
  choices: readonly { value: string; label: string }[]
  /** Of the last choice, which opens the form. */
  customLabel: string
  position: 'bottom-start' | 'bottom-end'
  onChoose: (value: string) => void
}

export function TimeRangeSelect(props: TimeRangeSelectProps) {
  const { className, label, value, choices, customLabel, position, onChoose, onRange, ...range } = props
  const [isAsking, setAsking] = useState(false)
  return (
    <Popover opened={isAsking} onChange={setAsking} position={position} trapFocus width={280}>
      <Popover.Target>
        <Select
          className={className}
          aria-label={label}
          value={value}
          onChange={(next) => {
            if (next === 'custom') setAsking(true)
            else if (next) onChoose(next)
          }}
          data={[...choices, { value: 'custom', label: customLabel }]}
          allowDeselect={false}
          checkIconPosition="right"
        />
      </Popover.Target>
      <Popover.Dropdown aria-label={customLabel}>
        <TimeRangeForm
          {...range}
          onRange={(chosen) => {
            setAsking(false)
            onRange(chosen)
          }}
        />
      </Popover.Dropdown>
    </Popover>
  )
}

function TimeRangeForm({ needsBeginning = false, onRange, ...range }: FormProps) {
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
