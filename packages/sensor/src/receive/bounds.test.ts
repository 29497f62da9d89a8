/** Input that is within every limit of length and would still take hours or gigabytes, were the work not bounded by it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { createAuthDecoder } from '../auth/decode.ts'
import { createBeatsReader } from './beats/decode.ts'
import { otlpProtobufRecords } from './http/otlp.ts'
import { bodyLimit, messageLimit } from './receiver.ts'
import { createSyslogFrames, decodeSyslogMessage } from './syslog/decode.ts'
import { lumberjack } from './testing/encode.ts'

test('a syslog message of a megabyte of line ends and zero bytes, with a letter behind them', () => {
  const found: string[] = []
  const frames = createSyslogFrames((text) => found.push(text))
  for (const filler of ['\0', '\n', '\r']) {
    const text = `${filler.repeat(messageLimit - 1)}x`
    frames.feed(Buffer.from(`${text.length} ${text}`))
    assert.equal(found.at(-1), text)
    const ended = `x${filler.repeat(messageLimit - 1)}`
    frames.feed(Buffer.from(`${ended.length} ${ended}`))
    assert.equal(found.at(-1), 'x')
  }
  for (const filler of [' ', '[', '"', '\\', '(', '=', 'a ', '] ', '%', ':'])
    for (const head of ['<34>1 2026-11-27T10:00:00Z db-1 sshd 7 - ', '<13>Nov 27 10:00:00 db-1 sshd[7]: '])
      decodeSyslogMessage(head + filler.repeat(messageLimit / filler.length - 100), true, {
        now: 1_795_000_000_000,
        auth: () => [],
      })
})

test('a logon of a megabyte, whatever it goes on with', () => {
  const context = { now: 1_795_000_000_000, auth: createAuthDecoder() }
  const heads = [
    "dropbear[9]: Pubkey auth succeeded for 'a' with D4 key f",
    "dropbear[9]: Bad password attempt for 'a",
    'sshd[7]: Accepted publickey for a from 192.0.2.1 port 1 ssh2: f',
    'sshd[7]: Failed password for invalid user a',
    'sshd[7]: User a from 192.0.2.1 not allowed because ',
    'sshd[7]: Disconnected from authenticating user a ',
    'sudo[5]: a : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=',
    'su[5]: FAILED SU (to root) a',
    'useradd[5]: new user: name=a, UID=1, GID=1, home=',
    'login[5]: FAILED LOGIN (1) on ',
  ]
  const fillers = ['f', ' ', 'f ', "'", "' with key f", ' from a', ' port 1', ' from ', ':', ', ', ' ; ', '=']
  for (const head of heads)
    for (const filler of fillers)
      decodeSyslogMessage(`<13>Nov 27 10:00:00 db-1 ${head}${filler.repeat(500_000 / filler.length)}!`, false, context)
})

test('a Beats frame in small pieces is put together once', () => {
  const row = { message: 'x'.repeat(messageLimit - 100) }
  const stream = lumberjack([row], false)
  let got = ''
  const reader = createBeatsReader({
    window() {},
    event(_sequence, json) {
      got = json
    },
  })
  for (let at = 0; at < stream.length; at += 4) assert.equal(reader.feed(stream.subarray(at, at + 4)), undefined)
  assert.deepEqual(JSON.parse(got), row)
})

test('Beats: no more events than the window says, however they are packed', () => {
  let events = 0
  const sink = {
    window() {},
    event() {
      events++
    },
  }
  const empty = Buffer.from('2J\0\0\0\x01\0\0\0\x02{}', 'latin1')
  assert.equal(createBeatsReader(sink).feed(empty), 'window-exceeded')
  const packed = deflateSync(Buffer.alloc(bodyLimit - (bodyLimit % empty.length), empty))
  const head = Buffer.from('2W\0\0\0\x032C\0\0\0\0', 'latin1')
  head.writeUInt32BE(packed.length, 8)
  assert.equal(createBeatsReader(sink).feed(Buffer.concat([head, packed])), 'window-exceeded')
  assert.equal(events, 3)
})

test('OTLP: a body of millions of fields is none', () => {
  assert.equal(otlpProtobufRecords(Buffer.alloc(bodyLimit, Buffer.from([0x08, 0x01]))), undefined)
})
