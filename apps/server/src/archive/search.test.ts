/** The search process against the plain reading of the log: both have to find the same, whatever happened meanwhile. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseEventQuery } from '@rampart/api'
import type { Event } from '@rampart/event'
import { pino } from 'pino'
import { temporaryDirectory } from '../testing/test-server.ts'
import { lastStoredPlace } from './retention.ts'
import { SearchProcess } from './search-process.ts'
import { SegmentArchive } from './segment-archive.ts'
import { SegmentSearch } from './segment-search.ts'

const directories: string[] = []
const processes: SearchProcess[] = []
after(async () => {
  for (const search of processes) await search.close()
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

const partsOf = (directory: string, fileRows = 200, mergedFiles = 1000, roundRows = 100_000) => ({
  settings: {
    log: join(directory, 'log'),
    files: join(directory, 'files'),
    temporary: join(directory, 'temporary'),
    memoryMb: 256,
    threads: 2,
    temporaryMb: 64,
    fileRows,
    mergedFiles,
    roundRows,
  },
  log: pino({ level: 'silent' }),
})

async function opened(fileRows = 500, mergedFiles?: number, roundRows?: number) {
  const directory = temporaryDirectory()
  directories.push(directory)
  const log = join(directory, 'log')
  const archive = await SegmentArchive.open(log, { segmentBytes: 20_000 })
  const files = join(directory, 'files')
  const searchOf = () => {
    const search = new SearchProcess({
      ...partsOf(directory, fileRows, mergedFiles, roundRows),
      position: () => archive.position(),
    })
    processes.push(search)
    return search
  }
  return { directory, files, archive, searchOf }
}

const start = Date.UTC(2026, 0, 5)
const all = { from: 0, to: Number.MAX_SAFE_INTEGER, assetIds: null }

/** Different types, fields that are absent, hostile text, equal times, and times out of order. */
function eventOf(n: number): Event {
  const base = {
    schema: 1 as const,
    id: `a${n % 3}/boot/${n}`,
    at: start + Math.floor(n / 4) * 1000 + (n % 7 === 0 ? -500_000 : 0) + 0.25,
    asset: { id: `a${n % 3}`, name: `web-${n % 3}`, kind: 'host' as const },
    sensor: 'test',
  }
  if (n % 4 === 0) return { ...base, type: 'dns.asked', question: { name: `Host-${n}.example.com`, type: 'A' } }
  if (n % 4 === 1)
    return {
      ...base,
      type: 'network.connected',
      transport: 'tcp',
      process: { pid: n, entityId: `b-${n}-1`, name: 'curl', parent: { pid: 1, entityId: `b-${n - 4}-1` } },
      source: { address: '2001:db8::1', port: 40_000 + n },
      destination: { address: n % 8 === 1 ? `192.0.2.${n % 250}` : 'ffff::1', port: n % 1000 },
    }
  if (n % 4 === 2)
    return {
      ...base,
      type: 'windows.recorded',
      channel: 'Security',
      provider: 'p',
      eventId: 4625,
      fields: {
        EventID: 4625,
        Text: `100 % of '${n}' "; DROP TABLE hot_0; -- \\ * \u0000 \ud800 字 ÄÖ`,
        'a-b': { c: n },
      },
    }
  return {
    ...base,
    type: 'process.started',
    process: {
      pid: n,
      entityId: `b-${n}-1`,
      executable: n % 8 === 3 ? '/usr/bin/Curl' : '/bin/sh',
      name: 'curl',
      commandLine: `sh -c 'echo ${n} ${n % 40 === 3 ? 'needle-in-hay' : 'hay'}' ${'x'.repeat(n % 90 === 3 ? 40_000 : 3)} tail-${n}`,
      user: { id: n % 2, name: n % 2 ? 'root' : 'anna' },
    },
    ...(n % 3 === 0 && { user: { name: 'root' } }),
  }
}

async function append(archive: SegmentArchive, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 50) {
    const events = Array.from({ length: Math.min(50, to - n) }, (_, index) => eventOf(n + index))
    await archive.append([{ source: 'a', spoolId: 's', sequence: n, receivedAt: start, events }])
  }
}

