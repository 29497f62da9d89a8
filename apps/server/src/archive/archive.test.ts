import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Event } from '@rampart/event'
import { temporaryDirectory } from '../testing/test-server.ts'
import type { EventBatch } from './event-archive.ts'
import { SegmentArchive } from './segment-archive.ts'

const start = { segment: 0, offset: 0 }

function eventOf(number: number, assetId = 'a1'): Event {
  return {
    schema: 1,
    id: `${assetId}/boot/${number}`,
    type: 'dns.asked',
    at: number * 1000,
    asset: { id: assetId, name: 'web-1', kind: 'host' },
    sensor: 'test',
    question: { name: `name-${number}.example.com`, type: 'A' },
  }
}

function batchOf(sequence: number, count = 3, assetId = 'a1'): EventBatch {
  const events = Array.from({ length: count }, (_, index) => eventOf(sequence * 100 + index, assetId))
  return { source: assetId, spoolId: 's', sequence, receivedAt: sequence * 100_000, events }
}

async function sequences(archive: SegmentArchive, from = start): Promise<number[]> {
  const found: number[] = []
  for await (const batch of archive.batches(from)) found.push(batch.sequence)
  return found
}

async function idsOf(events: AsyncGenerator<Event>): Promise<string[]> {
  const ids: string[] = []
  for await (const event of events) ids.push(event.id)
  return ids
}

test('what was appended is read back whole, in order, also after opening again', async () => {
  const directory = temporaryDirectory()
  const archive = await SegmentArchive.open(directory)
  await archive.append([batchOf(1), batchOf(2)])
  const middle = archive.position()
  await archive.append([batchOf(3)])
  assert.deepEqual(await sequences(archive), [1, 2, 3])
  assert.deepEqual(await sequences(archive, middle), [3])
  await archive.close()
  const again = await SegmentArchive.open(directory)
  const batches: EventBatch[] = []
  for await (const batch of again.batches(start)) batches.push(batch)
  assert.deepEqual(batches, [batchOf(1), batchOf(2), batchOf(3)])
  assert.equal(again.stats().tornBytes, 0)
  await again.close()
  rmSync(directory, { recursive: true })
})

test('a write that never finished is cut off, at whatever byte it ended', async () => {
  const directory = temporaryDirectory()
  const first = await SegmentArchive.open(directory)
  await first.append([batchOf(1)])
  const whole = first.position().offset
  await first.append([batchOf(2)])
  const end = first.position().offset
  await first.close()
  const [name = ''] = readdirSync(directory)
  const file = join(directory, name)
  const bytes = readFileSync(file)
  for (const cut of [whole + 1, whole + 15, whole + 16, whole + 17, end - 1]) {
    writeFileSync(file, bytes)
    truncateSync(file, cut)
    const archive = await SegmentArchive.open(directory)
    assert.deepEqual(await sequences(archive), [1], `cut at ${cut}`)
    assert.equal(archive.stats().tornBytes, cut - whole)
    await archive.append([batchOf(5)])
    assert.deepEqual(await sequences(archive), [1, 5])
    await archive.close()
  }
  writeFileSync(file, bytes)
  appendFileSync(file, Buffer.alloc(4096))
  const archive = await SegmentArchive.open(directory)
  assert.deepEqual(await sequences(archive), [1, 2])
  await archive.close()
  rmSync(directory, { recursive: true })
})

test('a damaged frame is skipped and counted, those around it stay', async () => {
  const directory = temporaryDirectory()
  const first = await SegmentArchive.open(directory)
  await first.append([batchOf(1)])
  const before = first.position().offset
  await first.append([batchOf(2)])
  await first.append([batchOf(3)])
  await first.close()
  const [name = ''] = readdirSync(directory)
  const bytes = readFileSync(join(directory, name))
  bytes[before + 40] = (bytes[before + 40] ?? 0) ^ 0xff
  writeFileSync(join(directory, name), bytes)
  const archive = await SegmentArchive.open(directory)
  assert.deepEqual(await sequences(archive), [1, 3])
  assert.equal(archive.stats().damaged, 1)
  await archive.close()
  rmSync(directory, { recursive: true })
})

test('segments follow each other; reading by time and finding by id look only where they must', async () => {
  const directory = temporaryDirectory()
  let archive = await SegmentArchive.open(directory, { segmentBytes: 200 })
  for (let sequence = 1; sequence <= 9; sequence++)
    await archive.append([batchOf(sequence, 3, sequence % 2 ? 'a1' : 'a2')])
  assert.equal(archive.stats().segments, 9)
  await archive.close()
  archive = await SegmentArchive.open(directory, { segmentBytes: 200 })
  assert.deepEqual(await sequences(archive), [1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.deepEqual(await idsOf(archive.read(300_000, 301_000)), ['a1/boot/300', 'a1/boot/301'])
  assert.equal((await idsOf(archive.read(0, 1e9, { assetId: 'a2' }))).length, 12)
  assert.equal((await idsOf(archive.read(0, 1e9, { types: ['process.started'] }))).length, 0)
  const found = await archive.find(new Set(['a1/boot/301', 'a2/boot/400', 'a1/boot/9999']), 0, 1e9)
  assert.deepEqual(
    found.map((event) => event.id),
    ['a2/boot/400', 'a1/boot/301'],
  )
  await archive.close()
  rmSync(directory, { recursive: true })
})

test('the tail begins where time and size allow, and always holds what is written now', async () => {
  const directory = temporaryDirectory()
  const archive = await SegmentArchive.open(directory, { segmentBytes: 100 })
  for (let sequence = 1; sequence <= 5; sequence++) await archive.append([batchOf(sequence)])
  const from = async (after: number, maxBytes: number) => sequences(archive, archive.tail(after, maxBytes))
  assert.deepEqual(await from(0, 1e9), [1, 2, 3, 4, 5])
  assert.deepEqual(await from(300_000, 1e9), [3, 4, 5])
  assert.deepEqual(await from(1e12, 1e9), [5])
  assert.deepEqual(await from(0, 1), [5])
  await archive.close()
  rmSync(directory, { recursive: true })
})

test('old segments go by size and by age, the one that is written never', async () => {
  const directory = temporaryDirectory()
  const archive = await SegmentArchive.open(directory, { segmentBytes: 100, maxBytes: 700, maxAgeMs: 350_000 })
  for (let sequence = 1; sequence <= 9; sequence++) await archive.append([batchOf(sequence)])
  assert.ok((await archive.sweep(900_000)) > 0)
  assert.ok(archive.stats().bytes <= 700)
  const kept = await sequences(archive)
  assert.deepEqual(
    kept,
    kept.filter((sequence) => sequence >= 6),
  )
  await archive.sweep(1e12)
  assert.deepEqual(await sequences(archive), [9])
  assert.equal(readdirSync(directory).filter((name) => name.endsWith('.events')).length, 1)
  assert.equal(statSync(join(directory, '0000000009.events')).mode & 0o777, 0o600)
  await archive.close()
  rmSync(directory, { recursive: true })
})
