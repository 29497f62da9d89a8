/** The IP Policy Library and brute-force defence: failures become a rule and a task, what is approved is never blocked, rules are lifted. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { IpRule, OperationPage, ServerMessage } from '@rampart/api'
import { until } from '../testing/real-agent.ts'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer } from '../testing/test-server.ts'

type TaskMessage = Extract<ServerMessage, { type: 'task' }>

async function setUp(t: TestContext) {
  const running = await startTestServer()
  t.after(() => running.end())
  const console = new TestConsole(running.server.consoleUrl)
  assert.ok(running.server.firstUser)
  await console.begin(running.server.firstUser)
  const agents: TestAgent[] = []
  for (const name of ['one', 'two']) {
    const agent = new TestAgent(await enrolAgent(running.server.createEnrolmentToken().token, name, name))
    await agent.connect()
    agents.push(agent)
  }
  const [one, two] = agents as [TestAgent, TestAgent]
  const tasksOf = (agent: TestAgent, kind: string) =>
    agent.received.filter((message): message is TaskMessage => message.type === 'task' && message.kind === kind)
  const answer = (agent: TestAgent, task: TaskMessage, state: 'done' | 'refused', code: string) =>
    agent.send({ type: 'task-result', id: task.id, state, code, message: 'Said the agent.', at: Date.now() })
  const rules = async (query = '') => (await console.call('listIpRules', { query })).body.items as IpRule[]
  const failures = (agent: TestAgent, count: number, address: string, service = 'sshd', at = Date.now()) =>
    Array.from({ length: count }, (_, index) => ({
      ...agent.event(1000 + Math.floor(Math.random() * 1e9) + index, 'logon.attempted', {
        outcome: 'failure',
        service,
        source: { address },
      }),
      at: at - count + index,
    }))
  return { running, console, one, two, tasksOf, answer, rules, failures }
}

test('too many failures within the window block the address on that asset, once, until the end of the ban', async (t) => {
  const { running, console, one, two, tasksOf, answer, rules, failures } = await setUp(t)
  await one.deliver(1, failures(one, 79, '198.51.100.9'))
  await one.deliver(2, failures(one, 100, '198.51.100.10', 'mysqld'))
  await one.deliver(3, failures(one, 79, '198.51.100.11', 'sshd', Date.now() - 11 * 60_000))
  await one.deliver(4, failures(one, 1, '198.51.100.11'))
  assert.deepEqual(await rules(), [], 'not enough, a service that is off, not within the window')
  // The count survives a restart.
  await running.restart()
  const browser = new TestConsole(running.server.consoleUrl)
  browser.cookie = console.cookie
  browser.csrf = console.csrf
  // Its port is another one now.
  for (const agent of [one, two]) agent.enrolment.server = `${running.server.agentUrl.replace('https', 'wss')}/agent`
  await one.connect()
  await two.connect()
  await one.deliver(5, failures(one, 3, '198.51.100.9'))
  const task = await until('the task', () => tasksOf(one, 'block-address').at(-1))
  assert.equal(task.kind === 'block-address' && task.parameters.address, '198.51.100.9')
  assert.equal(tasksOf(two, 'block-address').length, 0, 'not on the other asset')
  const list = async () => (await browser.call('listIpRules')).body.items as IpRule[]
  const [rule] = await list()
  assert.deepEqual([rule?.kind, rule?.address, rule?.direction, rule?.inForce], ['system', '198.51.100.9', 'in', true])
  const lastsMs = Date.parse(rule?.expiresAt ?? '') - Date.parse(rule?.createdAt ?? '')
  assert.equal(Math.round(lastsMs / 3_600_000), 6)
  answer(one, task, 'done', 'address.blocked')
  await until('its state', async () => (await list())[0]?.states[0]?.state === 'in force')
  await one.deliver(6, failures(one, 200, '198.51.100.9'))
  assert.equal((await list()).length, 1, 'not twice')
  const { ipBlocking } = (await browser.call('getSummary')).body
  assert.deepEqual([ipBlocking.inForce, ipBlocking.all], [1, 1])
})

test('a rule of an asset: its own numbers; switched off it blocks nothing', async (t) => {
  const { console, one, two, rules, failures } = await setUp(t)
  const rule = { enabled: true, services: ['SSH', 'SQL'], windowMs: 60_000, failures: 2, banMs: null }
  const set = (asset: string | null, value: unknown) =>
    console.call('setBruteForceRule', { body: { asset, rule: value } })
  assert.equal((await set(one.enrolment.assetId, { ...rule, failures: 7 })).status, 400, 'not among the choices')
  assert.equal((await set(one.enrolment.assetId, rule)).status, 200)
  assert.equal((await set(null, { ...rule, enabled: false })).status, 200)
  await two.deliver(1, failures(two, 100, '198.51.100.20'))
  await one.deliver(1, failures(one, 2, '198.51.100.21', 'postgres'))
  const [made] = await until('the rule', async () => ((await rules()).length > 0 ? rules() : undefined))
  assert.deepEqual([made?.address, made?.expiresAt], ['198.51.100.21', null])
  assert.equal((await rules()).length, 1)
})

test('an asset whose edition does not include brute-force defence blocks nobody; with the edition it does', async (t) => {
  const { console, one, rules, failures } = await setUp(t)
  const edition = (name: string) =>
    console.call('changeAssets', { body: { ids: [one.enrolment.assetId], edition: name } })
  assert.equal((await edition('Anti-virus')).status, 200)
  await one.deliver(1, failures(one, 100, '198.51.100.30'))
  assert.deepEqual(await rules(), [])
  await edition('Advanced')
  await one.deliver(2, failures(one, 100, '198.51.100.31'))
  const [made] = await until('the rule', async () => ((await rules()).length > 0 ? rules() : undefined))
  assert.equal(made?.address, '198.51.100.31')
})

test('what an agent may not touch, and how much its quarantine takes, reach it with the settings', async (t) => {
  const { console, one } = await setUp(t)
  const policy = () => one.received.findLast((message) => message.type === 'policy')?.policy.response
  const values = {
    'response.protectedPrograms': ['/opt/shop/'],
    'quarantine.keptDays': 7,
    'quarantine.hostMegabytes': 100,
  }
  assert.equal((await console.call('changeSettings', { body: { values } })).status, 200)
  const vault = { keepMs: 7 * 24 * 3_600_000, maxBytes: 100 * 1024 ** 2, maxFileBytes: 512 * 1024 ** 2 }
  await until('the policy', () => policy() !== undefined)
  assert.deepEqual(policy(), { approvedAddresses: [], protectedPaths: ['/opt/shop/'], vault })
})

test('what fits a server as a whole: isolate once, release while isolated, with the reason where not', async (t) => {
  const { console, one, tasksOf, answer } = await setUp(t)
  const id = one.enrolment.assetId
  const asset = async () => (await console.call('getAsset', { id })).body
  const offered = async () =>
    ((await asset()).responses as { name: string; offered: boolean }[])
      .filter((offer) => offer.offered)
      .map(({ name }) => name)
  const respond = (name: string) => console.call('respondOnAsset', { id, body: { name, minutes: 60 } })
  assert.deepEqual(await offered(), ['isolate host', 'troubleshoot'])
  assert.equal((await respond('release host')).body.message, 'The host is not isolated.')
  assert.equal((await respond('isolate host')).status, 200)
  assert.deepEqual(await offered(), ['troubleshoot'], 'while it goes on')
  const task = await until('the task', () => tasksOf(one, 'isolate-host')[0])
  answer(one, task, 'done', 'host.isolated')
  await until('the badge', async () => (await asset()).isolated !== null)
  assert.deepEqual(await offered(), ['release host', 'troubleshoot'])
  assert.equal((await respond('release host')).status, 200)
  answer(one, await until('the release', () => tasksOf(one, 'release-host')[0]), 'done', 'host.released')
  await until('the end of it', async () => (await asset()).isolated === null)
  await console.call('changeAssets', { body: { ids: [id], edition: 'Basic' } })
  assert.equal((await respond('isolate host')).body.message, 'This needs the edition Advanced for the asset.')
})

test('approved addresses are never blocked, and approving lifts what stands; rules are switched, lifted and removed', async (t) => {
  const { console, one, two, tasksOf, answer, rules, failures } = await setUp(t)
  const create = (address: string, assets: string[] | null = null) =>
    console.call('createIpRule', { body: { address, assets, reason: 'test' } })
  for (const [address, code] of [
    ['nonsense', 'address.invalid'],
    ['127.0.0.1', 'address.protected'],
    ['0.0.0.0/0', 'address.protected'],
    ['198.51.100.1/24', 'address.invalid'],
    ['10.0.0.0/7', 'address.protected'],
  ] as const)
    assert.equal((await create(address)).body.code, code, address)
  assert.equal((await create('203.0.113.7')).status, 200)
  const [first, second] = await until('a task on each', () => {
    const tasks = [tasksOf(one, 'block-address')[0], tasksOf(two, 'block-address')[0]]
    return tasks.every((task) => task !== undefined) ? (tasks as TaskMessage[]) : undefined
  })
  assert.ok(first && second)
  answer(one, first, 'done', 'address.blocked')
  answer(two, second, 'refused', 'address.protected')
  await until(
    'the states',
    async () =>
      (await rules())[0]?.states
        .map(({ state }) => state)
        .sort()
        .join() === 'failed,in force',
  )
  assert.equal(
    (await console.call('approveAddress', { body: { address: '203.0.113.0/24', note: 'office' } })).status,
    200,
  )
  await until('the lifting', () => tasksOf(one, 'unblock-address').length === 1)
  assert.equal((await rules())[0]?.inForce, false)
  assert.equal((await create('203.0.113.8')).body.code, 'address.protected')
  await one.deliver(1, failures(one, 100, '203.0.113.9'))
  assert.equal((await rules()).length, 1, 'brute-force defence neither')
  const id = (await rules())[0]?.id ?? ''
  assert.equal((await console.call('switchIpRule', { id, body: { enabled: true } })).status, 409)
  assert.equal((await console.call('disapproveAddress', { id: '203.0.113.0/24' })).status, 200)
  assert.equal((await console.call('switchIpRule', { id, body: { enabled: true } })).status, 200)
  await until('blocked again', () => tasksOf(one, 'block-address').length === 2)
  assert.equal((await console.call('deleteIpRule', { id })).status, 200)
  await until('lifted again', () => tasksOf(one, 'unblock-address').length === 2)
  assert.deepEqual(await rules(), [])
})

test('a silent defence that blocked an address blocks it again when it comes back after the end of the rule, and only then', async (t) => {
  const { running, console, one, tasksOf, answer, rules } = await setUp(t)
  let sequence = 0
  const connect = () => {
    sequence++
    const process = { pid: 77, entityId: 'boot-1-77-1', executable: '/usr/bin/nc', commandLine: 'nc 203.0.113.66 443' }
    const destination = { address: '203.0.113.66', port: 443 }
    return one.deliver(sequence, [
      one.event(sequence, 'network.connected', { process, source: {}, destination, transport: 'tcp' }),
    ])
  }
  let browser = console
  const listed = async () => (await browser.call('listAlerts', { query: 'handled=all' })).body.items
  const seen = (hits: number) => until('the repeat', async () => (await listed())[0]?.hits === hits)
  /** Moves the life of the newest rule into the past, as if the time had gone by. */
  const endRule = async () => {
    await running.restart(() => {
      const database = new DatabaseSync(join(running.directory, 'state/rampart.db'))
      const day = 24 * 3_600_000
      database.prepare('UPDATE ip_rules SET created_at = created_at - ?, expires_at = expires_at - ?').run(day, day)
      database.close()
    })
    browser = new TestConsole(running.server.consoleUrl)
    browser.cookie = console.cookie
    browser.csrf = console.csrf
    one.enrolment.server = `${running.server.agentUrl.replace('https', 'wss')}/agent`
    await one.connect()
  }
  const list = async () => (await browser.call('listIpRules')).body.items as IpRule[]

  await connect()
  const [alert] = await until('the alert', async () => ((await listed()).length > 0 ? listed() : undefined))
  const body = { name: 'block IP', version: alert.version, minutes: 60, direction: 'out' }
  assert.equal((await console.call('respondToAlert', { id: alert.id, body })).status, 200)
  answer(one, await until('the block', () => tasksOf(one, 'block-address')[0]), 'done', 'address.blocked')
  await until('handled', async () => (await listed())[0].state === 'handled')
  const { version } = (await console.call('getAlert', { id: alert.id })).body
  await console.call('handleAlert', { id: alert.id, body: { operation: 'defend without notification', version } })

  await connect()
  await seen(1)
  assert.equal((await rules()).length, 1, 'in force: nothing to do')

  await endRule()
  await connect()
  await seen(2)
  const again = await until('the new rule', async () => ((await list()).length === 2 ? list() : undefined))
  assert.deepEqual(
    [again[0]?.address, again[0]?.direction, again[0]?.actor, again[0]?.alertId, again[0]?.inForce],
    ['203.0.113.66', 'out', 'rampart', alert.id, true],
  )
  const lastsMs = Date.parse(again[0]?.expiresAt ?? '') - Date.parse(again[0]?.createdAt ?? '')
  assert.equal(Math.round(lastsMs / 60_000), 60, 'as long as the first')
  answer(one, await until('the block', () => tasksOf(one, 'block-address').at(-1)), 'done', 'address.blocked')
  await until('its state', async () => (await list())[0]?.states[0]?.state === 'in force')

  // Switched off by somebody and over: it stays off.
  assert.equal((await browser.call('switchIpRule', { id: again[0]?.id ?? '', body: { enabled: false } })).status, 200)
  await endRule()
  await connect()
  await seen(3)
  assert.equal((await list()).length, 2)
  assert.equal((await listed()).filter(({ state }: { state: string }) => state === 'unhandled').length, 0)
})

