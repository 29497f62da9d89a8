/** Names a filter, shares it, or takes what is shown now into it. */
import { Button, Checkbox, Modal, TextInput } from '@mantine/core'
import type { SavedFilter } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call, queryString } from '../../api/client.ts'
import { savedFiltersQuery } from '../../api/queries.ts'
import { useErrorWords } from '../../parts/page-states.tsx'
import classes from './saved-filters.module.css'
import { type AlertSearch, savedPart } from './search.ts'

export default function SaveDialog({
  filter,
  search,
  onClose,
}: {
  filter: SavedFilter | 'new'
  search: AlertSearch
  onClose: () => void
}) {
  const { t } = useTranslation('alerts')
  const words = useErrorWords()
  const client = useQueryClient()
  const known = filter === 'new' ? undefined : filter
  const [name, setName] = useState(known?.name ?? '')
  const [shared, setShared] = useState(known?.shared ?? false)
  const [renew, setRenew] = useState(false)
  const shown = queryString(savedPart(search) as Record<string, unknown>).slice(1)
  const save = useMutation({
    mutationFn: () =>
      known
        ? call('changeSavedFilter', { id: known.id, body: { name, shared, ...(renew && { search: shown }) } })
        : call('saveFilter', { body: { name, shared, search: shown } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: savedFiltersQuery.queryKey })
      onClose()
    },
  })
  const failure = save.error && words(save.error)
  return (
    <Modal
      opened
      onClose={onClose}
      title={known ? t('saved.edit') : t('saved.save')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <TextInput
          data-autofocus
          label={t('saved.name')}
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox
          label={t('saved.shared')}
          checked={shared}
          onChange={(event) => setShared(event.currentTarget.checked)}
        />
        {known && (
          <Checkbox
            label={t('saved.renew')}
            checked={renew}
            onChange={(event) => setRenew(event.currentTarget.checked)}
          />
        )}
        {failure && (
          <p role="alert">
            <strong>{failure.title}</strong> {failure.advice}
          </p>
        )}
        <Button type="submit" disabled={!name.trim()} loading={save.isPending}>
          {t('saved.confirm')}
        </Button>
      </form>
    </Modal>
  )
}
