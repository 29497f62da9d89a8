import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Event, parseEvent } from '@rampart/event'
import type { Sensor, SensorContext } from '../sensor.ts'
import { createLogSensor, type LogSensorOptions } from './sensor.ts'
import type { LogSource } from './source.ts'

const root = mkdtempSync(join(tmpdir(), 'log-sensor-'))
const sensors: Sensor[] = []
after(async () => {
  for (const sensor of sensors) await sensor.stop()
  rmSync(root, { recursive: true, force: true })
})
let number = 0

/** A sensor over one log in a directory of its own. */
function setUp(sources?: (directory: string) => LogSource[], options: LogSensorOptions = {}, previous?: string) {
  const directory = previous ?? join(root, `${number++}`)
  mkdirSync(join(directory, 'state'), { recursive: true })
  const events: Event[] = []
  const context = {
    asset: { id: 'web-1', name: 'web-1', kind: 'host' },
    bootId: 'boot',
    emit: (event) => events.push(event),
    report() {},
    stateDirectory: join(directory, 'state'),
    policy: { watches: [], hashWaitMs: 0, hashLimitBytes: 0, ringBytes: 65_536 },
  } satisfies SensorContext
  const log = join(directory, 'auth.log')
  const list = sources?.(directory) ?? [{ kind: 'auth', path: log } as const]
  const sensor = createLogSensor(context, list, { pollMs: 50, ...options })
  sensors.push(sensor)
  return { directory, log, events, sensor }
}

const stamp = () => new Date().toISOString()
const failedLine = (user: string) =>
  `${stamp()} web-1 sshd[7]: Failed password for ${user} from 203.0.113.5 port 40 ssh2\n`
const users = (events: Event[]) => events.map((event) => event.user?.name)

