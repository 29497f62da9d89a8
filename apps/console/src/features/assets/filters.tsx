/** Filters of the Servers page; every choice says how many assets it has under the other filters. */
import { Checkbox, MultiSelect, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import type { AssetPage } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import { assetKinds, editions } from '@rampart/api/vocabulary'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import classes from './page.module.css'
import { type AssetSearch, agentStates, type ListFilter } from './search.ts'

/** Stands for an asset without a group, tag or version: an option cannot have an empty value. */
const nothing = '\u0000'

interface FilterProps {
  search: AssetSearch
  facets: AssetPage['facets'] | undefined
  onSearch: (change: Partial<AssetSearch>) => void
}

export function Filters({ search, facets, onSearch }: FilterProps) {
  const { t } = useTranslation('assets')
  const { t: part } = useTranslation('parts')
  const [text, setText] = useState(search.q ?? '')
  const commit = useDebouncedCallback((q: string) => onSearch({ q: q.trim() || undefined }), 250)
  return (
    <search className={classes.filters} aria-label={t('filter.label')}>
      <Kinds search={search} facets={facets} onSearch={onSearch} />
      <TextInput
        className={classes.words}
        aria-label={t('filter.words')}
        placeholder={t('filter.words')}
        leftSection={<IconSearch size={14} />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          commit(event.currentTarget.value)
        }}
      />
      <Choice
        name="state"
        order={agentStates}
        words={(state) => part(`agent.${state}`)}
        {...{ search, facets, onSearch }}
      />
      <Choice name="group" {...{ search, facets, onSearch }} />
      <Choice name="tag" {...{ search, facets, onSearch }} />
      <Choice
        name="edition"
        order={editions}
        words={(edition) => t(`edition.${edition}`)}
        {...{ search, facets, onSearch }}
      />
      <Choice name="version" {...{ search, facets, onSearch }} />
      <Checkbox
        size="xs"
        label={t('filter.alerting')}
        checked={search.alerting === 'yes'}
        onChange={(event) => onSearch({ alerting: event.currentTarget.checked ? 'yes' : undefined })}
      />
    </search>
  )
}

/** Servers, containers, clusters, cloud accounts; only shown when there is more than one kind. */
function Kinds({ search, facets, onSearch }: FilterProps) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const counts = facets?.kind ?? {}
  const present = assetKinds.filter((kind) => (counts[kind] ?? 0) > 0 || search.kind?.includes(kind))
  if (present.length < 2) return null
  return (
    <SegmentedControl
      aria-label={t('filter.kind')}
      value={search.kind?.[0] ?? 'all'}
      onChange={(kind) => onSearch({ kind: kind === 'all' ? undefined : assetKinds.filter((one) => one === kind) })}
      data={[
        { value: 'all', label: t('kinds.all') },
        ...present.map((kind) => ({ value: kind, label: `${t(`kinds.${kind}`)} ${formats.count(counts[kind] ?? 0)}` })),
      ]}
    />
  )
}

interface ChoiceProps extends FilterProps {
  name: ListFilter
  /** Order of the options; by name where it is not given. */
  order?: readonly string[]
  words?: (value: string) => string
}

function Choice({ name, order, words, search, facets, onSearch }: ChoiceProps) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const counts = facets?.[name] ?? {}
  const chosen: readonly string[] = search[name] ?? []
  const found = [...new Set([...Object.keys(counts), ...chosen])]
  const values = order
    ? order.filter((value) => found.includes(value))
    : found.sort((one, other) => one.localeCompare(other))
  const named = values.filter((value) => value !== '')
  // A choice between nothing and nothing is none.
  if (named.length === 0 && chosen.length === 0) return null
  const label = (value: string) =>
    value === '' ? t(`filter.without.${name}`) : words ? words(value) : visibleText(value)
  return (
    <MultiSelect
      className={classes.choice}
      aria-label={t(`filter.${name}`)}
      placeholder={chosen.length === 0 ? t(`filter.${name}`) : ''}
      searchable={named.length > 7}
      clearable
      hidePickedOptions={false}
      comboboxProps={{ width: 240, position: 'bottom-start' }}
      value={chosen.map((value) => value || nothing)}
      onChange={(next) =>
        onSearch({ [name]: next.length > 0 ? next.map((value) => (value === nothing ? '' : value)) : undefined })
      }
      data={values.map((value) => ({ value: value || nothing, label: label(value) }))}
      renderOption={({ option }) => (
        <span className={classes.option}>
          <span>{option.label}</span>
          <span className={classes.optionCount}>
            {formats.count(counts[option.value === nothing ? '' : option.value] ?? 0)}
          </span>
        </span>
      )}
    />
  )
}
