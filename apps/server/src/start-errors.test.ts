/** What can be wrong at the start: each has a code and says what to do, and nothing stays locked or open. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from './index.ts'
import type { ServerOptions } from './options.ts'
import { startTestServer, temporaryDirectory, writeTestModels } from './testing/test-server.ts'

const directory = temporaryDirectory()
const models = join(directory, 'models')
writeTestModels(models)

async function refusal(over: Partial<ServerOptions>): Promise<{ code: string; message: string }> {
  const started = await startServer({
    stateDirectory: join(directory, 'state'),
    listen: '127.0.0.1:0',
    agentListen: '127.0.0.1:0',
    modelsDirectory: models,
    indicatorDirectories: [],
    log: 'none',
    ...over,
  })
  if (!started.ok) return started.error
  await started.stop()
  return { code: 'started', message: '' }
}

test('a port that is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const console_ = await refusal({ listen: `127.0.0.1:${port}` })
  assert.equal(console_.code, 'listen.port-in-use')
  assert.match(
    console_.message,
    new RegExp(`127\\.0\\.0\\.1:${port} is taken .* choose another address with --listen\\.`),
  )
  assert.match((await refusal({ agentListen: `127.0.0.1:${port}` })).message, /--agent-listen\.$/)
  taken.close()
  assert.equal((await refusal({})).code, 'started', 'nothing stays locked')
})

test('addresses that are none', async () => {
  for (const listen of ['somewhere', '127.0.0.1', '127.0.0.1:99999', 'example.com:80', ''])
    assert.equal((await refusal({ listen })).code, 'listen.invalid-address', listen)
  assert.equal((await refusal({ listen: '192.0.2.1:0' })).code, 'listen.failed')
})

test('a state directory that another server uses', async (t) => {
  const other = await startTestServer()
  t.after(other.end)
  const found = await refusal({ stateDirectory: join(other.directory, 'state') })
  assert.equal(found.code, 'state.in-use')
  assert.match(found.message, new RegExp(`process ${process.pid}`))
})

test('a state directory that others have access to is refused and left as it is', async () => {
  const shared = join(directory, 'shared')
  mkdirSync(shared)
  chmodSync(shared, 0o755)
  const found = await refusal({ stateDirectory: shared })
  assert.equal(found.code, 'state.not-private')
  assert.match(found.message, /chmod 700/)
  assert.equal(statSync(shared).mode & 0o777, 0o755)
})

test('a state directory that cannot be used', async () => {
  writeFileSync(join(directory, 'file'), '')
  assert.equal((await refusal({ stateDirectory: join(directory, 'file') })).code, 'state.directory-unusable')
  assert.equal((await refusal({ stateDirectory: join(directory, 'file', 'below') })).code, 'state.directory-unusable')
  if (process.getuid?.() === 0) return
  const locked = join(directory, 'locked')
  mkdirSync(locked)
  chmodSync(locked, 0o500)
  assert.equal((await refusal({ stateDirectory: join(locked, 'state') })).code, 'state.directory-unusable')
})

test('a damaged database and a damaged authority', async () => {
  const state = join(directory, 'damaged')
  mkdirSync(state, { mode: 0o700 })
  writeFileSync(join(state, 'rampart.db'), 'this is no database at all'.repeat(1000))
  assert.equal((await refusal({ stateDirectory: state })).code, 'state.database-corrupted')
  rmSync(join(state, 'rampart.db'))
  assert.equal((await refusal({ stateDirectory: state })).code, 'started')
  writeFileSync(join(state, 'authority', 'authority.key'), 'nonsense')
  assert.equal((await refusal({ stateDirectory: state })).code, 'state.authority-unreadable')
})

test('no models, no certificate; models that cannot be used do not stop the others', async (t) => {
  assert.equal((await refusal({ modelsDirectory: join(directory, 'nowhere') })).code, 'models.unreadable')
  const tls = { certificateFile: join(directory, 'none.pem'), keyFile: join(directory, 'none.key') }
  assert.equal((await refusal({ tls })).code, 'tls.unreadable')
  const mixed = join(directory, 'mixed')
  const written = writeTestModels(mixed)
  mkdirSync(join(mixed, 'other', 'broken'), { recursive: true })
  writeFileSync(join(mixed, 'other', 'broken', 'rule.yml'), 'title: [')
  const server = await startTestServer({ modelsDirectory: mixed })
  t.after(server.end)
  assert.equal(server.server.models.loaded, written)
  assert.ok(server.server.models.refused > 0)
  assert.ok(existsSync(directory))
  rmSync(directory, { recursive: true })
})
