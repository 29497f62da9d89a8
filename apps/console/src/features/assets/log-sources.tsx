/** Log sources of one server: which logs its agent follows, what it receives from others, and how each of them is. */
import { Button, Checkbox, PasswordInput, Select, Switch, TagsInput, TextInput } from '@mantine/core'
import type { AssetDetail, Collection, CollectionChange } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { collectionQuery, sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { ErrorState, LoadingLines, useErrorWords } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './log-sources.module.css'

const logKinds = ['text', 'json', 'auth', 'access', 'audit', 'suricata'] as const
const receiverKinds = ['syslog-udp', 'syslog-tcp', 'syslog-tls', 'http', 'beats'] as const
type ReceiverKind = (typeof receiverKinds)[number]
const examples = {
  log: '/srv/shop/log/*.log',
  network: '192.0.2.0/24',
  certificate: '/etc/ssl/collector.pem',
  key: '/etc/ssl/collector.key',
}
/** Ports that senders use by default, where root is not needed for them. */
const usualPort: Record<ReceiverKind, number> = {
  'syslog-udp': 5514,
  'syslog-tcp': 5514,
  'syslog-tls': 6514,
  http: 8088,
  beats: 5044,
}

export function LogSources({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation('assets')
  const decided = useQuery(collectionQuery(asset.id))
  const mayChange = useQuery(sessionQuery).data?.user.role === 'administrator'
  const words = useErrorWords()
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
          {words(save.error).title} {save.error.message}
        </p>
      )}
    </section>
  )
}

/** What is decided, in the form of a change that keeps every token. */
function changeOf({ receivers, ...rest }: Collection): CollectionChange {
  return { ...rest, receivers: receivers.map(({ hasToken: _, ...one }) => one) }
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

interface AddProps {
  decided: Collection
  busy: boolean
  onChange: (change: CollectionChange) => Promise<unknown>
}

function AddLog({ decided, busy, onChange }: AddProps) {
  const { t } = useTranslation('assets')
  const [kind, setKind] = useState<(typeof logKinds)[number]>('text')
  const [path, setPath] = useState('')
  const wrong = path !== '' && !path.startsWith('/')
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        const change = changeOf(decided)
        void onChange({ ...change, logs: [...change.logs, { kind, path: path.trim() }] }).then(
          () => setPath(''),
          () => undefined,
        )
      }}
    >
      <TextInput
        size="xs"
        className={classes.wide}
        label={t('sources.path')}
        placeholder={examples.log}
        value={path}
        error={wrong ? t('sources.absolute') : undefined}
        onChange={(event) => setPath(event.currentTarget.value)}
      />
      <Select
        size="xs"
        label={t('sources.readAs')}
        data={logKinds.map((value) => ({ value, label: t(`sources.kind.${value}`) }))}
        value={kind}
        allowDeselect={false}
        onChange={(value) => setKind((value ?? 'text') as typeof kind)}
      />
      <Button type="submit" size="xs" variant="default" loading={busy} disabled={path.trim() === '' || wrong}>
        {t('sources.addLog')}
      </Button>
    </form>
  )
}

function AddReceiver({ decided, busy, onChange }: AddProps) {
  const { t } = useTranslation('assets')
  const [isOpen, setOpen] = useState(false)
  const [kind, setKind] = useState<ReceiverKind>('syslog-tcp')
  const [listen, setListen] = useState(`127.0.0.1:${usualPort['syslog-tcp']}`)
  const [allow, setAllow] = useState<string[]>([])
  const [token, setToken] = useState('')
  const [isTls, setTls] = useState(false)
  const [certificate, setCertificate] = useState('')
  const [key, setKey] = useState('')
  const isLocal = /^(?:127\.|localhost:|\[::1\]:)/.test(listen)
  const needsTls = kind === 'syslog-tls' || (isTls && (kind === 'http' || kind === 'beats'))
  if (!isOpen)
    return (
      <div>
        <Button size="xs" variant="default" onClick={() => setOpen(true)}>
          {t('sources.addReceiver')}
        </Button>
      </div>
    )
  const makeToken = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(24))
    setToken([...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''))
  }
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        const change = changeOf(decided)
        const receiver = {
          kind,
          listen: listen.trim(),
          allow,
          ...(needsTls ? { tls: { certificate: certificate.trim(), key: key.trim() } } : {}),
          ...(kind === 'http' && token !== '' ? { token } : {}),
        }
        void onChange({ ...change, receivers: [...change.receivers, receiver] }).then(
          () => setOpen(false),
          () => undefined,
        )
      }}
    >
      <Select
        size="xs"
        label={t('sources.protocol')}
        data={receiverKinds.map((value) => ({ value, label: t(`sources.kind.${value}`) }))}
        value={kind}
        allowDeselect={false}
        onChange={(value) => {
          const next = (value ?? 'syslog-tcp') as ReceiverKind
          setKind(next)
          setListen(listen.replace(/:\d+$/, `:${usualPort[next]}`))
        }}
      />
      <TextInput
        size="xs"
        label={t('sources.listen')}
        value={listen}
        onChange={(event) => setListen(event.currentTarget.value)}
      />
      <TagsInput
        size="xs"
        className={classes.wide}
        label={t('sources.allow')}
        description={isLocal ? t('sources.allowLocal') : t('sources.allowNeeded')}
        placeholder={examples.network}
        value={allow}
        onChange={setAllow}
      />
      {(kind === 'http' || kind === 'beats') && (
        <Checkbox
          size="xs"
          label={t('sources.tls')}
          checked={isTls}
          onChange={(event) => setTls(event.currentTarget.checked)}
        />
      )}
      {needsTls && (
        <>
          <TextInput
            size="xs"
            label={t('sources.certificate')}
            placeholder={examples.certificate}
            value={certificate}
            onChange={(event) => setCertificate(event.currentTarget.value)}
          />
          <TextInput
            size="xs"
            label={t('sources.key')}
            placeholder={examples.key}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
        </>
      )}
      {kind === 'http' && (
        <>
          <PasswordInput
            size="xs"
            className={classes.wide}
            label={t('sources.token')}
            description={t('sources.tokenWords')}
            autoComplete="off"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          <Button size="xs" variant="default" onClick={makeToken}>
            {t('sources.makeToken')}
          </Button>
        </>
      )}
      <Button type="submit" size="xs" loading={busy}>
        {t('sources.switchOn')}
      </Button>
      <Button size="xs" variant="subtle" onClick={() => setOpen(false)}>
        {t('sources.cancel')}
      </Button>
    </form>
  )
}
