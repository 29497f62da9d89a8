import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Finding } from '../finding.ts'
import { findingOf, testAlertStore } from '../store.contract.ts'
import { SqliteAlertStore } from './alert-store.ts'
import { Database } from './database.ts'
import { alertMigrations } from './migrations.ts'
import { WhitelistRules } from './whitelist-rules.ts'

function temporary(): { file: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-alert-'))
  return { file: join(directory, 'state.db'), remove: () => rmSync(directory, { recursive: true }) }
}

function openDatabase(file: string): Database {
  const opened = Database.open(file, alertMigrations)
  assert.ok(opened.ok, JSON.stringify(opened))
  return opened.database
}

testAlertStore('sqlite', async () => {
  const { file, remove } = temporary()
  const database = openDatabase(file)
  return {
    store: new SqliteAlertStore(database),
    close: async () => {
      database.close()
      remove()
    },
  }
})

test('a commit that fails leaves nothing behind', async () => {
  const { file, remove } = temporary()
  const database = openDatabase(file)
  const store = new SqliteAlertStore(database)
  const broken = { ...findingOf('f2', 'k2'), title: undefined as unknown as string }
  await assert.rejects(store.commit({ findings: [findingOf('f1', 'k1'), broken], acknowledged: [], at: 1 }))
  assert.equal((await store.list({ handled: 'all', sort: 'lastAt', order: 'desc', limit: 9 })).total, 0)
  database.close()
  remove()
})

test('what was committed is there after opening again', async () => {
  const { file, remove } = temporary()
  const before = openDatabase(file)
  await new SqliteAlertStore(before).commit({ findings: [findingOf('f1', 'k1')], acknowledged: [], at: 1 })
  before.close()
  const after = openDatabase(file)
  const page = await new SqliteAlertStore(after).list({ handled: 'no', sort: 'level', order: 'desc', limit: 9 })
  assert.equal(page.total, 1)
  after.close()
  remove()
})

test('alerts of a database from before the counts are counted when it is opened', async () => {
  const { file, remove } = temporary()
  const before = Database.open(
    file,
    alertMigrations.filter(({ name }) => name !== 'alert-counts'),
  )
  assert.ok(before.ok)
  const work = { findings: [findingOf('f1', 'k1'), findingOf('f2', 'k2')], acknowledged: [], at: 1 }
  await new SqliteAlertStore(before.database).commit(work)
  before.database.close()
  const after = openDatabase(file)
  const store = new SqliteAlertStore(after)
  assert.equal((await store.list({ handled: 'no', sort: 'lastAt', order: 'desc', limit: 9 })).total, 2)
  assert.deepEqual((await store.facets({ handled: 'no' })).state, { unhandled: 2 })
  assert.equal((await store.numbers(2)).open.value, 2)
  after.close()
  remove()
})

test('a damaged file and a newer one are refused by name', () => {
  const { file, remove } = temporary()
  writeFileSync(file, 'this is no database, however long it may be'.repeat(100))
  const damaged = Database.open(file, alertMigrations)
  assert.equal(!damaged.ok && damaged.error.code, 'state.database-corrupted')
  rmSync(file)
  openDatabase(file).close()
  const newer = Database.open(file, [])
  assert.equal(!newer.ok && newer.error.code, 'state.database-newer')
  remove()
})

test('a migration of an existing file leaves a copy of it', async () => {
  const { file, remove } = temporary()
  openDatabase(file).close()
  const more = [...alertMigrations, { name: 'more-1', sql: 'CREATE TABLE more (id TEXT) STRICT' }]
  const opened = Database.open(file, more)
  assert.ok(opened.ok)
  opened.database.run('INSERT INTO more VALUES (?)', 'x')
  opened.database.close()
  openDatabase(`${file}.before-more-1`).close()
  remove()
})

test('a whitelist rule takes findings in and counts each once; without it they are raised', async () => {
  const { file, remove } = temporary()
  const database = openDatabase(file)
  const store = new SqliteAlertStore(database)
  const rules = new WhitelistRules(database)
  const conditions = [{ field: 'process.executable', operator: 'equals', value: '/bin/bash' }] as const
  const draft = {
    conditions,
    about: { model: 'm1' },
    on: 'all',
    reason: 'ours',
    expiresAt: null,
    alertId: null,
  } as const
  const { id } = rules.add(draft, 'alice', 1)
  const taken = { ...findingOf('f1', 'k'), whitelistedBy: id }
  const commit = (findings: Finding[]) => store.commit({ findings, acknowledged: [], at: 2 })
  assert.deepEqual([(await commit([taken])).absorbed, (await commit([taken])).repeated], [1, 1])
  assert.deepEqual([rules.get(id)?.hits, rules.get(id)?.lastHitAt], [1, taken.at])
  assert.equal(rules.change(id, { enabled: false }, 'bob', 3)?.changedBy, 'bob')
  assert.equal((await commit([{ ...findingOf('f2', 'k'), whitelistedBy: id }])).raised.length, 1)
  assert.ok(rules.delete(id, 4) && !rules.delete(id, 5))
  assert.deepEqual([rules.all(), rules.restore(id)?.conditions], [[], conditions])
  database.close()
  remove()
})

test('words that thousands of alerts have find the same as words that few have', async () => {
  const { file, remove } = temporary()
  const database = openDatabase(file)
  const store = new SqliteAlertStore(database)
  const many = 5200
  const findings = Array.from({ length: many }, (_, index) =>
    findingOf(`f${index}`, `k${index}`, {
      title: index % 100 === 0 ? 'Rare shell' : 'Reverse shell',
      level: index % 2 ? 'Urgent' : 'Notice',
    }),
  )
  await store.commit({ findings, acknowledged: [], at: 1 })
  const total = async (q: string) =>
    (await store.list({ handled: 'no', sort: 'lastAt', order: 'desc', limit: 5, q })).total
  assert.equal(await total('shell'), many)
  assert.equal(await total('SHELL rare'), 52)
  assert.equal(await total('shell reverse'), many - 52)
  assert.equal(await total('shell nowhere'), 0)
  const facets = await store.facets({ handled: 'no', q: 'shell reverse', level: ['Urgent'] })
  assert.deepEqual(facets.level, { Urgent: many / 2, Notice: many / 2 - 52 })
  assert.deepEqual(facets.kind, { host: many / 2 })
  database.close()
  remove()
})
