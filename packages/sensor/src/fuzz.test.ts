/** Hostile input to every decoder: nothing throws, every event is valid, every record is counted, memory is bounded. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseEvent } from '@rampart/event'
import fc from 'fast-check'
import { canonicalAddress, clip, parseJson } from './draft.ts'
import { createFeeder } from './replay/feed.ts'
import { createJsonRecordSplitter } from './replay/json-records.ts'
import { createLineSplitter } from './replay/lines.ts'
import { createRecordReader } from './replay/reader.ts'
import { readSample } from './replay/sample.ts'
import { type RecordedSource, recognise, recordedSources } from './replay/source.ts'
import { percentDecode, splitTarget, unescapeQuoted } from './weblog/decoded.ts'

const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 300) }
const recordings = globSync('*/testdata/*', { cwd: import.meta.dirname })
  .filter((file) => !file.endsWith('.expected'))
  .map((file) => readFileSync(join(import.meta.dirname, file)))

/** Reads bytes as a recording and checks what every reading must keep. */
function check(bytes: Uint8Array, source: RecordedSource) {
  const recognised = recognise(bytes)
  let outcomes = 0
  const sink = {
    events(events: unknown[]) {
      outcomes++
      for (const event of events) {
        const parsed = parseEvent(event)
        assert.deepEqual(
          parsed.ok ? undefined : { ...parsed.issue, event: JSON.stringify(event).slice(0, 300) },
          undefined,
        )
      }
    },
    unparsed(_record: number, reason: string) {
      outcomes++
      assert.match(reason, /^(?:decode|replay|event|evtx)\.[a-z-]+/)
    },
    skipped() {
      outcomes++
    },
    warning() {},
  }
  const context = {
    asset: { id: 'a', name: 'a', kind: 'host' as const },
    sourceId: 's',
    time: { reference: 1_795_000_000_000, zone: 'utc' as const },
    before: () => 1_795_000_000_000,
    path: '/var/log/x',
  }
  createFeeder(recognised, createRecordReader(recognised, source, context, sink), sink, bytes).end()
  return outcomes
}

/** A recording with pieces cut, doubled, swapped or replaced by noise. */
const mutated = fc
  .tuple(
    fc.constantFrom(...recordings),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40), fc.uint8Array({ maxLength: 24 })), {
      maxLength: 8,
    }),
  )
  .map(([bytes, edits]) => {
    let out = Buffer.from(bytes)
    for (const [place, length, noise] of edits) {
      const at = Math.floor(place * out.length)
      out = Buffer.concat([out.subarray(0, at), noise, out.subarray(at + length)])
    }
    return out
  })
const anySource = fc.constantFrom(...recordedSources)

test('mutated recordings under any source', () => {
  fc.assert(
    fc.property(mutated, anySource, (bytes, source) => void check(bytes, source)),
    runs,
  )
})

test('every mutated line ends in exactly one outcome', () => {
  const lines = fc.constantFrom(...recordings.filter((bytes) => recognise(bytes).framing === 'lines'))
  fc.assert(
    fc.property(lines, fc.nat(), fc.uint8Array({ maxLength: 60 }), (bytes, at, noise) => {
      const text = Buffer.from(bytes)
      text.set(noise.subarray(0, Math.max(0, text.length - (at % text.length))), at % text.length)
      let expected = 0
      const splitter = createLineSplitter(() => expected++)
      splitter.feed(text)
      splitter.end()
      if (recognise(text).framing === 'lines') assert.equal(check(text, 'auto'), expected)
    }),
    runs,
  )
})

test('noise under any source', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 500 }),
    fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
    fc.array(fc.json({ maxDepth: 2 })).map((rows) => Buffer.from(rows.join('\n'))),
  )
  fc.assert(
    fc.property(noise, anySource, (bytes, source) => void check(bytes, source)),
    runs,
  )
})

