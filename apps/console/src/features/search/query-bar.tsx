/** The question: typed in the query language, or put together from chips; mistakes are shown at their place. */
import { ActionIcon, Autocomplete, Button, CloseButton, Popover, Select } from '@mantine/core'
import { type EventCondition, eventFields, parseEventQuery, type ValueTest } from '@rampart/api/event-query'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { queryString } from '../../api/client.ts'
import { type EventFilter, eventValuesQuery } from '../../api/event-queries.ts'
import { EvidenceText } from '../../parts/evidence-text.tsx'
import { SavedFilters } from '../../parts/saved-filters/saved-filters.tsx'
import { valuesOfSaved } from '../../parts/saved-filters/values.ts'
import { useFormats } from '../../parts/time.ts'
import { TimeRangeSelect } from '../../parts/time-range-select.tsx'
import classes from './query-bar.module.css'
import {
  completions,
  type EventSearch,
  quoted,
  type RangeName,
  ranges,
  readEventSearch,
  without,
  withTerm,
} from './search.ts'

/** What a saved search does not name is as in the beginning. */
const nothingAsked = {
  q: undefined,
  last: undefined,
  from: undefined,
  to: undefined,
  column: undefined,
  order: undefined,
}

interface BarProps {
  search: EventSearch
  filter: EventFilter
  onSearch: (change: Partial<EventSearch>) => void
}

export function QueryBar({ search, filter, onSearch }: BarProps) {
  const { t } = useTranslation('search')
  const formats = useFormats()
  const [text, setText] = useState(search.q ?? '')
  useEffect(() => setText(search.q ?? ''), [search.q])
  const parsed = parseEventQuery(text)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (parsed.ok) onSearch({ q: text.trim() || undefined })
  }
  const fixed = search.from && search.to
  return (
    <search className={classes.bar} aria-label={t('query.label')}>
      <form className={classes.line} onSubmit={submit}>
        <Autocomplete
          className={classes.query}
          data={completions(text)}
          filter={({ options }) => options}
          renderOption={({ option }) => option.value.slice(option.value.lastIndexOf(' ') + 1)}
          comboboxProps={{ width: 320, position: 'bottom-start' }}
          limit={12}
          aria-label={t('query.label')}
          placeholder={t('query.placeholder')}
          leftSection={<IconSearch size={14} />}
          value={text}
          maxLength={4096}
          spellCheck={false}
          autoComplete="off"
          error={!parsed.ok}
          aria-describedby={parsed.ok ? undefined : 'query-issue'}
          onChange={setText}
        />
        <RangeChoice search={search} onSearch={onSearch} />
        <Button type="submit" disabled={!parsed.ok}>
          {t('query.search')}
        </Button>
        <SavedFilters
          page="search"
          shown={queryString({ ...search }).slice(1)}
          onUse={(query) => onSearch({ ...nothingAsked, ...readEventSearch(valuesOfSaved(query)) })}
        />
      </form>
      {!parsed.ok && (
        <div id="query-issue" className={classes.issue} role="alert">
          <p>{t(`issue.${parsed.issue.code.slice('query.'.length)}`)}</p>
          <code className={classes.place}>
            {text.slice(Math.max(0, parsed.issue.at - 60), parsed.issue.at)}
            <mark>{text.slice(parsed.issue.at, parsed.issue.at + parsed.issue.length) || ' '}</mark>
            {text.slice(parsed.issue.at + parsed.issue.length).slice(0, 60)}
          </code>
        </div>
      )}
      <div className={classes.chips}>
        {fixed && (
          <span className={classes.chip}>
            {formats.exact(search.from ?? '')} – {formats.exact(search.to ?? '')}
            <CloseButton
              size={18}
              aria-label={t('range.reset')}
              onClick={() => onSearch({ from: undefined, to: undefined })}
            />
          </span>
        )}
        {parsed.ok &&
          parsed.terms.map(({ at, length, condition }) => (
            <span key={at} className={classes.chip} data-negated={condition.negated}>
              <Condition condition={condition} />
              <CloseButton
                size={18}
                aria-label={t('chip.remove', { term: text.slice(at, at + length) })}
                onClick={() => onSearch({ q: without(text, at, length) || undefined })}
              />
            </span>
          ))}
        <AddCondition filter={filter} onAdd={(term) => onSearch({ q: withTerm(text, term) })} />
      </div>
    </search>
  )
}

