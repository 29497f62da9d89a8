/** Handlers of routes/notifications.ts. */
import { type ChannelBody, type NotificationChannel, type NotificationDelivery, secretsOfKind } from '@rampart/api'
import type { Context } from '../../context.ts'
import { isZone } from '../../notify/quiet.ts'
import type { Channel, Delivery } from '../../notify/store.ts'
import type { Handlers } from '../call.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'

const deliveriesShown = 100

export function notificationHandlers({
  notifier,
  notifications,
  now,
}: Context): Pick<
  Handlers,
  | 'listNotificationChannels'
  | 'createNotificationChannel'
  | 'changeNotificationChannel'
  | 'removeNotificationChannel'
  | 'testNotificationChannel'
  | 'listNotificationDeliveries'
> {
  const view = (channel: Channel): NotificationChannel => ({
    ...channel.settings,
    id: channel.id,
    secretsSet: secretsOfKind[channel.settings.target.kind].filter((name) => channel.secrets[name] !== undefined),
    waiting: notifications.countWaiting(channel.id),
    dropped: channel.dropped,
    lastSentAt: channel.lastSentAt === null ? null : iso(channel.lastSentAt),
    failure: channel.failure && {
      ...channel.failure,
      since: iso(channel.failure.since),
      nextAt: iso(channel.failure.nextAt),
    },
  })
  const shown = (id: string) => {
    const channel = notifications.channel(id)
    return channel ? view(channel) : Refused.notFound('notification channel')
  }
  return {
    async listNotificationChannels() {
      return { items: notifications.channels().map(view) }
    },
    async createNotificationChannel({ body }) {
      const { secrets, ...settings } = body
      const refused = wrong(body, secrets)
      if (refused) return refused
      return shown(notifications.add(settings, secrets, now()))
    },
    async changeNotificationChannel({ id, body }) {
      const before = notifications.channel(id)
      if (!before) return Refused.notFound('notification channel')
      const { secrets, ...settings } = body
      // A secret goes to the place it was given for: with another place it has to be given again.
      const kept = samePlace(before.settings.target, settings.target) ? before.secrets : {}
      const merged = { ...kept, ...secrets }
      const refused = wrong(body, merged)
      if (refused) return refused
      notifications.change(id, settings, merged)
      notifier.wake(id)
      return shown(id)
    },
    async removeNotificationChannel({ id }) {
      return notifications.remove(id) ? { ok: true } : Refused.notFound('notification channel')
    },
    async testNotificationChannel({ id }) {
      const channel = notifications.channel(id)
      return channel ? toDelivery(await notifier.test(channel)) : Refused.notFound('notification channel')
    },
    async listNotificationDeliveries({ id }) {
      if (!notifications.channel(id)) return Refused.notFound('notification channel')
      return { items: notifications.deliveries(id, deliveriesShown).map(toDelivery) }
    },
  }
}

function toDelivery({ number, at, ...delivery }: Delivery): NotificationDelivery {
  return { id: String(number), at: iso(at), ...delivery }
}

function samePlace(one: ChannelBody['target'], other: ChannelBody['target']): boolean {
  if (one.kind !== 'email' || other.kind !== 'email') return one.kind === other.kind
  return one.host === other.host && one.port === other.port && one.username === other.username
}

/** What the shapes alone cannot say. */
function wrong({ quiet, target }: ChannelBody, secrets: Channel['secrets']): Refused | null {
  const refuse = (path: string, message: string) =>
    new Refused(400, { code: 'request.invalid', message: `${path}: ${message}`, path })
  if (quiet && !isZone(quiet.zone))
    return refuse('body.quiet.zone', 'no time zone has that name; an example is Europe/Berlin')
  const [needed] = secretsOfKind[target.kind]
  if (needed === 'url') {
    const { url } = secrets
    if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      return refuse('body.secrets.url', 'give the URL of the webhook, beginning with https://')
  }
  if (target.kind === 'email' && target.username && !secrets.password)
    return refuse('body.secrets.password', 'give the password of the user name, or leave the user name empty')
  return null
}
