/** A state directory that others can get at is refused, never changed; sensors that are gone already do not stop a stop. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startAgent } from '../src/index.ts'
import { superviseSensors } from '../src/sensing/supervise.ts'
import { setUp, until } from './harness.ts'

test('a state directory that other users can read is refused with what to do, and left as it is', async (t) => {
  const { agent, server } = await setUp(t)
  chmodSync(agent.state, 0o755)
  const started = await startAgent({ stateDirectory: agent.state, limits: 'none' })
  assert.ok(!started.ok)
  assert.equal(started.code, 'state.not-private')
  assert.match(started.message, new RegExp(`chmod 700 '${agent.state}'`))
  assert.equal(statSync(agent.state).mode & 0o777, 0o755)
  assert.equal(server.hellos.length, 0)
  chmodSync(agent.state, 0o700)
})

test('one that belongs to another user is refused too', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async (t) => {
  const { agent } = await setUp(t)
  spawnSync('chown', ['65534', agent.state])
  const started = await startAgent({ stateDirectory: agent.state, limits: 'none' })
  assert.ok(!started.ok && started.code === 'state.not-private')
  spawnSync('chown', ['0', agent.state])
})

test('a stop goes through although the sensor process vanished unseen', async (t) => {
  const { agent } = await setUp(t)
  // A process that looks like a sensor process left by an earlier agent, and is none of our children.
  const sensorMain = new URL('../src/sensing/main.ts', import.meta.url).pathname
  const gone = spawn('sh', ['-c', 'exit 0', sensorMain], { stdio: 'ignore' })
  await once(gone, 'exit')
  let pid = 0
  const sensing = superviseSensors({
    settings: {
      socket: join(agent.state, 'nobody.sock'),
      stateDirectory: join(agent.state, 'sensors'),
      asset: { id: 'host-test', name: 'web-1', kind: 'host' },
      lingerMs: 300,
      build: 'test',
      sensorModule: new URL('./ticking-sensor.ts', import.meta.url).pathname,
    },
    nodeFlags: [],
    leftBehind: gone.pid,
    policy: () => ({}),
    frameOf: () => 0,
    onFrame: () => {},
    onInventory: () => {},
    onDrops: () => {},
    onProcess: (started) => {
      pid = started
    },
  })
  await until('a process', () => pid > 0)
  process.kill(pid, 'SIGKILL')
  // Its end is not told to us yet, or only just: there is nobody to signal.
  await until('its end', () => !existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
  await sensing.stop(2_000)
})
