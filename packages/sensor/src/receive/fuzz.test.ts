/** Hostile bytes to the decoders of every receiver: nothing throws, nothing is kept beyond its bound, every draft is valid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEvent } from '@rampart/event'
import fc from 'fast-check'
import { createAuthDecoder } from '../auth/decode.ts'
import { completeDraft, type EventDraft } from '../draft.ts'
import { decodeJsonRecord } from '../log/json-record.ts'
import { createTextDecoder } from '../log/text.ts'
import { createBeatsReader } from './beats/decode.ts'
import { createHosts } from './hosts.ts'
import { otlpJsonRecords, otlpProtobufRecords } from './http/otlp.ts'
import { jsonRecords } from './http/sensor.ts'
import { readReceivers } from './settings.ts'
import { createSyslogFrames, decodeSyslogMessage } from './syslog/decode.ts'
import { lumberjack, otlpProtobuf } from './testing/encode.ts'

const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 300) }
const now = 1_795_000_000_000
const asset = { id: 'a', name: 'a', kind: 'host' as const }
const valid = (drafts: readonly EventDraft[]) => {
  for (const draft of drafts) {
    const parsed = parseEvent(completeDraft(draft, asset, 'receive.x', 's', '1'))
    assert.deepEqual(parsed.ok ? undefined : parsed.issue, undefined)
  }
}
const record = (row: unknown) => {
  const decoded = decodeJsonRecord(row, { now, auth: createAuthDecoder() })
  if (decoded.ok) valid(decoded.drafts)
}
/** Good bytes with noise in them. */
const damaged = (good: Buffer) =>
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 12 })).map(([place, noise]) => {
    const bytes = Buffer.from(good)
    const at = place % bytes.length
    bytes.set(noise.subarray(0, bytes.length - at), at)
    return bytes
  })
const pieces = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, at * size + size))

const syslogBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  damaged(
    Buffer.from('59 <34>1 2026-11-27T10:00:00Z db-1 sshd 7 - - Invalid user é\n<13>Nov 27 10:00:00 db-1 app: x\n'),
  ),
)

test('syslog streams, in pieces of any size, give the same messages', () => {
  fc.assert(
    fc.property(syslogBytes, fc.integer({ min: 1, max: 50 }), (bytes, size) => {
      const read = (parts: Uint8Array[]) => {
        const found: string[] = []
        const frames = createSyslogFrames((text, truncated) => {
          assert.ok(Buffer.byteLength(text) <= 64 * 3)
          found.push(text)
          const message = decodeSyslogMessage(text, truncated, { now, auth: createAuthDecoder() })
          if (message) valid(message.drafts)
        }, 64)
        for (const part of parts) frames.feed(part)
        frames.end()
        return found
      }
      assert.deepEqual(read(pieces(bytes, size)), read([bytes]))
    }),
    runs,
  )
})

test('Lumberjack streams end or give events', () => {
  const rows = [{ message: 'one', host: { name: 'db-1' } }, { winlog: { event_id: 1 } }]
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    damaged(lumberjack(rows, false)),
    damaged(lumberjack(rows, true)),
  )
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 50 }), (stream, size) => {
      const reader = createBeatsReader({
        window(count) {
          assert.ok(count > 0 && count <= 16_384)
        },
        event(_sequence, json) {
          for (const row of jsonRecords(json) ?? []) record(row)
        },
      })
      for (const part of pieces(stream, size)) if (reader.feed(part) !== undefined) break
    }),
    runs,
  )
})

test('OTLP exports and JSON bodies of any kind', () => {
  const good = otlpProtobuf({
    time: now,
    severity: 'ERROR',
    body: 'x',
    host: 'h',
    service: 's',
    attributes: { a: 'b' },
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged(good)), (bytes) => {
      for (const row of otlpProtobufRecords(bytes) ?? []) record(row)
    }),
    runs,
  )
  const name = fc.constantFrom(
    ...[
      'message',
      'resourceLogs',
      'scopeLogs',
      'logRecords',
      'body',
      'kvlistValue',
      'values',
      'key',
      'value',
      'time',
      'host',
    ],
    ...[
      'winlog',
      'event_id',
      'rule',
      'priority',
      'output',
      'process_exec',
      'process',
      'log',
      'level',
      '@timestamp',
      '__proto__',
    ],
  )
  const tree = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(name, tie('any'), { maxKeys: 5 }),
    ),
  })).any
  fc.assert(
    fc.property(tree, (value) => {
      const text = JSON.stringify(value)
      for (const row of otlpJsonRecords(text) ?? []) record(row)
      for (const row of jsonRecords(text) ?? []) record(row)
      readReceivers([value])
    }),
    runs,
  )
})

test('text logs of any lines', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 80 })), (lines) => {
      const decoder = createTextDecoder({ path: '/var/log/x.log', now: () => now }, (draft) => valid([draft]))
      for (const [offset, line] of lines.entries()) decoder.line(line, false, { sourceId: 's', offset })
      decoder.settle()
      assert.equal(decoder.waiting(), undefined)
    }),
    runs,
  )
})

test('a host of any name is an asset below the agent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.ipV4(), (name, sender) => {
      const found = createHosts({ id: 'agent-1', name: 'web-1', kind: 'host' }).assetOf(name, sender)
      assert.ok(found && (found.id === 'agent-1' || /^agent-1~[0-9a-f]{16}$/.test(found.id)))
      assert.ok(found.name.length <= 256)
    }),
    runs,
  )
})
