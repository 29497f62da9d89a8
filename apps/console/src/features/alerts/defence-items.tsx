/** Panel that switches defence items: which kinds of protection watch at all. */
import { Drawer, Switch } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { defenceItemsQuery, sessionQuery, summaryQuery } from '../../api/queries.ts'
import { ErrorState, LoadingLines, useErrorWords } from '../../parts/page-states.tsx'
import classes from './defence-items.module.css'

export default function DefenceItems({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  const client = useQueryClient()
  const words = useErrorWords()
  const items = useQuery(defenceItemsQuery)
  const role = useQuery(sessionQuery).data?.user.role
  const change = useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      call('switchDefenceItem', { id, body: { enabled } }),
    onSuccess: (changed) => {
      client.setQueryData(defenceItemsQuery.queryKey, (list) =>
        list ? { items: list.items.map((item) => (item.id === changed.id ? changed : item)) } : list,
      )
      void client.invalidateQueries({ queryKey: summaryQuery.queryKey })
    },
  })
  const mayChange = role === 'administrator'
  const failure = change.error && words(change.error)
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={520}
      title={t('defence.title')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <p className={classes.intro}>{mayChange ? t('defence.intro') : t('defence.readOnly')}</p>
      {failure && (
        <p className={classes.failure} role="alert">
          <strong>{failure.title}</strong> {failure.advice}
        </p>
      )}
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
            <span className={classes.count}>{t('defence.models', { count: item.models })}</span>
          </li>
        ))}
      </ul>
    </Drawer>
  )
}
