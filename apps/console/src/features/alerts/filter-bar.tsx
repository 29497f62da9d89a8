/** What the list shows: handled or not, words, time, and the set filters as chips that one click removes. */
import { ActionIcon, Button, CloseButton, SegmentedControl, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconArrowUp, IconFilter, IconSearch, IconX } from '@tabler/icons-react'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { queryString } from '../../api/client.ts'
import { incidentQuery } from '../../api/investigation-queries.ts'
import { assetsQuery, modelsQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { SavedFilters } from '../../parts/saved-filters/saved-filters.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './filter-bar.module.css'
import {
  type AlertSearch,
  filterCount,
  type ListName,
  listNames,
  noFilters,
  savedPart,
  searchOfSaved,
} from './search.ts'
import { TimeFilter, useTimeWords } from './time-filter.tsx'

interface FilterBarProps {
  search: AlertSearch
  total: number | undefined
  /** New alerts that are held back so that nothing moves under the pointer. */
  waiting: number
  onShowWaiting: () => void
  facetsShown: boolean
  onFacets: () => void
  onSearch: (change: Partial<AlertSearch>) => void
}

export function FilterBar(props: FilterBarProps) {
  const { search, total, waiting, facetsShown, onFacets, onSearch, onShowWaiting } = props
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  return (
    <div className={classes.bar} role="search" aria-label={t('filter.label')}>
      <div className={classes.line}>
        <Tooltip label={facetsShown ? t('filter.hideFacets') : t('filter.showFacets')}>
          <ActionIcon
            variant={facetsShown ? 'light' : 'default'}
            color={facetsShown ? 'teal' : 'gray'}
            size={30}
            onClick={onFacets}
            aria-pressed={facetsShown}
            aria-label={t('filter.facets')}
          >
            <IconFilter size={16} />
          </ActionIcon>
        </Tooltip>
        <SegmentedControl
          aria-label={t('filter.handled.label')}
          value={search.handled ?? 'no'}
          onChange={(value) =>
            onSearch({ handled: value === 'no' ? undefined : (value as 'yes' | 'all'), state: undefined })
          }
          data={(['no', 'yes', 'all'] as const).map((value) => ({ value, label: t(`filter.handled.${value}`) }))}
        />
        <Words search={search} onSearch={onSearch} />
        <TimeFilter search={search} onSearch={onSearch} />
        <SavedFilters
          page="alerts"
          shown={queryString(savedPart(search) as Record<string, unknown>).slice(1)}
          onUse={(query) =>
            onSearch({
              ...noFilters(),
              handled: undefined,
              sort: undefined,
              order: undefined,
              ...searchOfSaved(query),
            })
          }
        />
        <span className={classes.end} aria-live="polite">
          {waiting > 0 && (
            <Button
              className={classes.waiting}
              size="compact-xs"
              radius="xl"
              leftSection={<IconArrowUp size={13} />}
              onClick={onShowWaiting}
            >
              {t('list.waiting', { count: waiting })}
            </Button>
          )}
          <span className={classes.total}>
            {total !== undefined && t('filter.total', { count: total, number: formats.count(total) })}
          </span>
        </span>
      </div>
      {filterCount(search) > 0 && <Chips search={search} onSearch={onSearch} />}
    </div>
  )
}

function Words({ search, onSearch }: Pick<FilterBarProps, 'search' | 'onSearch'>) {
  const { t } = useTranslation('alerts')
  const [text, setText] = useState(search.q ?? '')
  const commit = useDebouncedCallback((q: string) => onSearch({ q: q.trim() || undefined }), 250)
  useEffect(() => setText((typed) => (typed.trim() === (search.q ?? '') ? typed : (search.q ?? ''))), [search.q])
  return (
    <TextInput
      className={classes.words}
      aria-label={t('filter.words')}
      placeholder={t('filter.words')}
      leftSection={<IconSearch size={14} />}
      rightSection={
        text && (
          <CloseButton
            size="xs"
            aria-label={t('filter.clearWords')}
            onClick={() => {
              setText('')
              onSearch({ q: undefined })
            }}
          />
        )
      }
      value={text}
      maxLength={256}
      onChange={(event) => {
        setText(event.currentTarget.value)
        commit(event.currentTarget.value)
      }}
    />
  )
}

function Chips({ search, onSearch }: Pick<FilterBarProps, 'search' | 'onSearch'>) {
  const { t } = useTranslation('alerts')
  const wordOf = useFilterWords(search)
  const timeWords = useTimeWords(search)
  const remove = (name: ListName, value: string) => {
    const left = search[name]?.filter((other) => other !== value)
    onSearch({ [name]: left?.length ? left : undefined })
  }
  return (
    <ul className={classes.chips} aria-label={t('filter.active')}>
      {listNames.flatMap((name) =>
        (search[name] ?? []).map((value) => (
          <Chip
            key={`${name} ${value}`}
            name={t(`facet.${name}`)}
            value={wordOf(name, value)}
            onRemove={() => remove(name, value)}
          />
        )),
      )}
      {search.q && <Chip name={t('filter.wordsChip')} value={search.q} onRemove={() => onSearch({ q: undefined })} />}
      {(search.last || search.from || search.to) && (
        <Chip
          name={t('filter.time.chip')}
          value={timeWords}
          onRemove={() => onSearch({ last: undefined, from: undefined, to: undefined })}
        />
      )}
      <li>
        <Button variant="subtle" color="gray" size="compact-xs" onClick={() => onSearch(noFilters())}>
          {t('filter.clear')}
        </Button>
      </li>
    </ul>
  )
}

function Chip({ name, value, onRemove }: { name: string; value: string; onRemove: () => void }) {
  const { t } = useTranslation('alerts')
  return (
    <li className={classes.chip}>
      <span className={classes.chipName}>{name}</span>
      <span className={classes.chipValue}>
        <VisibleText value={value} />
      </span>
      <button
        type="button"
        className={classes.chipRemove}
        onClick={onRemove}
        aria-label={t('filter.remove', { name, value })}
      >
        <IconX size={12} aria-hidden />
      </button>
    </li>
  )
}

/** Lists whose values are nobody's vocabulary. */
const plainLists: readonly ListName[] = ['group', 'technique', 'assignee', 'source', 'event', 'hash', 'address', 'url']

/** Words of a filter value: vocabulary in the reader's language, names instead of ids. */
function useFilterWords(search: AlertSearch): (name: ListName, value: string) => string {
  const { t } = useTranslation('vocabulary')
  const { t: facet } = useTranslation('alerts')
  const assets = useQuery({ ...assetsQuery({ limit: 500 }), enabled: Boolean(search.asset), refetchInterval: false })
  const models = useQuery({ ...modelsQuery, enabled: Boolean(search.model) })
  const incidents = useQueries({ queries: (search.incident ?? []).map((id) => incidentQuery(id)) })
  return (name, value) => {
    if (name === 'asset') return assets.data?.items.find((asset) => asset.id === value)?.name ?? value
    if (name === 'model') return models.data?.items.find((model) => model.id === value)?.title ?? value
    if (name === 'incident') return incidents[search.incident?.indexOf(value) ?? -1]?.data?.title ?? value
    if (name === 'assignee' && (value === '@me' || value === '@nobody')) return facet(`facet.${value.slice(1)}`)
    if (plainLists.includes(name)) return value
    return t(`${name}.${value}`)
  }
}
