/** Log sources of one server: which logs its agent follows, what it receives from others, and how each of them is. */
import { Button, Switch } from '@mantine/core'
import type { AssetDetail, Collection, CollectionChange } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { collectionQuery, sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { ErrorState, LoadingLines, useErrorWords } from '../../parts/page-states.tsx'
import { useSaid } from '../../parts/said.tsx'
import { useFormats } from '../../parts/time.ts'
import { AddLog, AddReceiver, changeOf } from './add-log-source.tsx'
import classes from './log-sources.module.css'

export function LogSources({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation('assets')
  const decided = useQuery(collectionQuery(asset.id))
  const mayChange = useQuery(sessionQuery).data?.user.role === 'administrator'
  const words = useErrorWords()
  const said = useSaid()
  const client = useQueryClient()
  const save = useMutation({
    mutationFn: (body: CollectionChange) => call('setCollection', { id: asset.id, body }),
    onSuccess: (saved) => client.setQueryData(['collection', asset.id], saved),
  })
  const now = decided.data
  return (
    <section className={classes.section} aria-labelledby="sources-heading">
      <h2 id="sources-heading" className={classes.heading}>
        {t('sources.title')}
      </h2>
      <p className={classes.dim}>{t('sources.intro')}</p>
      <Listed asset={asset} decided={now} mayChange={mayChange && !save.isPending} onChange={save.mutate} />
      {decided.isPending && <LoadingLines lines={3} />}
      {decided.error && !now && <ErrorState error={decided.error} onRetry={() => void decided.refetch()} />}
      {now && mayChange && (
        <>
          <Switch
            size="xs"
            label={t('sources.usual')}
            checked={now.defaultLogs}
            disabled={save.isPending}
            onChange={(event) => save.mutate({ ...changeOf(now), defaultLogs: event.currentTarget.checked })}
          />
          <AddLog decided={now} busy={save.isPending} onChange={save.mutateAsync} />
          <AddReceiver decided={now} busy={save.isPending} onChange={save.mutateAsync} />
        </>
      )}
      {save.error && (
        <p role="alert" className={classes.bad}>
          {words(save.error).title} {said(save.error.message)}
        </p>
      )}
    </section>
  )
}

interface ListedProps {
  asset: AssetDetail
  decided: Collection | undefined
  mayChange: boolean
  onChange: (change: CollectionChange) => void
}

function Listed({ asset, decided, mayChange, onChange }: ListedProps) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const live = asset.sensors.flatMap((sensor) => sensor.sources)
  const shown = new Set(live.map((one) => `${one.kind} ${one.name}`))
  // Just decided, and not reported by the agent yet.
  const waiting = [
    ...(decided?.logs ?? []).map(({ kind, path }) => ({ kind, name: path })),
    ...(decided?.receivers ?? []).map(({ kind, listen }) => ({ kind, name: listen })),
  ].filter((one) => !shown.has(`${one.kind} ${one.name}`))
  const rows = [
    ...live,
    ...waiting.map((one) => ({ ...one, state: 'waiting' as const, reason: null, events: 0, lost: 0 })),
  ]
  if (rows.length === 0) return <p className={classes.dim}>{t('sources.none')}</p>
  const remove = (kind: string, name: string) => {
    if (!decided) return undefined
    const change = changeOf(decided)
    const logs = change.logs.filter((one) => one.kind !== kind || one.path !== name)
    const receivers = change.receivers.filter((one) => one.kind !== kind || one.listen !== name)
    if (logs.length === change.logs.length && receivers.length === change.receivers.length) return undefined
    return () => onChange({ ...change, logs, receivers })
  }
  return (
    <ul className={classes.rows}>
      {rows.map((one) => {
        const onRemove = remove(one.kind, one.name)
        const isBad = one.state === 'failed' || one.state === 'not-readable'
        return (
          <li key={`${one.kind} ${one.name}`} className={classes.row}>
            <span className={classes.name}>
              <VisibleText value={one.name} />
              <span className={classes.dim}> · {t(`sources.kind.${one.kind}`, { defaultValue: one.kind })}</span>
              {one.reason !== null && (
                <div className={classes.bad}>
                  <VisibleText value={one.reason} />
                </div>
              )}
            </span>
            <span className={isBad ? classes.bad : classes.dim}>{t(`sources.state.${one.state}`)}</span>
            <span className={classes.count}>
              {t('sources.events', { count: one.events, number: formats.count(one.events) })}
              {one.lost > 0 && (
                <span className={classes.bad}>
                  {' '}
                  · {t('sources.lost', { count: one.lost, number: formats.count(one.lost) })}
                </span>
              )}
            </span>
            {onRemove && mayChange && (
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={onRemove}
                aria-label={t('sources.removeOne', { name: one.name })}
              >
                {t('sources.remove')}
              </Button>
            )}
          </li>
        )
      })}
    </ul>
  )
}
