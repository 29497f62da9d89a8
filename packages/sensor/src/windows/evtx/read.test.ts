import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BuiltRecord, buildChunk, buildFile, filetime, type Piece, type SlotValue, typed } from './build.ts'
import { chunkBytes, type EvtxRecord } from './chunk.ts'
import type { EvtxCode } from './cursor.ts'
import { createEvtxReader } from './read.ts'

function read(bytes: Uint8Array) {
  const records: EvtxRecord[] = []
  const problems: EvtxCode[] = []
  const reader = createEvtxReader({ record: (one) => records.push(one), problem: (code) => problems.push(code) })
  reader.feed(bytes)
  reader.end()
  return { records, problems }
}
const system: Piece = {
  element: 'System',
  children: [
    { element: 'Provider', attributes: { Name: 'Example', Guid: { slot: 9, optional: true } } },
    { element: 'EventID', attributes: { Qualifiers: { slot: 1, optional: true } }, children: [{ slot: 0 }] },
    { element: 'TimeCreated', attributes: { SystemTime: { slot: 2 } } },
    { element: 'EventRecordID', children: [{ slot: 3 }] },
    { element: 'Correlation', attributes: { ActivityID: { slot: 9, optional: true } } },
  ],
}
const head = (number: number) => [
  typed.u16(4625),
  typed.none(),
  typed.time(1_795_000_000_000),
  typed.u64(BigInt(number)),
]
const event = (...data: Piece[]): Piece => ({
  element: 'Event',
  attributes: { xmlns: 'x' },
  children: [system, ...data],
})
const fieldsOf = (data: Piece[], values: SlotValue[] = []) => {
  const record = { template: event(...data), values: [...head(7), ...values], number: 7 }
  const { records, problems } = read(buildFile([buildChunk([record])]))
  assert.deepEqual(problems, [])
  const {
    Provider_Name: _n,
    EventID: _e,
    TimeCreated_SystemTime: _t,
    EventRecordID: _r,
    ...rest
  } = records[0]?.fields ?? {}
  return rest
}

test('system fields: attributes under element and name, empty ones left out', () => {
  const { records } = read(buildFile([buildChunk([{ template: event(), values: head(7), number: 3, writtenMs: 5 }])]))
  assert.deepEqual(records, [
    {
      number: 7,
      writtenAt: 5,
      fields: {
        Provider_Name: 'Example',
        EventID: 4625,
        TimeCreated_SystemTime: '2026-11-18T11:06:40.000000Z',
        EventRecordID: 7,
      },
    },
  ])
})

const bytesOf = (hex: string) => Buffer.from(hex, 'hex')
const double = Buffer.alloc(8)
double.writeDoubleLE(1.5)
const valueCases: [string, SlotValue, unknown][] = [
  ['text', typed.text('a é 你'), 'a é 你'],
  ['text ended by NUL', typed.text('ab\0cd'), 'ab'],
  ['nothing', typed.none(), ''],
  ['ANSI text', { type: 2, bytes: Buffer.from('abc') }, 'abc'],
  ['signed 8', { type: 3, bytes: bytesOf('ff') }, -1],
  ['unsigned 8', { type: 4, bytes: bytesOf('ff') }, 255],
  ['signed 16', { type: 5, bytes: bytesOf('feff') }, -2],
  ['signed 32', { type: 7, bytes: bytesOf('ffffffff') }, -1],
  ['signed 64', { type: 9, bytes: bytesOf('ffffffffffffffff') }, -1],
  ['unsigned 64 beyond exact numbers', typed.u64(2n ** 63n), '9223372036854775808'],
  ['double', { type: 12, bytes: double }, 1.5],
  ['boolean', { type: 13, bytes: bytesOf('01000000') }, true],
  ['binary', { type: 14, bytes: bytesOf('0aff') }, '0AFF'],
  ['GUID', { type: 15, bytes: bytesOf('000102030405060708090a0b0c0d0e0f') }, '03020100-0504-0706-0809-0A0B0C0D0E0F'],
  ['pointer of 32 bits', { type: 16, bytes: bytesOf('ff000000') }, '0xff'],
  ['pointer of 64 bits', { type: 16, bytes: bytesOf('ff00000000000000') }, '0xff'],
  ['file time', { type: 17, bytes: filetime(1_795_000_000_123) }, '2026-11-18T11:06:40.123000Z'],
  ['system time', { type: 18, bytes: bytesOf('ea070b00000016000a0000000500fa00') }, '2026-11-22T10:00:05.250000Z'],
  ['SID', { type: 19, bytes: bytesOf('010200000000000520000000 20020000'.replace(' ', '')) }, 'S-1-5-32-544'],
  ['hex 32', { type: 20, bytes: bytesOf('0a000000') }, '0xa'],
  ['hex 64', { type: 21, bytes: bytesOf('0000000000000080') }, '0x8000000000000000'],
  ['list of texts', { type: 0x81, bytes: Buffer.from('a\0bc\0', 'utf16le') }, ['a', 'bc']],
  ['list of numbers', { type: 0x86, bytes: bytesOf('01000200') }, [1, 2]],
]
for (const [name, value, expected] of valueCases)
  test(`value: ${name}`, () => {
    const data = {
      element: 'EventData',
      children: [{ element: 'Data', attributes: { Name: 'X' }, children: [{ slot: 4 }] }],
    }
    assert.deepEqual(fieldsOf([data], [value]), { X: expected })
  })

