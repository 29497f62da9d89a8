/** How long a channel waits between tries: longer each time, never more than half an hour, and from the start after a success. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database, SqliteAlertStore } from '@rampart/alert'
import { channelSettings } from '@rampart/api'
import { createLog } from '../log.ts'
import { migrations } from '../store/migrations.ts'
import { Seal } from '../store/sealed.ts'
import { temporaryDirectory } from '../testing/test-server.ts'
import { Notifier } from './notifier.ts'
import { NotificationStore } from './store.ts'

test('pauses grow from ten seconds to half an hour; what was refused for good waits longest at once', async (t) => {
  let status = 503
  const server = createServer((request, response) => request.resume().on('end', () => response.writeHead(status).end()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const directory = temporaryDirectory()
  const opened = Database.open(join(directory, 'rampart.db'), migrations)
  const seal = Seal.open(directory)
  assert.ok(opened.ok && seal.ok)
  const store = new NotificationStore(opened.database, seal.value)
  let now = 1_700_000_000_000
  let changes = 0
  const notifier = new Notifier({
    store,
    alerts: new SqliteAlertStore(opened.database),
    consoleUrl: () => 'https://rampart.example.com',
    version: '1',
    log: createLog('none', 'warn'),
    now: () => now,
    onChange: () => changes++,
  })
  t.after(() => {
    notifier.stop()
    server.close()
    opened.database.close()
    rmSync(directory, { recursive: true })
  })
  const settings = channelSettings.parse({ name: 'hook', target: { kind: 'webhook' }, allowPrivate: true })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const id = store.add(settings, { url }, now)
  const channel = () => {
    const found = store.channel(id)
    assert.ok(found)
    return found
  }
  const pauses: number[] = []
  for (let tries = 1; tries <= 10; tries++) {
    await notifier.test(channel())
    const failure = channel().failure
    assert.equal(failure?.tries, tries)
    assert.equal(failure.since, 1_700_000_000_000)
    pauses.push((failure.nextAt - now) / 1000)
    now = failure.nextAt
  }
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800])
  status = 204
  await notifier.test(channel())
  assert.equal(channel().failure, null)
  status = 401
  await notifier.test(channel())
  const refused = channel().failure
  assert.deepEqual([refused?.tries, (refused?.nextAt ?? 0) - now], [1, 1_800_000])
  assert.equal(changes, 3, 'told when it begins and when it ceases to fail')
})