test('a rule for every asset is lifted by those alone who see every asset, by its operation too', async (t) => {
  const { console, running, one, two, tasksOf, answer } = await setUp(t)
  const ids = [one.enrolment.assetId, two.enrolment.assetId]
  assert.equal((await console.call('changeAssets', { body: { ids, group: 'blue' } })).status, 200)
  const body = { name: 'bound', role: 'responder', groups: ['blue'] }
  const made = await console.call('createUser', { body })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  const bound = new TestConsole(running.server.consoleUrl)
  await bound.begin({ name: 'bound', password: made.body.password })
  const everywhere = { address: '198.51.100.40', direction: 'in', assets: null, minutes: null, reason: 'an attacker' }
  const rule = (await console.call('createIpRule', { body: everywhere })).body as IpRule
  for (const agent of [one, two])
    answer(agent, await until('the task', () => tasksOf(agent, 'block-address')[0]), 'done', 'address.blocked')
  const operation = await until('its end', async () => {
    const [one] = (await bound.call('listOperations', { query: 'name=block%20IP' })).body.items
    return one.state === 'done' && one
  })
  assert.equal(operation.tasks.length, 2, 'all of its tasks are visible')
  assert.equal((await bound.call('switchIpRule', { id: rule.id, body: { enabled: false } })).status, 403)
  assert.equal((await bound.call('undoOperation', { id: operation.id, body: {} })).status, 403)
  const inForce = (await console.call('listIpRules')).body.items as IpRule[]
  assert.deepEqual(
    inForce.map(({ enabled }) => enabled),
    [true],
  )
  assert.equal((await console.call('undoOperation', { id: operation.id, body: {} })).status, 200)
})

