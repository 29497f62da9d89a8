import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { Database } from '@rampart/alert'
import { temporaryDirectory } from '../testing/test-server.ts'
import { AuditTrail } from './audit-trail.ts'
import { migrations } from './migrations.ts'

function open(t: TestContext) {
  const directory = temporaryDirectory()
  const file = join(directory, 'rampart.db')
  const opened = Database.open(file, migrations)
  assert.ok(opened.ok)
  const { database } = opened
  t.after(() => {
    database.close()
    rmSync(directory, { recursive: true })
  })
  const trail = new AuditTrail(database)
  const write = (at: number, over: object = {}) =>
    trail.record({
      at,
      actor: 'lin',
      address: '192.0.2.1',
      action: 'handleAlert',
      subject: 'al-1',
      detail: { at },
      ...over,
    })
  /** What somebody with the file could do. */
  const tamper = (sql: string) => {
    const connection = new DatabaseSync(file)
    connection.exec(
      `DROP TRIGGER IF EXISTS audit_trail_is_not_changed; DROP TRIGGER IF EXISTS audit_trail_keeps; ${sql}`,
    )
    connection.close()
  }
  return { trail, write, tamper, database }
}

test('rows can be neither changed nor removed', (t) => {
  const { write, database } = open(t)
  write(1)
  assert.throws(() => database.run("UPDATE audit_trail SET actor = 'x'"), /append-only/)
  assert.throws(() => database.run('DELETE FROM audit_trail'), /append-only/)
})

for (const [what, sql, brokenAt] of [
  ['a row that was changed', "UPDATE audit_trail SET actor = 'x' WHERE number = 3", 3],
  ['a detail that was changed', "UPDATE audit_trail SET detail = '{}' WHERE number = 2", 2],
  ['a row that was removed', 'DELETE FROM audit_trail WHERE number = 3', 4],
  ['rows that were removed from the beginning', 'DELETE FROM audit_trail WHERE number < 3', 3],
  ['a row without a hash', 'UPDATE audit_trail SET hash = NULL WHERE number = 4', 4],
] as const)
  test(`the chain shows ${what}`, (t) => {
    const { trail, write, tamper } = open(t)
    for (let at = 1; at <= 5; at++) write(at)
    const whole = trail.verify()
    assert.ok(whole.intact)
    assert.equal(whole.rows, 5)
    tamper(sql)
    const verdict = trail.verify()
    assert.equal(verdict.intact === false && verdict.brokenAt, brokenAt)
  })

test('old rows go after their time, the chain goes on, and the removal is written down', (t) => {
  const { trail, write } = open(t)
  for (let at = 1; at <= 5; at++) write(at * 10)
  assert.equal(trail.sweep(35, 100), 3)
  assert.equal(trail.sweep(35, 101), 0)
  const verdict = trail.verify()
  assert.ok(verdict.intact, JSON.stringify(verdict))
  assert.deepEqual(
    trail.list({}, 10).map((row) => [row.number, row.action]),
    [
      [6, 'audit.swept'],
      [5, 'handleAlert'],
      [4, 'handleAlert'],
    ],
  )
  assert.equal(trail.sweep(1000, 1000), 3)
  assert.ok(trail.verify().intact)
})

test('rows are found by who, what, subject, time and words, in pages', (t) => {
  const { trail, write } = open(t)
  for (let at = 1; at <= 25; at++)
    write(at, { actor: at % 2 ? 'lin' : 'ada', action: at % 5 ? 'handleAlert' : 'signIn', subject: `al-${at}` })
  write(30, { detail: { note: '100%_sure' } })
  const numbers = (filter: Parameters<AuditTrail['list']>[0], limit = 100, before: number | null = null) =>
    trail.list(filter, limit, before).map((row) => row.number)
  assert.equal(trail.count({ actor: ['ada'] }), 12)
  assert.equal(trail.count({ actor: ['ada', 'lin'], action: ['signIn'] }), 5)
  assert.deepEqual(numbers({ subject: 'al-7' }), [7])
  assert.deepEqual(numbers({ from: 24, to: 25 }), [25, 24])
  assert.deepEqual(numbers({ q: '%_SURE' }), [26])
  assert.deepEqual(numbers({ q: 'al-3 lin' }), [3])
  assert.deepEqual(numbers({}, 3, 10), [9, 8, 7])
  assert.equal([...trail.each({})].length, 26)
  assert.deepEqual(trail.names(), { actors: ['ada', 'lin'], actions: ['handleAlert', 'signIn'] })
})
