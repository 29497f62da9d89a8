/** Cuts read by many readers, each knowing only what it was given, hold what one reader finds in the whole. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { strToU8, zipSync } from 'fflate'
import { buildChunk, buildFile, type Piece, typed } from '../windows/evtx/build.ts'
import { type Cut, cutRecorded } from './cut.ts'
import { createEventReader, openRecorded, type RecordedItem } from './open.ts'
import { type RecordedSource, recordedSources } from './source.ts'

const root = mkdtempSync(join(tmpdir(), 'cut-'))
after(() => rmSync(root, { recursive: true, force: true }))
const at = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(root, name), content)
  return join(root, name)
}
const here = resolve(import.meta.dirname, '..')
const recordings = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.includes('testdata') && /\.(?:log|json|ndjson|evtx|gz)$/.test(name))
  .sort()
  .map((name) => join(here, name))

/** Reads every cut with one of many readers; an ordered input keeps its own. */
async function spread(paths: readonly string[], source: RecordedSource = 'auto') {
  const counts = { files: 0, bytes: 0 }
  const totals = { records: 0, parsed: 0, unparsed: 0, skipped: 0, warnings: 0, undated: 0 }
  const items: RecordedItem[] = []
  const owners = new Map<number, ReturnType<typeof createEventReader>>()
  let cuts = 0
  let ordered = 0
  for await (const cut of cutRecorded(paths, source, counts)) {
    cuts++
    let reader = createEventReader({ source })
    if (cut.kind === 'records' && cut.ordered) {
      ordered++
      reader = owners.get(cut.input.number) ?? reader
      owners.set(cut.input.number, reader)
    }
    const before = { ...reader.counts }
    // as another thread gets it
    reader.read(structuredClone(cut), (item) => items.push(item))
    for (const name of Object.keys(totals) as (keyof typeof totals)[])
      totals[name] += reader.counts[name] - before[name]
  }
  return { items, counts: { ...counts, ...totals }, cuts, ordered }
}

async function agree(paths: readonly string[], source: RecordedSource = 'auto') {
  const recorded = openRecorded(paths, { source })
  const items: RecordedItem[] = []
  for await (const item of recorded) items.push(item)
  const found = await spread(paths, source)
  assert.deepEqual(found.items, items)
  assert.deepEqual(found.counts, { ...recorded.counts })
  return { ...found, events: items.filter((item) => 'event' in item).length }
}

test('recordings of every source', async () => {
  const { events } = await agree(recordings)
  assert.ok(events > 150, `${events} events`)
  for (const source of recordedSources) await agree(recordings, source)
})

const lines = (count: number, one: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `${one(index)}\n`).join('')
const sysmon = (index: number) =>
  `{"Channel":"Security","EventID":4624,"UtcTime":"2026-04-01 10:00:00.${100 + (index % 900)}","Computer":"ws${index % 3}.example.com","n":${index}}`

test('lines are cut anywhere, with their numbers, whatever stands among them', async () => {
  const path = at(
    'many.ndjson',
    `\ufeff${sysmon(0)}\r\n${lines(12_000, (index) => (index % 50 === 7 ? '{"broken"' : index % 60 === 9 ? '' : sysmon(index)))}{"long":"${'x'.repeat(1_200_000)}"}\n${sysmon(1)}\n${'é'.repeat(700_000)}\n${sysmon(2)}`,
  )
  const { cuts, ordered, counts } = await agree([path])
  assert.ok(cuts >= 4, `${cuts} cuts`)
  assert.equal(ordered, 0)
  assert.equal(counts.records, 12_005)
})

test('a record without a time has that of the one before, wherever that was read', async () => {
  const odd = [
    (index: number) => sysmon(index).replace(/"UtcTime":"[^"]*",/, ''),
    (index: number) => sysmon(index).replace('2026-04-01 ', 'on a day, '),
    () => '',
    () => '{"broken"',
    () => '# comment',
    () => '{"event_type":"alert","timestamp":"then","src_ip":"192.0.2.1"}',
    () => '{"auditID":"a"}',
    () => '{"eventName":"a","eventSource":"s","eventTime":"when?"}',
    () => '{"eventName":"a","eventSource":"s","eventTime":"2026-05-01T00:00:00Z"}',
  ]
  const mixed = (share: number) => (index: number) =>
    index % share < 9 ? (odd[index % share]?.(index) ?? '') : sysmon(index)
  for (const share of [9, 10, 40, 9_000]) {
    const { counts, cuts } = await agree([at('undated.ndjson', lines(14_000, mixed(share)))])
    assert.ok(cuts >= 3, `${cuts} cuts`)
    assert.ok(counts.undated > (share === 9_000 ? 5 : 1_000), `${counts.undated} undated`)
  }
  const records = Array.from({ length: 9_000 }, (_, index) => mixed(40)(index)).filter((text) => text.endsWith('}'))
  assert.ok((await agree([at('undated.json', `[${records.join(',')}]`)])).counts.undated > 500)
  const never = lines(9_000, () => '{"EventID":1,"Channel":"x"}')
  assert.equal((await agree([at('never.ndjson', never)])).counts.undated, 9_000)
})

