/**
 * Operations from the alert to the host and back: a real server, a real agent, real processes and files. Each operation says what
 * the host looked like before, after, and after undo (`node --test` shows it as diagnostics).
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { AlertRow, OperationView, QuarantinedFile, ResponseOffers } from '@rampart/api'
import { isAlive, until } from '../testing/real-agent.ts'
import { startServerWithAgent } from '../testing/server-with-agent.ts'

async function setUp(t: TestContext) {
  const { running, agent, console, place, runIdle } = await startServerWithAgent(t)
  let copies = 0
  /** A program of ours that does nothing, in a file of its own, and what it runs as. */
  const evil = () => runIdle(`evil-${copies++}`, (path) => chownSync(path, 1234, 1234))

  /** An alert about a running process, as the agent's events raise it. */
  async function alertAbout(pid: number, over: Record<string, unknown> = {}): Promise<AlertRow> {
    const mark = `/dev/tcp/192.0.2.77/${pid}`
    await until(
      'the program',
      () => existsSync(`/proc/${pid}/exe`) && !readFileSync(`/proc/${pid}/cmdline`).includes('node'),
    )
    agent.tellProcess(pid, { commandLine: `sleep 600 ${mark}`, ...over })
    return until('the alert', async () => {
      const { body } = await console.call('listAlerts', { query: 'handled=all&limit=100' })
      const rows = body.items as AlertRow[]
      for (const row of rows) {
        const detail = await console.call('getAlert', { id: row.id })
        if (JSON.stringify(detail.body.evidence).includes(`${mark}"`)) return detail.body as AlertRow
      }
      return undefined
    })
  }

  async function respond(
    alert: { id: string; version: number },
    body: Record<string, unknown>,
  ): Promise<OperationView> {
    const latest = await console.call('getAlert', { id: alert.id })
    const answer = await console.call('respondToAlert', {
      id: alert.id,
      body: { version: latest.body.version, ...body },
    })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return ended(answer.body.id)
  }

  async function ended(id: string): Promise<OperationView> {
    return until('the end of the operation', async () => {
      const { body } = await console.call('getOperation', { id })
      return body.state === 'running' ? undefined : (body as OperationView)
    })
  }

  async function undo(operation: OperationView): Promise<OperationView> {
    const answer = await console.call('undoOperation', { id: operation.id, body: {} })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return ended(answer.body.id)
  }

  const stateOf = async (alert: { id: string }) =>
    (await console.call('getAlert', { id: alert.id })).body.state as string
  const offers = async (alert: { id: string }) =>
    (await console.call('getAlertResponses', { id: alert.id })).body as ResponseOffers
  return { running, agent, console, place, evil, alertAbout, respond, ended, undo, stateOf, offers }
}

const look = (path: string) => {
  if (!existsSync(path)) return 'not there'
  const { uid, gid, mode, size, mtimeNs } = statSync(path, { bigint: true })
  return `uid ${uid} gid ${gid} mode ${(mode & 0o7777n).toString(8)} size ${size} mtime ${mtimeNs}`
}

test('kill process: the process and what it started are gone, the alert is handled, the rest of the host lives', async (t) => {
  const { evil, alertAbout, respond, stateOf, offers, console } = await setUp(t)
  const { pid } = evil()
  const bystander = evil()
  const alert = await alertAbout(pid)
  const offered = await offers(alert)
  assert.deepEqual(
    offered.offers.filter((offer) => !offer.offered).map((offer) => offer.name),
    ['block IP'],
    'everything fits but blocking: no address is known',
  )
  t.diagnostic(`before: process ${pid} ${isAlive(pid) ? 'runs' : 'is gone'}; alert ${await stateOf(alert)}`)
  const operation = await respond(alert, { name: 'kill process' })
  assert.deepEqual(
    operation.tasks.map(({ state, code }) => [state, code]),
    [['done', 'process.ended']],
  )
  assert.equal(isAlive(pid), false)
  assert.equal(isAlive(bystander.pid), true)
  await until('the alert', async () => (await stateOf(alert)) === 'handled')
  t.diagnostic(
    `after: process ${pid} ${isAlive(pid) ? 'runs' : 'is gone'}; alert ${await stateOf(alert)}; ${operation.tasks[0]?.message}`,
  )
  assert.deepEqual(operation.undo.offered, false)
  t.diagnostic(`undo: ${operation.undo.reason}`)
  const history = (await console.call('getAlert', { id: alert.id })).body.history as {
    operation: string
    toState: string
  }[]
  assert.deepEqual(
    history.slice(-2).map(({ operation, toState }) => [operation, toState]),
    [
      ['kill process', 'handling'],
      ['kill process: done', 'handled'],
    ],
  )
})

