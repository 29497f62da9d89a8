/** The spool on real files: order, restart, damage, limits, a full disk. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { decode, encode } from '../msgpack.ts'
import { eventValue } from '../sensing/value.ts'
import { Drops } from './drops.ts'
import { Spool } from './spool.ts'

interface Small {
  type: string
  n: number
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'spool-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function open(folder: string, maxBytes = 64 * 1024 * 1024) {
  const drops = new Drops(join(folder, 'drops.json'))
  const spool = new Spool({ folder: join(folder, 'spool'), maxBytes, drops })
  return { spool, drops }
}

function batchOf(events: (Small & { filler?: string })[], frame = 1) {
  const values = events.reduce((mask, event) => mask | (1 << eventValue(event.type)), 0)
  const payload = zstdCompressSync(encode(events))
  return { events: events.length, values, source: 7, frame, payload }
}

/** Text that does not compress, so that sizes are what they look like. */
function filler(bytes: number, seed: number): string {
  let text = ''
  let state = seed + 1
  while (text.length < bytes) {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    text += state.toString(36)
  }
  return text.slice(0, bytes)
}

function readAll(spool: Spool, after = 0): { sequence: number; events: Small[] }[] {
  const batches: { sequence: number; events: Small[] }[] = []
  for (let batch = spool.readAfter(after); batch !== undefined; batch = spool.readAfter(batch.sequence))
    batches.push({ sequence: batch.sequence, events: decode(zstdDecompressSync(batch.payload)) as Small[] })
  return batches
}
const numbers = (spool: Spool, after = 0) => readAll(spool, after).flatMap(({ events }) => events.map(({ n }) => n))
const segments = (folder: string) => readdirSync(join(folder, 'spool')).filter((name) => name.endsWith('.spool'))

test('what was appended is read in order, again after a restart, and gone after its acknowledgement', (t) => {
  const folder = makeFolder(t)
  const first = open(folder).spool
  for (let n = 1; n <= 50; n++) assert.equal(first.append(batchOf([{ type: 'process.started', n }], n)), n)
  assert.deepEqual(numbers(first, 10)[0], 11)
  // No close: the agent was killed.
  const second = open(folder).spool
  assert.equal(second.last, 50)
  assert.equal(second.frameOf(7), 50)
  assert.deepEqual(
    numbers(second),
    Array.from({ length: 50 }, (_, at) => at + 1),
  )
  assert.equal(second.resume(20), 0)
  assert.equal(second.append(batchOf([{ type: 'process.started', n: 51 }])), 51)
  assert.deepEqual(numbers(second, second.acknowledged)[0], 21)
  second.acknowledge(51)
  assert.equal(second.events, 0)
  second.close()
  const third = open(folder).spool
  assert.deepEqual(numbers(third), [])
  assert.equal(third.append(batchOf([{ type: 'process.started', n: 52 }])), 52, 'sequences go on')
  third.close()
  first.close()
})

test('a torn tail is cut off, whatever its length; what was whole stays', (t) => {
  for (const cut of [1, 20, 31, 40]) {
    const folder = makeFolder(t)
    const before = open(folder).spool
    for (let n = 1; n <= 3; n++) before.append(batchOf([{ type: 'process.started', n }]))
    const path = join(folder, 'spool', segments(folder)[0] as string)
    truncateSync(path, statSync(path).size - cut)
    const after = open(folder).spool
    assert.deepEqual(numbers(after), [1, 2], `cut by ${cut}`)
    assert.ok(after.tornBytes > 0)
    assert.equal(after.append(batchOf([{ type: 'process.started', n: 9 }])), 3)
    after.close()
  }
})

test('zeros and noise behind the last record are cut off', (t) => {
  for (const tail of [Buffer.alloc(4096), Buffer.from('x'.repeat(100))]) {
    const folder = makeFolder(t)
    open(folder).spool.append(batchOf([{ type: 'process.started', n: 1 }]))
    appendFileSync(join(folder, 'spool', segments(folder)[0] as string), tail)
    const after = open(folder).spool
    assert.deepEqual(numbers(after), [1])
    assert.equal(after.tornBytes, tail.length)
    after.close()
  }
})

