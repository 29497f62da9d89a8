import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Database } from '@rampart/alert'
import { NotificationStore } from '../notify/store.ts'
import { temporaryDirectory } from '../testing/test-server.ts'
import { migrations } from './migrations.ts'
import { People } from './people.ts'
import { Seal, sealKeyFile, sealStored } from './sealed.ts'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const settings = JSON.stringify({
  name: 'hook',
  enabled: true,
  allowPrivate: false,
  levels: ['Urgent'],
  types: [],
  groups: [],
  quiet: null,
  limit: { messages: 10, minutes: 10 },
  language: 'en',
  target: { kind: 'webhook' },
})

function open(t: TestContext) {
  const directory = temporaryDirectory()
  const file = join(directory, 'rampart.db')
  const opened = Database.open(file, migrations)
  assert.ok(opened.ok)
  t.after(() => rmSync(directory, { recursive: true }))
  const sealOf = () => {
    const seal = Seal.open(directory)
    assert.ok(seal.ok, JSON.stringify(seal))
    return seal.value
  }
  return { directory, file, database: opened.database, sealOf }
}

test('what is sealed opens at its place, under its key, as it was', (t) => {
  const { directory, database, sealOf } = open(t)
  const seal = sealOf()
  const sealed = seal.seal('sésame', 'code_secret lin')
  assert.notEqual(sealed, seal.seal('sésame', 'code_secret lin'), 'never the same twice')
  assert.equal(sealOf().open(sealed, 'code_secret lin'), 'sésame', 'the key is kept')
  assert.equal(seal.open(sealed, 'code_secret mei'), null)
  assert.equal(seal.open(`${sealed.slice(0, -2)}AA`, 'code_secret lin'), null)
  assert.equal(seal.open(sealed.slice(0, 20), 'code_secret lin'), null)
  assert.equal(seal.open('sésame', 'code_secret lin'), null, 'clear text is not taken')
  assert.equal(Seal.none.open(sealed, 'code_secret lin'), null)
  assert.equal(statSync(join(directory, sealKeyFile)).mode & 0o777, 0o600)
  rmSync(join(directory, sealKeyFile))
  assert.equal(sealOf().open(sealed, 'code_secret lin'), null)
  writeFileSync(join(directory, sealKeyFile), 'short')
  const refused = Seal.open(directory)
  assert.equal(!refused.ok && refused.error.code, 'state.seal-unreadable')
  database.close()
})

test('secrets of an earlier version are sealed at the start, and nothing of them stays in the file', (t) => {
  const { file, database, sealOf } = open(t)
  const seal = sealOf()
  const people = new People(database, seal)
  for (const name of ['lin', 'mei']) people.add(name, 'analyst', 'x', false, 1)
  database.run('UPDATE users SET code_secret = ? WHERE name = ?', secret, 'lin')
  const url = 'https://chat.example.com/hooks/0123456789abcdef'
  database.run(
    "INSERT INTO notification_channels (id, settings, secrets, created_at) VALUES ('one', ?, ?, 1)",
    settings,
    JSON.stringify({ url }),
  )
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  assert.ok(readFileSync(file).includes(secret) && readFileSync(file).includes(url))

  assert.deepEqual(sealStored(database, seal), { sealed: 2, lost: 0 })
  for (const end of ['', '-wal']) {
    const bytes = readFileSync(`${file}${end}`)
    assert.ok(!bytes.includes(secret) && !bytes.includes(url), `rampart.db${end}`)
  }
  assert.equal(people.user('LIN')?.codeSecret, secret)
  assert.equal(people.user('mei')?.codeSecret, null)
  assert.deepEqual(new NotificationStore(database, seal).channel('one')?.secrets, { url })
  assert.deepEqual(sealStored(database, seal), { sealed: 0, lost: 0 }, 'once')

  people.offerCodeSecret('mei', secret)
  assert.equal(people.user('mei')?.codeSecretOffered, secret)
  people.setCodeSecret('mei', secret, 0, [])
  assert.equal(people.user('mei')?.codeSecret, secret)
  database.close()
})

test('with another key the second factor stays, its codes are known to nobody, and channels lack their secrets', (t) => {
  const { directory, database, sealOf } = open(t)
  const people = new People(database, sealOf())
  people.add('lin', 'analyst', 'x', false, 1)
  people.setCodeSecret('lin', secret, 0, [])
  const id = new NotificationStore(database, sealOf()).add(JSON.parse(settings), { url: 'https://example.com/' }, 1)
  rmSync(join(directory, sealKeyFile))
  const seal = sealOf()
  assert.deepEqual(sealStored(database, seal), { sealed: 0, lost: 2 })
  const user = new People(database, seal).user('lin')
  assert.match(user?.codeSecret ?? '', /^[A-Z2-7]{32}$/)
  assert.notEqual(user?.codeSecret, secret)
  assert.notEqual(new People(database, seal).user('lin')?.codeSecret, user?.codeSecret)
  assert.deepEqual(new NotificationStore(database, seal).channel(id)?.secrets, {})
  database.close()
})
