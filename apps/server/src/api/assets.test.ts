/** Assets over real HTTP: lists and facets, changes of many at once, and what editions and scopes of defence items do to alerts. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AssetRow } from '@rampart/api'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const password = 'correct horse battery'
const names = ['db-1', 'web-1', 'web-2']
let shared: TestServer
let admin: TestConsole
const agents: TestAgent[] = []
const ids: string[] = []
let sequence = 0

before(async () => {
  shared = await startTestServer()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' }, password)
  for (const name of names) {
    const enrolment = await enrolAgent(shared.server.createEnrolmentToken().token, `machine-${name}`, name)
    const agent = new TestAgent(enrolment, 'spool-1', name)
    await agent.connect()
    agents.push(agent)
    ids.push(agent.enrolment.assetId)
  }
})
after(async () => {
  for (const agent of agents) agent.cut()
  await shared.end()
})

const change = (body: Record<string, unknown>) => admin.call('changeAssets', { body })
const list = async (query = '') => (await admin.call('listAssets', { query })).body
const namesOf = (page: { items: AssetRow[] }) => page.items.map((row) => row.name)

async function alertsAfter(agent: TestAgent | undefined): Promise<number> {
  assert.ok(agent)
  sequence++
  await agent.deliver(agent.acknowledged + 1, [agent.started(sequence, `bash -i >& /dev/tcp/${sequence}`)])
  return (await admin.call('listAlerts', { query: `asset=${agent.enrolment.assetId}&handled=all` })).body.total
}

test('group, tags and edition of many assets at once; facets count under the other filters', async () => {
  const changed = await change({
    ids: [ids[1], ids[2], 'nobody'],
    group: 'web',
    addTags: ['public', 'eu'],
    edition: 'Advanced',
  })
  assert.deepEqual(changed.body.notFound, ['nobody'])
  assert.deepEqual(
    changed.body.items.map((row: AssetRow) => [row.name, row.group, row.tags, row.edition]),
    [
      ['web-1', 'web', ['public', 'eu'], 'Advanced'],
      ['web-2', 'web', ['public', 'eu'], 'Advanced'],
    ],
  )
  await change({ ids: [ids[2]], removeTags: ['eu'] })
  assert.deepEqual(namesOf(await list('group=web')), ['web-1', 'web-2'])
  assert.deepEqual(namesOf(await list('group=')), ['db-1'])
  assert.deepEqual(namesOf(await list('tag=eu&tag=nothing')), ['web-1'])
  assert.deepEqual(namesOf(await list('q=web+public')), ['web-1', 'web-2'])
  assert.deepEqual(namesOf(await list('sort=name&order=desc')), ['web-2', 'web-1', 'db-1'])
  const { facets, total } = await list('edition=Advanced')
  assert.equal(total, 2)
  assert.deepEqual(facets.edition, { Advanced: 2, Enterprise: 1 })
  assert.deepEqual(facets.group, { web: 2 })
  assert.deepEqual(facets.tag, { public: 2, eu: 1 })
  const first = await list('limit=2')
  assert.deepEqual(namesOf(await list(`limit=2&cursor=${first.nextCursor}`)), ['web-2'])
})

test('an agent that says hello again keeps what people decided of its host', async () => {
  agents[1]?.cut()
  await agents[1]?.connect()
  const row = (await list('q=web-1')).items[0]
  assert.deepEqual([row.group, row.tags, row.edition], ['web', ['public', 'eu'], 'Advanced'])
})

test('bad changes are refused with their place', async () => {
  for (const [body, path] of [
    [{ ids: [] }, 'body.ids'],
    [{ ids: [ids[0]], group: '' }, 'body.group'],
    [{ ids: [ids[0]], group: 'a\u202eb' }, 'body.group'],
    [{ ids: [ids[0]], addTags: ['x'.repeat(65)] }, 'body.addTags.0'],
    [{ ids: [ids[0]], edition: 'Ultimate' }, 'body.edition'],
  ] as const) {
    const refused = await change(body as Record<string, unknown>)
    assert.deepEqual([refused.status, refused.body.path], [400, path])
  }
})

test('the edition of the asset decides whether an alert is raised, at once and after a restart', async () => {
  const [db] = agents
  assert.equal(await alertsAfter(db), 1)
  await change({ ids: [ids[0]], edition: 'Basic' })
  assert.equal(await alertsAfter(db), 1)
  await change({ ids: [ids[0]], edition: 'Anti-virus' })
  assert.equal(await alertsAfter(db), 1)
  await change({ ids: [ids[0]], edition: 'Advanced' })
  assert.equal(await alertsAfter(db), 2)
  await change({ ids: [ids[0]], edition: 'Basic' })
  const before = shared.server
  await shared.restart()
  assert.notEqual(shared.server, before)
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.signIn('admin', password)
  for (const [index, agent] of agents.entries()) {
    const server = `${shared.server.agentUrl.replace('https:', 'wss:')}/agent`
    agents[index] = new TestAgent({ ...agent.enrolment, server }, agent.spoolId)
    await agents[index].connect()
  }
  assert.equal(await alertsAfter(agents[0]), 2)
  await change({ ids: [ids[0]], edition: 'Enterprise' })
  assert.equal(await alertsAfter(agents[0]), 3)
})

test('attack source tracing needs the edition Enterprise', async () => {
  const alert = (await admin.call('listAlerts', { query: `asset=${ids[0]}&handled=all` })).body.items[0]
  assert.equal((await admin.call('getAlertGraph', { id: alert.id })).status, 200)
  await change({ ids: [ids[0]], edition: 'Advanced' })
  const refused = await admin.call('getAlertGraph', { id: alert.id })
  assert.deepEqual([refused.status, refused.body.code], [409, 'edition.not-included'])
  await change({ ids: [ids[0]], edition: 'Enterprise' })
})

test('a defence item protects the assets that it was given', async () => {
  const set = (body: Record<string, unknown>) => admin.call('switchDefenceItem', { id: 'suspicious-process', body })
  const scoped = await set({ scope: { groups: ['web'] } })
  assert.deepEqual(
    [scoped.body.scope, scoped.body.enabled, scoped.body.edition],
    [{ groups: ['web'], assets: [] }, true, 'Advanced'],
  )
  const before = (await admin.call('listAlerts', { query: `asset=${ids[0]}&handled=all` })).body.total
  assert.equal(await alertsAfter(agents[0]), before)
  const web = (await admin.call('listAlerts', { query: `asset=${ids[1]}&handled=all` })).body.total
  assert.equal(await alertsAfter(agents[1]), web + 1)
  await set({ scope: { assets: [ids[0]] } })
  assert.equal(await alertsAfter(agents[0]), before + 1)
  await set({ scope: null })
  assert.equal(await alertsAfter(agents[1]), web + 2)
  await set({ enabled: false })
  assert.equal(await alertsAfter(agents[1]), web + 2)
  await set({ enabled: true })
})