test('virus removal: program ended and in quarantine; undo puts it back exactly; downloaded and deleted from the list', async (t) => {
  const { evil, alertAbout, respond, undo, stateOf, console, agent } = await setUp(t)
  const { path, pid } = evil()
  const alert = await alertAbout(pid)
  const before = look(path)
  t.diagnostic(`before: ${path}: ${before}; process ${pid} runs`)
  const operation = await respond(alert, { name: 'virus removal' })
  assert.deepEqual(
    operation.tasks.map(({ state, code }) => [state, code]),
    [['done', 'virus.removed']],
  )
  assert.equal(isAlive(pid), false)
  assert.equal(existsSync(path), false)
  await until('the alert', async () => (await stateOf(alert)) === 'handled')
  const summary = (await console.call('getSummary')).body
  assert.equal(summary.quarantinedFiles.value, 1)
  t.diagnostic(
    `after: ${path}: ${look(path)}; process ${pid} ${isAlive(pid) ? 'runs' : 'is gone'}; ${operation.tasks[0]?.message}`,
  )
  const [file] = (await console.call('listQuarantine')).body.items as QuarantinedFile[]
  assert.ok(file)
  assert.deepEqual([file.path, file.state, file.mode, file.ownerId], [path, 'quarantined', 0o750, 1234])

  // Asked for twice at once it comes once.
  for (const asked of await Promise.all([1, 2].map(() => console.call('fetchQuarantined', { id: file.id }))))
    assert.equal(asked.status, 200)
  await until('the download', async () => (await console.call('listQuarantine')).body.items[0].download === 'ready')
  const fetches = (await console.call('listOperations', { query: 'name=download%20from%20quarantine' })).body.items
  assert.deepEqual(
    fetches.map(({ state }: OperationView) => state),
    ['done'],
  )
  const zip = await fetch(`${console.url}/api/v1/quarantine/${file.id}/download`, {
    headers: { cookie: console.cookie },
  })
  writeFileSync(join(agent.state, 'sample.zip'), Buffer.from(await zip.arrayBuffer()))
  const content = execFileSync('unzip', ['-P', 'infected', '-p', join(agent.state, 'sample.zip')])
  assert.deepEqual(content, readFileSync('/usr/bin/sleep'))

  const undone = await undo(operation)
  assert.deepEqual(
    undone.tasks.map(({ state, code }) => [state, code]),
    [['done', 'file.restored']],
  )
  assert.equal(look(path), before)
  t.diagnostic(`undone: ${path}: ${look(path)}`)
  await until('the alert', async () => (await stateOf(alert)) === 'unhandled')
  assert.equal((await console.call('listQuarantine')).body.items[0].state, 'restored')
  assert.equal((await console.call('undoOperation', { id: operation.id, body: {} })).status, 409, 'not twice')

  const again = await respond(alert, { name: 'quarantine' })
  const second = (await console.call('listQuarantine', { query: 'state=quarantined' })).body.items[0] as QuarantinedFile
  writeFileSync(path, 'something else')
  const restored = await console.call('restoreQuarantined', { id: second.id, body: {} })
  assert.equal(restored.status, 200)
  const refusal = await until('the refusal', async () => {
    const [now] = (await console.call('listQuarantine', { query: 'state=quarantined' })).body.items as QuarantinedFile[]
    return now?.code === 'restore.in-the-way' ? now : undefined
  })
  t.diagnostic(`restore with something in the way: ${refusal.message}`)
  assert.equal(readFileSync(path, 'utf8'), 'something else')
  assert.equal((await console.call('deleteQuarantined', { id: second.id })).status, 200)
  await until('the deletion', async () =>
    (await console.call('listQuarantine', { query: 'state=deleted' })).body.items.some(
      (one: QuarantinedFile) => one.id === second.id,
    ),
  )
  assert.equal(again.state, 'done')
})

