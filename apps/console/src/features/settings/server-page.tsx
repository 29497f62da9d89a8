/** Settings of the server: what each is, where its value comes from, and a change of those that the file does not pin. */
import { Button, MultiSelect, NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core'
import type { Setting } from '@rampart/api'
import { IconSettings } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { settingsQuery } from '../../api/queries.ts'
import { AdministratorsOnly } from '../../parts/administrators-only.tsx'
import { Failure } from '../../parts/failure.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { Said } from '../../parts/said.tsx'
import { SearchableAmount } from './searchable-amount.tsx'
import classes from './server-page.module.css'

type Value = Setting['value']

export function ServerSettingsPage() {
  const { t } = useTranslation('settings')
  return (
    <AdministratorsOnly
      icon={<IconSettings size={22} />}
      title={t('server.forbidden')}
      words={t('server.forbiddenWords')}
    >
      <ServerSettings />
    </AdministratorsOnly>
  )
}

function ServerSettings() {
  const { t } = useTranslation('settings')
  const client = useQueryClient()
  const settings = useQuery(settingsQuery)
  const [changed, setChanged] = useState<Record<string, Value | null>>({})
  const save = useMutation({
    mutationFn: () => call('changeSettings', { body: { values: changed } }),
    onSuccess: (view) => {
      client.setQueryData(settingsQuery.queryKey, view)
      setChanged({})
    },
  })
  const count = Object.keys(changed).length
  return (
    <div>
      <PageHeader title={t('server.title')}>
        <Button variant="default" disabled={count === 0} onClick={() => setChanged({})}>
          {t('server.discard')}
        </Button>
        <Button disabled={count === 0} loading={save.isPending} onClick={() => save.mutate()}>
          {t('server.save')}
        </Button>
      </PageHeader>
      {settings.data && <p className={classes.intro}>{t('server.intro', { file: settings.data.file })}</p>}
      <div className={classes.refusal}>
        <Failure error={save.error} />
      </div>
      {settings.data?.problems.map((problem) => (
        <p key={problem.place} className={classes.failure} role="alert">
          <code>{problem.place}</code> <Said value={problem.message} />
        </p>
      ))}
      {settings.isPending && <LoadingLines />}
      {settings.error && <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />}
      {bySection(settings.data?.items ?? []).map(([section, items]) => (
        <section key={section} aria-label={t(`server.section.${section}`, { defaultValue: section })}>
          <h2 className={classes.section}>{t(`server.section.${section}`, { defaultValue: section })}</h2>
          {section === 'retention' && <SearchableAmount />}
          {items.map((setting) => {
            const given = changed[setting.name]
            return (
              <Row
                key={setting.name}
                setting={setting}
                value={given === undefined ? setting.value : (given ?? setting.default)}
                onChange={(value) => setChanged({ ...changed, [setting.name]: value })}
              />
            )
          })}
        </section>
      ))}
    </div>
  )
}

/** `section.name`: in the order in which the sections come. */
function bySection(settings: readonly Setting[]): [string, Setting[]][] {
  const sections = new Map<string, Setting[]>()
  for (const setting of settings) {
    const [section = ''] = setting.name.split('.')
    sections.set(section, [...(sections.get(section) ?? []), setting])
  }
  return [...sections]
}

function Row(props: { setting: Setting; value: Value; onChange: (value: Value | null) => void }) {
  const { t, i18n } = useTranslation('settings')
  const { setting } = props
  const key = `fields.${setting.name.replace('.', '-')}`
  const title = i18n.exists(`settings:${key}.title`) ? t(`${key}.title`) : setting.name
  const meaning = i18n.exists(`settings:${key}.meaning`) ? t(`${key}.meaning`) : setting.meaning
  const locked = setting.place !== null || setting.where === 'file'
  return (
    <section className={classes.row} aria-label={title}>
      <div>
        <h3 className={classes.heading}>{title}</h3>
        <p className={classes.words}>{meaning}</p>
        <p className={classes.words}>
          <code>{setting.name}</code>
          {setting.takesEffect === 'restart' && ` · ${t('server.restart')}`}
        </p>
      </div>
      <div className={classes.control}>
        <Control {...props} title={title} locked={locked} />
        <p className={classes.words}>
          {setting.place !== null
            ? t('server.pinned', { place: setting.place })
            : setting.where === 'file'
              ? t('server.fileOnly')
              : t(`server.source.${setting.source}`)}
        </p>
        {!locked && setting.source === 'console' && (
          <Button variant="subtle" size="xs" onClick={() => props.onChange(null)}>
            {t('server.toDefault')}
          </Button>
        )}
      </div>
    </section>
  )
}

function Control(props: {
  setting: Setting
  title: string
  locked: boolean
  value: Value
  onChange: (value: Value) => void
}) {
  const { t } = useTranslation('settings')
  const { t: shell } = useTranslation('shell')
  const { setting, value, locked, onChange } = props
  const common = { 'aria-label': props.title, disabled: locked }
  const isRole = setting.name === 'signIn.secondFactorRoles'
  const choices = (setting.choices ?? []).map((choice) => ({
    value: choice,
    label: isRole ? shell(`role.${choice}`) : choice,
  }))
  switch (setting.kind) {
    case 'switch':
      return <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
    case 'number':
      return (
        <NumberInput
          {...common}
          value={value as number}
          min={setting.min ?? 0}
          max={setting.max ?? Number.MAX_SAFE_INTEGER}
          suffix={` ${t(`server.unit.${setting.unit}`, { defaultValue: setting.unit ?? '' })}`}
          allowDecimal={false}
          onChange={(next) => typeof next === 'number' && onChange(next)}
        />
      )
    case 'text':
      return <TextInput {...common} value={value as string} onChange={(event) => onChange(event.currentTarget.value)} />
    case 'choice':
      return (
        <Select
          {...common}
          data={choices}
          value={value as string}
          allowDeselect={false}
          onChange={(next) => next && onChange(next)}
        />
      )
    case 'list':
      return choices.length > 0 ? (
        <MultiSelect {...common} data={choices} value={value as string[]} onChange={onChange} />
      ) : (
        <TagsInput {...common} value={value as string[]} onChange={onChange} />
      )
  }
}
