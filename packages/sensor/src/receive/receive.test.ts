/** Receivers over real sockets, with the senders a Debian host has: logger(1), rsyslogd, curl. */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type Event, parseEvent } from '@rampart/event'
import type { SensorContext } from '../sensor.ts'
import { createReceiveSensor, type ReceiveSensor } from './sensor.ts'
import type { ReceiverSettings } from './settings.ts'
import { lumberjack, otlpProtobuf } from './testing/encode.ts'

const run = promisify(execFile)
const root = mkdtempSync(join(tmpdir(), 'receive-'))
const sensors: ReceiveSensor[] = []
const sockets: Socket[] = []
after(async () => {
  for (const socket of sockets) socket.destroy()
  for (const sensor of sensors) await sensor.stop()
  rmSync(root, { recursive: true, force: true })
})

async function until(done: () => boolean, what = 'it did not happen in time') {
  const end = Date.now() + 8000
  while (!done()) {
    assert.ok(Date.now() < end, what)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** One receiver on a port of its own; `hold` keeps events from being in the spool until `release`. */
async function open(settings: Partial<ReceiverSettings> & { kind: ReceiverSettings['kind'] }) {
  const events: Event[] = []
  const gate = { hold: false, release: () => {} }
  const context = {
    asset: { id: 'agent-1', name: 'web-1', kind: 'host' },
    bootId: 'boot',
    emit: (event) => events.push(event),
    stored: () => (gate.hold ? new Promise<void>((resolve) => (gate.release = resolve)) : Promise.resolve()),
    report() {},
    stateDirectory: root,
    policy: { watches: [], hashWaitMs: 0, hashLimitBytes: 0, ringBytes: 65_536 },
  } satisfies SensorContext
  const sensor = createReceiveSensor(context, [{ listen: '127.0.0.1:0', allow: [], ...settings }])
  sensors.push(sensor)
  await sensor.start()
  const [source] = sensor.health().sources ?? []
  assert.equal(source?.state, 'listening', source?.reason)
  const port = Number(source?.name.split(':').at(-1))
  const valid = () => {
    for (const event of events) {
      const parsed = parseEvent(event)
      assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.issue.path} ${parsed.issue.message}`)
    }
    return events
  }
  return { sensor, port, events, valid, gate }
}

function dial(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  sockets.push(socket)
  return socket
}

const digest = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 16)

test('logger(1) sends RFC 5424 and 3164 over UDP', async () => {
  const { port, valid, events, sensor } = await open({ kind: 'syslog-udp' })
  const message = 'Failed password for root from 203.0.113.5 port 40 ssh2'
  for (const format of ['--rfc5424', '--rfc3164'])
    await run('logger', [
      '-n',
      '127.0.0.1',
      '-P',
      `${port}`,
      '-d',
      format,
      '-p',
      'authpriv.info',
      '-t',
      'sshd',
      message,
    ])
  await until(() => events.length === 2)
  assert.deepEqual(
    valid().map((event) => [event.type, event.user?.name]),
    [
      ['logon.attempted', 'root'],
      ['logon.attempted', 'root'],
    ],
  )
  assert.equal(sensor.health().sources?.[0]?.events, 2)
})

test('logger(1) sends over TCP, counted and with newlines, and a host that it names is an asset of its own', async () => {
  const { port, valid, events } = await open({ kind: 'syslog-tcp' })
  await run('logger', ['-n', '127.0.0.1', '-P', `${port}`, '-T', '--octet-count', '--rfc5424', '-t', 'app', 'first'])
  await run('logger', ['-n', '127.0.0.1', '-P', `${port}`, '-T', '--rfc3164', '-t', 'app', 'second'])
  dial(port).end(
    '<34>1 2026-11-27T10:00:00Z db-1.example.com sshd 7 - - Failed password for bob from 203.0.113.5 port 4 ssh2\n',
  )
  await until(() => events.length === 3)
  const other = valid().find((event) => event.user?.name === 'bob')
  assert.deepEqual(other?.asset, {
    id: `agent-1~${digest('db-1.example.com')}`,
    name: 'db-1.example.com',
    kind: 'host',
  })
  assert.ok(other?.id.startsWith(`${other.asset.id}/`))
})

test('rsyslogd forwards what its socket gets', {
  skip: !existsSync('/usr/sbin/rsyslogd') && 'rsyslogd is not installed',
}, async () => {
  const { port, valid, events } = await open({ kind: 'syslog-tcp' })
  const socket = join(root, 'log')
  writeFileSync(
    join(root, 'rsyslog.conf'),
    `module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="${socket}")\n` +
      `action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" TCP_Framing="octet-counted")\n`,
  )
  const daemon = spawn('/usr/sbin/rsyslogd', ['-n', '-f', join(root, 'rsyslog.conf'), '-i', join(root, 'pid')], {
    stdio: 'ignore',
  })
  try {
    await until(() => existsSync(socket), 'rsyslogd did not start')
    await run('logger', [
      '--socket',
      socket,
      '--socket-errors=on',
      '-p',
      'authpriv.info',
      '-t',
      'sshd',
      'Invalid user eve from 203.0.113.5 port 40',
    ])
    await until(() => events.some((event) => event.type === 'logon.attempted' || event.type === 'log.recorded'))
    assert.ok(valid().length > 0)
  } finally {
    daemon.kill('SIGKILL')
  }
})

