/** What receivers get: shapes, signatures, and hostile text that stays text. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { z } from 'zod'
import { dingtalkMessage, dingtalkUrl, feishuMessage, slackMessage } from './formats/chat.ts'
import { cutToBytes, syslogMessages } from './formats/syslog.ts'
import { webhookBody, webhookHeaders } from './formats/webhook.ts'
import { headline, type Note, type ToldAlert, textOf } from './note.ts'

const hostile = 'evil"]|=\\ <!channel> [x](https://example.com/) **b**\r\nBcc: a@example.com\u202e\u0000 @all'
const alert: ToldAlert = {
  id: 'al-1',
  title: `Reverse shell ${hostile}`,
  modelId: 'm1',
  type: 'Suspicious Process',
  level: 'Urgent',
  state: 'unhandled',
  stages: ['Remote Control'],
  techniques: ['T1059.004'],
  asset: { id: 'as-1', name: hostile, kind: 'host', group: null, addresses: ['192.0.2.1'] },
  entity: { kind: 'process', value: hostile },
  sourceAddress: '198.51.100.7',
  count: 2,
  firstAt: '2026-06-01T12:00:00.000Z',
  lastAt: '2026-06-01T12:00:05.000Z',
  assignee: null,
  noteCount: 0,
  version: 1,
  hits: 0,
  lastHitAt: null,
  silent: false,
  url: 'https://rampart.example.com/alerts/al-1',
}
const note: Note = {
  id: 'c.al-1',
  kind: 'alert',
  at: Date.UTC(2026, 5, 1, 12, 0, 6),
  alerts: [alert],
  total: 1,
  consoleUrl: 'https://rampart.example.com/alerts',
}

test('hostile text becomes one visible line', () => {
  assert.equal(headline(note).includes('\n'), false)
  assert.equal(/[\u0000-\u0009\u000b-\u001f\u202e]/.test(textOf(note)), false)
})

test('Slack: evidence stands in plain-text objects only', () => {
  const text = JSON.stringify(slackMessage(note))
  assert.equal(text.includes('mrkdwn'), false)
  const message = slackMessage(note) as { text: string }
  assert.equal(message.text.includes('<'), false)
})

test('DingTalk: markdown is escaped, the signature is in the query', () => {
  const { markdown } = dingtalkMessage(note) as { markdown: { text: string } }
  assert.ok(markdown.text.includes('\\[x\\]\\(https://example\\.com/\\)'))
  const url = new URL(dingtalkUrl('https://oapi.example.com/robot/send?access_token=t', 'SEC', 1000))
  assert.equal(url.searchParams.get('sign'), createHmac('sha256', 'SEC').update('1000\nSEC').digest('base64'))
  assert.equal(url.searchParams.get('access_token'), 't')
})

test('Feishu: plain-text elements, the signature is in the body', () => {
  const message = feishuMessage(note, 'key', 1_000_999) as { sign: string; timestamp: string }
  assert.equal(message.timestamp, '1000')
  assert.equal(message.sign, createHmac('sha256', '1000\nkey').update('').digest('base64'))
  assert.equal(JSON.stringify(message).includes('lark_md'), false)
})

test('webhook: the signature covers id, time and body', () => {
  const body = webhookBody(note)
  const headers = webhookHeaders(note, body, 'whsec_c2VjcmV0', 5_000)
  const expected = createHmac('sha256', 'secret').update(`c.al-1.5.${body}`).digest('base64')
  assert.deepEqual(headers, { 'webhook-id': 'c.al-1', 'webhook-timestamp': '5', 'webhook-signature': `v1,${expected}` })
  assert.deepEqual(JSON.parse(body).data.alerts[0].id, 'al-1')
})

test('syslog: one line each, values escaped as RFC 5424 and CEF say', () => {
  const [rfc = ''] = syslogMessages(note, { format: 'rfc5424', facility: 13, version: '1' })
  assert.match(rfc, /^<106>1 2026-06-01T12:00:05\.000Z \S+ rampart \d+ alert \[alert@32473 alert="al-1" /)
  assert.ok(rfc.includes('entity="evil\\"\\]|=\\\\ '))
  const [cef = ''] = syslogMessages(note, { format: 'cef', facility: 13, version: '1' })
  assert.match(cef, / CEF:0\|Rampart\|Rampart\|1\|m1\|Reverse shell evil"\]\\\|=\\\\ /)
  assert.ok(cef.includes('sproc=evil"]|\\=\\\\ '))
  for (const message of [rfc, cef]) assert.equal(/[\r\n\u0000]/.test(message), false)
})

test('syslog in datagrams: what is too long is cut value by value, whole as RFC 5424 and CEF say, and marked', () => {
  const long = (text: string) => text.repeat(600)
  const big = {
    ...alert,
    title: long('漏洞'),
    asset: { ...alert.asset, name: long('é\\"]') },
    entity: { kind: 'process' as const, value: long('|=𝒳') },
  }
  const told = { ...note, alerts: [big] }
  for (const format of ['rfc5424', 'cef'] as const) {
    const [whole = ''] = syslogMessages(told, { format, facility: 13, version: '1' })
    assert.ok(Buffer.byteLength(whole) > 2048, 'over TCP and TLS nothing more is cut')
    assert.doesNotMatch(whole, / (?:cut="true"|cs4Label=cut)/)
    const [message = ''] = syslogMessages(told, { format, facility: 13, version: '1', maxBytes: 2048 })
    assert.ok(Buffer.byteLength(message) <= 2048)
    assert.ok(message.includes('…') && !message.includes('\ufffd'))
    if (format === 'cef') assert.match(message, / request=https:\/\/\S+ .* cs4Label=cut cs4=true$/)
    // Every value is closed, and the structured data as a whole.
    else
      assert.match(
        message,
        /^<106>1 \S+ \S+ rampart \d+ alert \[alert@32473(?: \w+="(?:[^"\\\]]|\\["\\\]])*")+\] \ufeff/,
      )
    if (format === 'rfc5424') assert.match(message, / cut="true"\] /)
  }
  const [short = ''] = syslogMessages(note, { format: 'rfc5424', facility: 13, version: '1', maxBytes: 2048 })
  assert.doesNotMatch(short, /cut=/)
  assert.equal(cutToBytes('aé漏𝒳', 9), 'aé漏…')
  assert.equal(cutToBytes('aé漏𝒳', 8), 'aé…')
})

/** What the services document of their messages: fields, and how long they may be. */
const text = (most: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(most), emoji: z.boolean().optional() })
const slackDocumented = z.strictObject({
  text: z.string().min(1).max(40_000),
  attachments: z
    .array(
      z.strictObject({
        color: z.string().regex(/^#[0-9a-f]{6}$/),
        blocks: z
          .array(
            z.union([
              z.strictObject({ type: z.literal('header'), text: text(150) }),
              z.union([
                z.strictObject({ type: z.literal('section'), text: text(3000) }),
                z.strictObject({ type: z.literal('section'), fields: z.array(text(2000)).min(1).max(10) }),
              ]),
              z.strictObject({
                type: z.literal('actions'),
                elements: z
                  .array(z.strictObject({ type: z.literal('button'), text: text(75), url: z.url().max(3000) }))
                  .max(25),
              }),
            ]),
          )
          .max(50),
      }),
    )
    .max(100),
})
const dingtalkDocumented = z.strictObject({
  msgtype: z.literal('markdown'),
  markdown: z.strictObject({ title: z.string().min(1), text: z.string().min(1) }),
  at: z.strictObject({ isAtAll: z.boolean() }),
})
const words = z.strictObject({ tag: z.literal('plain_text'), content: z.string().min(1) })
const feishuDocumented = z.strictObject({
  timestamp: z.string().regex(/^\d{10}$/),
  sign: z.base64(),
  msg_type: z.literal('interactive'),
  card: z.strictObject({
    header: z.strictObject({ title: words, template: z.enum(['red', 'orange', 'grey']) }),
    elements: z.array(
      z.discriminatedUnion('tag', [
        z.strictObject({ tag: z.literal('div'), text: words }),
        z.strictObject({
          tag: z.literal('action'),
          actions: z.array(z.strictObject({ tag: z.literal('button'), text: words, url: z.url() })),
        }),
      ]),
    ),
  }),
})
/** Bodies that DingTalk and Feishu take, bytes. */
const chatBytes = 20_000

test('chat messages are what the services document, however long and odd the texts are', () => {
  const odd = ['\u202e', '漢', '\\', '*', '𝒳', '"'].map((one) => one.repeat(4000))
  const notes: Note[] = [note, { ...note, kind: 'test', alerts: [], total: 0 }]
  for (const long of odd) {
    const worst = {
      ...alert,
      title: long,
      asset: { ...alert.asset, name: long },
      entity: { kind: 'process' as const, value: long },
      sourceAddress: '2001:db8::1',
    }
    notes.push({ ...note, alerts: [worst] })
    notes.push({ ...note, kind: 'digest', alerts: Array.from({ length: 20 }, () => worst), total: 10_000 })
  }
  for (const one of notes) {
    slackDocumented.parse(slackMessage(one))
    dingtalkDocumented.parse(dingtalkMessage(one))
    feishuDocumented.parse(feishuMessage(one, 'key', 1_700_000_000_000))
    for (const body of [dingtalkMessage(one), feishuMessage(one, 'key', 1_700_000_000_000)])
      assert.ok(
        Buffer.byteLength(JSON.stringify(body)) <= chatBytes,
        `${one.kind}: ${Buffer.byteLength(JSON.stringify(body))}`,
      )
  }
})

test('a digest says how many it does not name', () => {
  const digest: Note = { ...note, kind: 'digest', total: 25 }
  assert.ok(textOf(digest).includes('… and 24 more'))
  assert.equal(syslogMessages(digest, { format: 'rfc5424', facility: 1, version: '1' }).length, 2)
})
