/** Operations of agents on many alerts at once, and again in silence: a real server, a real agent, real processes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import type { AlertDetail, AlertRow, BatchRequest, OperationView } from '@rampart/api'
import { bootId, isAlive, until } from '../testing/real-agent.ts'
import { startServerWithAgent } from '../testing/server-with-agent.ts'

async function setUp(t: TestContext) {
  const { running, agent, console, runIdle } = await startServerWithAgent(t)

  /** Has the agent see a program of ours start. */
  async function evil(name: string, sensor?: string): Promise<number> {
    const { path, pid } = runIdle(name)
    await until('the program', () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(path))
    agent.tellProcess(pid, { commandLine: `${name} 600 /dev/tcp/192.0.2.77/1` }, sensor)
    return pid
  }
  const listed = async (query: string) => (await console.call('listAlerts', { query })).body.items as AlertRow[]
  const alerts = (query: string, count: number) =>
    until('the alerts', async () => {
      const items = await listed(query)
      return items.length === count ? items : undefined
    })
  async function batch(body: BatchRequest) {
    const started = await console.call('startBatch', { body })
    assert.equal(started.status, 200, JSON.stringify(started.body))
    return until('the batch', async () => {
      const { body: now } = await console.call('getBatch', { id: started.body.id })
      return now.state === 'running' ? undefined : now
    })
  }
  const detail = async (id: string) => (await console.call('getAlert', { id })).body as AlertDetail
  const operations = async (id: string) =>
    (await console.call('getAlertResponses', { id })).body.operations as OperationView[]
  return { running, agent, console, evil, listed, alerts, batch, detail, operations }
}

test('a batch ends the processes of many alerts, each with a result of its own, and leaves the others alone', async (t) => {
  const { agent, console, evil, alerts, batch, operations } = await setUp(t)
  const pids = [await evil('evil-0'), await evil('evil-1')]
  const bystander = await evil('other-0')
  // What the host cannot be without is never ended, whoever asks for it.
  agent.tell({
    type: 'process.started',
    user: { id: 0, name: 'root' },
    process: { pid: 1, entityId: `${bootId}-1-1`, executable: '/sbin/init', commandLine: 'init /dev/tcp/192.0.2.77/1' },
  })
  await alerts('', 4)
  const chosen = (await alerts('', 4)).filter(({ entity }) => !entity.value.endsWith('other-0'))
  const done = await batch({
    operation: 'kill process',
    alerts: chosen.map(({ id, version }) => ({ id, version })),
    note: 'a drill',
  })
  assert.deepEqual([done.total, done.done, done.refused, done.undoable], [3, 2, 1, false])
  const refused = (await console.call('listBatchItems', { id: done.id, query: 'outcome=refused' })).body.items
  assert.equal(refused.length, 1)
  assert.match(refused[0].reason, /\w+ \w+/)
  await until('their end', () => !isAlive(pids[0] as number) && !isAlive(pids[1] as number))
  assert.deepEqual([isAlive(1), isAlive(bystander)], [true, true])
  const handled = await alerts('state=handled', 2)
  for (const { id } of handled) {
    const [operation] = await operations(id)
    assert.deepEqual(
      [operation?.state, operation?.actor, operation?.tasks.map(({ code }) => code)],
      ['done', 'admin', ['process.ended']],
    )
  }
})

test('in a batch, an asset that is away does its part when it is back', async (t) => {
  const { agent, evil, alerts, batch, operations } = await setUp(t)
  const pids = [await evil('evil-0'), await evil('evil-1')]
  const rows = await alerts('', 2)
  await agent.end('SIGTERM')
  const done = await batch({ operation: 'kill process', alerts: rows.map(({ id, version }) => ({ id, version })) })
  assert.deepEqual([done.total, done.done], [2, 2])
  for (const { id } of rows)
    assert.deepEqual(
      (await operations(id))[0]?.tasks.map(({ state }) => state),
      ['queued'],
    )
  assert.ok(pids.every(isAlive))
  await alerts('state=handling', 2)
  await agent.start()
  await until('their end', () => pids.every((pid) => !isAlive(pid)))
  await alerts('state=handled', 2)
})

test('a repeat of a silently defended alert is ended again by itself; without a chosen operation it is only counted', async (t) => {
  const { console, evil, listed, alerts, batch, detail, operations } = await setUp(t)
  const first = await evil('evil-0')
  const plain = await evil('plain-0')
  const [alert] = await alerts('q=evil-0', 1)
  const [counted] = await alerts('q=plain-0', 1)
  assert.ok(alert && counted)
  await batch({ operation: 'kill process', alerts: [{ id: alert.id, version: alert.version }] })
  await until('its end', () => !isAlive(first))
  await alerts('state=handled', 1)
  for (const { id } of [alert, counted]) {
    const { version } = await detail(id)
    const body = { operation: 'defend without notification', version }
    assert.equal((await console.call('handleAlert', { id, body })).status, 200)
  }
  // Anybody may tell a receiver that a program of this host is evil.
  const slandered = await evil('evil-0', 'receive.http')
  await until('the count', async () => (await detail(alert.id)).hits === 1)
  const second = await evil('evil-0')
  const spared = await evil('plain-0')
  await until('its end', () => !isAlive(second))
  const settled = await until('the record', async () => {
    const now = await detail(alert.id)
    return now.history.filter(({ operation }) => operation === 'kill process: done').length === 2 &&
      now.hits === 2 &&
      (await operations(alert.id)).length === 2
      ? now
      : undefined
  })
  assert.deepEqual([settled.state, settled.silent, settled.count], ['handled', true, 1])
  const [again] = await operations(alert.id)
  assert.deepEqual([again?.actor, again?.tasks.map(({ code }) => code)], ['rampart', ['process.ended']])
  await until('the count', async () => (await detail(counted.id)).hits === 1)
  assert.deepEqual(await operations(counted.id), [])
  assert.deepEqual([isAlive(plain), isAlive(spared), isAlive(slandered)], [true, true, true])
  assert.equal((await listed('')).length, 0, 'nobody is told')
})
