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

const trace = (hour: string) =>
  `2026-11-27 ${hour}:00:00,123 ERROR shop.Checkout: order failed\njava.lang.IllegalStateException: no stock\n` +
  '\tat shop.Checkout.pay(Checkout.java:12)\nCaused by: java.io.IOException: closed\n\t... 4 more\n'

test('a stack trace is one event, also when its writer pauses and when the next record follows at once', async () => {
  const { directory, events, sensor } = setUp((at) => [{ kind: 'text', path: join(at, 'shop.log'), service: 'shop' }])
  const log = join(directory, 'shop.log')
  writeFileSync(log, '')
  await sensor.start()
  appendFileSync(log, `${trace('10')}${trace('11')}2026-11-27 12:00:00,000 INFO shop: back\n`)
  await until(() => events.length === 3)
  const [first, second, third] = events
  assert.ok(first?.type === 'log.recorded' && second?.type === 'log.recorded' && third?.type === 'log.recorded')
  assert.equal(first.message.split('\n').length, 5)
  assert.deepEqual(
    [first.log.service, first.log.severity, first.at],
    ['shop', 'err', Date.parse('2026-11-27T10:00:00.123')],
  )
  assert.equal(second.message, trace('11').trimEnd())
  assert.equal(third.log.severity, 'info')
  assert.ok(events.every((event) => parseEvent(event).ok))
  await sensor.stop()
})

test('error logs of web servers, databases and package managers are understood', async () => {
  const records: [name: string, text: string, service: string, severity: string | undefined, lines: number][] = [
    [
      'nginx/error.log',
      '2026/11/27 10:00:00 [error] 7#7: *1 FastCGI sent in stderr: "PHP message: PHP Fatal error\nStack trace:\n#0 {main}" while reading, client: 203.0.113.5, server: example.com\n',
      'nginx',
      'error',
      3,
    ],
    [
      'postgresql/x.log',
      '2026-11-27 10:00:00.123 UTC [7] a@b FATAL:  password failed\n\tdetail\n',
      'postgresql',
      'crit',
      2,
    ],
    ['redis/x.log', '7:M 27 Nov 2026 10:00:00.123 # Possible SECURITY ATTACK detected\n', 'redis', undefined, 1],
    ['mysql/x.log', '2026-11-27T10:00:00.123456Z 8 [Warning] [MY-1] Access denied\n', 'mysql', 'warning', 1],
    [
      'apt/history.log',
      'Start-Date: 2026-11-27  10:00:00\nInstall: x\nEnd-Date: 2026-11-27  10:00:01\n',
      'apt',
      undefined,
      3,
    ],
  ]
  for (const [name, text, service, severity, lines] of records) {
    const { directory, events, sensor } = setUp((at) => [
      { kind: 'text', path: join(at, name), ...(service === 'nginx' ? {} : { service }) },
    ])
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), '')
    await sensor.start()
    appendFileSync(join(directory, name), text)
    await until(() => events.length === 1)
    const [event] = events
    assert.ok(event?.type === 'log.recorded', name)
    assert.deepEqual(
      [event.log.service, event.log.severity, event.message.split('\n').length],
      [service, severity, lines],
      name,
    )
    assert.equal(new Date(event.at).getUTCDate(), 27, name)
    await sensor.stop()
  }
})

test('after a crash amid a stack trace the whole record is read again', async () => {
  const first = setUp((at) => [{ kind: 'text', path: join(at, 'shop.log') }], { pollMs: 5000 })
  const log = join(first.directory, 'shop.log')
  writeFileSync(log, '')
  await first.sensor.start()
  appendFileSync(log, `${trace('10')}${trace('11').split('\n')[0]}\n`)
  await until(() => first.events.length === 1)
  const { readFileSync } = await import('node:fs')
  const saved = () => JSON.parse(readFileSync(join(first.directory, 'state/log-positions.json'), 'utf8')).files[log]
  await until(() => saved()?.offset === trace('10').length, 6000)
  // What a crash leaves: the positions as they are now, and no goodbye.
  const crashed = readFileSync(join(first.directory, 'state/log-positions.json'))
  await first.sensor.stop()
  writeFileSync(join(first.directory, 'state/log-positions.json'), crashed)
  appendFileSync(log, trace('11').slice(trace('11').indexOf('\n') + 1))
  const second = setUp((at) => [{ kind: 'text', path: join(at, 'shop.log') }], {}, first.directory)
  await second.sensor.start()
  await until(() => second.events.length === 1)
  assert.ok(second.events[0]?.type === 'log.recorded' && second.events[0].message === trace('11').trimEnd())
  await second.sensor.stop()
})

test('JSON logs of other sensors give their events, and a list that changes is taken over without a restart', async () => {
  const { directory, events, sensor } = setUp((at) => [{ kind: 'json', path: join(at, 'falco.json') }])
  const [falco, tetragon] = [join(directory, 'falco.json'), join(directory, 'tetragon.log')]
  writeFileSync(falco, '')
  writeFileSync(tetragon, '')
  await sensor.start()
  const rule = {
    rule: 'Terminal shell in container',
    priority: 'Notice',
    output: 'A shell was started',
    hostname: 'web-1',
  }
  appendFileSync(
    falco,
    `${JSON.stringify({ ...rule, time: '2026-11-27T10:00:00.5Z', output_fields: { 'proc.name': 'sh' } })}\n`,
  )
  await until(() => events.length === 1)
  assert.ok(events[0]?.type === 'log.recorded')
  assert.deepEqual([events[0].log.service, events[0].log.severity, events[0].message], ['falco', 'notice', rule.output])
  await sensor.follow([{ kind: 'json', path: tetragon }])
  appendFileSync(falco, `${JSON.stringify(rule)}\n`)
  const executed = { process: { binary: '/usr/bin/id', arguments: '-u' } }
  appendFileSync(
    tetragon,
    `${JSON.stringify({ process_exec: executed, node_name: 'n', time: '2026-11-27T10:00:01Z' })}\n`,
  )
  await until(() => events.length === 2)
  assert.ok(events[1]?.type === 'log.recorded' && events[1].message === 'process_exec /usr/bin/id -u')
  assert.deepEqual(
    sensor.health().sources?.map((one) => [one.kind, one.name, one.state, one.events]),
    [['json', tetragon, 'reading', 1]],
  )
  await sensor.follow([{ kind: 'json', path: falco }])
  // What was written while it was not in the list is read now: its position was kept.
  await until(() => events.length === 3)
  await sensor.stop()
})
