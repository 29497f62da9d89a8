/** What people decide about agents: tokens, revocation, removal, settings, copies; over real TLS and HTTP. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { closeCodes } from '@rampart/api'
import { revokeInState } from '../revoke-in-state.ts'
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

const enrolled = async (machineId?: string) =>
  new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token, machineId))
const asset = async (agent: TestAgent) => (await browser.call('getAsset', { id: agent.enrolment.assetId })).body

test('a token is listed with the servers that came with it, and can be cancelled', async () => {
  const made = (await browser.call('createEnrolmentToken', { body: { uses: 2, minutes: 5 } })).body
  const row = async () => (await browser.call('getEnrolmentToken', { id: made.id })).body
  assert.deepEqual([(await row()).state, (await row()).usesLeft, (await row()).servers], ['open', 2, []])
  const agent = new TestAgent(await enrolAgent(made.token))
  await agent.connect()
  await agent.deliver(1, [agent.started(1, 'ls')])
  const [server] = (await row()).servers
  assert.deepEqual([server.id, server.agent, server.eventsReceived], [agent.enrolment.assetId, 'online', 1])
  assert.equal((await browser.call('cancelEnrolmentToken', { id: made.id })).status, 200)
  await assert.rejects(enrolAgent(made.token), /enrolment.bad-token/)
  assert.equal((await browser.call('getEnrolmentToken', { id: made.id })).status, 404)
  assert.equal((await browser.call('cancelEnrolmentToken', { id: made.id })).status, 404)
  assert.ok(!JSON.stringify((await browser.call('listEnrolmentTokens')).body).includes(made.token))
  await agent.connect()
  agent.cut()
})

test('a token that is used up stays in the list until its time is over', async () => {
  const made = (await browser.call('createEnrolmentToken', { body: { uses: 1, minutes: 5 } })).body
  await enrolAgent(made.token)
  const listed = (await browser.call('listEnrolmentTokens')).body.items.find(
    (one: { id: string }) => one.id === made.id,
  )
  assert.deepEqual([listed.state, listed.servers.length], ['used up', 1])
})

test('an agent whose certificate is taken back is cut off at once and does not get in again; others do not notice', async () => {
  const agent = await enrolled('machine-of-a-thief')
  const other = await enrolled()
  await agent.connect()
  await other.connect()
  const id = agent.enrolment.assetId
  const answer = await browser.call('revokeAgent', { id, body: { reason: 'the disk was stolen' } })
  assert.deepEqual([answer.status, answer.body.certificates], [200, 1])
  assert.equal(await agent.closed(), closeCodes.revoked)
  await assert.rejects(agent.connect(), /401/)
  const { certificate, agent: shown } = await asset(agent)
  assert.match(certificate.revokedFor, /^taken back by admin: the disk was stolen$/)
  assert.equal(shown.state, 'offline')
  await other.deliver(1, [other.started(1, 'ls')])
  other.cut()
  // The machine is the same asset again once somebody enrols it.
  const back = await enrolled('machine-of-a-thief')
  assert.equal(back.enrolment.assetId, id)
  await back.connect()
  assert.equal((await asset(back)).certificate.revokedAt, null)
  back.cut()
  assert.equal((await browser.call('revokeAgent', { id: 'nobody', body: { reason: 'x' } })).status, 404)
})

test('taken back by a command beside the running server: the connection ends too', async () => {
  const agent = await enrolled()
  await agent.connect()
  const revoked = revokeInState(`${shared.directory}/state`, agent.enrolment.assetId, 'from the shell')
  assert.deepEqual(revoked, { ok: true, value: { certificates: 1 } })
  assert.equal(await agent.closed(15_000), closeCodes.revoked)
  await assert.rejects(agent.connect(), /401/)
  assert.equal(revokeInState(`${shared.directory}/state`, 'nobody', 'x').ok, false)
})

test('a removed server leaves the lists and is back when it enrols again', async () => {
  const agent = await enrolled('machine-that-was-removed')
  await agent.connect()
  const id = agent.enrolment.assetId
  assert.equal((await browser.call('removeAsset', { id })).status, 200)
  assert.equal(await agent.closed(), closeCodes.revoked)
  const listed = async () =>
    (await browser.call('listAssets')).body.items.some((one: { id: string }) => one.id === id) as boolean
  assert.equal(await listed(), false)
  assert.equal((await browser.call('getAsset', { id })).status, 404)
  assert.equal((await browser.call('removeAsset', { id })).status, 404)
  await shared.restart()
  browser = new TestConsole(shared.server.consoleUrl)
  await browser.signIn('admin', 'a new and long password')
  assert.equal(await listed(), false, 'after a restart too')
  await enrolled('machine-that-was-removed')
  assert.equal(await listed(), true)
})

test('the room of the spool is a setting of the asset and reaches its agent at once', async () => {
  const agent = await enrolled()
  await agent.connect()
  const id = agent.enrolment.assetId
  assert.equal((await asset(agent)).spoolMegabytes, null)
  assert.equal((await browser.call('setAgentSettings', { id, body: { spoolMegabytes: 64 } })).status, 200)
  await agent.until(() => agent.received.some((message) => message.type === 'policy'))
  const told = agent.received.find((message) => message.type === 'policy')
  assert.deepEqual(told?.type === 'policy' && told.policy.agent, { spoolMaxBytes: 64 * 1024 * 1024 })
  assert.equal((await asset(agent)).spoolMegabytes, 64)
  assert.equal((await browser.call('setAgentSettings', { id, body: { spoolMegabytes: 1 } })).status, 400)
  agent.cut()
})

test('two machines with one identity: an alert of their own kind, a banner, and revoking ends both', async () => {
  const agent = await enrolled()
  const copy = new TestAgent(agent.enrolment)
  const id = agent.enrolment.assetId
  await agent.connect(true, { bootId: 'boot-of-the-first' })
  await copy.connect(true, { bootId: 'boot-of-the-copy' })
  assert.equal(await agent.closed(), closeCodes.replaced)
  assert.equal((await asset(agent)).copied, null, 'a new boot alone is a restart')
  await agent.connect(true, { bootId: 'boot-of-the-first' })
  assert.match((await asset(agent)).copied, /two running systems/)
  const alerts = async () => (await browser.call('listAlerts', { query: `asset=${id}&type=Other` })).body
  for (let tries = 0; (await alerts()).total === 0 && tries < 200; tries++) await wait(50)
  assert.equal((await alerts()).items[0].title, 'Agent copied')
  const banners = (await browser.call('listBanners')).body.items
  assert.ok(
    banners.some(
      (one: { asset: { id: string } | null; reason: string }) =>
        one.asset?.id === id && /Two machines/.test(one.reason),
    ),
  )
  await browser.call('revokeAgent', { id, body: { reason: 'copied' } })
  assert.equal(await agent.closed(), closeCodes.revoked)
  await assert.rejects(copy.connect(), /401/)
  assert.equal((await asset(agent)).copied, null)
})

test('only administrators may', async () => {
  const nobody = new TestConsole(shared.server.consoleUrl)
  for (const name of ['revokeAgent', 'removeAsset', 'createUninstallToken', 'listEnrolmentTokens'] as const)
    assert.equal(
      (await nobody.call(name, { id: 'x', body: name === 'revokeAgent' ? { reason: 'x' } : undefined })).status,
      401,
    )
})