/** A time before now, or two instants: what is asked for in a popover, or came from the histogram or a link. */
function RangeChoice({ search, onSearch }: Omit<BarProps, 'filter'>) {
  const { t } = useTranslation('search')
  const fixed = search.from && search.to
  return (
    <TimeRangeSelect
      className={classes.range}
      label={t('range.label')}
      value={fixed ? 'fixed' : (search.last ?? '24h')}
      choices={[...(fixed ? ['fixed'] : []), ...Object.keys(ranges)].map((value) => ({
        value,
        label: t(`range.${value}`),
      }))}
      customLabel={t('range.custom')}
      position="bottom-end"
      onChoose={(value) => value !== 'fixed' && onSearch({ last: value as RangeName, from: undefined, to: undefined })}
      needsBeginning
      from={search.from}
      to={search.to}
      onRange={({ from, to = new Date().toISOString() }) => onSearch({ last: undefined, from, to })}
    />
  )
}

function Condition({ condition: { field, negated, any } }: { condition: EventCondition }) {
  const { t } = useTranslation('search')
  const [first] = any
  if (!first) return null
  return (
    <>
      {negated && <strong>{t('operator.not')}</strong>} {field ?? t('chip.text')}{' '}
      <span className={classes.operator}>{t(`operator.${first.is}`)}</span>{' '}
      <EvidenceText
        value={any
          .map((test) => valueText(test))
          .join(', ')
          .slice(0, 120)}
      />
    </>
  )
}

function valueText(test: ValueTest): string {
  if (test.is === 'present') return ''
  if (test.is === 'range') return rangeText(test.from, test.to)
  if (test.is === 'within')
    return test.first === test.last ? addressText(test.first) : `${addressText(test.first)} – ${addressText(test.last)}`
  return test.value
}

function rangeText(from: number, to: number): string {
  if (from === to) return String(from)
  if (to === Number.MAX_SAFE_INTEGER) return `≥ ${from}`
  return from === Number.MIN_SAFE_INTEGER ? `≤ ${to}` : `${from} – ${to}`
}

/** 32 hexadecimal digits → an address for people. */
function addressText(key: string): string {
  const groups = key.match(/.{4}/g) ?? []
  if (!key.startsWith('00000000000000000000ffff')) return groups.map((group) => group.replace(/^0{1,3}/, '')).join(':')
  return (key.slice(24).match(/../g) ?? []).map((part) => Number.parseInt(part, 16)).join('.')
}

const operators = ['equals', 'contains', 'startsWith', 'not'] as const
type Operator = (typeof operators)[number]
const terms: Record<Operator, (field: string, value: string) => string> = {
  equals: (field, value) => `${field}:${value}`,
  contains: (field, value) => `${field}:*${value}*`,
  startsWith: (field, value) => `${field}:${value}*`,
  not: (field, value) => `-${field}:${value}`,
}

function AddCondition({ filter, onAdd }: { filter: EventFilter; onAdd: (term: string) => void }) {
  const { t } = useTranslation('search')
  const [open, setOpen] = useState(false)
  const [field, setField] = useState('process.name')
  const [operator, setOperator] = useState<Operator>('equals')
  const [value, setValue] = useState('')
  const isText = eventFields[field as keyof typeof eventFields] === 'text'
  const values = useQuery({ ...eventValuesQuery(filter, field, value), enabled: open && isText })
  const written = isText ? quoted(value) : value.trim()
  const term = terms[isText ? operator : operator === 'not' ? 'not' : 'equals'](field, written)
  const parsed = parseEventQuery(term)
  const add = (event: FormEvent) => {
    event.preventDefault()
    if (value.trim() === '' || !parsed.ok) return
    onAdd(term)
    setValue('')
    setOpen(false)
  }
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" withinPortal trapFocus>
      <Popover.Target>
        <ActionIcon variant="default" size={24} aria-label={t('add.title')} onClick={() => setOpen(!open)}>
          <IconPlus size={14} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('add.title')}>
        <form className={classes.add} onSubmit={add}>
          <Select
            label={t('add.field')}
            searchable
            value={field}
            data={Object.keys(eventFields)}
            onChange={(name) => name && setField(name)}
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label={t('add.operator')}
            value={operator}
            data={operators.map((name) => ({ value: name, label: t(`operator.${name}`) }))}
            onChange={(name) => name && setOperator(name as Operator)}
            comboboxProps={{ withinPortal: false }}
            allowDeselect={false}
          />
          <Autocomplete
            label={t('add.value')}
            description={isText ? undefined : t('add.ranges')}
            value={value}
            onChange={setValue}
            data={(values.data?.items ?? []).map((item) => item.value)}
            error={value !== '' && !parsed.ok ? t(`issue.${parsed.issue.code.slice('query.'.length)}`) : undefined}
            comboboxProps={{ withinPortal: false }}
          />
          <Button type="submit" disabled={value.trim() === '' || !parsed.ok}>
            {t('add.add')}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
