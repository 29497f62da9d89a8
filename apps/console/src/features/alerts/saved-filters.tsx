/** Filters that people keep: their own and those that others share; one of them to begin with. */
import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import type { SavedFilter } from '@rampart/api'
import { IconBookmark, IconBookmarkPlus, IconPencil, IconStar, IconStarFilled, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { savedFiltersQuery, sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { showToast } from '../../parts/toast.tsx'
import classes from './saved-filters.module.css'
import { type AlertSearch, noFilters, readAlertSearch } from './search.ts'

const SaveDialog = lazy(() => import('./save-filter-dialog.tsx'))

interface SavedProps {
  search: AlertSearch
  onSearch: (change: Partial<AlertSearch>) => void
}

/** `level=Urgent&level=Warning` → what the page shows. */
export function searchOfSaved(text: string): AlertSearch {
  const lists: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(text)) lists[name] = [...(lists[name] ?? []), value]
  return readAlertSearch(
    Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.length > 1 ? values : values[0]])),
  )
}

export function SavedFilters({ search, onSearch }: SavedProps) {
  const { t } = useTranslation('alerts')
  const me = useQuery(sessionQuery).data?.user.name
  const filters = useQuery(savedFiltersQuery).data?.items ?? []
  const [editing, setEditing] = useState<SavedFilter | 'new'>()
  const use = (filter: SavedFilter) =>
    onSearch({ ...noFilters(), handled: undefined, sort: undefined, order: undefined, ...searchOfSaved(filter.search) })
  return (
    <>
      <Menu position="bottom-start" width={320}>
        <Menu.Target>
          <Tooltip label={t('saved.label')}>
            <ActionIcon variant="default" size={30} aria-label={t('saved.label')}>
              <IconBookmark size={16} />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconBookmarkPlus size={15} />} onClick={() => setEditing('new')}>
            {t('saved.save')}
          </Menu.Item>
          <Menu.Divider />
          {filters.length === 0 && <div className={classes.none}>{t('saved.none')}</div>}
          {filters.map((filter) => (
            <div key={filter.id} className={classes.line}>
              <Menu.Item className={classes.use} onClick={() => use(filter)}>
                <VisibleText value={filter.name} />
                {filter.owner !== me && <span className={classes.owner}>{t('saved.by', { name: filter.owner })}</span>}
              </Menu.Item>
              <FilterTools filter={filter} mine={filter.owner === me} onEdit={() => setEditing(filter)} />
            </div>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {editing && <SaveDialog filter={editing} search={search} onClose={() => setEditing(undefined)} />}
      </Suspense>
    </>
  )
}

function FilterTools({ filter, mine, onEdit }: { filter: SavedFilter; mine: boolean; onEdit: () => void }) {
  const { t } = useTranslation('alerts')
  const client = useQueryClient()
  const renew = () => client.invalidateQueries({ queryKey: savedFiltersQuery.queryKey })
  const begin = useMutation({
    mutationFn: () => call('changeSavedFilter', { id: filter.id, body: { isDefault: !filter.isDefault } }),
    onSuccess: renew,
  })
  const remove = useMutation({
    mutationFn: () => call('deleteSavedFilter', { id: filter.id }),
    onSuccess: async () => {
      await renew()
      const { name, search, shared } = filter
      showToast({
        words: t('saved.deleted', { name }),
        action: {
          words: t('undo'),
          act: () => void call('saveFilter', { body: { name, search, shared } }).then(renew),
        },
      })
    },
  })
  const beginWords = filter.isDefault ? t('saved.beginNoMore') : t('saved.beginWith')
  return (
    <>
      <Menu.Item
        className={classes.tool}
        closeMenuOnClick={false}
        title={beginWords}
        aria-label={beginWords}
        onClick={() => begin.mutate()}
      >
        {filter.isDefault ? <IconStarFilled size={14} /> : <IconStar size={14} />}
      </Menu.Item>
      {mine && (
        <>
          <Menu.Item className={classes.tool} title={t('saved.edit')} aria-label={t('saved.edit')} onClick={onEdit}>
            <IconPencil size={14} />
          </Menu.Item>
          <Menu.Item
            className={classes.tool}
            title={t('saved.delete')}
            aria-label={t('saved.delete')}
            onClick={() => remove.mutate()}
          >
            <IconTrash size={14} />
          </Menu.Item>
        </>
      )}
    </>
  )
}