const queries = [
  '',
  'process.name:curl',
  'process.executable:/usr/bin/curl',
  'process.executable:/USR/*',
  'process.executable:*CURL',
  'process.commandLine:*needle-in*',
  'destination.address:192.0.2.0/24',
  'destination.address:192.0.2.9',
  'source.address:2001:db8::/32 destination.port:1..99',
  '-destination.address:192.0.2.0/24',
  'destination.port:>=990',
  '-user.name:root',
  'user.name:*',
  '-user.name:*',
  'type:(dns.asked network.connected) asset.id:a1',
  'question.name:host-400.example.com',
  'process.entityId:b-803-1',
  'event.fields.EventID:4625 event.fields.a-b.c:402',
  'event.fields.Text:*"; DROP TABLE"*',
  'event.process.name:curl event.process.pid:1001',
  'event.process.commandLine:*needle-in*',
  'event.asset.name:web-2',
  'event.process.parent.entityId:b-801-1',
  'needle-in-hay',
  '-needle-in-hay process.name:curl',
  '"\'402\'"',
  '字',
  'äö',
  '%',
  '4625',
  'tail-1803',
  'tail-183',
  'nothing-has-this',
]

async function compare(search: SearchProcess, archive: SegmentArchive): Promise<void> {
  while ((await search.search({ ...all, limit: 1 })).shortfall === 'behind');
  const plain = new SegmentSearch(archive)
  for (const query of queries) {
    const parsed = parseEventQuery(query)
    assert.ok(parsed.ok, query)
    const question = { ...all, conditions: parsed.terms.map((term) => term.condition) }
    const wanted = (await plain.search({ ...question, limit: 100_000 })).events.map((event) => event.id)
    assert.deepEqual(await pagesOf(search, { ...question, limit: 97 }), wanted, query)
    assert.deepEqual(await pagesOf(search, { ...question, limit: 1000, order: 'oldest' }), wanted.toReversed(), query)
    // As short as parts can be.
    assert.deepEqual(await pagesOf(search, { ...question, limit: 1000, waitMs: 0 }), wanted, query)
    const span = { ...question, from: start - 1_000_000, to: start + 3_000_000, buckets: 37 }
    const counted = await plain.histogram(span)
    assert.deepEqual(await search.histogram(span), counted, query)
    assert.deepEqual(await partsOfHistogram(search, span), counted.counts, query)
  }
}

/** Ids of all pages; an answer in parts has more of them. */
async function pagesOf(search: SearchProcess, question: Parameters<SearchProcess['search']>[0]): Promise<string[]> {
  const found: string[] = []
  let parts = 0
  let cursor: string | undefined
  for (;;) {
    const page = await search.search({ ...question, ...(cursor !== undefined && { cursor }) })
    found.push(...page.events.map((event) => event.id))
    if (page.nextCursor === null) break
    if (page.searchedTo !== null) parts++
    else assert.equal(page.events.length, question.limit)
    assert.equal(page.shortfall, page.searchedTo === null ? null : 'timeout')
    cursor = page.nextCursor
  }
  if (question.waitMs === undefined) assert.equal(parts, 0)
  return found
}

async function partsOfHistogram(search: SearchProcess, question: Parameters<SearchProcess['histogram']>[0]) {
  const counts = new Array<number>(question.buckets).fill(0)
  let cursor: string | undefined
  for (;;) {
    const part = await search.histogram({ ...question, waitMs: 0, ...(cursor !== undefined && { cursor }) })
    for (const [step, count] of part.counts.entries()) counts[step]! += count
    assert.equal(part.countedTo === null, part.nextCursor === null)
    if (part.nextCursor === null) return counts
    cursor = part.nextCursor
  }
}

test('what the search process finds is what reading the log finds', async () => {
  const { archive, searchOf } = await opened(500, 1000, 100)
  await append(archive, 0, 2200)
  const search = searchOf()
  await compare(search, archive)
  const { events, files, damagedFiles, oldestAt } = await search.stats()
  assert.deepEqual(
    { events, damagedFiles, oldestAt },
    { events: 2200, damagedFiles: 0, oldestAt: start - 500_000 + 0.25 },
  )
  assert.ok(files >= 4, 'some are in files')
  // A question sees what was appended before it.
  await append(archive, 2200, 2300)
  assert.equal((await search.search({ ...all, limit: 1, text: 'tail-2299' })).events[0]?.id, eventOf(2299).id)
  const plain = new SegmentSearch(archive)
  const ids = [5, 77, 1203, 2299].map((n) => eventOf(n).id)
  assert.deepEqual(await search.byIds([...ids, 'unknown']), await plain.byIds(ids))
  const entities = ['b-101-1', 'b-1201-1']
  assert.deepEqual(await search.byProcess('a2', entities), await plain.byProcess('a2', entities))
  assert.deepEqual(
    (await search.byProcess('a2', entities)).events.map((event) => event.id),
    ['a2/boot/101', 'a2/boot/1205'],
  )
  assert.deepEqual(await search.byProcess('a0', ['b-101-1']), await plain.byProcess('a0', ['b-101-1']))
  const top = { ...all, field: 'process.executable', prefix: '/', limit: 5 }
  assert.deepEqual(
    await search.topValues(top),
    (await plain.topValues(top)).map(({ value, count }) => ({ value: value.toLowerCase(), count })),
  )
  const scoped = await search.search({ ...all, assetIds: ['a1'], limit: 5000 })
  assert.deepEqual(new Set(scoped.events.map((event) => event.asset.id)), new Set(['a1']))
  assert.equal((await search.search({ ...all, assetIds: [], limit: 5 })).events.length, 0)
  await search.close()
  await archive.close()
})

