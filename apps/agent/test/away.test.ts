/** What must not be lost while clocks jump, the server is away for long, or one container floods. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { agentStatus } from '../src/index.ts'
import { assertComplete, setUp, TestAgent, until } from './harness.ts'
import { TestServer } from './server.ts'

const jumpingClock = new URL('./jumping-clock.ts', import.meta.url).pathname

test('a day of events waits on disk while the server is away, through two restarts, and comes in order', async (t) => {
  const { server, agent } = await setUp(t)
  await server.vanish()
  // As many as an ordinary server makes in a day, as fast as they can be made.
  const day = 50_000
  agent.plan({ perTick: 250, everyMs: 10, limit: day / 2 })
  agent.start()
  const waiting = async () => {
    const status = await agentStatus(agent.state)
    return status.running ? status.spool.events + status.merged : 0
  }
  await until('the first half', async () => (await waiting()) >= day / 2, 40_000)
  await agent.end('SIGTERM')
  agent.start()
  await until('the second half', async () => (await waiting()) >= day, 40_000)
  await agent.end('SIGKILL')
  process.kill(agent.sensorPid, 'SIGKILL')
  agent.plan({ perTick: 0, everyMs: 1_000, limit: 0 })
  await server.listen()
  agent.start()
  const counted = () => server.events.reduce((sum, event) => sum + (event.count ?? 1), 0)
  await until('all of the day', () => counted() >= day, 60_000)
  assert.equal(counted(), day)
  assert.deepEqual(server.faults, [])
  const sequences = server.batches.map(({ sequence }) => sequence)
  assert.deepEqual(
    sequences,
    sequences.map((_, at) => at + 1),
    'each batch once, in order',
  )
})

test('the clock is set a day forward and then back behind its start: nothing is lost, doubled or late', async (t) => {
  const { server, agent } = await setUp(t)
  const clock = join(agent.state, 'clock')
  writeFileSync(clock, '0')
  agent.environment = { NODE_OPTIONS: `--import ${jumpingClock}`, RAMPART_TEST_CLOCK: clock }
  agent.plan({ perTick: 5, everyMs: 10, limit: 3_000 })
  agent.start()
  const hour = 3_600_000
  for (const [at, offset] of [
    [300, 24 * hour],
    [900, -hour],
    [1_500, 0],
  ] as const) {
    await until(`${at} events`, () => server.events.length >= at)
    writeFileSync(clock, String(offset))
  }
  await until('all', () => server.events.length >= 3_000, 40_000)
  assertComplete(server, 3_000)
  const times = server.events.map((event) => event.at)
  assert.ok(Math.max(...times) - Math.min(...times) > 24 * hour, 'the clock did jump')
  assert.equal(server.hellos.length, 1, 'the connection held')
})

test('acknowledgements come late and twice, from a slow server: nothing is lost or doubled', async (t) => {
  const { server, agent } = await setUp(t)
  server.acknowledgeMs = 1_500
  agent.plan({ perTick: 20, everyMs: 20, limit: 2_000 })
  agent.start()
  await until('some', () => server.events.length > 200)
  server.send({ type: 'acknowledge', sequence: 1 })
  server.send({ type: 'acknowledge', sequence: 1 })
  await until('all', () => server.events.length >= 2_000, 60_000)
  assertComplete(server, 2_000)
})

const mayMount = process.getuid?.() === 0

test('the disk under the spool fills up while the agent runs: what is lost is counted, the agent goes on', {
  skip: !mayMount && 'needs root',
}, async (t: TestContext) => {
  const server = await TestServer.start()
  const agent = await TestAgent.enrolled(server)
  const disk = join(agent.state, 'spool')
  mkdirSync(disk, { recursive: true, mode: 0o700 })
  t.after(async () => {
    await agent.end('SIGTERM')
    spawnSync('umount', ['-l', disk])
    await agent.remove()
    await server.vanish()
  })
  // In a mount namespace of the agent's own: nothing outside sees this disk.
  agent.wrapper = [
    'unshare',
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    `mount -t tmpfs -o size=256k none '${disk}' && exec "$@"`,
    'sh',
  ]
  await server.vanish()
  const emitted = 60_000
  agent.plan({ perTick: 100, everyMs: 5, limit: emitted })
  agent.start()
  const state = async () => {
    const status = await agentStatus(agent.state)
    return status.running ? status : undefined
  }
  await until('a full disk', async () => /ENOSPC|no space/.test((await state())?.spool.problem ?? ''), 60_000)
  assert.ok(
    (await state())?.sensors.some(({ sensor }) => sensor === 'agent.spool'),
    'the status says so',
  )
  const seen = (status: Awaited<ReturnType<typeof state>>) =>
    status?.sensors.find(({ sensor }) => sensor === 'ticking')?.eventsSeen ?? 0
  await until('the end of the flood', async () => seen(await state()) === emitted, 60_000)
  await server.listen()
  const received = () => server.events.reduce((sum, event) => sum + (event.count ?? 1), 0)
  await until(
    'every event received or counted as lost',
    async () => {
      const status = await state()
      const dropped = Object.values(status?.dropped ?? {}).reduce((sum, count) => sum + count, 0)
      return status?.spool.events === 0 && received() + dropped === emitted
    },
    60_000,
  )
  await until('the disk is well again', async () => (await state())?.spool.problem === '')
  assert.deepEqual(server.faults, [])
})
