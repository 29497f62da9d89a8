import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type BuiltRecord, buildChunk, buildFile, type Piece, typed } from './build.ts'
import { chunkBytes } from './chunk.ts'
import type { EvtxCode } from './cursor.ts'
import { createEvtxReader } from './read.ts'

const template: Piece = {
  element: 'Event',
  children: [
    {
      element: 'System',
      children: [
        { element: 'EventID', children: [{ slot: 0 }] },
        { element: 'EventRecordID', children: [{ slot: 1 }] },
      ],
    },
    {
      element: 'EventData',
      children: [{ element: 'Data', attributes: { Name: 'CommandLine' }, children: [{ slot: 2 }] }],
    },
  ],
}
const record = (number: number, commandLine: string): BuiltRecord => ({
  template,
  values: [typed.u16(1), typed.u64(BigInt(number)), typed.text(commandLine)],
  number,
})
const attack = 'vssadmin delete shadows /all /quiet'
const endOf = (chunk: Buffer) => chunk.readUInt32LE(48)

/** A chunk whose last byte is the last one of the attack's record, which fills what ordinary records leave. */
function fullChunk(from: number): { chunk: Buffer; attackAt: number } {
  const ordinary: BuiltRecord[] = []
  const size = endOf(buildChunk([record(1, 'x'), record(2, 'x')])) - endOf(buildChunk([record(1, 'x')]))
  for (let number = from; endOf(buildChunk([...ordinary, record(number, attack)])) + 4 * size < chunkBytes; number++)
    ordinary.push(record(number, 'x'))
  const attackAt = from + ordinary.length
  for (let blanks = 0; blanks < 500; blanks++) {
    const chunk = buildChunk([...ordinary, record(attackAt, attack + ' '.repeat(blanks))])
    if (endOf(chunk) === chunkBytes) return { chunk, attackAt }
  }
  throw new Error('no text fills the chunk')
}

test('attacks that end a chunk to its last byte and begin the next are read, however the file is cut', () => {
  const { chunk, attackAt } = fullChunk(1)
  const next = buildChunk([record(attackAt + 1, attack), record(attackAt + 2, 'x')])
  const file = buildFile([chunk, next])
  for (const piece of [1, 4096, 4097, 65_535, 65_536, 65_537, file.length]) {
    const found: number[] = []
    const problems: EvtxCode[] = []
    const reader = createEvtxReader({
      record: ({ fields, number }) => String(fields.CommandLine).startsWith('vssadmin') && found.push(number),
      problem: (code) => problems.push(code),
    })
    for (let start = 0; start < file.length; start += piece) reader.feed(file.subarray(start, start + piece))
    reader.end()
    assert.deepEqual(found, [attackAt, attackAt + 1], `pieces of ${piece} bytes`)
    assert.deepEqual(problems, [])
  }
})

test('a log of 24 MB is read without holding it', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { chunk, attackAt } = fullChunk(1)
  let records = 0
  let attacks = 0
  const reader = createEvtxReader({
    record: ({ fields }) => {
      records++
      if (String(fields.CommandLine).startsWith('vssadmin')) attacks++
    },
    problem: (code) => assert.fail(code),
  })
  const held = (): number => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  reader.feed(buildFile([]))
  let before = 0
  const chunks = 384
  for (let count = 0; count < chunks; count++) {
    reader.feed(Buffer.from(chunk))
    if (count === 64) before = held()
  }
  const grown = held() - before
  reader.end()
  assert.equal(records, chunks * attackAt)
  assert.equal(attacks, chunks)
  assert.ok(grown < 8_000_000, `${grown} bytes more are held`)
})