test('damage in the middle costs what lies behind it in that file, counted, and nothing else', (t) => {
  const folder = makeFolder(t)
  const { spool, drops } = open(folder, 1024 * 1024)
  for (let n = 1; n <= 20; n++)
    spool.append(batchOf([{ type: 'process.started', n, filler: filler(20_000, n) } as Small]))
  const names = segments(folder)
  assert.ok(names.length >= 3, 'several files')
  const path = join(folder, 'spool', names[0] as string)
  const bytes = readFileSync(path)
  bytes[30_000] = (bytes[30_000] ?? 0) ^ 255
  writeFileSync(path, bytes)
  const read = numbers(spool)
  assert.equal(read[0], 1)
  assert.equal(read.at(-1), 20)
  assert.equal(read.length + drops.total, 20)
  spool.close()
})

test('over its limit the oldest low-value events go first, then normal ones, then all; every one is counted', (t) => {
  const folder = makeFolder(t)
  const { spool, drops } = open(folder, 1024 * 1024)
  const types = ['process.ended', 'file.written', 'process.started']
  const written: Record<string, number> = {}
  const write = (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      const events = types.map((type, at) => ({ type, n, filler: filler(4_000, 3 * n + at) }))
      if (spool.append(batchOf(events)) === undefined) assert.fail('there is always something to give up')
      for (const type of types) written[type] = (written[type] ?? 0) + 1
      assert.ok(spool.bytes <= 1024 * 1024 + 64 * 1024)
    }
  }
  const kept = () => {
    const counts: Record<string, number> = {}
    for (const { events } of readAll(spool)) for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1
    return counts
  }
  write(0, 150)
  const early = kept()
  assert.ok((early['process.ended'] ?? 0) < 150, 'low value gave way')
  assert.equal(early['process.started'], 150, 'high value all there')
  assert.equal(early['file.written'], 150, 'normal value all there')
  write(150, 600)
  const late = kept()
  for (const type of types) {
    const lost = drops.counts[`${type}:spool-full`] ?? 0
    assert.equal((late[type] ?? 0) + lost, written[type], `${type}: kept + dropped = written`)
  }
  assert.ok((late['process.started'] ?? 0) > (late['process.ended'] ?? 0))
  spool.close()
  assert.equal(new Drops(join(folder, 'drops.json')).total, drops.total, 'the counts survive')
})

test('what is on its way to the server is not given up', (t) => {
  const folder = makeFolder(t)
  const { spool } = open(folder, 1024 * 1024)
  for (let n = 1; n <= 40; n++)
    spool.append(batchOf([{ type: 'process.ended', n, filler: filler(20_000, n) } as Small]))
  spool.sent = 5
  for (let n = 41; n <= 120; n++)
    spool.append(batchOf([{ type: 'process.ended', n, filler: filler(20_000, n) } as Small]))
  assert.deepEqual(numbers(spool).slice(0, 2), [1, 2])
  spool.close()
})

test('a server that knows more than this spool: new batches are numbered behind it', (t) => {
  const folder = makeFolder(t)
  const before = open(folder).spool
  for (let n = 1; n <= 5; n++) before.append(batchOf([{ type: 'process.started', n }]))
  // The host lost power: batches 6 to 8 were delivered but not on disk.
  const after = open(folder).spool
  after.append(batchOf([{ type: 'process.started', n: 100 }]))
  after.append(batchOf([{ type: 'process.started', n: 101 }]))
  assert.equal(after.resume(8), 3)
  assert.deepEqual(
    readAll(after, 8).map(({ sequence, events }) => [sequence, events[0]?.n]),
    [
      [9, 100],
      [10, 101],
    ],
  )
  assert.equal(after.append(batchOf([{ type: 'process.started', n: 102 }])), 11)
  after.close()
  const again = open(folder).spool
  assert.deepEqual(numbers(again, 8), [100, 101, 102])
  again.close()
})

