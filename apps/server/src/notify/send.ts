/** One note through one channel, whatever its kind. */
import type { ChannelTarget, SecretName } from '@rampart/api'
import { post } from './deliver/http.ts'
import { sendMail } from './deliver/smtp.ts'
import { datagramMax, sendSyslog } from './deliver/syslog.ts'
import { dingtalkMessage, dingtalkUrl, feishuMessage, slackMessage } from './formats/chat.ts'
import { syslogMessages } from './formats/syslog.ts'
import { webhookBody, webhookHeaders } from './formats/webhook.ts'
import type { Note } from './note.ts'
import { DeliveryError } from './reach.ts'

export interface Sending {
  target: ChannelTarget
  secrets: Partial<Record<SecretName, string>>
  allowPrivate: boolean
  note: Note
  /** Server clock, ms: signatures carry it. */
  at: number
  version: string
}

/** What the other side answered, one line. Fails with a `DeliveryError`. */
export async function send({ target, secrets, allowPrivate, note, at, version }: Sending): Promise<string> {
  const { url, secret, password } = secrets
  if (target.kind === 'email') return sendMail({ ...target, password, allowPrivate, note })
  if (target.kind === 'syslog')
    return sendSyslog(
      { ...target, allowPrivate },
      syslogMessages(note, {
        ...target,
        version,
        maxBytes: target.transport === 'udp' ? datagramMax : undefined,
      }),
    )
  if (!url) throw new DeliveryError('notify.bad-url', 'The channel has no URL yet.', true)
  switch (target.kind) {
    case 'webhook': {
      const body = webhookBody(note)
      await post({
        url,
        body,
        headers: webhookHeaders(note, body, secret, at),
        authority: target.authority,
        allowPrivate,
      })
      return 'accepted'
    }
    case 'slack':
      await post({ url, body: JSON.stringify(slackMessage(note)), allowPrivate })
      return 'accepted'
    case 'dingtalk':
      return accepted(
        await post({ url: dingtalkUrl(url, secret, at), body: JSON.stringify(dingtalkMessage(note)), allowPrivate }),
        ['errcode', 'errmsg'],
      )
    case 'feishu':
      return accepted(
        await post({ url, body: JSON.stringify(feishuMessage(note, secret, at)), allowPrivate }),
        ['code', 'msg'],
        ['StatusCode', 'StatusMessage'],
      )
  }
}

/** These services answer 200 also when they refuse; what counts is a number in the body. Each pair is a way to say it. */
function accepted(answer: string, ...ways: readonly (readonly [code: string, message: string])[]): string {
  const parsed = parseAnswer(answer)
  const [code, message] = ways.find(([name]) => typeof parsed[name] === 'number') ?? []
  if (code === undefined || message === undefined)
    throw new DeliveryError(
      'notify.refused',
      'What answered is not the service of this kind of channel. Check the URL.',
    )
  if (parsed[code] === 0) return 'accepted'
  throw new DeliveryError(
    'notify.refused',
    `The service answered ${String(parsed[code])}: ${String(parsed[message] ?? '').slice(0, 200)}`,
  )
}

function parseAnswer(answer: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(answer)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
