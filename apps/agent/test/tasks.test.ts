/** Tasks over the wire on real processes: done once however often they come, finished after a crash, refused when late. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { test } from 'node:test'
import type { Task } from '@rampart/response'
import { readProcess } from '@rampart/response/execute'
import { setUp, until } from './harness.ts'
import type { TestServer } from './server.ts'

const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

function sleeper(): ChildProcess & { pid: number } {
  return spawn('sleep', ['600'], { stdio: 'ignore' }) as ChildProcess & { pid: number }
}

function targetOf(pid: number) {
  const executable = realpathSync(`/proc/${pid}/exe`)
  const sha256 = createHash('sha256').update(readFileSync(executable)).digest('hex')
  return { pid, entityId: readProcess(pid, bootId)?.entityId ?? '', executable, sha256 }
}

function send(server: TestServer, task: Task, expiresInMs = 60_000): void {
  const now = Date.now()
  server.send({ type: 'task', ...task, issuedAt: now, expiresAt: now + expiresInMs, expiresInMs })
}

const lastOf = (server: TestServer, id: string) =>
  server.results.findLast((result) => result.id === id && result.state !== 'running')

test('a process is ended only when it is the very one that was seen', async (t) => {
  const { server, agent } = await setUp(t)
  agent.start()
  await until('a connection', () => server.health.length > 0)
  const victim = sleeper()
  t.after(() => victim.kill('SIGKILL'))
  await until('the program', () => realpathSync(`/proc/${victim.pid}/exe`).endsWith('sleep'))
  const target = targetOf(victim.pid)
  const kill = async (id: string, over: Partial<typeof target>) => {
    send(server, { id, kind: 'kill-process', parameters: { process: { ...target, ...over }, tree: false } })
    await until(`the result of ${id}`, () => lastOf(server, id) !== undefined)
    return lastOf(server, id)
  }
  assert.equal((await kill('tk-1', { entityId: `${bootId}-${victim.pid}-1` }))?.code, 'process.gone')
  assert.equal((await kill('tk-2', { executable: '/usr/bin/other' }))?.code, 'process.changed')
  assert.equal((await kill('tk-3', { sha256: '0'.repeat(64) }))?.code, 'process.changed')
  assert.equal(victim.exitCode ?? victim.signalCode, null, 'it lives')
  const done = await kill('tk-4', {})
  assert.deepEqual([done?.state, done?.code], ['done', 'process.ended'])
  await until('the end', () => victim.signalCode === 'SIGKILL')
})

test('the agent, its starters, the first process and the kernel are never ended', async (t) => {
  const { server, agent } = await setUp(t)
  agent.start()
  await until('a connection', () => server.health.length > 0)
  const pids = [1, 2, agent.process?.pid ?? 0, agent.sensorPid, process.pid]
  for (const pid of pids) {
    const entityId = readProcess(pid, bootId)?.entityId ?? ''
    const process = { pid, entityId, executable: null, sha256: null }
    send(server, { id: `tk-${pid}`, kind: 'kill-process', parameters: { process, tree: true } })
  }
  for (const pid of pids) {
    await until(`a result for ${pid}`, () => lastOf(server, `tk-${pid}`) !== undefined)
    assert.equal(lastOf(server, `tk-${pid}`)?.code, 'process.protected', String(pid))
  }
})

test('results are repeated until they are recorded, a task that comes again is not done again, a late one is refused', async (t) => {
  const { server, agent } = await setUp(t)
  agent.start()
  await until('a connection', () => server.health.length > 0)
  const look: Task = { id: 'tk-a', kind: 'troubleshoot', parameters: {} }
  send(server, look)
  await until('a result', () => lastOf(server, 'tk-a') !== undefined)
  const { at } = lastOf(server, 'tk-a') ?? {}
  await agent.end('SIGKILL')
  server.results.length = 0
  agent.start()
  await until('the same result again', () => lastOf(server, 'tk-a') !== undefined)
  assert.equal(lastOf(server, 'tk-a')?.at, at)
  send(server, look)
  await until('it a third time', () => server.results.filter(({ state }) => state !== 'running').length >= 2)
  assert.equal(lastOf(server, 'tk-a')?.at, at, 'not done again')
  server.send({ type: 'task-recorded', id: 'tk-a' })
  send(server, { ...look, id: 'tk-b' }, 0)
  await until('the refusal', () => lastOf(server, 'tk-b') !== undefined)
  assert.equal(lastOf(server, 'tk-b')?.code, 'task.expired')
  server.send({ type: 'task-recorded', id: 'tk-b' })
  await agent.end('SIGTERM')
  server.results.length = 0
  agent.start()
  await until('a connection', () => server.connections === 1)
  send(server, { ...look, id: 'tk-c' })
  await until('the next', () => lastOf(server, 'tk-c') !== undefined)
  assert.deepEqual([...new Set(server.results.map(({ id }) => id))], ['tk-c'], 'what is recorded is not repeated')
})
