/** Filters and searches that people keep: their own and those that others share; a filter of alerts to begin with. */
import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import type { SavedFilter } from '@rampart/api'
import { IconBookmark, IconBookmarkPlus, IconPencil, IconStar, IconStarFilled, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { savedFiltersQuery, sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../evidence-text.tsx'
import { showToast } from '../toast.tsx'
import classes from './saved-filters.module.css'

const SaveDialog = lazy(() => import('./save-filter-dialog.tsx'))

interface SavedProps {
  page: SavedFilter['page']
  /** The query of the page as it is now. */
  shown: string
  /** Shows what was saved: a query of the page. */
  onUse: (query: string) => void
}

export function SavedFilters({ page, shown, onUse }: SavedProps) {
  const { t } = useTranslation(page)
  const me = useQuery(sessionQuery).data?.user.name
  const filters = useQuery(savedFiltersQuery(page)).data?.items ?? []
  const [editing, setEditing] = useState<SavedFilter | 'new'>()
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
              <Menu.Item className={classes.use} onClick={() => onUse(filter.search)}>
                <VisibleText value={filter.name} />
                {filter.owner !== me && <span className={classes.owner}>{t('saved.by', { name: filter.owner })}</span>}
              </Menu.Item>
              <FilterTools filter={filter} mine={filter.owner === me} onEdit={() => setEditing(filter)} />
            </div>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {editing && <SaveDialog filter={editing} page={page} shown={shown} onClose={() => setEditing(undefined)} />}
      </Suspense>
    </>
  )
}

function FilterTools({ filter, mine, onEdit }: { filter: SavedFilter; mine: boolean; onEdit: () => void }) {
  const { t } = useTranslation(filter.page)
  const client = useQueryClient()
  const renew = () => client.invalidateQueries({ queryKey: savedFiltersQuery(filter.page).queryKey })
  const begin = useMutation({
    mutationFn: () => call('changeSavedFilter', { id: filter.id, body: { isDefault: !filter.isDefault } }),
    onSuccess: renew,
  })
  const remove = useMutation({
    mutationFn: () => call('deleteSavedFilter', { id: filter.id }),
    onSuccess: async () => {
      await renew()
      const { name, page, search, shared } = filter
      showToast({
        words: t('saved.deleted', { name }),
        action: {
          words: t('saved.undo'),
          act: () => void call('saveFilter', { body: { name, page, search, shared } }).then(renew),
        },
      })
    },
  })
  const beginWords = filter.page === 'alerts' ? t(filter.isDefault ? 'saved.beginNoMore' : 'saved.beginWith') : ''
  return (
    <>
      {filter.page === 'alerts' && (
        <Menu.Item
          className={classes.tool}
          closeMenuOnClick={false}
          title={beginWords}
          aria-label={beginWords}
          onClick={() => begin.mutate()}
        >
          {filter.isDefault ? <IconStarFilled size={14} /> : <IconStar size={14} />}
        </Menu.Item>
      )}
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
