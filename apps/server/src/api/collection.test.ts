/** What agents collect, decided over HTTP and told to the agent over its connection. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { StoredCollection } from '../store/collections.ts'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

let shared: TestServer
let browser: TestConsole
before(async () => {
  shared = await startTestServer()
  browser = new TestConsole(shared.server.consoleUrl)
  await browser.begin(shared.server.firstUser ?? { name: '', password: '' })
})
after(() => shared?.end())

test('logs and receivers reach the agent; a token is kept as its digest and never shown', async () => {
  const agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
  const id = agent.enrolment.assetId
  assert.deepEqual((await browser.call('getCollection', { id })).body, { defaultLogs: true, logs: [], receivers: [] })
  const token = 'a-token-of-an-example'
  const http = { kind: 'http' as const, listen: '0.0.0.0:8088', allow: ['192.0.2.0/24'] }
  const logs = [{ kind: 'text' as const, path: '/srv/shop/error.log', service: 'shop' }]
  const body = { defaultLogs: false, logs, receivers: [{ ...http, token }] }
  const answer = await browser.call('setCollection', { id, body })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  assert.ok(!JSON.stringify(answer.body).includes(token))
  assert.equal(answer.body.receivers[0].hasToken, true)
  const told = () =>
    agent.received
      .flatMap((message) => (message.type === 'policy' ? [message.policy.sensor] : []))
      .at(-1) as StoredCollection
  await agent.until(() => told() !== undefined)
  const { receivers, ...rest } = told()
  assert.deepEqual(rest, { defaultLogs: false, logs })
  assert.match(receivers[0]?.tokenSha256 ?? '', /^[0-9a-f]{64}$/)
  // Saved again without the token: it stays.
  const again = await browser.call('setCollection', { id, body: { ...body, receivers: [http] } })
  assert.equal(again.body.receivers[0].hasToken, true)
  agent.cut()
})

test('what could not work or would be open to everybody is refused with its place', async () => {
  const { assetId: id } = await enrolAgent(shared.server.createEnrolmentToken().token)
  const set = (receiver: object, logs: object[] = []) =>
    browser.fetch('PUT', `/api/v1/assets/${id}/collection`, { defaultLogs: true, logs, receivers: [receiver] })
  const wrong: [receiver: object, path: RegExp][] = [
    [{ kind: 'syslog-udp', listen: '0.0.0.0:514' }, /allow/],
    [{ kind: 'syslog-udp', listen: 'example.com:514' }, /listen/],
    [{ kind: 'syslog-udp', listen: '127.0.0.1:0' }, /listen/],
    [{ kind: 'syslog-tls', listen: '127.0.0.1:6514' }, /tls/],
    [{ kind: 'http', listen: '0.0.0.0:8088', allow: ['192.0.2.1'] }, /token/],
    [{ kind: 'http', listen: '127.0.0.1:8088', allow: ['anybody'] }, /allow/],
  ]
  for (const [receiver, path] of wrong) {
    const answer = await set(receiver)
    assert.equal(answer.status, 400, JSON.stringify(receiver))
    assert.match(answer.body.path, path)
  }
  assert.equal(
    (await set({ kind: 'syslog-udp', listen: '127.0.0.1:5514' }, [{ kind: 'text', path: 'x.log' }])).status,
    400,
  )
  assert.equal((await set({ kind: 'syslog-udp', listen: '127.0.0.1:5514' })).status, 200)
})