test('killed at any moment: afterwards every event is found once', async () => {
  const { archive, searchOf, files } = await opened(200)
  let appended = 0
  for (let round = 0; round < 6; round++) {
    await append(archive, appended, appended + 1000)
    appended += 1000
    const search = searchOf()
    search.start()
    const pid = search.processId
    assert.ok(pid)
    // Somewhere between nothing done and all done.
    const enough = round * 2
    while (existsSync(files) ? readdirSync(files).length < enough + round : enough > 0)
      await new Promise((resolve) => setTimeout(resolve, 1))
    process.kill(pid, 'SIGKILL')
    await search.close()
  }
  // What a crash between two names leaves: a description whose file has only its first name.
  const [description = ''] = readdirSync(files)
    .filter((name) => name.endsWith('.blocks'))
    .reverse()
  const name = description.replace('.blocks', '.parquet')
  const bytes = readFileSync(join(files, name))
  rmSync(join(files, name))
  writeFileSync(join(files, `new-${name}`), bytes)
  const search = searchOf()
  let found = await search.search({ ...all, limit: 100_000 })
  while (found.shortfall === 'behind') found = await search.search({ ...all, limit: 100_000 })
  assert.equal(found.shortfall, null)
  assert.equal(found.events.length, appended)
  assert.equal(new Set(found.events.map((event) => event.id)).size, appended)
  assert.equal((await search.stats()).damagedFiles, 0)
  assert.ok(!readdirSync(files).some((one) => one.startsWith('new-')))
  await search.close()
  await archive.close()
})

const filesIn = (files: string) => readdirSync(files).filter((name) => /^\d.*\.parquet$/.test(name))
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function everyEventOnce(search: SearchProcess, count: number): Promise<void> {
  let found = await search.search({ ...all, limit: 100_000 })
  while (found.shortfall === 'behind') found = await search.search({ ...all, limit: 100_000 })
  assert.equal(found.shortfall, null)
  assert.equal(found.events.length, count)
  assert.equal(new Set(found.events.map((event) => event.id)).size, count)
  assert.equal((await search.stats()).damagedFiles, 0)
}

test('small files become larger ones, and what is found stays the same', async () => {
  const { archive, searchOf, files, directory } = await opened(200, 4)
  await append(archive, 0, 3000)
  let search = searchOf()
  await compare(search, archive)
  // Days of few events: many files, each of a part of the log.
  while (filesIn(files).length >= 4) await pause(20)
  await compare(search, archive)
  await everyEventOnce(search, 3000)
  const ids = [5, 77, 1203, 2999].map((n) => eventOf(n).id)
  assert.deepEqual(
    (await search.byIds(ids)).map((event) => event.id),
    (await new SegmentSearch(archive).byIds(ids)).map((event) => event.id),
  )
  await search.close()
  // What a merged file held is written anew from the log in pieces.
  const merged = filesIn(files)[0] ?? ''
  truncateSync(join(files, merged), 5000)
  search = new SearchProcess({ ...partsOf(directory, 200, 1000), position: () => archive.position() })
  processes.push(search)
  while ((await search.stats()).damagedFiles > 0) await pause(20)
  await everyEventOnce(search, 3000)
  assert.ok(!filesIn(files).includes(merged))
  await search.close()
  await archive.close()
})

