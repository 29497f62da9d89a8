/** A disk that is full while events become files, in a file system and mount namespace of the test's own. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Event } from '@rampart/event'
import { pino } from 'pino'
import { temporaryDirectory } from '../testing/test-server.ts'
import { SearchProcess } from './search-process.ts'
import { SegmentArchive } from './segment-archive.ts'

const files = process.env.RAMPART_TEST_SMALL_DISK
const all = { from: 0, to: Number.MAX_SAFE_INTEGER, assetIds: null }
const total = 3000

if (files === undefined)
  test('the disk for files is full: nothing is lost, the newest wait, and it goes on when there is room', {
    skip: process.getuid?.() !== 0 && 'only root may mount a small disk',
  }, async () => {
    const directory = temporaryDirectory()
    const place = join(directory, 'small')
    mkdirSync(place)
    const script = 'mount --make-rprivate / && mount -t tmpfs -o size=3m none "$1" && exec "$2" "$3"'
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    try {
      await promisify(execFile)(
        'unshare',
        ['-m', 'sh', '-c', script, 'sh', place, process.execPath, import.meta.filename],
        { env: { ...env, RAMPART_TEST_SMALL_DISK: place, RAMPART_TEST_LOG: join(directory, 'log') } },
      )
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
else await fillDisk(files, process.env.RAMPART_TEST_LOG ?? '')

/** Runs where `place` is a file system of 3 MB. */
async function fillDisk(place: string, log: string): Promise<void> {
  const archive = await SegmentArchive.open(log)
  const settings = { log, files: join(place, 'files'), temporary: join(place, 'temporary') }
  const search = new SearchProcess({
    settings: { ...settings, memoryMb: 256, threads: 1, temporaryMb: 64, fileRows: 500 },
    position: () => archive.position(),
    log: pino({ level: 'silent' }),
  })
  try {
    writeFileSync(join(place, 'filler'), Buffer.alloc(2_700_000))
    for (let n = 0; n < total; n += 100)
      await archive.append([
        {
          source: 'a',
          spoolId: 's',
          sequence: n,
          receivedAt: 1,
          events: Array.from({ length: 100 }, (_, k) => eventOf(n + k)),
        },
      ])
    let found = await search.search({ ...all, limit: 10_000 })
    while (!search.state?.failure) found = await search.search({ ...all, limit: 10_000 })
    found = await search.search({ ...all, limit: 10_000 })
    assert.equal(found.shortfall, 'behind', 'the answer says that events are missing')
    assert.ok(found.events.length >= 500 && found.events.length < total, String(found.events.length))
    assert.match(search.state.failure, /space|full/i)
    assert.ok(!readdirSync(settings.files).some((name) => name.startsWith('new-')), 'no half-written file stays')
    const pid = search.processId
    rmSync(join(place, 'filler'))
    while (found.shortfall === 'behind') {
      await new Promise((resolve) => setTimeout(resolve, 200))
      found = await search.search({ ...all, limit: 10_000 })
    }
    assert.equal(new Set(found.events.map((event) => event.id)).size, total)
    assert.equal(found.events.length, total)
    assert.equal(search.state.failure, null)
    assert.equal(search.processId, pid, 'the process did not end')
    assert.equal((await search.stats()).damagedFiles, 0)
  } finally {
    await search.close()
    await archive.close()
  }
}

function eventOf(n: number): Event {
  return {
    schema: 1,
    id: `a/boot/${n}`,
    at: Date.UTC(2026, 0, 5) + n,
    asset: { id: 'a', name: 'web-1', kind: 'host' },
    sensor: 'test',
    type: 'dns.asked',
    question: { name: `host-${n}-${Math.sin(n)}.example.com`, type: 'A' },
  }
}
