/** Panel that switches defence items: which kinds of protection watch at all. */
import { Button, MultiSelect, Popover, Switch } from '@mantine/core'
import type { DefenceItem, RouteBody } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { assetsQuery, defenceItemsQuery, sessionQuery, summaryQuery } from '../../api/queries.ts'
import { SideDialog } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/failure.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import classes from './defence-items.module.css'

export default function DefenceItems({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  const client = useQueryClient()
  const items = useQuery(defenceItemsQuery)
  const role = useQuery(sessionQuery).data?.user.role
  const change = useMutation({
    mutationFn: ({ id, ...body }: { id: string } & RouteBody<'switchDefenceItem'>) =>
      call('switchDefenceItem', { id, body }),
    onSuccess: (changed) => {
      client.setQueryData(defenceItemsQuery.queryKey, (list) =>
        list ? { items: list.items.map((item) => (item.id === changed.id ? changed : item)) } : list,
      )
      void client.invalidateQueries({ queryKey: summaryQuery.queryKey })
    },
  })
  const mayChange = role === 'administrator'
  return (
    <SideDialog title={t('defence.title')} width={520} onClose={onClose}>
      <p className={classes.intro}>{mayChange ? t('defence.intro') : t('defence.readOnly')}</p>
      <Failure error={change.error} />
      {items.isPending && <LoadingLines />}
      {items.error && <ErrorState error={items.error} onRetry={() => void items.refetch()} />}
      <ul className={classes.list}>
        {items.data?.items.map((item) => (
          <li key={item.id} className={classes.item}>
            <Switch
              checked={item.enabled}
              disabled={!mayChange || (change.isPending && change.variables.id === item.id)}
              onChange={(event) => change.mutate({ id: item.id, enabled: event.currentTarget.checked })}
              label={
                <span className={classes.name}>
                  {word(`type.${item.type}`)}
                  {item.valueAdded && <span className={classes.tag}>{t('defence.valueAdded')}</span>}
                </span>
              }
              description={t(`defence.about.${item.type}`, { defaultValue: item.description })}
            />
            <div className={classes.side}>
              <span className={classes.count}>{t('defence.models', { count: item.models })}</span>
              <span className={classes.count}>{t('defence.from', { edition: word(`edition.${item.edition}`) })}</span>
              <ItemScope
                item={item}
                mayChange={mayChange}
                onChange={(scope) => change.mutate({ id: item.id, scope })}
              />
            </div>
          </li>
        ))}
      </ul>
    </SideDialog>
  )
}

interface ScopeProps {
  item: DefenceItem
  mayChange: boolean
  onChange: (scope: DefenceItem['scope']) => void
}

/** Which servers the item protects: all, or those of some groups and some by name. */
function ItemScope({ item, mayChange, onChange }: ScopeProps) {
  const { t } = useTranslation('alerts')
  const [open, setOpen] = useState(false)
  const chosen = (item.scope?.groups.length ?? 0) + (item.scope?.assets.length ?? 0)
  const label = item.scope === null ? t('defence.scope.all') : t('defence.scope.some', { count: chosen })
  if (!mayChange) return <span className={classes.count}>{label}</span>
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={320} withinPortal trapFocus>
      <Popover.Target>
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => setOpen(!open)}
          aria-label={t('defence.scope.change', { name: item.title, now: label })}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {open && (
          <ScopeForm
            scope={item.scope}
            onSave={(scope) => {
              setOpen(false)
              onChange(scope)
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

function ScopeForm({ scope, onSave }: { scope: DefenceItem['scope']; onSave: ScopeProps['onChange'] }) {
  const { t } = useTranslation('alerts')
  const page = useQuery(assetsQuery({ limit: 500 })).data
  const [groups, setGroups] = useState(scope?.groups ?? [])
  const [assets, setAssets] = useState(scope?.assets ?? [])
  const names = new Map(page?.items.map((asset) => [asset.id, visibleText(asset.name)]))
  const nothing = groups.length + assets.length === 0
  return (
    <form
      className={classes.scope}
      onSubmit={(event) => {
        event.preventDefault()
        onSave(nothing ? null : { groups, assets })
      }}
    >
      <p>{t('defence.scope.words')}</p>
      <MultiSelect
        label={t('defence.scope.groups')}
        comboboxProps={{ withinPortal: false }}
        data={[...new Set([...Object.keys(page?.facets.group ?? {}).filter(Boolean), ...groups])]}
        value={groups}
        onChange={setGroups}
      />
      <MultiSelect
        searchable
        label={t('defence.scope.assets')}
        comboboxProps={{ withinPortal: false }}
        data={[...new Set([...names.keys(), ...assets])].map((id) => ({ value: id, label: names.get(id) ?? id }))}
        value={assets}
        onChange={setAssets}
      />
      <Button type="submit">{nothing ? t('defence.scope.protectAll') : t('defence.scope.save')}</Button>
    </form>
  )
}
