/** The agent as processes: enrolment to acknowledgement, and what must not be lost when things die or go away. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { agentStatus, describeStatus, enrol } from '../src/index.ts'
import { assertComplete, setUp, until } from './harness.ts'

test('events reach the server, are acknowledged and leave the spool; the agent explains itself and stops in good order', async (t) => {
  const { server, agent } = await setUp(t)
  agent.plan({ perTick: 10, everyMs: 20, limit: 200 })
  agent.start()
  await until('200 events', () => server.events.length === 200)
  await until('connected line', () => agent.output.includes('"state":"connected"'))
  await until('health', () =>
    server.health.some(({ sensors }) => sensors.some((one) => one.sensor === 'ticking' && one.eventsSeen === 200)),
  )
  assertComplete(server, 200)
  const status = await agentStatus(agent.state)
  assert.ok(status.running)
  assert.equal(status.connection.connected, true)
  assert.equal(status.spool.events, 0)
  assert.match(describeStatus(status), /connection +connected/)
  assert.equal((await enrol({ token: server.token, stateDirectory: agent.state })).ok, false, 'not while it runs')

  assert.equal(await agent.end('SIGTERM'), 0)
  assert.deepEqual(server.stopping, ['SIGTERM'])
  assert.throws(() => process.kill(agent.sensorPid, 0), 'the sensor process ended too')
  assert.equal((await agentStatus(agent.state)).running, false)
})

test('kill -9 of the agent while it streams: nothing is lost, nothing comes twice', async (t) => {
  const { server, agent } = await setUp(t)
  server.acknowledgeMs = 30
  agent.plan({ perTick: 20, everyMs: 5, limit: 6_000 })
  agent.start()
  for (const at of [500, 1_800, 3_200]) {
    await until(`${at} events`, () => server.events.length >= at)
    assert.equal(await agent.end('SIGKILL'), 'SIGKILL')
    agent.start()
  }
  await until('all events', () => server.events.length >= 6_000, 30_000)
  assertComplete(server, 6_000)
})

test('the agent dies and comes back only after its sensor process gave up waiting: what that held is not lost', async (t) => {
  const { server, agent } = await setUp(t)
  agent.plan({ perTick: 5, everyMs: 10, limit: 1_000_000 })
  agent.start('--linger-ms', '600')
  await until('some events', () => server.events.length > 100)
  const sensorPid = agent.sensorPid
  await agent.end('SIGKILL')
  await until('the end of the sensor process', () => !existsSync(`/proc/${sensorPid}`))
  agent.plan({ perTick: 5, everyMs: 10, limit: 200 })
  agent.start()
  const ofRun = (run: number) => server.events.filter(({ id }) => id.includes(`/run-${run}/`))
  await until('the second run', () => ofRun(2).length === 200)
  const numbers = ofRun(1).map(({ id }) => Number(id.split('/').at(-1)))
  assert.deepEqual(
    numbers,
    Array.from(numbers, (_, at) => at + 1),
    'no number is missing',
  )
  assert.ok(numbers.length > 300, 'events of the time alone are there')
  assertComplete(server, server.events.length, 2)
})

test('kill -9 of the sensor process: it is started again and the rest goes on', async (t) => {
  const { server, agent } = await setUp(t)
  agent.plan({ perTick: 5, everyMs: 10, limit: 500 })
  agent.start()
  await until('some events', () => server.events.length > 50)
  const first = agent.sensorPid
  process.kill(first, 'SIGKILL')
  await until('another sensor process', () => agent.sensorPid !== first)
  await until('its events', () => server.events.filter(({ id }) => id.includes('/run-2/')).length === 500)
  await until('the fault in health', () =>
    server.health.some(({ sensors }) => sensors.some((one) => /killed by SIGKILL/.test(one.reason ?? ''))),
  )
  assertComplete(server, server.events.length, 2)
})

test('the server is away: events wait on disk, come later and in order; the agent may be restarted meanwhile', async (t) => {
  const { server, agent } = await setUp(t)
  agent.plan({ perTick: 10, everyMs: 10, limit: 1_500 })
  agent.start()
  await until('a connection', () => server.events.length > 100)
  await server.vanish()
  const before = server.events.length
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await agent.end('SIGKILL')
  agent.start()
  await until('events that wait, and the reason', async () => {
    const status = await agentStatus(agent.state)
    if (!status.running || status.connection.connected) return false
    return status.connection.lastError !== '' && status.spool.events > 500
  })
  assert.equal(server.events.length, before)
  await server.listen()
  await until('all events', () => server.events.length >= 1_500, 40_000)
  assertComplete(server, 1_500)
})

test('wrong messages from the server end the connection, not the agent', async (t) => {
  const { server, agent } = await setUp(t)
  agent.plan({ perTick: 1, everyMs: 20, limit: 300 })
  agent.start()
  for (const bad of [
    Buffer.from([0xc1]),
    Buffer.from('not msgpack at all'),
    { type: 'acknowledge', sequence: 1_000_000 },
    { type: 'acknowledge', sequence: -1 },
    { type: 'run', command: 'id' },
    { type: 'policy', policy: 'everything' },
  ]) {
    const connected = server.hellos.length
    await until('a connection', () => server.connections === 1 && server.hellos.length >= Math.max(1, connected))
    await new Promise((resolve) => setTimeout(resolve, 50))
    server.send(bad)
    await until('a new connection', () => server.hellos.length > connected && server.connections === 1)
  }
  await until('all events', () => server.events.length >= 300)
  assertComplete(server, 300)
  assert.equal(await agent.end('SIGTERM'), 0)
})

test('the server asks to slow down: nothing comes for that long, then everything', async (t) => {
  const { server, agent } = await setUp(t)
  agent.plan({ perTick: 2, everyMs: 20, limit: 400 })
  agent.start()
  await until('some events', () => server.events.length > 20)
  server.send({ type: 'slow-down', pauseMs: 4_000 })
  // What is on its way still comes; behind that there is one gap nearly as long as was asked for.
  let longestGap = 0
  let [seen, since] = [server.events.length, performance.now()]
  await until('all events', () => {
    if (server.events.length !== seen) {
      longestGap = Math.max(longestGap, performance.now() - since)
      ;[seen, since] = [server.events.length, performance.now()]
    }
    return seen === 400
  })
  assert.ok(longestGap > 3_000, `${Math.round(longestGap)} ms`)
  assertComplete(server, 400)
})

test('a flood is shed with every lost event counted; the policy sets the spool', async (t) => {
  const { server, agent } = await setUp(t)
  server.policy = { agent: { spoolMaxBytes: 1024 * 1024 } }
  server.acknowledging = false
  agent.plan({ perTick: 2_000, everyMs: 5, limit: 200_000, type: 'process.ended' })
  agent.start()
  const accounted = (dropped: Record<string, number>, waiting: number) =>
    Object.values(dropped).reduce((sum, count) => sum + count, 0) + waiting
  await until('drops', () => Object.keys(server.health.at(-1)?.spool.dropped ?? {}).length > 0, 30_000)
  await until(
    'the end of the flood',
    () => {
      const last = server.health.at(-1)
      return last?.sensors.some(({ sensor, eventsSeen }) => sensor === 'ticking' && eventsSeen === 200_000) ?? false
    },
    60_000,
  )
  server.acknowledging = true
  await agent.end('SIGTERM')
  agent.plan({ perTick: 0, everyMs: 1000, limit: 0 })
  agent.start()
  await until(
    'the rest is delivered',
    () => server.health.at(-1)?.spool.events === 0 && server.connections === 1,
    30_000,
  )
  const dropped = server.health.at(-1)?.spool.dropped ?? {}
  t.diagnostic(JSON.stringify(dropped))
  const received = server.events.reduce((sum, event) => sum + (event.count ?? 1), 0)
  assert.equal(accounted(dropped, received), 200_000)
  assert.deepEqual(server.faults, [])
})