const hostileRow = fc.dictionary(
  fc.constantFrom(
    ...[
      'type',
      'eventName',
      'eventTime',
      'eventSource',
      'userIdentity',
      'sourceIPAddress',
      'auditID',
      'user',
      'stageTimestamp',
    ],
    ...[
      'event_type',
      'timestamp',
      'src_ip',
      'src_port',
      'Event',
      'System',
      'EventID',
      'Channel',
      'winlog',
      'MESSAGE',
      'items',
    ],
    ...[
      '__REALTIME_TIMESTAMP',
      'remote_addr',
      'request',
      'status',
      'time',
      'ts',
      'process',
      'asset',
      'file',
      'acsRegion',
      'Computer',
    ],
    '__proto__',
  ),
  fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(
      '2026-11-22T10:00:00Z',
      '203.0.113.9',
      'process.started',
      'GET / HTTP/1.1',
      'x'.repeat(10_000),
      1e300,
      -1,
    ),
  ),
)
test('JSON records with known keys and any values', () => {
  fc.assert(
    fc.property(fc.array(hostileRow, { maxLength: 4 }), anySource, (rows, source) => {
      check(Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')), source)
    }),
    runs,
  )
})

test('nesting without end is refused', () => {
  for (const open of ['[', '{"a":', '{"Records":[', '{"event":{"a":'])
    for (const source of ['auto', 'cloudtrail', 'kubernetes', 'suricata', 'sysmon-json', 'access', 'events'] as const)
      check(
        Buffer.from(`{"eventName":"a","eventSource":"b","eventTime":"2026-01-01T00:00:00Z","x":${open.repeat(50_000)}`),
        source,
      )
  const deep = `{"eventName":"a","eventSource":"b","eventTime":"2026-01-01T00:00:00Z","x":${'['.repeat(9000)}${']'.repeat(9000)}}`
  check(Buffer.from(`${deep}\n${deep}\n`), 'auto')
  assert.equal(parseJson(deep), undefined)
})

test('samples never throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), anySource, (text, source) => void readSample(`x.${source}.log`, text)),
    runs,
  )
})

test('lines and JSON records do not depend on how the bytes come in', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(mutated, cuts, (bytes, sizes) => {
      const cut = (feed: (piece: Buffer) => void) => {
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          feed(bytes.subarray(at, at + size))
          at += size
        }
      }
      const lines = (feed: (splitter: ReturnType<typeof createLineSplitter>) => void) => {
        const found: unknown[] = []
        const splitter = createLineSplitter((text, number, truncated) => found.push([text, number, truncated]), 64)
        feed(splitter)
        splitter.end()
        return found
      }
      assert.deepEqual(
        lines((splitter) => cut((piece) => splitter.feed(piece))),
        lines((splitter) => splitter.feed(bytes)),
      )
      const text = bytes.toString('latin1')
      const records = (pieces: string[]) => {
        const found: unknown[] = []
        const splitter = createJsonRecordSplitter(
          {
            record: (record, index) => found.push([record, index]),
            broken: (index, code) => found.push([code, index]),
          },
          200,
        )
        for (const piece of pieces) splitter.feed(piece)
        splitter.end()
        return found
      }
      const pieces: string[] = []
      cut((piece) => pieces.push(piece.toString('latin1')))
      assert.deepEqual(records(pieces), records([text]))
    }),
    runs,
  )
})

test('text decoding is total and bounded', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('%', '%2', 'u', '25', '\\', 'x', '4', 'c0', '"', 'é', '\ud800') }),
      (text) => {
        assert.ok(percentDecode(text).length <= text.length)
        assert.ok(splitTarget(text).decoded.length <= text.length)
        assert.ok(unescapeQuoted(text).length <= text.length)
        canonicalAddress(text)
        assert.ok(clip(text, 5).length <= 5)
      },
    ),
    runs,
  )
})

test('long lines of any form are read in linear time', () => {
  const parts = [
    ' from ',
    'rhost=',
    ' user=',
    ' ; COMMAND=',
    ' "',
    '\\x',
    '%25',
    '\\x41',
    '%e4%bd%a0',
    '[',
    '<',
    'a=',
    "'",
    ' port 1',
    ': ',
    '{',
    '{"a":',
    ' - ',
  ]
  const heads = [
    'Nov 22 10:00:00 h sshd[1]: Failed password for ',
    'Nov 22 10:00:00 h sshd[1]: Connection closed by invalid user ',
    'Nov 22 10:00:00 h su[1]: pam_unix(su:auth): authentication failure; logname= uid=0 euid=0 tty= ruser=',
    'Nov 22 10:00:00 h sudo: a : ',
    'Nov 22 10:00:00 h useradd: new user: name=',
    'Nov 22 10:00:00 h pkexec: a: Error executing command as another user: ',
    '<1>1 2026-01-01T00:00:00Z h a - - ',
    'type=SYSCALL msg=audit(1700000000.1:1): ',
    'User ',
    'Connection closed by ',
    '203.0.113.9 - - [22/Nov/2026:10:00:00 +0000] "GET /',
    '',
  ]
  for (const head of heads)
    for (const part of parts) {
      const bytes = Buffer.from(head + part.repeat(Math.floor(500_000 / part.length)))
      const from = cpuMs()
      for (const source of ['auto', 'sshd', 'auditd', 'access'] as const) check(bytes, source)
      const took = cpuMs() - from
      assert.ok(took < 3000, `${JSON.stringify(head)} ${JSON.stringify(part)} took ${Math.round(took)} ms`)
    }
})

/** Time of this process's processors: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
