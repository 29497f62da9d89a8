/** Forms that add a log to follow, or switch on a receiver. */
import { Button, Checkbox, PasswordInput, Select, TagsInput, TextInput } from '@mantine/core'
import type { Collection, CollectionChange } from '@rampart/api'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
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

/** What is decided, in the form of a change that keeps every token. */
export function changeOf({ receivers, ...rest }: Collection): CollectionChange {
  return { ...rest, receivers: receivers.map(({ hasToken: _, ...one }) => one) }
}

interface AddProps {
  decided: Collection
  busy: boolean
  onChange: (change: CollectionChange) => Promise<unknown>
}

export function AddLog({ decided, busy, onChange }: AddProps) {
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

export function AddReceiver({ decided, busy, onChange }: AddProps) {
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
