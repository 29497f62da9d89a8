/** The agent as a process, from enrolment to acknowledged events. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentStatus } from '../src/index.ts'
import { TestAgent, until } from './harness.ts'
import { TestServer } from './server.ts'

test('events reach the server, are acknowledged and leave the spool; the agent stops in good order', async (t) => {
  const server = await TestServer.start()
  const agent = await TestAgent.enrolled(server)
  t.after(async () => {
    await agent.remove()
    await server.vanish()
  })
  agent.plan({ perTick: 10, everyMs: 20, limit: 200 })
  agent.start()
  await until('200 events', () => server.events.length === 200)
  await until('connected line', () => agent.output.includes('"state":"connected"'))
  await until('health of the sensor', () =>
    server.health.some(({ sensors }) => sensors.some((one) => one.eventsSeen === 200)),
  )
  const status = await agentStatus(agent.state)
  assert.equal(status.running, true)
  assert.deepEqual(server.faults, [])
  assert.equal(new Set(server.events.map(({ id }) => id)).size, 200)
  assert.deepEqual(
    server.batches.map(({ sequence }) => sequence),
    server.batches.map((_, at) => at + 1),
  )
  const startedAt = performance.now()
  assert.equal(await agent.end('SIGTERM'), 0)
  assert.ok(performance.now() - startedAt < 3_000)
  assert.deepEqual(server.stopping, ['SIGTERM'])
  assert.equal((await agentStatus(agent.state)).running, false)
})
