/** Dialog that changes group, tags and edition of one or many assets; what is not touched stays. */
import { Autocomplete, MultiSelect, Select, TagsInput } from '@mantine/core'
import type { AssetRow, RouteBody } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import { type Edition, editions } from '@rampart/api/vocabulary'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { assetsQuery } from '../../api/queries.ts'
import { Dialog, DialogForm } from '../../parts/dialog.tsx'
import classes from './change-assets.module.css'

interface ChangeProps {
  assets: readonly Pick<AssetRow, 'id' | 'name' | 'group' | 'tags' | 'edition'>[]
  onClose: () => void
}

/** Assets that one request may change. */
const batchMax = 1000

export function ChangeAssets({ assets, onClose }: ChangeProps) {
  const { t } = useTranslation('assets')
  const client = useQueryClient()
  const facets = useQuery(assetsQuery({ limit: 1 })).data?.facets
  const same = <T,>(values: readonly T[]) => (new Set(values).size === 1 ? values[0] : undefined)
  const [group, setGroup] = useState(same(assets.map((asset) => asset.group)) ?? '')
  const [groupTouched, setGroupTouched] = useState(false)
  const [edition, setEdition] = useState<Edition | null>(null)
  const [addTags, setAddTags] = useState<string[]>([])
  const [removeTags, setRemoveTags] = useState<string[]>([])
  const tagsThere = [...new Set(assets.flatMap((asset) => asset.tags))].sort()
  const known = (name: 'group' | 'tag') => Object.keys(facets?.[name] ?? {}).filter((value) => value !== '')
  const change = useMutation({
    mutationFn: async () => {
      const body: Omit<RouteBody<'changeAssets'>, 'ids'> = {
        addTags,
        removeTags,
        ...(groupTouched && { group: group.trim() || null }),
        ...(edition && { edition }),
      }
      const ids = assets.map(({ id }) => id)
      for (let from = 0; from < ids.length; from += batchMax)
        await call('changeAssets', { body: { ...body, ids: ids.slice(from, from + batchMax) } })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['assets'] })
      onClose()
    },
  })
  const nothing = !groupTouched && edition === null && addTags.length === 0 && removeTags.length === 0
  const [first] = assets
  return (
    <Dialog
      title={
        assets.length === 1 && first
          ? t('change.one', { name: visibleText(first.name) })
          : t('change.many', { count: assets.length })
      }
      onClose={onClose}
    >
      <DialogForm
        action={change}
        onSubmit={() => change.mutate()}
        onCancel={onClose}
        confirm={t('change.save')}
        disabled={nothing}
      >
        <Autocomplete
          label={t('fact.group')}
          description={t('change.groupHint')}
          placeholder={groupTouched ? t('none') : t('change.asItIs')}
          data={known('group')}
          maxLength={128}
          value={group}
          onChange={(value) => {
            setGroup(value)
            setGroupTouched(true)
          }}
        />
        <Select
          label={t('fact.edition')}
          description={t('change.editionHint')}
          placeholder={t('change.asItIs')}
          clearable
          value={edition}
          onChange={(value) => setEdition(editions.find((one) => one === value) ?? null)}
          data={editions.map((value) => ({ value, label: t(`edition.${value}`) }))}
        />
        {edition && <p className={classes.dim}>{t(`editionMeans.${edition}`)}</p>}
        <TagsInput
          label={t('change.addTags')}
          placeholder={addTags.length === 0 ? t('change.tagsHint') : ''}
          data={known('tag').filter((tag) => !tagsThere.includes(tag) || assets.length > 1)}
          maxTags={20}
          acceptValueOnBlur
          value={addTags}
          onChange={setAddTags}
        />
        {tagsThere.length > 0 && (
          <MultiSelect label={t('change.removeTags')} data={tagsThere} value={removeTags} onChange={setRemoveTags} />
        )}
      </DialogForm>
    </Dialog>
  )
}
