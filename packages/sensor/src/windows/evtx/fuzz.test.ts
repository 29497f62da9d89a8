import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import type { EvtxRecord } from './chunk.ts'
import type { EvtxCode } from './cursor.ts'
import { createEvtxReader } from './read.ts'

const data = join(
  process.env.RAMPART_TEST_DATA ?? resolve(import.meta.dirname, '../../../../../../shared/data'),
  'sigma/regression_data',
)
const logs = existsSync(data)
  ? globSync('**/*.evtx', { cwd: data })
      .sort()
      .slice(0, 12)
      .map((file) => readFileSync(join(data, file)))
  : []
const skip = logs.length === 0 && 'the recorded Windows logs are not here (RAMPART_TEST_DATA)'
const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 400) }

function read(bytes: Uint8Array) {
  const records: EvtxRecord[] = []
  const problems: EvtxCode[] = []
  const reader = createEvtxReader({ record: (one) => records.push(one), problem: (code) => problems.push(code) })
  reader.feed(bytes)
  reader.end()
  return { records, problems }
}

/** Makes both checksums of the first chunk right again, so that changes reach the parser. */
function reseal(bytes: Buffer) {
  if (bytes.length < 4096 + 65_536) return
  const chunk = bytes.subarray(4096, 4096 + 65_536)
  const end = chunk.readUInt32LE(48)
  if (end >= 512 && end <= 65_536) chunk.writeUInt32LE(crc32(chunk.subarray(512, end)), 52)
  chunk.writeUInt32LE(crc32(chunk.subarray(128, 512), crc32(chunk.subarray(0, 120))), 124)
}

const edit = fc.record({
  // Most of a log is unused; changes go where the records and templates are.
  at: fc.integer({ min: 0, max: 14_000 }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      [0xff, 0xff, 0xff, 0xff],
      [0, 0, 0, 0],
      [0x0c],
      [0x0f, 1, 1, 0],
      [0x21, 0],
      [0x81, 0],
      [0x01],
      [0x41],
      [0xff, 0x7f],
    ),
  ),
})

test('a damaged log never throws, and every record that comes out is bounded', { skip }, () => {
  fc.assert(
    fc.property(
      fc.nat(Math.max(logs.length - 1, 0)),
      fc.array(edit, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (which, edits, sealed) => {
        const bytes = Buffer.from(logs[which] ?? Buffer.alloc(0))
        for (const { at, bytes: change } of edits) bytes.set(change, Math.min(at, bytes.length - 8))
        if (sealed) reseal(bytes)
        const from = cpuMs()
        const { records, problems } = read(bytes)
        assert.ok(cpuMs() - from < 2000)
        for (const record of records) assert.ok(JSON.stringify(record.fields).length < 20_000_000)
        for (const code of problems) assert.match(code, /^evtx\./)
      },
    ),
    runs,
  )
})

test('a log cut anywhere gives what is before the cut, and says that it is cut', { skip }, () => {
  const whole = logs[0] ?? Buffer.alloc(0)
  fc.assert(
    fc.property(fc.nat(whole.length - 1), (length) => {
      const { problems } = read(whole.subarray(0, length))
      const atBoundary = length === 4096 || (length - 4096) % 65_536 === 0
      assert.ok(atBoundary || problems.length > 0)
    }),
    runs,
  )
})

test('noise is no log', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9000 }), (bytes) => {
      assert.deepEqual(read(bytes), { records: [], problems: ['evtx.not-evtx'] })
    }),
    { numRuns: 50 },
  )
})

test('a bad chunk costs its own records only', { skip }, () => {
  const log = logs[0] ?? Buffer.alloc(0)
  const chunk = log.subarray(4096, 4096 + 65_536)
  const broken = Buffer.from(chunk)
  broken.fill(0x55, 0, 8)
  const alone = read(log.subarray(0, 4096 + 65_536)).records.length
  const { records, problems } = read(Buffer.concat([log.subarray(0, 4096), broken, Buffer.alloc(65_536), chunk]))
  assert.equal(records.length, alone)
  assert.deepEqual(problems, ['evtx.bad-chunk'])
})

test('wrong checksums are reported and cost nothing', { skip }, () => {
  const log = Buffer.from(logs[0] ?? Buffer.alloc(0))
  const before = read(log).records
  log.writeUInt32LE(1, 4096 + 124)
  const { records, problems } = read(log)
  assert.deepEqual(records, before)
  assert.ok(problems.includes('evtx.bad-chunk-checksum'))
})

/** Time of this process's processors: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
