import assert from 'node:assert/strict'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Database } from '@rampart/alert'
import { ThrottledTries } from '../api/throttled-tries.ts'
import { inspectState } from '../doctor/inspect-state.ts'
import { temporaryDirectory } from '../testing/test-server.ts'
import { auditHeadFile, noteAuditHead, notedAuditHead } from './audit-head.ts'
import { migrations } from './migrations.ts'
import { People } from './people.ts'

function open(t: TestContext) {
  const directory = temporaryDirectory()
  const opened = Database.open(join(directory, 'rampart.db'), migrations)
  assert.ok(opened.ok)
  t.after(() => {
    opened.database.close()
    rmSync(directory, { recursive: true })
  })
  return { directory, database: opened.database, people: new People(opened.database) }
}

test('rows cut off at the end, and rows changed, are seen from outside', (t) => {
  const { directory, database, people } = open(t)
  assert.equal(people.trail.head(), null)
  for (let at = 1; at <= 5; at++) people.record({ at, actor: 'lin', address: null, action: 'signIn' })
  assert.equal(inspectState(directory).auditTrail, null, 'nothing was noted yet')
  const head = people.trail.head()
  assert.ok(head)
  noteAuditHead(directory, head)
  assert.deepEqual(notedAuditHead(directory), head)
  assert.equal(statSync(join(directory, auditHeadFile)).mode & 0o777, 0o600)
  people.record({ at: 6, actor: 'lin', address: null, action: 'signOut' })
  assert.equal(inspectState(directory).auditTrail, null, 'rows after the note are fine')

  // Old rows that retention removed are no loss.
  people.trail.sweep(7, 7)
  assert.equal(inspectState(directory).auditTrail, null)

  database.exec('DROP TRIGGER audit_trail_keeps; DROP TRIGGER audit_trail_is_not_changed')
  const after = people.trail.head()
  assert.ok(after)
  noteAuditHead(directory, after)
  database.exec('DELETE FROM audit_trail WHERE number = (SELECT max(number) FROM audit_trail)')
  assert.match(inspectState(directory).auditTrail ?? '', /^row 7 and those after it are missing$/)
  assert.match(people.trail.cutOff(notedAuditHead(directory)) ?? '', /missing/)
  // Written again up to the same number: another row than the noted one.
  people.record({ at: 9, actor: 'mallory', address: null, action: 'signIn' })
  assert.match(inspectState(directory).auditTrail ?? '', /another one than was noted/)
  database.exec("UPDATE audit_trail SET actor = 'somebody'")
  assert.match(inspectState(directory).auditTrail ?? '', /not as it was written/)
})

test('sign-ins that the throttle refuses leave one row a minute and address, with their number', (t) => {
  const { people } = open(t)
  let now = 0
  const tries = new ThrottledTries(people, () => now)
  const rows = () =>
    people.trail.list({ action: ['signIn.throttled'] }, 100).map(({ address, detail }) => [address, detail?.tries])
  for (let one = 0; one < 50; one++) tries.note('192.0.2.1')
  for (const address of ['2001:db8::1', '2001:db8::2']) tries.note(address)
  tries.flush()
  assert.deepEqual(rows(), [
    ['2001:db8:0:0::/64', 1],
    ['192.0.2.1', 1],
  ])
  now = 60_000
  tries.flush()
  assert.deepEqual(rows().slice(0, 2), [
    ['2001:db8:0:0::/64', 1],
    ['192.0.2.1', 49],
  ])
  now = 120_000
  tries.flush()
  assert.equal(rows().length, 4)
  for (let one = 0; one < 1200; one++) tries.note(`198.51.${one >> 8}.${one & 255}`)
  assert.equal(people.trail.count({ action: ['signIn.throttled'] }), 4 + 1001, 'more addresses are counted together')
})