test('an address that is blocked already: refused, extended, or a second rule that outlives the first', async (t) => {
  const { console, one, two, tasksOf, answer, rules } = await setUp(t)
  const address = '198.51.100.40'
  const block = (more: Record<string, unknown> = {}) =>
    console.call('createIpRule', {
      body: { address, assets: [one.enrolment.assetId], reason: 'test', minutes: 60, ...more },
    })
  const first = (await block()).body as IpRule
  const task = await until('the block', () => tasksOf(one, 'block-address')[0])
  answer(one, task, 'done', 'address.blocked')
  const twice = await block({ minutes: 120 })
  assert.deepEqual([twice.status, twice.body.code], [409, 'ip-rule.exists'])
  assert.match(twice.body.message, /is blocked there already, by a rule of admin until /)
  assert.equal((await rules()).length, 1)
  // Another direction, another asset and another address are not blocked yet.
  assert.equal((await block({ direction: 'out' })).status, 200)
  assert.equal((await block({ assets: [two.enrolment.assetId] })).status, 200)
  assert.deepEqual((await rules(`address=${address}&inForce=yes`)).length, 3)
  assert.deepEqual(await rules('address=198.51.100.41'), [])

  const extended = (await block({ minutes: 120, ifBlocked: 'extend' })).body as IpRule
  assert.equal(extended.id, first.id)
  assert.ok(Date.parse(extended.expiresAt ?? '') > Date.parse(first.expiresAt ?? ''))
  const shorter = (await block({ minutes: 5, ifBlocked: 'extend' })).body as IpRule
  assert.equal(shorter.expiresAt, extended.expiresAt, 'an extension never shortens')
  // Undone, it has the end that it had before, and the block stays.
  const blocksOf = (id: string) =>
    tasksOf(one, 'block-address').filter(({ parameters }) => (parameters as { rule: string }).rule === id)
  const answerAll = (messages: TaskMessage[]) => {
    for (const message of messages) answer(one, message, 'done', 'address.blocked')
  }
  const ofRule = await until('the extension', () => (blocksOf(first.id).length === 3 ? blocksOf(first.id) : undefined))
  answerAll(ofRule)
  const operations = async (): Promise<OperationPage['items']> => (await console.call('listOperations')).body.items
  const extension = await until('its end', async () =>
    (await operations()).find(({ tasks, state }) => state === 'done' && tasks.some(({ id }) => id === ofRule[1]?.id)),
  )
  assert.equal((await console.call('undoOperation', { id: extension.id, body: {} })).status, 200)
  const [now] = await rules(`address=${address}&inForce=yes`).then((list) => list.filter(({ id }) => id === first.id))
  assert.equal(now?.expiresAt, first.expiresAt)
  const undoing = await until('the end of before', () =>
    blocksOf(first.id).length === 4 ? blocksOf(first.id) : undefined,
  )
  answerAll(undoing)
  const undone = await until('it is undone', async () => {
    const found = (await operations()).find(({ id }) => id === extension.id)
    return found?.undo.reason === 'It was undone.' && found
  })
  assert.equal(undone.undo.offered, false)

  // A second rule on purpose: releasing the first says that the other stays.
  const second = (await block({ minutes: null, ifBlocked: 'beside' })).body as IpRule
  assert.notEqual(second.id, first.id)
  assert.deepEqual(
    second.beside.map(({ id }) => id),
    [first.id],
  )
  assert.equal((await console.call('switchIpRule', { id: first.id, body: { enabled: false } })).status, 200)
  const [lifting] = await operations()
  assert.equal(lifting?.title, `Unblock ${address} on 1 asset. Another rule still blocks it.`)
  const left = (await rules(`address=${address}&inForce=yes`)).filter(({ direction }) => direction === 'in')
  assert.ok(left.some(({ id, expiresAt }) => id === second.id && expiresAt === null))
})