test('syslog over TLS asks for a certificate when it is told to', {
  skip: !existsSync('/usr/bin/openssl') && 'openssl is not installed',
}, async () => {
  const [key, certificate] = [join(root, 'key.pem'), join(root, 'cert.pem')]
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      ...['-days', '2', '-subj', '/CN=collector.example.com', '-addext', 'subjectAltName=DNS:collector.example.com'],
    ],
    { stdio: 'ignore' },
  )
  const { readFileSync } = await import('node:fs')
  const { port, events, sensor } = await open({
    kind: 'syslog-tls',
    tls: { certificate, key, clientAuthority: certificate },
  })
  const tls = { port, host: '127.0.0.1', ca: readFileSync(certificate), servername: 'collector.example.com' }
  const stranger = connectTls(tls)
  stranger.on('error', () => {})
  sockets.push(stranger)
  await until(() => sensor.health().lostByCause['tls-refused'] === 1)
  const sender = connectTls({ ...tls, key: readFileSync(key), cert: readFileSync(certificate) })
  sockets.push(sender)
  sender.write('59 <13>1 2026-11-27T10:00:00Z db-1 app - - - a message of TLS!\n')
  await until(() => events.length === 1)
  assert.equal(events[0]?.type, 'log.recorded')
})

test('JSON over HTTP: lines, arrays, gzip through curl; the token is asked for; Winlogbeat becomes a Windows event', async () => {
  const token = 'example-token'
  const tokenSha256 = createHash('sha256').update(token).digest('hex')
  const { port, valid, events, sensor } = await open({ kind: 'http', tokenSha256 })
  const url = `http://127.0.0.1:${port}/logs`
  assert.equal((await fetch(url, { method: 'POST', body: '{}' })).status, 401)
  assert.equal(sensor.health().lostByCause['wrong-token'], 1)
  const headers = { authorization: `Bearer ${token}` }
  const winlog = {
    '@timestamp': '2026-11-27T10:00:00.000Z',
    host: { name: 'WIN-1' },
    winlog: {
      channel: 'Security',
      event_id: 4625,
      provider_name: 'Microsoft-Windows-Security-Auditing',
      computer_name: 'WIN-1',
      event_data: { TargetUserName: 'eve' },
    },
  }
  writeFileSync(
    join(root, 'body.gz'),
    gzipSync(`${JSON.stringify(winlog)}\n${JSON.stringify({ message: 'hello', service: { name: 'shop' } })}\n`),
  )
  const { stdout } = await run('curl', [
    '-s',
    '-H',
    `Authorization: Bearer ${token}`,
    '-H',
    'Content-Encoding: gzip',
    '--data-binary',
    `@${join(root, 'body.gz')}`,
    url,
  ])
  assert.equal(stdout, '{}')
  const [windows, plain] = valid()
  assert.ok(windows?.type === 'windows.recorded' && windows.eventId === 4625 && windows.asset.name === 'WIN-1')
  assert.ok(plain?.type === 'log.recorded' && plain.log.service === 'shop' && plain.asset.id === 'agent-1')
  const partial = await fetch(url, { method: 'POST', headers, body: JSON.stringify([1, { message: 'x' }]) })
  assert.deepEqual(await partial.json(), { partialSuccess: { rejectedLogRecords: '1' } })
  const bomb = gzipSync(Buffer.alloc(64 << 20, 32))
  const refused = await fetch(url, { method: 'POST', headers: { ...headers, 'content-encoding': 'gzip' }, body: bomb })
  assert.equal(refused.status, 413)
  assert.equal((await fetch(url, { method: 'POST', headers, body: 'no json' })).status, 400)
  assert.equal((await fetch(`${url}/other`, { method: 'POST', headers, body: '{}' })).status, 404)
  assert.equal(events.length, 3)
})

