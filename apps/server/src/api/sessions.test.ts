import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database } from '@rampart/alert'
import { migrations } from '../store/migrations.ts'
import { People } from '../store/people.ts'
import { temporaryDirectory } from '../testing/test-server.ts'
import { Sessions } from './sessions.ts'

test('wrong passwords tried at the same time are counted like those tried one after the other', async () => {
  const directory = temporaryDirectory()
  const opened = Database.open(join(directory, 'rampart.db'), migrations)
  assert.ok(opened.ok)
  const sessions = new Sessions(new People(opened.database), join(directory, 'first-password'), () => 1)
  const password = (await sessions.firstPassword()) ?? ''
  const tries = await Promise.all(
    Array.from({ length: 14 }, (_, at) => sessions.signIn('admin', `wrong ${at}`, '192.0.2.1')),
  )
  assert.equal(tries.filter((one) => !one.ok && one.error.code === 'session.wrong-password').length, 10)
  assert.equal((await sessions.signIn('admin', password, '192.0.2.1')).ok, false)
  // Elsewhere the right one still works.
  for (let at = 0; at < 3; at++) assert.equal((await sessions.signIn('admin', password, '192.0.2.2')).ok, true)
  opened.database.close()
  rmSync(directory, { recursive: true })
})
