/** Builds a whitelist rule: conditions over fields, what it is about, where and how long it holds; and shows what it would have hidden. */
import { ActionIcon, Autocomplete, Button, SegmentedControl, Select, Textarea, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { WhitelistCondition, WhitelistOperator, WhitelistPattern } from '@rampart/api'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { whitelistPreviewQuery } from '../api/queries.ts'
import { MiddleText, VisibleText } from './evidence-text.tsx'
import { LevelMark } from './level-mark.tsx'
import { ErrorState, LoadingLines } from './page-states.tsx'
import { Said } from './said.tsx'
import { useFormats } from './time.ts'
import classes from './whitelist-builder.module.css'

export interface RuleForm {
  conditions: WhitelistCondition[]
  about: WhitelistPattern['about']
  on: WhitelistPattern['on']
  /** How long it holds, days; null for ever, `kept` for what it was. */
  days: number | null | 'kept'
  reason: string
}

/** What the rule can be about and where it can hold. */
export interface RuleChoices {
  fields: readonly { field: string; values: readonly string[] }[]
  model: { id: string; title: string } | null
  type: string | null
  asset: { id: string; name: string } | null
  group: string | null
}

export const whitelistOperators: readonly WhitelistOperator[] = [
  'contains',
  'not contains',
  'equals',
  'not equals',
  'regex',
]
const durations = ['never', '1', '7', '30', '90'] as const
const conditionsMax = 20

interface BuilderProps {
  form: RuleForm
  choices: RuleChoices
  onChange: (form: RuleForm) => void
}

export function WhitelistBuilder({ form, choices, onChange }: BuilderProps) {
  const { t } = useTranslation('whitelist')
  const { t: word } = useTranslation('vocabulary')
  const set = (change: Partial<RuleForm>) => onChange({ ...form, ...change })
  const put = (place: number, change: Partial<WhitelistCondition>) =>
    set({ conditions: form.conditions.map((one, index) => (index === place ? { ...one, ...change } : one)) })
  const onValue = form.on === 'all' ? 'all' : 'asset' in form.on ? 'asset' : 'group'
  return (
    <div className={classes.builder}>
      <fieldset className={classes.conditions}>
        <legend>{t('conditions')}</legend>
        {form.conditions.map((condition, place) => (
          <ConditionLine
            // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no other identity
            key={place}
            condition={condition}
            fields={choices.fields}
            first={place === 0}
            removable={form.conditions.length > 1}
            onChange={(change) => put(place, change)}
            onRemove={() => set({ conditions: form.conditions.filter((_, index) => index !== place) })}
          />
        ))}
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          disabled={form.conditions.length >= conditionsMax}
          onClick={() => set({ conditions: [...form.conditions, { field: '', operator: 'contains', value: '' }] })}
        >
          {t('addCondition')}
        </Button>
      </fieldset>
      <div className={classes.choices}>
        {choices.model && choices.type && (
          <SegmentedControl
            className={classes.wide}
            aria-label={t('about.label')}
            value={'model' in form.about ? 'model' : 'type'}
            onChange={(value) =>
              set({
                about:
                  value === 'model'
                    ? { model: choices.model?.id ?? '' }
                    : ({ type: choices.type } as WhitelistPattern['about']),
              })
            }
            data={[
              { value: 'model', label: t('about.model') },
              { value: 'type', label: t('about.type', { type: word(`type.${choices.type}`) }) },
            ]}
          />
        )}
        <Select
          label={t('on.label')}
          value={onValue}
          onChange={(value) =>
            set({
              on:
                value === 'asset' && choices.asset
                  ? { asset: choices.asset.id }
                  : value === 'group' && choices.group
                    ? { group: choices.group }
                    : 'all',
            })
          }
          data={[
            ...(choices.asset ? [{ value: 'asset', label: t('on.asset', { name: choices.asset.name }) }] : []),
            ...(choices.group ? [{ value: 'group', label: t('on.group', { name: choices.group }) }] : []),
            { value: 'all', label: t('on.all') },
          ]}
          allowDeselect={false}
        />
        <Select
          label={t('expires.label')}
          value={form.days === 'kept' ? 'kept' : form.days === null ? 'never' : String(form.days)}
          onChange={(value) => set({ days: value === 'kept' ? 'kept' : value === 'never' ? null : Number(value) })}
          data={[...(form.days === 'kept' ? ['kept'] : []), ...durations].map((value) => ({
            value,
            label: t(`expires.${value}`),
          }))}
          allowDeselect={false}
        />
      </div>
      <Textarea
        label={t('reason')}
        placeholder={t('reasonExample')}
        required
        autosize
        minRows={2}
        maxLength={2000}
        value={form.reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
      />
    </div>
  )
}

interface ConditionProps {
  condition: WhitelistCondition
  fields: RuleChoices['fields']
  first: boolean
  removable: boolean
  onChange: (change: Partial<WhitelistCondition>) => void
  onRemove: () => void
}

function ConditionLine({ condition, fields, first, removable, onChange, onRemove }: ConditionProps) {
  const { t } = useTranslation('whitelist')
  const values = fields.find((one) => one.field === condition.field)?.values ?? []
  return (
    <div className={classes.condition}>
      <span className={classes.joined}>{first ? t('where') : t('and')}</span>
      <Autocomplete
        className={classes.field}
        aria-label={t('field')}
        placeholder={t('field')}
        data={fields.map((one) => one.field)}
        value={condition.field}
        onChange={(field) => {
          const [value] = fields.find((one) => one.field === field)?.values ?? []
          onChange({ field, ...(value !== undefined && { value }) })
        }}
      />
      <Select
        className={classes.operator}
        aria-label={t('operator.label')}
        value={condition.operator}
        onChange={(operator) => onChange({ operator: operator as WhitelistOperator })}
        data={whitelistOperators.map((value) => ({ value, label: t(`operator.${value}`) }))}
        allowDeselect={false}
      />
      <Autocomplete
        className={classes.value}
        aria-label={t('value')}
        placeholder={t('value')}
        data={[...new Set(values)]}
        value={condition.value}
        maxLength={4096}
        onChange={(value) => onChange({ value })}
      />
      <Tooltip label={t('removeCondition')}>
        <ActionIcon size={30} aria-label={t('removeCondition')} disabled={!removable} onClick={onRemove}>
          <IconX size={15} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}

export const patternOf = ({ conditions, about, on }: RuleForm): WhitelistPattern => ({ conditions, about, on })

/** What the rule would have hidden; asked for anew a moment after the last change. */
export function useWhitelistPreview(form: RuleForm) {
  const [pattern] = useDebouncedValue(patternOf(form), 400)
  return useQuery(whitelistPreviewQuery(pattern))
}

export function WhitelistPreviewPanel({ query }: { query: ReturnType<typeof useWhitelistPreview> }) {
  const { t } = useTranslation('whitelist')
  const formats = useFormats()
  const { data } = query
  return (
    <section className={classes.preview} aria-label={t('preview.label')} aria-busy={query.isFetching}>
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {!data && !query.error && <LoadingLines lines={3} />}
      {data?.refusal && (
        <p role="alert" className={classes.refusal}>
          <strong>{t('preview.refused')}</strong> <Said value={data.refusal.message} />
        </p>
      )}
      {data && !(data.refusal && data.considered === 0) && (
        <>
          <p className={classes.sum} role="status">
            {t('preview.sum', {
              matched: formats.count(data.matched),
              considered: formats.count(data.considered),
              days: formats.count(data.days),
            })}{' '}
            {!data.complete && t('preview.partial')}
          </p>
          {data.byModel.length > 1 && (
            <ul className={classes.models}>
              {data.byModel.map((model) => (
                <li key={model.modelId}>
                  <span>{model.title}</span>
                  <span className={classes.number}>
                    {t('preview.of', { matched: formats.count(model.matched), all: formats.count(model.considered) })}
                  </span>
                </li>
              ))}
            </ul>
          )}
          {data.examples.length > 0 && (
            <ul className={classes.examples} aria-label={t('preview.examples')}>
              {data.examples.map((row) => (
                <li key={row.id}>
                  <LevelMark level={row.level} />
                  <span className={classes.example}>{row.title}</span>
                  <span className={classes.dim}>
                    <VisibleText value={row.asset.name} />
                  </span>
                  <span className={classes.entity}>
                    <MiddleText value={row.entity.value} copy={false} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  )
}