test('records of the journal make an input ordered from the first one on', async () => {
  const journal = (index: number) =>
    JSON.stringify({
      __REALTIME_TIMESTAMP: String(1_795_000_000_000_000 + index * 1_000_000),
      _HOSTNAME: 'web-1',
      SYSLOG_IDENTIFIER: 'sshd',
      SYSLOG_PID: '77',
      MESSAGE:
        index % 2 === 0
          ? `Connection from 203.0.113.${index % 250} port 40${index % 10}`
          : 'last message repeated 3 times',
    })
  const path = at('late.ndjson', lines(6_000, sysmon) + lines(6_000, journal) + lines(2_000, sysmon))
  const { cuts, ordered } = await agree([path])
  assert.ok(ordered > 1 && ordered < cuts, `${ordered} of ${cuts}`)
  const escaped = journal(0).replace('__REALTIME', '\\u005f_REALTIME')
  assert.equal((await agree([at('escaped.ndjson', `${escaped}\n`)])).events, 0)
  assert.ok(
    (
      await agree([
        at(
          'array.json',
          `[${Array.from({ length: 900 }, (_, index) => (index > 500 ? journal(index) : sysmon(index))).join(',\n')}]`,
        ),
      ])
    ).ordered > 0,
  )
})

test('an access log is ordered from the line that names its columns on', async () => {
  const combined = (index: number) =>
    `203.0.113.9 - - [22/Nov/2026:10:00:00 +0000] "GET /x${index} HTTP/1.1" 200 12 "-" "curl/8"`
  const columns = '#Fields: date time c-ip cs-method cs-uri-stem sc-status\n'
  const w3c = (index: number) => `2026-11-22 10:00:00 203.0.113.10 GET /w${index} 404`
  const path = at('access.log', lines(9_000, combined) + columns + lines(9_000, w3c))
  const { cuts, ordered, events } = await agree([path])
  assert.equal(events, 18_000)
  assert.ok(ordered > 1 && ordered < cuts, `${ordered} of ${cuts}`)
  assert.equal((await agree([at('plain.log', lines(9_000, combined))])).ordered, 0)
})

test('what needs what came before it is ordered', async () => {
  const failed = (port: number) =>
    `Nov 22 10:00:00 web-1 sshd[${port}]: Failed password for root from 203.0.113.5 port ${port} ssh2`
  const found = await agree([at('auth.log', lines(9_000, failed))])
  assert.equal(found.ordered, found.cuts)
})

test('EVTX is cut by chunks; a file that was cut off is told once', async () => {
  const template: Piece = {
    element: 'Event',
    children: [
      {
        element: 'System',
        children: [
          { element: 'EventID', children: [{ slot: 0 }] },
          { element: 'TimeCreated', attributes: { SystemTime: { slot: 1 } } },
        ],
      },
    ],
  }
  const many = buildFile(
    Array.from({ length: 13 }, (_, chunk) =>
      buildChunk(
        Array.from({ length: 20 }, (_, index) => ({
          template,
          values: [typed.u16(4625), typed.time(1_795_000_000_000)],
          number: chunk * 20 + index,
        })),
      ),
    ),
  )
  const { cuts, ordered, events } = await agree([at('many.evtx', many)])
  assert.ok(cuts > 2 && ordered === 0 && events > 0, `${cuts} cuts, ${events} events`)
  assert.equal(events, 260)
  for (const length of [8, 100, 4095, 4096, 4097, 4096 + 65_536, 4096 + 65_537, many.length - 1])
    await agree([at('short.evtx', many.subarray(0, length))])
  many[40] = 9
  many[4096 + 65_536 * 3 + 600] = 1
  await agree([at('bad.evtx', many)])
})

test('archives, and streams that break off', async () => {
  const text = lines(20_000, sysmon)
  const packed = gzipSync(text)
  await agree([at('x.gz', packed), at('half.gz', packed.subarray(0, packed.length >> 1))])
  const audit = readFileSync(recordings.find((path) => path.includes('audit/testdata/calls.log')) ?? '')
  const broken = gzipSync(Buffer.concat(Array.from({ length: 200 }, () => audit))).subarray(0, -2_000)
  await agree([at('x.zip', zipSync({ 'a.ndjson': strToU8(text), 'b.gz': broken, 'empty.log': new Uint8Array() }))])
  await agree([join(root, 'absent'), at('noise.bin', Buffer.from([1, 2, 3])), at('empty', '')])
})

test('a cut is bounded in lines and bytes', async () => {
  const path = at('short.ndjson', `{"Channel":"x"}\n${'{}\n'.repeat(100_000)}`)
  const sizes: number[] = []
  const measure = (cut: Cut) => {
    if (cut.kind !== 'records' || cut.content.framing !== 'lines') return
    const { bytes } = cut.content
    assert.ok(bytes.length <= 1_048_577 + 262_144)
    sizes.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split('\n').length - 1)
  }
  for await (const cut of cutRecorded([path, at('wide.ndjson', `{"a":1}\n${'x'.repeat(5_000_000)}`)], 'auto', {
    files: 0,
    bytes: 0,
  }))
    measure(cut)
  assert.ok(Math.max(...sizes) <= 4096, `${Math.max(...sizes)} lines`)
})