async function until(done: () => boolean, ms = 3000) {
  const end = Date.now() + ms
  while (!done()) {
    assert.ok(Date.now() < end, 'it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('lines are seen, history is not, and every event is valid', async () => {
  const { log, events, sensor } = setUp()
  writeFileSync(log, failedLine('before'))
  await sensor.start()
  appendFileSync(log, failedLine('alice'))
  await until(() => events.length === 1)
  assert.deepEqual(users(events), ['alice'])
  assert.ok(events.every((event) => parseEvent(event).ok))
  assert.equal(sensor.health().state, 'running')
  assert.equal(sensor.health().capabilities['logon.attempted']?.works, true)
  await sensor.stop()
})

test('a file that appears later is read from its beginning, and until then the sensor says what it waits for', async () => {
  const { log, events, sensor } = setUp()
  await sensor.start()
  assert.equal(sensor.health().state, 'unavailable')
  assert.match(sensor.health().capabilities['logon.attempted']?.reason ?? '', /auth\.log/)
  writeFileSync(log, failedLine('first'))
  await until(() => events.length === 1)
  await sensor.stop()
})

test('rotation by renaming loses nothing, though the writer goes on in the old file for a while', async () => {
  const { log, events, sensor } = setUp()
  writeFileSync(log, failedLine('old'))
  await sensor.start()
  appendFileSync(log, failedLine('one'))
  renameSync(log, `${log}.1`)
  writeFileSync(log, failedLine('two'))
  appendFileSync(`${log}.1`, failedLine('late'))
  await until(() => events.length === 3)
  assert.deepEqual(users(events).sort(), ['late', 'one', 'two'])
  await sensor.stop()
})

test('rotation by copy and truncation loses nothing, even when the new content is longer than the old', async () => {
  const { log, events, sensor } = setUp()
  writeFileSync(log, '')
  await sensor.start()
  appendFileSync(log, failedLine('one'))
  await until(() => events.length === 1)
  appendFileSync(log, failedLine('two'))
  copyFileSync(log, `${log}.1`)
  truncateSync(log, 0)
  appendFileSync(log, failedLine('three') + failedLine('four') + failedLine('five'))
  await until(() => events.length === 5)
  assert.deepEqual(new Set(users(events)), new Set(['one', 'two', 'three', 'four', 'five']))
  assert.equal(new Set(events.map((event) => event.id)).size, 5)
  await sensor.stop()
})

test('after a restart it goes on where it stopped, and lines read twice have the same id', async () => {
  const first = setUp()
  writeFileSync(first.log, '')
  await first.sensor.start()
  appendFileSync(first.log, failedLine('one'))
  await until(() => first.events.length === 1)
  await first.sensor.stop()
  appendFileSync(first.log, failedLine('while-stopped'))
  const second = setUp(undefined, {}, first.directory)
  await second.sensor.start()
  assert.deepEqual(users(second.events), ['while-stopped'])
  await second.sensor.stop()

  rmSync(join(first.directory, 'state'), { recursive: true })
  const again = setUp(undefined, { startAt: 'start' }, first.directory)
  await again.sensor.start()
  assert.deepEqual(
    again.events.map((event) => event.id),
    [first.events[0]?.id, second.events[0]?.id],
  )
  await again.sensor.stop()
})

for (const packed of [false, true])
  test(`what was rotated away while it was stopped is read from the ${packed ? 'gzipped ' : ''}old file`, async () => {
    const first = setUp()
    writeFileSync(first.log, failedLine('zero'))
    await first.sensor.start()
    appendFileSync(first.log, failedLine('one'))
    await until(() => first.events.length === 1)
    await first.sensor.stop()
    appendFileSync(first.log, failedLine('rotated'))
    renameSync(first.log, `${first.log}.1`)
    if (packed) {
      const { readFileSync } = await import('node:fs')
      writeFileSync(`${first.log}.1.gz`, gzipSync(readFileSync(`${first.log}.1`)))
      rmSync(`${first.log}.1`)
    }
    writeFileSync(first.log, failedLine('new'))
    const second = setUp(undefined, {}, first.directory)
    await second.sensor.start()
    assert.deepEqual(users(second.events), ['rotated', 'new'])
    assert.equal(second.sensor.health().eventsLost, 0)
    await second.sensor.stop()
  })

test('what is gone for good is counted', async () => {
  const first = setUp()
  writeFileSync(first.log, failedLine('zero'))
  await first.sensor.start()
  await first.sensor.stop()
  rmSync(first.log)
  writeFileSync(first.log, failedLine('new'))
  const second = setUp(undefined, {}, first.directory)
  await second.sensor.start()
  assert.deepEqual(users(second.events), ['new'])
  assert.deepEqual(second.sensor.health().lostByCause, { 'rotated-unread': 1 })
  await second.sensor.stop()
})

test('long lines are cut and flagged, bytes that are not UTF-8 and lines in pieces do no harm', async () => {
  const { log, events, sensor } = setUp()
  writeFileSync(log, '')
  await sensor.start()
  appendFileSync(log, `${stamp()} web-1 app: ${'x'.repeat(3_000_000)}\n`)
  appendFileSync(log, Buffer.concat([Buffer.from(`${stamp()} web-1 app: `), Buffer.from([0xff, 0xfe, 0x0a])]))
  const line = failedLine('pieces')
  appendFileSync(log, line.slice(0, 30))
  await new Promise((resolve) => setTimeout(resolve, 100))
  appendFileSync(log, `${line.slice(30)}not a syslog line\n`)
  await until(() => events.length === 3)
  const [long, bytes] = events
  assert.ok(long?.type === 'log.recorded' && long.truncated && long.message.length < 1_048_577)
  assert.ok(bytes?.type === 'log.recorded' && bytes.message === '\ufffd\ufffd')
  assert.deepEqual(users(events.slice(2)), ['pieces'])
  await until(() => sensor.health().lostByCause['unparsed-line'] === 1)
  assert.ok(events.every((event) => parseEvent(event).ok))
  await sensor.stop()
})

test('sshd may write the log itself, without syslog headers', async () => {
  const { log, events, sensor } = setUp()
  writeFileSync(log, 'Server listening on 127.0.0.1 port 22.\r\n')
  await sensor.start()
  appendFileSync(
    log,
    'Invalid user bob from 203.0.113.5 port 40\r\nFailed password for invalid user bob from 203.0.113.5 port 40 ssh2\r\n',
  )
  appendFileSync(log, 'Connection closed by authenticating user root 203.0.113.5 port 41 [preauth]\r\n')
  await until(() => events.length === 3)
  assert.deepEqual(
    events.map((event) => event.type),
    ['logon.attempted', 'log.recorded', 'logon.attempted'],
  )
  assert.deepEqual(users(events), ['bob', undefined, 'root'])
  await sensor.stop()
})

test('access and audit logs found by pattern give their events', async () => {
  const { directory, events, sensor } = setUp((at) => [
    { kind: 'access', path: join(at, 'sites/*/*access.log') },
    { kind: 'audit', path: join(at, 'audit.log') },
  ])
  mkdirSync(join(directory, 'sites/a'), { recursive: true })
  const access = join(directory, 'sites/a/shop-access.log')
  writeFileSync(access, '')
  writeFileSync(join(directory, 'audit.log'), '')
  await sensor.start()
  appendFileSync(access, '203.0.113.9 - - [22/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 200 12 "-" "curl/8"\n')
  appendFileSync(
    join(directory, 'audit.log'),
    'type=SYSCALL msg=audit(1700000000.1:1): arch=c000003e syscall=59 success=yes pid=20 uid=0 comm="id" exe="/usr/bin/id"\n' +
      'type=EXECVE msg=audit(1700000000.1:1): argc=1 a0="id"\ntype=EOE msg=audit(1700000000.1:1): \n',
  )
  await until(() => events.length === 3)
  assert.deepEqual(events.map((event) => event.type).sort(), ['audit.recorded', 'process.started', 'web.requested'])
  await sensor.stop()
})

test('the journal is read through its program, and goes on after the saved cursor', async () => {
  const directory = join(root, `${number++}`)
  mkdirSync(directory, { recursive: true })
  const program = join(directory, 'journalctl')
  const row = (i: number, message: string) =>
    JSON.stringify({
      __CURSOR: `s=abcdef0123456789;i=${i.toString(16)};b=1`,
      __REALTIME_TIMESTAMP: '1795000000000000',
      SYSLOG_IDENTIFIER: 'sshd',
      _PID: '42',
      MESSAGE: message,
    })
  writeFileSync(
    program,
    `#!/bin/sh\necho "$@" >> ${directory}/arguments\ncat <<'END'\n${row(10, 'Failed password for root from 203.0.113.5 port 40 ssh2')}\nEND\nexec sleep 60\n`,
    { mode: 0o755 },
  )
  const options = { journalProgram: program, journalAvailable: true }
  const first = setUp(() => [{ kind: 'journal' }], options, directory)
  await first.sensor.start()
  await until(() => first.events.length === 1)
  assert.deepEqual(first.events[0]?.type, 'logon.attempted')
  assert.equal(first.events[0]?.id, 'web-1/journal-abcdef012345/10')
  await first.sensor.stop()
  const second = setUp(() => [{ kind: 'journal' }], options, directory)
  await second.sensor.start()
  await until(() => second.events.length === 1)
  await second.sensor.stop()
  const { readFileSync } = await import('node:fs')
  const [one, two] = readFileSync(join(directory, 'arguments'), 'utf8').split('\n')
  assert.match(one ?? '', /--lines=0/)
  assert.match(two ?? '', /--after-cursor=s=abcdef0123456789;i=a;b=1/)
})
