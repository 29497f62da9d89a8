/** Values of the form of a channel ↔ what the API takes. */
import type { ChannelKind, NotificationChannel, RouteBody, SecretName } from '@rampart/api'

export type ChannelBody = RouteBody<'createNotificationChannel'>

/** Every field of every kind; only those of the chosen kind are sent. */
export interface FormValues {
  name: string
  kind: ChannelKind
  host: string
  port: number | ''
  security: 'starttls' | 'tls' | 'none'
  username: string
  from: string
  to: string[]
  transport: 'udp' | 'tcp' | 'tls'
  format: 'rfc5424' | 'cef'
  facility: number
  authority: string
  secrets: Partial<Record<SecretName, string>>
  levels: NotificationChannel['levels']
  types: NotificationChannel['types']
  groups: string[]
  quietOn: boolean
  quietFrom: string
  quietTo: string
  zone: string
  urgentAnyway: boolean
  messages: number
  minutes: number
  allowPrivate: boolean
}

/** What each part of the form gets. */
export interface FormParts {
  values: FormValues
  set: (change: Partial<FormValues>) => void
}

export const secretsOf: Record<ChannelKind, readonly SecretName[]> = {
  email: ['password'],
  webhook: ['url', 'secret'],
  slack: ['url'],
  dingtalk: ['url', 'secret'],
  feishu: ['url', 'secret'],
  syslog: [],
}

const usualPorts = { starttls: 587, tls: 465, none: 25 } as const
const usualSyslogPorts = { udp: 514, tcp: 601, tls: 6514 } as const

/** The port that the chosen kind usually has. */
export function usualPort({ kind, security, transport }: Pick<FormValues, 'kind' | 'security' | 'transport'>): number {
  return kind === 'syslog' ? usualSyslogPorts[transport] : usualPorts[security]
}

export function valuesOf(channel: NotificationChannel | null): FormValues {
  const target = channel?.target
  const mail = target?.kind === 'email' ? target : null
  const syslog = target?.kind === 'syslog' ? target : null
  return {
    name: channel?.name ?? '',
    kind: target?.kind ?? 'email',
    host: mail?.host ?? syslog?.host ?? '',
    port: mail?.port ?? syslog?.port ?? '',
    security: mail?.security ?? 'starttls',
    username: mail?.username ?? '',
    from: mail?.from ?? '',
    to: mail?.to ?? [],
    transport: syslog?.transport ?? 'tls',
    format: syslog?.format ?? 'rfc5424',
    facility: syslog?.facility ?? 13,
    authority: target && 'authority' in target ? target.authority : '',
    secrets: {},
    levels: channel?.levels ?? ['Urgent'],
    types: channel?.types ?? [],
    groups: channel?.groups ?? [],
    quietOn: channel ? channel.quiet !== null : false,
    quietFrom: channel?.quiet?.from ?? '22:00',
    quietTo: channel?.quiet?.to ?? '07:00',
    zone: channel?.quiet?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    urgentAnyway: channel?.quiet?.urgentAnyway ?? true,
    messages: channel?.limit.messages ?? 20,
    minutes: channel?.limit.minutes ?? 60,
    allowPrivate: channel?.allowPrivate ?? false,
  }
}

function targetOf(values: FormValues): ChannelBody['target'] {
  const { kind, host, security, username, from, to, transport, format, facility, authority } = values
  const port = values.port === '' ? usualPort(values) : values.port
  switch (kind) {
    case 'email':
      return { kind, host: host.trim(), port, security, username, from: from.trim(), to, authority }
    case 'syslog':
      return { kind, host: host.trim(), port, transport, format, facility, authority }
    case 'webhook':
      return { kind, authority }
    default:
      return { kind }
  }
}

export function toBody(values: FormValues, enabled: boolean): ChannelBody {
  const names = secretsOf[values.kind]
  return {
    name: values.name,
    enabled,
    target: targetOf(values),
    levels: values.levels,
    types: values.types,
    groups: values.groups,
    quiet: values.quietOn
      ? { from: values.quietFrom, to: values.quietTo, zone: values.zone, urgentAnyway: values.urgentAnyway }
      : null,
    limit: { messages: values.messages, minutes: values.minutes },
    allowPrivate: values.allowPrivate,
    // What was not typed stays as it is.
    secrets: Object.fromEntries(
      Object.entries(values.secrets).filter(([name, value]) => names.includes(name as SecretName) && value),
    ),
  }
}

/** A channel as it is, to change one thing of it. */
export function bodyOf(channel: NotificationChannel): ChannelBody {
  return toBody(valuesOf(channel), channel.enabled)
}
