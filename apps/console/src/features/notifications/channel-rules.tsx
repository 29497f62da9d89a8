/** What a channel tells, when, how often at most, and what it may reach. */
import { Checkbox, MultiSelect, NumberInput, Switch, TagsInput, Textarea, TextInput } from '@mantine/core'
import { alertTypes, levels } from '@rampart/api/vocabulary'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './form.module.css'
import type { FormParts } from './values.ts'

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}

export function WhatIsTold({ values, set }: FormParts) {
  const { t } = useTranslation('notifications')
  const { t: word } = useTranslation('vocabulary')
  return (
    <Group title={t('form.what')}>
      <Checkbox.Group
        label={t('form.levels')}
        value={values.levels}
        onChange={(chosen) => set({ levels: levels.filter((level) => chosen.includes(level)) })}
      >
        <div className={classes.levels}>
          {levels.map((level) => (
            <Checkbox key={level} value={level} label={word(`level.${level}`)} />
          ))}
        </div>
      </Checkbox.Group>
      <MultiSelect
        searchable
        clearable
        label={t('form.types')}
        placeholder={values.types.length === 0 ? t('form.all') : ''}
        value={values.types}
        onChange={(chosen) => set({ types: alertTypes.filter((type) => chosen.includes(type)) })}
        data={alertTypes.map((type) => ({ value: type, label: word(`type.${type}`) }))}
      />
      <TagsInput
        label={t('form.groups')}
        placeholder={values.groups.length === 0 ? t('form.all') : ''}
        value={values.groups}
        onChange={(groups) => set({ groups })}
        acceptValueOnBlur
      />
    </Group>
  )
}

export function WhenItIsTold({ values, set }: FormParts) {
  const { t } = useTranslation('notifications')
  return (
    <Group title={t('form.when')}>
      <Switch
        label={t('form.quiet')}
        description={t('form.quietHint')}
        checked={values.quietOn}
        onChange={(event) => set({ quietOn: event.currentTarget.checked })}
      />
      {values.quietOn && (
        <>
          <div className={classes.pair}>
            <TextInput
              type="time"
              required
              label={t('form.quietFrom')}
              value={values.quietFrom}
              onChange={(event) => set({ quietFrom: event.currentTarget.value })}
            />
            <TextInput
              type="time"
              required
              label={t('form.quietTo')}
              value={values.quietTo}
              onChange={(event) => set({ quietTo: event.currentTarget.value })}
            />
            <TextInput
              required
              label={t('form.zone')}
              value={values.zone}
              onChange={(event) => set({ zone: event.currentTarget.value })}
            />
          </div>
          <Checkbox
            label={t('form.urgentAnyway')}
            checked={values.urgentAnyway}
            onChange={(event) => set({ urgentAnyway: event.currentTarget.checked })}
          />
        </>
      )}
      <div className={classes.pair}>
        <NumberInput
          label={t('form.messages')}
          min={1}
          max={1000}
          value={values.messages}
          onChange={(messages) => set({ messages: Number(messages) || 1 })}
        />
        <NumberInput
          label={t('form.minutes')}
          min={1}
          max={1440}
          value={values.minutes}
          onChange={(minutes) => set({ minutes: Number(minutes) || 1 })}
        />
      </div>
      <p className={classes.dim}>{t('form.limitHint')}</p>
    </Group>
  )
}

export function WhatMayBeReached({ values, set }: FormParts) {
  const { t } = useTranslation('notifications')
  const hasAuthority = values.kind === 'email' || values.kind === 'syslog' || values.kind === 'webhook'
  return (
    <Group title={t('form.reach')}>
      <Switch
        label={t('form.allowPrivate')}
        description={t('form.allowPrivateHint')}
        checked={values.allowPrivate}
        onChange={(event) => set({ allowPrivate: event.currentTarget.checked })}
      />
      {hasAuthority && (
        <Textarea
          autosize
          minRows={2}
          maxRows={6}
          label={t('form.authority')}
          description={t('form.authorityHint')}
          placeholder={t('form.authorityExample')}
          value={values.authority}
          onChange={(event) => set({ authority: event.currentTarget.value })}
        />
      )}
    </Group>
  )
}