test('killed while files are merged: afterwards every event is found once', async () => {
  const { archive, searchOf, files } = await opened(100, 3)
  await append(archive, 0, 4000)
  let kills = 0
  let merged = 0
  for (let round = 0; round < 12; round++) {
    const search = searchOf()
    search.start()
    const pid = search.processId
    assert.ok(pid)
    await search.stats()
    // A file that is being written for a part of the log that files hold already: now, or a little later.
    const isMerging = () =>
      readdirSync(files).some((name) => {
        const [start] = name.startsWith('new-') ? name.slice(4).split('-0') : []
        return start !== undefined && filesIn(files).some((file) => file.startsWith(name.slice(4, 27)))
      })
    const isDone = () => (search.state?.events ?? 0) === 4000 && filesIn(files).length < 3
    while (!isMerging() && !isDone()) await pause(1)
    merged += isMerging() ? 1 : 0
    await pause(round * 3)
    process.kill(pid, 'SIGKILL')
    kills++
    await search.close()
    if (isDone()) break
  }
  assert.ok(kills > 1 && merged > 1, `${merged} of ${kills} while files were merged`)
  const search = searchOf()
  await everyEventOnce(search, 4000)
  while (filesIn(files).length >= 3) await pause(20)
  await everyEventOnce(search, 4000)
  assert.ok(!readdirSync(files).some((one) => one.startsWith('new-')))
  await search.close()
  await archive.close()
})

test('a crash between a merged file and the end of those it was made of: each event is found once', async () => {
  const { archive, searchOf, files, directory } = await opened(200, 1000)
  await append(archive, 0, 1000)
  let search = searchOf()
  await everyEventOnce(search, 1000)
  await search.close()
  const small = readdirSync(files).map((name) => ({ name, bytes: readFileSync(join(files, name)) }))
  const mergingOf = () => {
    const merging = new SearchProcess({ ...partsOf(directory, 200, 2), position: () => archive.position() })
    processes.push(merging)
    return merging
  }
  search = mergingOf()
  search.start()
  while (filesIn(files).length > 1) await pause(10)
  await search.close()
  const [merged = ''] = filesIn(files)
  for (const { name, bytes } of small) writeFileSync(join(files, name), bytes)
  search = searchOf()
  await everyEventOnce(search, 1000)
  assert.deepEqual(filesIn(files), [merged])
  await search.close()
  // The merged one cannot be read: those it was made of are still there, except one, which the log still has.
  for (const { name, bytes } of small.slice(2)) writeFileSync(join(files, name), bytes)
  truncateSync(join(files, merged), 5000)
  search = searchOf()
  while ((await search.stats()).damagedFiles > 0) await pause(10)
  await everyEventOnce(search, 1000)
  assert.ok(!filesIn(files).includes(merged))
  await search.close()
  await archive.close()
})

test('files that are missing or damaged are counted, and the others are searched', async () => {
  const { archive, searchOf, files, directory } = await opened(400)
  await append(archive, 0, 4000)
  let search = searchOf()
  while ((await search.search({ ...all, limit: 10_000 })).events.length < 4000);
  const stored = search.state?.stored.segment ?? 0
  await search.close()
  // What is in files only.
  for (const name of readdirSync(join(directory, 'log')))
    if (Number.parseInt(name, 10) < stored) rmSync(join(directory, 'log', name))
  const names = filesIn(files)
  const [missing = '', cut = '', broken = '', whole = '', gone = ''] = names
  rmSync(join(files, missing))
  truncateSync(join(files, cut), 5000)
  const bytes = readFileSync(join(files, broken))
  bytes.fill(0x55, 100, bytes.length - 3000)
  writeFileSync(join(files, broken), bytes)
  writeFileSync(join(files, whole.replace('.parquet', '.blocks')), 'nonsense')
  rmSync(join(files, gone))
  rmSync(join(files, gone.replace('.parquet', '.blocks')))
  search = searchOf()
  assert.equal((await search.stats()).damagedFiles, 4)
  const found = await search.search({ ...all, limit: 10_000 })
  assert.equal(found.shortfall, 'damaged')
  assert.equal((await search.stats()).damagedFiles, 5)
  assert.ok(found.events.length >= 4000 - 5 * 450 && found.events.length <= 4000 - 5 * 400)
  assert.equal((await search.search({ ...all, limit: 10_000 })).shortfall, null, 'it is not asked again')
  await search.close()
  await archive.close()
})

