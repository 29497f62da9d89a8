/** Starting: one agent per state directory, restart by the supervisor, what it says when it cannot. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { TestAgent, until } from './harness.ts'
import { TestServer } from './server.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const mainPid = (agent: TestAgent) => Number(readFileSync(join(agent.state, 'agent.pid'), 'utf8').split(' ')[0])

test('a second agent on the same state directory says so and ends with 2', async (t) => {
  const server = await TestServer.start()
  const agent = await TestAgent.enrolled(server)
  t.after(async () => {
    await agent.remove()
    await server.vanish()
  })
  agent.start()
  await until('a connection', () => server.hellos.length === 1)
  const second = spawnSync(process.execPath, [main, '--state', agent.state, '--no-limits'], { encoding: 'utf8' })
  assert.equal(second.status, 2)
  assert.match(second.stderr, /already runs .*\[agent\.already-running\]/)
  assert.equal(server.hellos.length, 1)
})

test('without an identity it says what to do and ends with 2', () => {
  const agent = new TestAgent()
  const { status, stderr } = spawnSync(process.execPath, [main, '--state', agent.state], { encoding: 'utf8' })
  assert.equal(status, 2)
  assert.match(stderr, /enrol this host .*\[identity\.not-enrolled\]/)
  return agent.remove().catch(() => {})
})

test('under its supervisor a killed agent comes back; the supervisor ends with it in good order', async (t) => {
  const server = await TestServer.start()
  const agent = await TestAgent.enrolled(server)
  t.after(async () => {
    await agent.remove()
    await server.vanish()
  })
  agent.start('--supervise')
  await until('a connection', () => server.hellos.length === 1)
  const first = mainPid(agent)
  assert.notEqual(first, agent.process?.pid)
  process.kill(first, 'SIGKILL')
  await until('another agent', () => server.hellos.length === 2, 20_000)
  assert.notEqual(mainPid(agent), first)
  assert.equal(await agent.end('SIGTERM'), 0)
  assert.deepEqual(server.stopping, ['SIGTERM'])
})

test('the supervisor waits for an agent that takes its time to end', async () => {
  const script = fileURLToPath(new URL('../src/supervise.sh', import.meta.url))
  const slow = 'echo started; trap "sleep 0.3; echo ended; exit 7" TERM; while :; do sleep 0.05; done'
  const supervisor = spawn('/bin/sh', [script, '/bin/sh', '-c', slow], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  supervisor.stdout.on('data', (chunk) => {
    output += chunk
  })
  await until('a start', () => output.includes('started'))
  supervisor.kill('SIGTERM')
  supervisor.kill('SIGINT')
  const [code] = await once(supervisor, 'close')
  assert.equal(code, 0)
  assert.match(output, /^started\nended\n$/)
})

const nobody = { uid: 65_534, gid: 65_534 }
const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['--check', main], { ...nobody, stdio: 'ignore' }).status === 0

test('without root it runs with the sensors that can work; the others say why', {
  skip: !canBeNobody && 'needs root, and sources that everybody can read',
}, async (t) => {
  const server = await TestServer.start()
  const agent = new TestAgent()
  t.after(async () => {
    await agent.remove()
    await server.vanish()
  })
  spawnSync('chown', ['-R', '65534:65534', agent.state])
  agent.spawnOptions = nobody
  agent.start('--real-sensors', '--token', server.token)
  await until(
    'all sensors in the health',
    () => server.health.at(-1)?.sensors.some(({ sensor }) => sensor === 'log') ?? false,
  )
  const sensors = server.health.at(-1)?.sensors ?? []
  for (const sensor of sensors.filter((one) => one.sensor.startsWith('ebpf.'))) {
    assert.equal(sensor.state, 'unavailable')
    assert.match(sensor.reason ?? '', /root/)
  }
  assert.ok(sensors.some((one) => one.sensor.startsWith('ebpf.')))
  assert.equal(await agent.end('SIGTERM'), 0)
})
