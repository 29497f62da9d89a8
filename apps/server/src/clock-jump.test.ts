/** The wall clock of a real server process jumps an hour forwards, then an hour back: docs/operations.md says what happens. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { until } from './testing/real-agent.ts'
import { enrolAgent, TestAgent } from './testing/test-agent.ts'
import { TestConsole } from './testing/test-console.ts'
import { temporaryDirectory, writeTestModels } from './testing/test-server.ts'

const main = fileURLToPath(new URL('./testing/server-process.ts', import.meta.url))
const jumpingClock = fileURLToPath(new URL('../../agent/test/jumping-clock.ts', import.meta.url))
const hourMs = 3_600_000
const silentAfterMs = 2_500

test('an hour forwards and an hour back: nothing is lost, nobody is missed, windows follow the hosts', async () => {
  const directory = temporaryDirectory()
  const clock = join(directory, 'clock')
  mkdirSync(join(directory, 'state'), { mode: 0o700 })
  writeTestModels(join(directory, 'models'))
  writeFileSync(clock, '0')
  writeFileSync(join(directory, 'rampart.yml'), 'sessions:\n  idleMinutes: 30\n')
  const server = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', '--import', jumpingClock, main, '--state', join(directory, 'state')],
      ...['--models', join(directory, 'models'), '--indicators', directory, '--log', 'none'],
      ...['--config', join(directory, 'rampart.yml'), '--silent-after-ms', String(silentAfterMs)],
      ...['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, RAMPART_TEST_CLOCK: clock } },
  )
  const [line] = await once(createInterface({ input: server.stdout }), 'line')
  const { consoleUrl, token, firstUser } = JSON.parse(line)
  const console = new TestConsole(consoleUrl)
  const password = 'a new and long password'
  await console.begin(firstUser, password)
  const agent = new TestAgent(await enrolAgent(token))
  await agent.connect()
  const heartbeat = setInterval(() => agent.health(), 300)
  const openAgain = async () => {
    const other = new TestConsole(consoleUrl)
    await other.signIn('admin', password)
    return other
  }
  const jump = async (offsetMs: number) => {
    writeFileSync(clock, String(offsetMs))
    await until('the jump', async () => {
      const { body } = await (await openAgain()).call('createEnrolmentToken', { body: { uses: 1, minutes: 1 } })
      return Math.abs(Date.parse(body.expiresAt) - 60_000 - Date.now() - offsetMs) < 30_000
    })
  }
  const titles = async (from: TestConsole) =>
    (await from.call('listAlerts')).body.items.map(({ title }: { title: string }) => title).sort()
  let sequence = 0
  const five = () =>
    agent.deliver(
      ++sequence,
      Array.from({ length: 5 }, (_, index) => agent.started(sequence * 100 + index, `count-me ${sequence} ${index}`)),
    )
  try {
    const spare = (await console.call('createEnrolmentToken', { body: { uses: 5, minutes: 30 } })).body.token
    await five()

    await jump(hourMs)
    await five()
    await wait(2 * silentAfterMs)
    assert.equal((await console.call('getSession')).status, 401, 'a session of thirty idle minutes is over')
    const later = await openAgain()
    assert.equal((await later.call('getAsset', { id: agent.enrolment.assetId })).body.agent.state, 'online')
    assert.deepEqual(await titles(later), ['Many test commands'], 'ten within an hour of the host, and nobody silent')
    await assert.rejects(enrolAgent(spare), /unknown, used up or expired/)

    await jump(0)
    await five()
    await wait(2 * silentAfterMs)
    assert.equal((await later.call('getSession')).status, 200, 'a session lasts the longer')
    assert.equal((await later.call('getAsset', { id: agent.enrolment.assetId })).body.agent.state, 'online')
    assert.equal((await later.call('getAsset', { id: agent.enrolment.assetId })).body.eventsReceived, 15)
    assert.deepEqual(await titles(later), ['Many test commands'])
    assert.equal((await later.call('verifyAudit')).body.intact, true)
  } finally {
    clearInterval(heartbeat)
    agent.cut()
    server.kill('SIGTERM')
    await once(server, 'exit')
    rmSync(directory, { recursive: true })
  }
})