test('damaged files are written anew from the log, and their names are logged', async () => {
  const { archive, directory, files } = await opened(400)
  await append(archive, 0, 2400)
  const lines: { msg: string; files?: string[] }[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const searchOf = () => {
    const search = new SearchProcess({ ...partsOf(directory, 400), log, position: () => archive.position() })
    processes.push(search)
    return search
  }
  let search = searchOf()
  while ((await search.search({ ...all, limit: 10_000 })).events.length < 2400);
  await search.close()
  const [missing = '', broken = '', undescribed = '', gone = ''] = readdirSync(files).filter((name) =>
    name.endsWith('.parquet'),
  )
  const described = (name: string) => join(files, name.replace('.parquet', '.blocks'))
  rmSync(join(files, missing))
  const bytes = readFileSync(join(files, broken))
  bytes.fill(0x55, 100, bytes.length - 3000)
  writeFileSync(join(files, broken), bytes)
  writeFileSync(described(undescribed), 'nonsense')
  rmSync(join(files, gone))
  rmSync(described(gone))
  search = searchOf()
  // The broken one is noticed when it is read.
  await search.search({ ...all, limit: 10_000 })
  let found = await search.search({ ...all, limit: 10_000 })
  while (found.events.length < 2400 || found.shortfall) found = await search.search({ ...all, limit: 10_000 })
  assert.equal(new Set(found.events.map((event) => event.id)).size, 2400)
  assert.equal((await search.stats()).damagedFiles, 0)
  const named = lines.filter((line) => line.msg.includes('missing or damaged')).flatMap((line) => line.files ?? [])
  assert.deepEqual(new Set(named), new Set([missing, broken, undescribed, gone]))
  await compare(search, archive)
  await search.close()
  // Nor is anything missed by the next process.
  search = searchOf()
  assert.equal((await search.search({ ...all, limit: 10_000 })).events.length, 2400)
  assert.equal((await search.stats()).damagedFiles, 0)
  await search.close()
  await archive.close()
})

test('files go by size and by age, oldest first, and stay gone', async () => {
  const { archive, searchOf, files } = await opened(500)
  await append(archive, 0, 4000)
  const search = searchOf()
  while ((await search.search({ ...all, limit: 1 })).shortfall === 'behind');
  const before = await search.stats()
  search.sweep({ maxBytes: Math.floor(before.bytes / 2), before: 0 })
  const kept = await search.search({ ...all, limit: 10_000 })
  assert.ok(kept.events.length < 2600 && kept.events.length >= 1500, String(kept.events.length))
  assert.ok(kept.events.some((event) => event.id === eventOf(3999).id))
  assert.ok(!kept.events.some((event) => event.id === eventOf(1).id))
  search.sweep({ maxBytes: Number.MAX_SAFE_INTEGER, before: start + 10_000_000 })
  // Removed as soon as no question reads them any longer.
  while (readdirSync(files).some((name) => name.endsWith('.parquet')))
    await new Promise((resolve) => setTimeout(resolve, 10))
  await search.close()
  await archive.close()
})

test('a log that was restored and ends before the files goes on behind them', async () => {
  const { archive, searchOf, directory, files } = await opened(200)
  await append(archive, 0, 2000)
  let search = searchOf()
  while ((await search.search({ ...all, limit: 1 })).shortfall === 'behind');
  await search.close()
  await archive.close()
  rmSync(join(directory, 'log'), { recursive: true })
  const restored = await SegmentArchive.open(join(directory, 'log'), {}, lastStoredPlace(files))
  await append(restored, 2000, 2050)
  search = new SearchProcess({ ...partsOf(directory), position: () => restored.position() })
  processes.push(search)
  assert.equal((await search.search({ ...all, limit: 1, text: 'tail-2043' })).events[0]?.id, eventOf(2043).id)
  await search.close()
  await restored.close()
})

test('bounds: time, number of questions, and callers who have gone', async () => {
  const { archive, searchOf } = await opened(2000)
  await append(archive, 0, 4000)
  const search = searchOf()
  while ((await search.search({ ...all, limit: 1 })).shortfall === 'behind');
  const late = await search.search({ ...all, text: 'tail', limit: 100_000, timeoutMs: 1 })
  assert.equal(late.shortfall, 'timeout')
  const gone = new AbortController()
  const many = Array.from({ length: 40 }, () =>
    search.search({ ...all, limit: 1000, signal: gone.signal }).then(
      () => 'found',
      (error) => error.code,
    ),
  )
  gone.abort()
  const ends = await Promise.all(many)
  assert.ok(ends.filter((end) => end === 'search.busy').length >= 4)
  assert.ok(ends.filter((end) => end === 'search.cancelled').length >= 30)
  assert.equal((await search.search({ ...all, limit: 10 })).events.length, 10, 'and it goes on')
  await assert.rejects(search.search({ ...all, limit: 1, cursor: 'nonsense' }), { code: 'search.invalid-cursor' })
  await search.close()
  await archive.close()
})
