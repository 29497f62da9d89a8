/** Names a filter, shares it, or takes what is shown now into it. */
import { Checkbox, TextInput } from '@mantine/core'
import type { SavedFilter } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { savedFiltersQuery } from '../../api/queries.ts'
import { Dialog, DialogForm } from '../dialog.tsx'

export default function SaveDialog({
  filter,
  page,
  shown,
  onClose,
}: {
  filter: SavedFilter | 'new'
  page: SavedFilter['page']
  /** The query of the page as it is now. */
  shown: string
  onClose: () => void
}) {
  const { t } = useTranslation(page)
  const client = useQueryClient()
  const known = filter === 'new' ? undefined : filter
  const [name, setName] = useState(known?.name ?? '')
  const [shared, setShared] = useState(known?.shared ?? false)
  const [renew, setRenew] = useState(false)
  const save = useMutation({
    mutationFn: () =>
      known
        ? call('changeSavedFilter', { id: known.id, body: { name, shared, ...(renew && { search: shown }) } })
        : call('saveFilter', { body: { name, page, shared, search: shown } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: savedFiltersQuery(page).queryKey })
      onClose()
    },
  })
  return (
    <Dialog title={known ? t('saved.edit') : t('saved.save')} onClose={onClose}>
      <DialogForm
        action={save}
        onSubmit={() => save.mutate()}
        onCancel={onClose}
        confirm={t('saved.confirm')}
        disabled={!name.trim()}
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
      </DialogForm>
    </Dialog>
  )
}
