/** 200 mixed operations on a real host while agent and server are killed (SIGKILL) again and again: none is lost, none is done twice. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Database } from '@rampart/alert'
import { migrations } from '../store/migrations.ts'
import { describeProcess, isAlive, RealAgent, until } from '../testing/real-agent.ts'
import { writeTestModels } from '../testing/test-server.ts'
import { type NewTask, TaskStore } from './task-store.ts'
import { newId } from './tasks.ts'

const main = fileURLToPath(new URL('../testing/server-process.ts', import.meta.url))
const processes = 50
const files = 60
const restored = 40
const deleted = 10
const looks = 40
const kills = 8

class ServerProcess {
  readonly directory = mkdtempSync(join(tmpdir(), 'rampart-respond-'))
  port = 0
  token = ''
  #child: ChildProcess | undefined

  async start(): Promise<void> {
    if (this.port === 0) {
      writeTestModels(join(this.directory, 'models'))
      const probe = createServer().listen(0, '127.0.0.1')
      await once(probe, 'listening')
      this.port = (probe.address() as { port: number }).port
      probe.close()
    }
    const child = spawn(
      process.execPath,
      [
        ...['--disable-warning=ExperimentalWarning', main, '--state', join(this.directory, 'state')],
        ...['--models', join(this.directory, 'models'), '--indicators', join(this.directory, 'none')],
        ...['--listen', '127.0.0.1:0', '--agent-listen', `127.0.0.1:${this.port}`, '--log', 'none'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    this.#child = child
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    this.token = (JSON.parse(String(line)) as { token: string }).token
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  /** The store, while no server has it. */
  store<Value>(use: (store: TaskStore) => Value): Value {
    const opened = Database.open(join(this.directory, 'state/rampart.db'), migrations)
    assert.ok(opened.ok, JSON.stringify(opened))
    try {
      return use(new TaskStore(opened.database))
    } finally {
      opened.database.close()
    }
  }
}

async function setUp(t: TestContext) {
  const server = new ServerProcess()
  const agent = new RealAgent()
  const place = mkdtempSync(join(tmpdir(), 'rampart-place-'))
  const sleepers: ChildProcess[] = []
  t.after(async () => {
    for (const child of sleepers) child.kill('SIGKILL')
    await agent.remove()
    await server.end('SIGTERM')
    for (const folder of [server.directory, place]) rmSync(folder, { recursive: true, force: true })
  })
  await server.start()
  await agent.start(server.token)
  await agent.end('SIGTERM')
  await server.end('SIGTERM')
  for (let count = 0; count < processes; count++) sleepers.push(spawn('sleep', ['600'], { stdio: 'ignore' }))
  return { server, agent, place, sleepers }
}

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

test('200 mixed operations, kill -9 of agent and server in the middle of them', async (t) => {
  const { server, agent, place, sleepers } = await setUp(t)
  const paths = Array.from({ length: files }, (_, at) => join(place, `file-${at}`))
  const contents = new Map<string, string>()
  for (const [at, path] of paths.entries()) {
    writeFileSync(path, randomBytes(20_000 + at * 5_000), { mode: 0o640 })
    utimesSync(path, 1_000_000_000 + at, 1_100_000_000 + at)
    contents.set(path, digest(path))
  }
  const task = (body: Record<string, unknown>): NewTask =>
    ({ ...body, id: newId('tk', Date.now()), assetId: agent.assetId, expiresAt: Date.now() + 600_000 }) as NewTask
  const kill = sleepers.map(({ pid }) => {
    const { entityId, executable } = describeProcess(pid as number)
    const parameters = { process: { pid, entityId, executable, sha256: null }, tree: true }
    return () => task({ kind: 'kill-process', parameters })
  })
  const quarantine = paths.map((path, at) => () => {
    const file = { path, sha256: contents.get(path), inode: null }
    return task({ kind: 'quarantine-file', parameters: { file, entry: `qf-${at}` } })
  })
  const restore = paths.slice(0, restored).map((_, at) => () => {
    const parameters = { entry: `qf-${at}`, ifInTheWay: 'refuse', path: null, acceptPlace: false }
    return task({ kind: 'restore-file', parameters })
  })
  const remove = Array.from(
    { length: deleted },
    (_, at) => () => task({ kind: 'delete-quarantined', parameters: { entry: `qf-${restored + at}` } }),
  )
  const look = Array.from({ length: looks }, () => () => task({ kind: 'troubleshoot', parameters: {} }))
  // Mixed; what undoes another one comes behind it.
  const first = [...quarantine, ...kill.slice(0, 25), ...look.slice(0, 20)].sort(() => Math.random() - 0.5)
  const second = [...restore, ...remove, ...kill.slice(25), ...look.slice(20)].sort(() => Math.random() - 0.5)
  const all = [...first, ...second].map((make) => make())
  assert.equal(all.length, 200)
  server.store((store) => {
    for (const one of all)
      store.add({ id: newId('op', Date.now()), name: one.kind, title: one.kind, actor: 'ada' }, [one], Date.now())
  })

  await server.start()
  await agent.start()
  let interrupted = 0
  for (let round = 0; round < kills; round++) {
    await new Promise((resolve) => setTimeout(resolve, 200 + round * 60))
    const victim = round % 2 === 0 ? agent : server
    await victim.end('SIGKILL')
    interrupted++
    await victim.start()
  }
  // The end is looked for in the agent's journal, so that the server's database stays the server's.
  const journal = () =>
    readdirSync(join(agent.state, 'response/tasks'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(agent.state, 'response/tasks', name), 'utf8')))
  await until(
    'everything is done and recorded',
    () => journal().filter((entry) => entry.recorded).length === 200,
    90_000,
  )
  await agent.end('SIGTERM')
  await server.end('SIGTERM')

  const states = server.store((store) => all.map(({ id, kind }) => ({ kind, task: store.task(id) })))
  const codes: Record<string, Record<string, number>> = {}
  for (const { kind, task: stored } of states) {
    assert.equal(stored?.state, 'done', JSON.stringify(stored))
    const counts = codes[kind] ?? {}
    codes[kind] = counts
    counts[stored?.code ?? ''] = (counts[stored?.code ?? ''] ?? 0) + 1
  }
  t.diagnostic(`${interrupted} kills; ${JSON.stringify(codes)}`)
  for (const { pid } of sleepers) assert.equal(isAlive(pid as number), false)
  for (const [at, path] of paths.entries()) {
    assert.equal(existsSync(path), at < restored, path)
    if (at >= restored) continue
    assert.equal(digest(path), contents.get(path), path)
    assert.deepEqual([statSync(path).mode & 0o7777, statSync(path).mtimeMs], [0o640, (1_100_000_000 + at) * 1000])
  }
  assert.equal(readdirSync(place).length, restored, 'nothing of ours is left beside them')
  const containers = readdirSync(join(agent.state, 'response/vault'), { recursive: true }).filter((name) =>
    String(name).endsWith('container'),
  )
  assert.equal(containers.length, files - restored - deleted, 'the vault holds exactly what is in quarantine')
})