test('two people block one address at once: one rule, and the other is told of it', async (t) => {
  const { console, one, rules } = await setUp(t)
  const body = { address: '198.51.100.50', assets: [one.enrolment.assetId], reason: 'test' }
  const answers = await Promise.all(Array.from({ length: 5 }, () => console.call('createIpRule', { body })))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409])
  assert.equal((await rules()).length, 1)
})

test('somebody bound to groups extends no rule that holds for assets of others', async (t) => {
  const { console, running, one } = await setUp(t)
  const ids = [one.enrolment.assetId]
  assert.equal((await console.call('changeAssets', { body: { ids, group: 'blue' } })).status, 200)
  const made = await console.call('createUser', { body: { name: 'bound', role: 'responder', groups: ['blue'] } })
  const bound = new TestConsole(running.server.consoleUrl)
  await bound.begin({ name: 'bound', password: made.body.password })
  const body = { address: '198.51.100.60', reason: 'an attacker', minutes: 60 }
  const rule = (await console.call('createIpRule', { body: { ...body, assets: null } })).body as IpRule
  const longer = { ...body, assets: ids, minutes: null }
  assert.equal((await bound.call('createIpRule', { body: longer })).status, 409)
  assert.equal((await bound.call('createIpRule', { body: { ...longer, ifBlocked: 'extend' } })).status, 403)
  assert.equal((await bound.call('createIpRule', { body: { ...longer, ifBlocked: 'beside' } })).status, 200)
  const all = (await console.call('listIpRules')).body.items as IpRule[]
  assert.equal(all.find(({ id }) => id === rule.id)?.expiresAt, rule.expiresAt)
})
