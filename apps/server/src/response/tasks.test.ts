/** Tasks over the wire: to the right agent only, again until stored, waiting for an agent that is away, given up in time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Database } from '@rampart/alert'
import type { ServerMessage, TaskMessage } from '@rampart/api'
import pino from 'pino'
import { migrations } from '../store/migrations.ts'
import { type StoredOperation, type StoredTask, TaskStore } from './task-store.ts'
import { newId, operationStateOf, Tasks } from './tasks.ts'

function setUp() {
  const opened = Database.open(':memory:', migrations)
  assert.ok(opened.ok)
  const sent: { assetId: string; message: ServerMessage }[] = []
  const clock = { now: 1_000_000 }
  const ended: StoredTask[] = []
  const settled: StoredOperation[] = []
  const store = new TaskStore(opened.database)
  const make = () => {
    const tasks = new Tasks({
      store,
      send: (assetId, message) => sent.push({ assetId, message }),
      now: () => clock.now,
      log: pino({ enabled: false }),
      onTask: () => {},
      onOperation: () => {},
    })
    tasks.whenTaskEnds((task) => ended.push(task))
    tasks.whenOperationEnds((operation) => settled.push(operation))
    return tasks
  }
  const tasksTo = (assetId: string) =>
    sent
      .filter((one) => one.assetId === assetId && one.message.type === 'task')
      .map(({ message }) => message as TaskMessage)
  return { tasks: make(), make, store, sent, clock, ended, settled, tasksTo }
}

const look = (assetId: string, expiresAt: number) => ({
  id: newId('tk', expiresAt),
  kind: 'troubleshoot' as const,
  parameters: {},
  assetId,
  expiresAt,
})
const operation = () => ({ id: newId('op', 1), name: 'troubleshoot', title: 'Look.', actor: 'ada' })
const result = (id: string, state: 'running' | 'done' | 'failed' | 'refused', code: string) => ({
  type: 'task-result' as const,
  id,
  state,
  code,
  message: 'Said so.',
  at: 1,
})

test('ids rise with time', () => {
  const ids = [newId('tk', 1), newId('tk', 1), newId('tk', 2), newId('tk', 1e12)]
  assert.deepEqual([...ids].sort(), ids)
})

test('a task goes to its asset alone, its result is stored once and confirmed every time', () => {
  const { tasks, store, sent, ended, settled, tasksTo } = setUp()
  tasks.connected('a')
  tasks.connected('b')
  const task = look('a', 2_000_000)
  const begun = tasks.begin(operation(), [task])
  assert.equal(begun.state, 'running')
  assert.equal(tasksTo('b').length, 0)
  assert.deepEqual(
    tasksTo('a').map(({ id, expiresInMs }) => [id, expiresInMs]),
    [[task.id, 1_000_000]],
  )
  tasks.result('b', result(task.id, 'done', 'agent.healthy'))
  assert.equal(store.task(task.id)?.state, 'sent', 'the word of another asset counts for nothing')
  tasks.result('a', result(task.id, 'running', 'task.running'))
  assert.equal(store.task(task.id)?.state, 'running')
  for (const _ of [1, 2]) tasks.result('a', result(task.id, 'done', 'agent.healthy'))
  assert.equal(ended.length, 1)
  assert.deepEqual(
    settled.map(({ state }) => state),
    ['done'],
  )
  assert.equal(sent.filter(({ assetId, message }) => assetId === 'a' && message.type === 'task-recorded').length, 2)
})

test('what an agent has not answered is sent again, also by a server that was started anew', () => {
  const { tasks, make, tasksTo } = setUp()
  tasks.begin(operation(), [look('a', 2_000_000)])
  assert.equal(tasksTo('a').length, 0)
  tasks.connected('a')
  tasks.disconnected('a')
  tasks.connected('a')
  assert.equal(tasksTo('a').length, 2)
  make().connected('a')
  assert.equal(tasksTo('a').length, 3)
  assert.equal(new Set(tasksTo('a').map(({ id }) => id)).size, 1)
})

test('a task whose agent stays away is given up in time, and its late word still counts', () => {
  const { tasks, store, clock, settled } = setUp()
  const [never, sent] = [look('away', 1_500_000), look('gone', 1_500_000)]
  tasks.connected('gone')
  tasks.begin(operation(), [never, sent])
  tasks.disconnected('gone')
  clock.now = 1_500_000
  tasks.sweep()
  assert.equal(store.task(never.id)?.state, 'expired')
  assert.equal(store.task(sent.id)?.state, 'expired')
  assert.deepEqual(
    settled.map(({ state }) => state),
    ['expired'],
  )
  tasks.result('gone', result(sent.id, 'done', 'agent.healthy'))
  assert.equal(store.task(sent.id)?.state, 'done')
  assert.deepEqual(
    settled.map(({ state }) => state),
    ['expired', 'partly'],
  )
})

test('taking back: what was not sent at once, what was sent by its agent', () => {
  const { tasks, store, sent } = setUp()
  tasks.connected('a')
  const [there, away] = [look('a', 2_000_000), look('b', 2_000_000)]
  const begun = tasks.begin(operation(), [there, away])
  assert.equal(tasks.cancel(begun.id, 'ada'), 2)
  assert.equal(store.task(away.id)?.state, 'cancelled')
  assert.equal(store.task(there.id)?.state, 'sent')
  assert.deepEqual(sent.at(-1), { assetId: 'a', message: { type: 'cancel-task', id: there.id } })
  tasks.result('a', result(there.id, 'refused', 'task.cancelled'))
  assert.equal(store.operation(begun.id)?.state, 'cancelled')
})

test('an asset gets at most 64 tasks at a time, the others as these end, in order', () => {
  const { tasks, tasksTo } = setUp()
  tasks.connected('a')
  const all = Array.from({ length: 100 }, () => look('a', 2_000_000))
  tasks.begin(operation(), all)
  assert.equal(tasksTo('a').length, 64)
  for (const { id } of all) tasks.result('a', result(id, 'done', 'agent.healthy'))
  assert.deepEqual(
    tasksTo('a').map(({ id }) => id),
    all.map(({ id }) => id),
  )
})

test('what an operation came to', () => {
  const of = (...states: StoredTask['state'][]) => operationStateOf(states.map((state) => ({ state })))
  assert.equal(of(), 'done')
  assert.equal(of('done', 'done'), 'done')
  assert.equal(of('done', 'failed'), 'partly')
  assert.equal(of('failed', 'expired'), 'failed')
  assert.equal(of('cancelled', 'cancelled'), 'cancelled')
  assert.equal(of('refused'), 'failed')
})
