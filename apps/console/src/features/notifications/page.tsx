/** Notification channels: where alerts are told, whether messages get through, and what to do when they do not. */
import { Anchor, Button, Switch, VisuallyHidden } from '@mantine/core'
import type { NotificationChannel } from '@rampart/api'
import { IconBell, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { notificationChannelsQuery } from '../../api/queries.ts'
import { AdministratorsOnly } from '../../parts/administrators-only.tsx'
import { Dialog, DialogForm, SideDialog } from '../../parts/dialog.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines, useErrorWords } from '../../parts/page-states.tsx'
import { Said } from '../../parts/said.tsx'
import table from '../../parts/table.module.css'
import { ExactTime, RelativeTime } from '../../parts/time-text.tsx'
import { ChannelForm } from './channel-form.tsx'
import { Deliveries } from './deliveries.tsx'
import classes from './page.module.css'
import { bodyOf } from './values.ts'

type Open =
  | { panel: 'form'; channel: NotificationChannel | null }
  | { panel: 'deliveries' | 'remove'; channel: NotificationChannel }

export function NotificationsPage() {
  const { t } = useTranslation('notifications')
  return (
    <AdministratorsOnly icon={<IconBell size={22} />} title={t('forbidden.title')} words={t('forbidden.words')}>
      <Channels />
    </AdministratorsOnly>
  )
}

function Channels() {
  const { t } = useTranslation('notifications')
  const channels = useQuery(notificationChannelsQuery)
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ panel: 'form', channel: null })}>
      {t('add')}
    </Button>
  )
  return (
    <div>
      <PageHeader title={t('title')}>{channels.data && channels.data.items.length > 0 && add}</PageHeader>
      <p className={classes.intro}>{t('intro')}</p>
      {channels.isPending && <LoadingLines />}
      {channels.error && <ErrorState error={channels.error} onRetry={() => void channels.refetch()} />}
      {channels.data?.items.length === 0 && (
        <EmptyState icon={<IconBell size={22} />} title={t('none.title')} action={add}>
          {t('none.words')}
        </EmptyState>
      )}
      {channels.data && channels.data.items.length > 0 && (
        <div className={classes.list}>
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">{t('column.name')}</th>
                <th scope="col">{t('column.tells')}</th>
                <th scope="col">{t('column.state')}</th>
                <th scope="col">{t('column.lastSent')}</th>
                <th scope="col">
                  <VisuallyHidden>{t('column.actions')}</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {channels.data.items.map((channel) => (
                <ChannelRow key={channel.id} channel={channel} onOpen={setOpen} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {open?.panel === 'form' && (
        <SideDialog title={open.channel ? t('form.change') : t('form.add')} onClose={close}>
          <ChannelForm channel={open.channel} onClose={close} />
        </SideDialog>
      )}
      {open?.panel === 'deliveries' && (
        <SideDialog title={t('deliveries.title', { name: open.channel.name })} onClose={close}>
          <Deliveries channelId={open.channel.id} />
        </SideDialog>
      )}
      {open?.panel === 'remove' && <RemoveChannel channel={open.channel} onClose={close} />}
    </div>
  )
}

function ChannelRow({ channel, onOpen }: { channel: NotificationChannel; onOpen: (open: Open) => void }) {
  const { t } = useTranslation('notifications')
  const { t: word } = useTranslation('vocabulary')
  const client = useQueryClient()
  const words = useErrorWords()
  const renew = () => void client.invalidateQueries({ queryKey: notificationChannelsQuery.queryKey })
  const test = useMutation({ mutationFn: () => call('testNotificationChannel', { id: channel.id }), onSettled: renew })
  const turn = useMutation({
    mutationFn: (enabled: boolean) =>
      call('changeNotificationChannel', { id: channel.id, body: { ...bodyOf(channel), enabled } }),
    onSettled: renew,
  })
  const failure = test.error ?? turn.error
  const tells = [
    channel.levels.map((level) => word(`level.${level}`)).join(', '),
    channel.types.length > 0 ? t('tells.types', { count: channel.types.length }) : t('tells.allTypes'),
    channel.groups.length > 0 ? t('tells.groups', { count: channel.groups.length }) : '',
    channel.quiet ? t('tells.quiet', { from: channel.quiet.from, to: channel.quiet.to }) : '',
  ]
  return (
    <tr>
      <td>
        <Anchor
          component="button"
          type="button"
          className={table.main}
          onClick={() => onOpen({ panel: 'form', channel })}
        >
          <VisibleText value={channel.name} />
        </Anchor>
        <div className={`${table.dim} ${table.small}`}>
          {t(`kind.${channel.target.kind}`)}
          {placeOf(channel) && ' · '}
          <VisibleText value={placeOf(channel)} />
        </div>
      </td>
      <td data-label={t('column.tells')}>{tells.filter(Boolean).join(' · ')}</td>
      <td data-label={t('column.state')}>
        <State channel={channel} />
        {channel.waiting > 0 && <div className={table.small}>{t('waiting', { count: channel.waiting })}</div>}
        {channel.dropped > 0 && <div className={table.small}>{t('dropped', { count: channel.dropped })}</div>}
      </td>
      <td data-label={t('column.lastSent')}>
        {channel.lastSentAt ? <RelativeTime at={channel.lastSentAt} /> : t('never')}
      </td>
      <td>
        <div className={classes.actions}>
          <Switch
            checked={channel.enabled}
            disabled={turn.isPending}
            onChange={(event) => turn.mutate(event.currentTarget.checked)}
            aria-label={t('on', { name: channel.name })}
          />
          <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {t('test')}
          </Button>
          <Button size="xs" variant="default" onClick={() => onOpen({ panel: 'deliveries', channel })}>
            {t('deliveries.open')}
          </Button>
          <Button size="xs" variant="default" onClick={() => onOpen({ panel: 'remove', channel })}>
            {t('remove.open')}
          </Button>
        </div>
        <div role="status" className={classes.result}>
          {test.data?.ok && t('tested', { ms: test.data.tookMs })}
          {test.data && !test.data.ok && (
            <span className={classes.failing}>
              <Said value={test.data.message} />
            </span>
          )}
          {failure && <span className={classes.failing}>{words(failure).title}</span>}
        </div>
      </td>
    </tr>
  )
}

function State({ channel }: { channel: NotificationChannel }) {
  const { t } = useTranslation('notifications')
  if (!channel.enabled) return <span className={table.dim}>{t('state.off')}</span>
  if (!channel.failure) return <span>{t('state.on')}</span>
  return (
    <>
      <span className={classes.failing}>{t('state.failing')}</span>
      <p className={classes.reason}>
        <Said value={channel.failure.message} />
        {channel.waiting > 0 && (
          <>
            {' '}
            {t('state.next')} <ExactTime at={channel.failure.nextAt} />
          </>
        )}
      </p>
    </>
  )
}

function placeOf({ target }: NotificationChannel): string {
  if (target.kind === 'email') return target.to.join(', ')
  return target.kind === 'syslog' ? `${target.transport} ${target.host}:${target.port}` : ''
}

function RemoveChannel({ channel, onClose }: { channel: NotificationChannel; onClose: () => void }) {
  const { t } = useTranslation('notifications')
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => call('removeNotificationChannel', { id: channel.id }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: notificationChannelsQuery.queryKey })
      onClose()
    },
  })
  return (
    <Dialog title={t('remove.title', { name: channel.name })} onClose={onClose}>
      <DialogForm
        action={remove}
        onSubmit={() => remove.mutate()}
        onCancel={onClose}
        confirm={t('remove.confirm')}
        danger
        focusConfirm
      >
        <p>{t('remove.words', { count: channel.waiting })}</p>
      </DialogForm>
    </Dialog>
  )
}