test('OTLP logs in JSON and in protobuf give the same events', async () => {
  const { port, valid } = await open({ kind: 'http' })
  const url = `http://127.0.0.1:${port}/v1/logs`
  const record = {
    time: 1_795_000_000_000,
    severity: 'ERROR',
    body: 'order failed',
    host: 'shop-1',
    service: 'shop',
    attributes: { 'order.id': '7' },
  }
  const json = {
    resourceLogs: [
      {
        resource: {
          attributes: [
            { key: 'host.name', value: { stringValue: record.host } },
            { key: 'service.name', value: { stringValue: record.service } },
          ],
        },
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: `${record.time}000000`,
                severityText: record.severity,
                body: { stringValue: record.body },
                attributes: [{ key: 'order.id', value: { stringValue: '7' } }],
              },
            ],
          },
        ],
      },
    ],
  }
  const post = (type: string, body: Uint8Array | string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : Buffer.from(body),
    })
  assert.equal((await post('application/json', JSON.stringify(json))).status, 200)
  assert.equal((await post('application/x-protobuf', otlpProtobuf(record))).status, 200)
  const [one, other] = valid()
  assert.ok(one?.type === 'log.recorded' && other?.type === 'log.recorded')
  assert.deepEqual({ ...other, id: '', receivedAt: 0 }, { ...one, id: '', receivedAt: 0 })
  assert.deepEqual(
    [one.at, one.log, one.message, one.asset.name],
    [record.time, { service: 'shop', severity: 'error' }, 'order failed', 'shop-1'],
  )
  assert.equal((await post('application/x-protobuf', Buffer.from([0xff, 0xff, 0xff]))).status, 400)
})

test('a window of Beats is acknowledged when it is in the spool, not before; packed frames are understood', async () => {
  const { port, valid, events, gate } = await open({ kind: 'beats' })
  const socket = dial(port)
  let answer = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    answer = Buffer.concat([answer, bytes])
  })
  gate.hold = true
  const rows = [
    { message: 'one', host: { name: 'db-1' } },
    { message: 'two', host: { name: 'db-1' } },
  ]
  const bytes = lumberjack(rows, false)
  // In pieces, as a network gives them.
  socket.write(bytes.subarray(0, 9))
  await new Promise((resolve) => setTimeout(resolve, 30))
  socket.write(bytes.subarray(9))
  await until(() => events.length === 2)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(answer.length, 0)
  gate.hold = false
  gate.release()
  await until(() => answer.length === 6)
  assert.deepEqual([...answer], [0x32, 0x41, 0, 0, 0, 2])
  answer = Buffer.alloc(0)
  socket.write(lumberjack(rows, true))
  await until(() => answer.length === 6)
  assert.equal(valid().length, 4)
})

test('what is refused is counted by cause: senders, connections, hosts, streams of another protocol', async () => {
  const beats = await open({ kind: 'beats' })
  dial(beats.port).write('GET / HTTP/1.1\r\n\r\n')
  await until(() => beats.sensor.health().lostByCause['not-lumberjack'] === 1)
  const tcp = await open({ kind: 'syslog-tcp' })
  for (let at = 0; at < 40; at++) dial(tcp.port)
  await until(() => tcp.sensor.health().lostByCause['too-many-connections'] === 8)
  const http = await open({ kind: 'http' })
  const rows = Array.from({ length: 600 }, (_, at) => ({ message: 'x', hostname: `host-${at}` }))
  const answer = await fetch(`http://127.0.0.1:${http.port}/logs`, { method: 'POST', body: JSON.stringify(rows) })
  assert.deepEqual(await answer.json(), { partialSuccess: { rejectedLogRecords: '100' } })
  assert.equal(http.sensor.health().lostByCause['too-many-hosts'], 100)
  assert.equal(http.sensor.health().eventsLost, 100)
})

test('an address for others needs the senders it is for, HTTP also a token; a list that changes is taken over', async () => {
  const { sensor, port } = await open({ kind: 'http' })
  const settings: ReceiverSettings[] = [
    { kind: 'syslog-udp', listen: '0.0.0.0:0', allow: [] },
    { kind: 'http', listen: '0.0.0.0:0', allow: ['192.0.2.0/24'] },
    { kind: 'syslog-tls', listen: '127.0.0.1:0', allow: [] },
    { kind: 'syslog-tcp', listen: '0.0.0.0:0', allow: ['192.0.2.0/24', 'no address'] },
  ]
  await sensor.receive(settings)
  assert.deepEqual(
    sensor.health().sources?.map((one) => one.state),
    ['failed', 'failed', 'failed', 'listening'],
  )
  assert.match(sensor.health().reason ?? '', /list of senders.*needs a token.*certificate/s)
  await assert.rejects(fetch(`http://127.0.0.1:${port}/logs`, { method: 'POST', body: '{}' }))
})
