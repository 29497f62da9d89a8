/** All models that fit words and filters, as a table. */
import { Button, Select } from '@mantine/core'
import type { ModelList, ModelRow } from '@rampart/api'
import { alertTypes, levels, stages } from '@rampart/api/vocabulary'
import { IconFlask, IconShieldOff, IconX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { LevelMark } from '../../parts/level-mark.tsx'
import { EmptyState } from '../../parts/page-states.tsx'
import { StageNames } from '../../parts/stage-names.tsx'
import table from '../../parts/table.module.css'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import { ModelSwitch } from './model-switch.tsx'
import classes from './model-table.module.css'
import type { ModelSearch } from './search.ts'

interface TableProps {
  list: ModelList
  search: ModelSearch
  onSearch: (change: Partial<ModelSearch>) => void
}

export function ModelTable({ list, search, onSearch }: TableProps) {
  const { t } = useTranslation('models')
  const formats = useFormats()
  const found = useMemo(() => list.items.filter((model) => fits(model, search)), [list, search])
  const none = { q: undefined, type: undefined, stage: undefined, level: undefined, technique: undefined }
  return (
    <div>
      <div className={classes.filters} role="search" aria-label={t('filter.label')}>
        <Choice name="type" values={alertTypes} search={search} onSearch={onSearch} />
        <Choice name="stage" values={stages} search={search} onSearch={onSearch} />
        <Choice name="level" values={levels} search={search} onSearch={onSearch} />
        {search.technique && (
          <Button
            variant="default"
            rightSection={<IconX size={13} />}
            onClick={() => onSearch({ technique: undefined })}
            aria-label={t('filter.removeTechnique', { technique: search.technique })}
          >
            {search.technique} {list.techniques[search.technique]?.name}
          </Button>
        )}
        <span className={classes.total} aria-live="polite">
          {t('models', { count: found.length, number: formats.count(found.length) })}
        </span>
      </div>
      {found.length === 0 ? (
        <EmptyState
          icon={<IconShieldOff size={22} />}
          title={list.items.length === 0 ? t('empty.none.title') : t('empty.filtered.title')}
          action={
            list.items.length > 0 && (
              <Button variant="default" onClick={() => onSearch(none)}>
                {t('filter.clear')}
              </Button>
            )
          }
        >
          {list.items.length === 0 ? t('empty.none.words') : t('empty.filtered.words')}
        </EmptyState>
      ) : (
        <table className={table.table}>
          <thead>
            <tr>
              {(['title', 'stages', 'techniques', 'samples', 'open', 'lastFired', 'enabled'] as const).map((name) => (
                <th key={name} className={name === 'open' ? table.number : undefined}>
                  {t(`column.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.map((model) => (
              <ModelTableRow key={model.id} model={model} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}

function ModelTableRow({ model }: { model: ModelRow }) {
  const { t } = useTranslation('models')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  return (
    <tr className={classes.row} data-off={!model.enabled || undefined}>
      <td>
        <div className={classes.name}>
          <LevelMark level={model.level} />
          <div>
            <Link to="/models/$modelId" params={{ modelId: model.id }} className={table.main}>
              {model.title}
            </Link>
            <div className={`${table.dim} ${table.small}`}>{word(`type.${model.type}`)}</div>
          </div>
        </div>
      </td>
      <td data-label={t('column.stages')}>
        <StageNames stages={model.stages} />
      </td>
      <td data-label={t('column.techniques')} className={classes.techniques}>
        {model.techniques.join(' ')}
      </td>
      <td data-label={t('column.samples')} className={table.dim}>
        <span className={classes.samples} title={t('samples.hint')}>
          <IconFlask size={14} aria-hidden />
          {t('samples.counts', { attack: model.attackSamples, benign: model.benignSamples })}
        </span>
      </td>
      <td data-label={t('column.open')} className={table.number}>
        {model.openAlerts > 0 ? (
          <Link to="/alerts" search={{ model: [model.id] }}>
            {formats.count(model.openAlerts)}
          </Link>
        ) : (
          <span className={table.dim}>0</span>
        )}
      </td>
      <td data-label={t('column.lastFired')} className={table.dim}>
        {model.lastFiredAt ? <RelativeTime at={model.lastFiredAt} /> : t('neverFired')}
      </td>
      <td data-label={t('column.enabled')}>
        <ModelSwitch id={model.id} title={model.title} enabled={model.enabled} />
      </td>
    </tr>
  )
}

interface ChoiceProps extends Pick<TableProps, 'search' | 'onSearch'> {
  name: 'type' | 'stage' | 'level'
  values: readonly string[]
}

function Choice({ name, values, search, onSearch }: ChoiceProps) {
  const { t } = useTranslation('models')
  const { t: word } = useTranslation('vocabulary')
  return (
    <Select
      className={classes.choice}
      aria-label={t(`filter.${name}`)}
      placeholder={t(`filter.${name}`)}
      value={search[name] ?? null}
      onChange={(value) => onSearch({ [name]: value ?? undefined })}
      data={values.map((value) => ({ value, label: word(`${name}.${value}`) }))}
      clearable
      clearButtonProps={{ 'aria-label': t('filter.clearOne', { name: t(`filter.${name}`) }) }}
      searchable={values.length > 10}
      nothingFoundMessage={t('filter.nothing')}
    />
  )
}

function fits(model: ModelRow, search: ModelSearch): boolean {
  if (search.type && model.type !== search.type) return false
  if (search.stage && !model.stages.some((stage) => stage === search.stage)) return false
  if (search.level && model.level !== search.level) return false
  const { technique } = search
  if (technique && !model.techniques.some((id) => id === technique || id.startsWith(`${technique}.`))) return false
  const words = (search.q ?? '').toLowerCase().split(/\s+/)
  const text = `${model.title} ${model.slug} ${model.type} ${model.techniques.join(' ')}`.toLowerCase()
  return words.every((word) => text.includes(word))
}