test('data: with and without names, text around slots, characters, entities, sections', () => {
  const data = (name: string | undefined, ...children: Piece[]): Piece => ({
    element: 'Data',
    ...(name === undefined ? {} : { attributes: { Name: name } }),
    children,
  })
  const found = fieldsOf(
    [
      {
        element: 'EventData',
        children: [
          data('Joined', 'a', { slot: 4 }, { entity: 'lt' }, { character: 66 }, { cdata: ' <c>' }),
          data('Sub Status', 'x'),
          data('Empty'),
          data('EventID', 'not that one'),
          data(undefined, 'one'),
          data(undefined, 'two'),
          { element: 'Binary', children: ['00'] },
        ],
      },
    ],
    [typed.u32(5)],
  )
  assert.deepEqual(found, {
    ...{
      Joined: 'a5<B <c>',
      'Sub Status': 'x',
      SubStatus: 'x',
      Empty: '',
      EventData_EventID: 'not that one',
      Data: ['one', 'two'],
      Binary: '00',
    },
  })
})

test('UserData: a document of its own in a slot, by the names of its innermost elements', () => {
  const inner: Piece = {
    element: 'EventXML',
    attributes: { xmlns: 'y' },
    children: [
      { element: 'Param1', children: [{ slot: 0 }] },
      { element: 'Group', children: [{ element: 'Param2', children: ['z'] }] },
    ],
  }
  const found = fieldsOf(
    [{ element: 'UserData', children: [{ slot: 4 }] }],
    [{ document: inner, values: [typed.text('v')] }],
  )
  assert.deepEqual(found, { Param1: 'v', Param2: 'z' })
})

test('records share templates, chunks do not; both versions are read', () => {
  const template = event()
  const chunk = () => buildChunk([1, 2, 3].map((number) => ({ template, values: head(number), number })))
  const { records, problems } = read(buildFile([chunk(), Buffer.alloc(chunkBytes), chunk()], 2))
  assert.deepEqual(problems, [])
  assert.deepEqual(
    records.map((record) => record.number),
    [1, 2, 3, 1, 2, 3],
  )
})

test('documents nested without end, and slots that repeat a large value, are bounded', () => {
  const wide: Piece = {
    element: 'EventData',
    children: Array.from({ length: 400 }, () => ({ element: 'Data', children: [{ slot: 4 }] })),
  }
  const large = { template: event(wide), values: [...head(1), typed.text('x'.repeat(20_000))], number: 1 }
  assert.deepEqual(read(buildFile([buildChunk([large])])), { records: [], problems: ['evtx.too-large'] })
  let deep: Piece = 'x'
  for (let level = 0; level < 100; level++) deep = { element: 'A', children: [deep] }
  const nested = { template: event({ element: 'UserData', children: [deep] }), values: head(1), number: 1 }
  assert.deepEqual(read(buildFile([buildChunk([nested])])).problems, ['evtx.too-deep'])
})

test('a bad record costs itself only', () => {
  const template = event()
  const record = (number: number): BuiltRecord => ({ template, values: head(number), number })
  const chunk = buildChunk([record(1), record(2), record(3)])
  const second = chunk.indexOf('**\0\0', 520, 'latin1')
  chunk.writeUInt32LE(7, second + 4)
  const { records, problems } = read(buildFile([chunk]))
  assert.deepEqual(
    records.map((one) => one.number),
    [1, 3],
  )
  assert.deepEqual(problems, ['evtx.bad-records-checksum', 'evtx.bad-record'])
})

test('any change of any byte is survived', () => {
  const template = event({
    element: 'EventData',
    children: [{ element: 'Data', attributes: { Name: 'X' }, children: [{ slot: 4 }] }],
  })
  const file = buildFile([
    buildChunk([1, 2].map((number) => ({ template, values: [...head(number), typed.text('v')], number }))),
  ])
  const edit = fc.tuple(fc.integer({ min: 4096, max: 6200 }), fc.uint8Array({ minLength: 1, maxLength: 4 }))
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const bytes = Buffer.from(file)
      for (const [at, change] of edits) bytes.set(change, at)
      const { records } = read(bytes)
      assert.ok(records.length <= 3)
      for (const record of records) assert.ok(JSON.stringify(record.fields).length < 8_000_000)
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 400) },
  )
})
