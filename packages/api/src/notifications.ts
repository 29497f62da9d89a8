/** Shapes of notification channels: where alerts are told, which ones, when, and how often at most. */
import { alertTypes, levels } from '@rampart/event'
import { z } from 'zod'

const instant = z.iso.datetime().meta({ description: 'UTC, RFC 3339.' })
const host = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'a host name or an address')
const port = z.number().int().min(1).max(65_535)
const address = z
  .string()
  .regex(/^[^\s<>"(),:;@[\\\]]{1,64}@[^\s<>"(),:;@[\\\]]{1,253}$/, 'an address such as ops@example.com')
const authority = z
  .string()
  .max(65_536)
  .regex(/^\s*$|-----BEGIN CERTIFICATE-----/, 'a certificate in PEM, or nothing')
  .default('')
  .meta({ description: 'PEM of the authority to believe instead of the public ones.' })
/** `HH:MM` of a day. */
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 22:00')

/** Where messages go. What is secret of it (passwords, URLs with a key in them) is in `secrets`. */
export const channelTarget = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('email'),
    host,
    port: port.default(587),
    security: z.enum(['starttls', 'tls', 'none']).default('starttls').meta({
      description: '`starttls` insists on encryption; `none` is for a relay on this machine.',
    }),
    username: z.string().max(256).default(''),
    from: address,
    to: z.array(address).min(1).max(50),
    authority,
  }),
  z.object({ kind: z.literal('webhook'), authority }),
  z.object({ kind: z.literal('slack') }),
  z.object({ kind: z.literal('dingtalk') }),
  z.object({ kind: z.literal('feishu') }),
  z.object({
    kind: z.literal('syslog'),
    host,
    port: port.default(6514),
    transport: z.enum(['udp', 'tcp', 'tls']).default('tls'),
    format: z.enum(['rfc5424', 'cef']).default('rfc5424'),
    facility: z.number().int().min(0).max(23).default(13),
    authority,
  }),
])

export const channelKinds = ['email', 'webhook', 'slack', 'dingtalk', 'feishu', 'syslog'] as const
export const secretNames = ['url', 'password', 'secret'] as const

/** Which secrets each kind has; the first is the one it cannot do without. */
export const secretsOfKind = {
  email: ['password'],
  webhook: ['url', 'secret'],
  slack: ['url'],
  dingtalk: ['url', 'secret'],
  feishu: ['url', 'secret'],
  syslog: [],
} as const satisfies Record<(typeof channelKinds)[number], readonly (typeof secretNames)[number][]>

export const quietHours = z.object({
  from: timeOfDay,
  to: timeOfDay,
  zone: z.string().min(1).max(64).meta({ description: 'IANA name, e.g. `Europe/Berlin`.' }),
  urgentAnyway: z.boolean().default(true).meta({ description: 'Urgent alerts are told at once even then.' }),
})

export const channelSettings = z.object({
  name: z.string().trim().min(1).max(100),
  enabled: z.boolean().default(true),
  target: channelTarget,
  levels: z.array(z.enum(levels)).min(1).default(['Urgent']),
  types: z.array(z.enum(alertTypes)).default([]).meta({ description: 'Empty: all.' }),
  groups: z.array(z.string().max(128)).max(200).default([]).meta({ description: 'Asset groups. Empty: all.' }),
  quiet: quietHours.nullable().default(null).meta({ description: 'What comes meanwhile is told as one digest after.' }),
  limit: z
    .object({ messages: z.number().int().min(1).max(1000), minutes: z.number().int().min(1).max(1440) })
    .default({ messages: 20, minutes: 60 })
    .meta({ description: 'At most so many messages in so many minutes; the rest comes as one digest.' }),
  allowPrivate: z.boolean().default(false).meta({
    description: 'Lets the channel reach loopback and private addresses; without it they are refused.',
  }),
})

export const channelBody = channelSettings.extend({
  secrets: z
    .partialRecord(z.enum(secretNames), z.string().max(4096))
    .default({})
    .meta({ description: 'Only those that change; an empty text removes one. Never given back.' }),
})

export const notificationChannel = channelSettings
  .extend({
    id: z.string(),
    secretsSet: z.array(z.enum(secretNames)),
    waiting: z.number().int().meta({ description: 'Alerts not told yet.' }),
    dropped: z.number().int().meta({ description: 'Alerts given up: too many waited, or a day of tries failed.' }),
    lastSentAt: instant.nullable(),
    failure: z
      .object({ code: z.string(), message: z.string(), since: instant, tries: z.number().int(), nextAt: instant })
      .nullable()
      .meta({ description: 'Set while messages do not get through.' }),
  })
  .meta({ id: 'NotificationChannel' })

export const notificationDelivery = z
  .object({
    id: z.string(),
    at: instant,
    kind: z.enum(['alert', 'digest', 'test']),
    alerts: z.number().int(),
    ok: z.boolean(),
    code: z.string().nullable(),
    message: z.string(),
    tookMs: z.number(),
  })
  .meta({ id: 'NotificationDelivery' })

export type ChannelTarget = z.output<typeof channelTarget>
export type ChannelKind = (typeof channelKinds)[number]
export type SecretName = (typeof secretNames)[number]
export type ChannelSettings = z.output<typeof channelSettings>
export type ChannelBody = z.output<typeof channelBody>
export type NotificationChannel = z.output<typeof notificationChannel>
export type NotificationDelivery = z.output<typeof notificationDelivery>