test('a full disk: counted, no crash, goes on when there is room', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'spool-test-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', folder])
  t.after(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  const { spool, drops } = open(folder)
  let refused = 0
  for (let n = 1; n <= 900; n++)
    if (spool.append(batchOf([{ type: 'process.started', n, filler: filler(20_000, n) } as Small])) === undefined)
      refused++
  assert.ok(refused > 0, 'disk and memory are full')
  assert.match(spool.problem, /ENOSPC/)
  const kept = numbers(spool)
  assert.ok(kept.length > 300, `${kept.length} are kept, most of them in memory`)
  assert.equal(kept.length + refused + drops.total, 900)
  assert.deepEqual(
    kept,
    [...kept].sort((a, b) => a - b),
    'in order',
  )

  const before = spool.last
  for (const left of [300, 120, 40]) {
    spool.acknowledge(before - left)
    assert.deepEqual(numbers(spool, spool.acknowledged), kept.slice(-(spool.last - spool.acknowledged)))
    spool.append(batchOf([{ type: 'process.started', n: 1_000_000 }]))
    kept.push(1_000_000)
    spool.acknowledge(spool.acknowledged + 1)
  }
  assert.deepEqual(numbers(spool, spool.acknowledged), kept.slice(-(spool.last - spool.acknowledged)))
  spool.acknowledge(spool.last)
  assert.equal(spool.events, 0)
  const next = spool.last + 1
  assert.equal(spool.append(batchOf([{ type: 'process.started', n: 901 }])), next)
  assert.equal(spool.problem, '')
  spool.close()
  const after = open(folder).spool
  assert.deepEqual(numbers(after), [901])
  assert.equal(after.last, next)
  after.close()
})

test('whatever order of writing, acknowledging, restarting and power loss: each batch once, in order', (t) => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('append' as const),
      times: fc.integer({ min: 1, max: 12 }),
      size: fc.integer({ min: 1, max: 9_000 }),
    }),
    fc.record({ do: fc.constant('acknowledge' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.constant({ do: 'restart' as const }),
    fc.constant({ do: 'kill' as const }),
    fc.record({ do: fc.constant('tear' as const), bytes: fc.integer({ min: 1, max: 200 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const folder = makeFolder(t)
      let spool = open(folder, 2 * 1024 * 1024).spool
      /** What the server has not stored yet, by number. */
      let waiting: number[] = []
      let stored = 0
      let n = 0
      const received: number[] = []
      const deliver = (upTo: number) => {
        for (const { sequence, events } of readAll(spool, stored)) {
          if (sequence > upTo) break
          received.push(...events.map((event) => event.n))
          stored = sequence
        }
        spool.acknowledge(stored)
        waiting = waiting.slice(waiting.findIndex((one) => one > (received.at(-1) ?? 0)))
        if (received.at(-1) === n) waiting = []
      }
      const reopen = () => {
        spool = open(folder, 2 * 1024 * 1024).spool
        spool.resume(stored)
      }
      spool.resume(0)
      for (const one of steps) {
        if (one.do === 'append')
          for (let at = 0; at < one.times; at++) {
            assert.notEqual(
              spool.append(batchOf([{ type: 'process.started', n: ++n, filler: filler(one.size, n) } as Small])),
              undefined,
            )
            waiting.push(n)
          }
        else if (one.do === 'acknowledge') deliver(stored + Math.floor((spool.last - stored) * one.share))
        else {
          if (one.do === 'restart') spool.close()
          else if (one.do === 'tear' && waiting.length === 0 && segments(folder).length > 0) {
            // Power loss after delivery: the end of the newest file never reached the disk.
            const path = join(folder, 'spool', segments(folder).at(-1) as string)
            truncateSync(path, Math.max(0, statSync(path).size - one.bytes))
          }
          reopen()
        }
        assert.deepEqual(numbers(spool, stored), waiting)
      }
      deliver(spool.last)
      assert.deepEqual(
        received,
        Array.from({ length: n }, (_, at) => at + 1),
      )
      spool.close()
      rmSync(folder, { recursive: true })
    }),
    { numRuns: 60 },
  )
})
