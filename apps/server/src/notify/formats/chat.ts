/** A note as messages of chat services: Slack, DingTalk, Feishu. Hostile text can neither format nor mention anybody. */
import { createHmac } from 'node:crypto'
import { digestLines, factsOf, headline, type Note } from '../note.ts'

const colours = { Urgent: '#d92d20', Warning: '#dc8b00', Notice: '#667085' }
const colourOf = (note: Note) => colours[note.alerts[0]?.level ?? 'Notice']
const linkOf = (note: Note) => (note.kind === 'alert' && note.alerts[0]?.url) || note.consoleUrl
const testWords = 'This is a test. Alerts of this channel will arrive here.'

/** Slack reads only `&`, `<` and `>` as special; mentions and links need `<`. */
const slackText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** A message with one text that is longer than Slack takes is refused as a whole, and with it whatever waits behind it. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, with plain-text objects for evidence. */
export function slackMessage(note: Note): object {
  const [alert] = note.alerts
  const blocks: object[] = [
    { type: 'header', text: { type: 'plain_text', text: cut(headline(note), 150), emoji: false } },
  ]
  if (note.kind === 'alert' && alert)
    blocks.push({
      type: 'section',
      fields: factsOf(alert).map(([label, value]) => ({
        type: 'plain_text',
        text: cut(`${label}: ${value}`, 2000),
        emoji: false,
      })),
    })
  else {
    const words = note.kind === 'test' ? testWords : cut(digestLines(note).join('\n'), 3000)
    blocks.push({ type: 'section', text: { type: 'plain_text', text: words, emoji: false } })
  }
  // Button URLs have a limit, and ours are short.
  blocks.push({
    type: 'actions',
    elements: [{ type: 'button', text: { type: 'plain_text', text: 'Open in Rampart' }, url: linkOf(note) }],
  })
  return { text: slackText(headline(note)), attachments: [{ color: colourOf(note), blocks }] }
}

/** DingTalk's markdown: every character that could format is escaped, `@` cannot mention without its own list. */
const markdown = (text: string) => text.replace(/[\\`*_{}[\]()#+\-.!|<>~]/g, (character) => `\\${character}`)

export function dingtalkMessage(note: Note): object {
  const [alert] = note.alerts
  const lines =
    note.kind === 'alert' && alert
      ? factsOf(alert).map(([label, value]) => `- **${label}:** ${markdown(value)}`)
      : note.kind === 'test'
        ? [testWords]
        : digestLines(note).map((line) => `- ${markdown(line)}`)
  const text = [`### ${markdown(headline(note))}`, ...lines, `[Open in Rampart](${linkOf(note)})`].join('\n\n')
  return { msgtype: 'markdown', markdown: { title: headline(note), text }, at: { isAtAll: false } }
}

/** Signature of DingTalk's robots: HMAC-SHA256 of `<ms>\n<secret>` with the secret, in the query. */
export function dingtalkUrl(url: string, secret: string | undefined, at: number): string {
  if (!secret) return url
  const signed = new URL(url)
  signed.searchParams.set('timestamp', String(at))
  signed.searchParams.set('sign', createHmac('sha256', secret).update(`${at}\n${secret}`).digest('base64'))
  return signed.href
}

/** Feishu's interactive card with plain-text elements; with a secret, HMAC-SHA256 of nothing under the key `<s>\n<secret>`. */
export function feishuMessage(note: Note, secret: string | undefined, at: number): object {
  const [alert] = note.alerts
  const element = (content: string) => ({ tag: 'div', text: { tag: 'plain_text', content } })
  const body =
    note.kind === 'alert' && alert
      ? factsOf(alert).map(([label, value]) => element(`${label}: ${value}`))
      : [element(note.kind === 'test' ? testWords : digestLines(note).join('\n'))]
  const seconds = String(Math.floor(at / 1000))
  const signature = secret && {
    timestamp: seconds,
    sign: createHmac('sha256', `${seconds}\n${secret}`).update('').digest('base64'),
  }
  const templates = { Urgent: 'red', Warning: 'orange', Notice: 'grey' }
  return {
    ...signature,
    msg_type: 'interactive',
    card: {
      header: {
        title: { tag: 'plain_text', content: headline(note) },
        template: templates[alert?.level ?? 'Notice'],
      },
      elements: [
        ...body,
        {
          tag: 'action',
          actions: [{ tag: 'button', text: { tag: 'plain_text', content: 'Open in Rampart' }, url: linkOf(note) }],
        },
      ],
    },
  }
}