test('what does not fit says why: interpreters, protected programs, addresses of the server, agents that are away', async (t) => {
  const { agent, console, evil, alertAbout, offers, respond, stateOf } = await setUp(t)
  const { pid } = evil()
  const alert = await alertAbout(pid, { executable: '/usr/bin/bash', name: 'bash' })
  const offered = await offers(alert)
  const reason = (name: string) => offered.offers.find((offer) => offer.name === name)?.reason
  assert.match(reason('quarantine') ?? '', /program of the system that was misused/)
  const stale = await console.call('respondToAlert', { id: alert.id, body: { name: 'kill process', version: 99 } })
  assert.deepEqual([stale.status, stale.body.code], [409, 'alert.changed'])
  const changed = await respond(alert, { name: 'kill process' })
  assert.deepEqual(
    changed.tasks.map(({ state, code }) => [state, code]),
    [['refused', 'process.changed']],
  )
  assert.equal(isAlive(pid), true)
  await until('the alert', async () => (await stateOf(alert)) === 'unhandled')

  await agent.end('SIGTERM')
  await until(
    'it is away',
    async () => (await offers(alert)).offers[0]?.warning !== null || (await offers(alert)).offers[2]?.warning,
  )
  const answer = await console.call('respondToAlert', {
    id: alert.id,
    body: { name: 'troubleshoot', version: (await console.call('getAlert', { id: alert.id })).body.version },
  })
  assert.equal(answer.body.tasks[0].state, 'queued')
})

test('an asset that was away gets its tasks when it returns', async (t) => {
  const { agent, console, evil, alertAbout, ended, stateOf } = await setUp(t)
  const { pid } = evil()
  const alert = await alertAbout(pid)
  await agent.end('SIGKILL')
  const version = (await console.call('getAlert', { id: alert.id })).body.version
  const answer = await console.call('respondToAlert', { id: alert.id, body: { name: 'kill process', version } })
  assert.equal(answer.status, 200)
  assert.equal(await stateOf(alert), 'handling')
  assert.equal(isAlive(pid), true)
  await agent.start()
  const operation = await ended(answer.body.id)
  assert.equal(operation.state, 'done')
  assert.equal(isAlive(pid), false)
})

test('an alert about several processes: all of them end, each with a result of its own, unless one is chosen', async (t) => {
  const { agent, evil, alertAbout, respond, undo, stateOf, offers } = await setUp(t)
  const [first, second, third] = [evil(), evil(), evil()]
  const alert = await alertAbout(first.pid)
  const mark = `sleep 600 /dev/tcp/192.0.2.77/${first.pid}`
  for (const { pid } of [second, third]) agent.tellProcess(pid, { commandLine: mark })
  const { processes, files } = await until('three processes', async () => {
    const now = await offers(alert)
    return now.processes.length === 3 ? now : undefined
  })
  const chosen = processes.find(({ pid }) => pid === third.pid)
  const one = await respond(alert, { name: 'kill process', processes: [chosen?.entityId] })
  assert.deepEqual(
    [one.tasks.length, isAlive(third.pid), isAlive(first.pid), isAlive(second.pid)],
    [1, false, true, true],
  )
  const paths = files.map(({ path }) => path)
  assert.deepEqual(paths.sort(), [first.path, second.path, third.path].sort())
  rmSync(third.path)

  const all = await respond(alert, { name: 'virus removal' })
  assert.deepEqual(all.tasks.map(({ code }) => code).sort(), ['file.gone', 'virus.removed', 'virus.removed'])
  assert.equal(all.state, 'partly')
  await until('handled: what was not done had gone before', async () => (await stateOf(alert)) === 'handled')
  for (const { path, pid } of [first, second]) assert.deepEqual([existsSync(path), isAlive(pid)], [false, false])
  await undo(all)
  for (const { path } of [first, second]) assert.ok(existsSync(path))
  assert.equal(existsSync(third.path), false)
})

test('deep cleanup leaves alone who else runs the program of the system that was misused', async (t) => {
  const { agent, alertAbout, respond } = await setUp(t)
  const [misused, bystander] = [1, 2].map(() => spawn('/usr/bin/sleep', ['600'], { stdio: 'ignore' }))
  t.after(() => [misused, bystander].map((child) => child?.kill('SIGKILL')))
  await until('the programs', () => readFileSync(`/proc/${bystander?.pid}/cmdline`).includes('sleep'))
  agent.tellProcess(bystander?.pid ?? 0, { commandLine: 'sleep 600' })
  const alert = await alertAbout(misused?.pid ?? 0)
  const plan = await respond(alert, { name: 'deep cleanup' })
  const parts = plan.tasks[0]?.details?.parts as { title: string }[]
  assert.deepEqual(
    parts.map(({ title }) => title.split(' ')[0]),
    [String(misused?.pid)],
  )
})
