import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { strToU8, zipSync } from 'fflate'
import { openRaw, openRecorded, type RecordedItem, type RecordedOptions } from './open.ts'
import { readSample } from './sample.ts'
import { unpack, unpackLimits } from './unpack.ts'

const root = mkdtempSync(join(tmpdir(), 'replay-'))
after(() => rmSync(root, { recursive: true, force: true }))
const at = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(root, name), content)
  return join(root, name)
}
const failed = (port: number) =>
  `Nov 22 10:00:00 web-1 sshd[${port}]: Failed password for root from 203.0.113.5 port ${port} ssh2\n`
const access = '203.0.113.9 - - [22/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 200 12 "-" "curl/8"\n'

async function all(paths: string[], options?: RecordedOptions) {
  const recorded = openRecorded(paths, options)
  const items: RecordedItem[] = []
  for await (const item of recorded) items.push(item)
  return { items, counts: recorded.counts }
}
const summary = (items: RecordedItem[]) =>
  items.map((item) =>
    'unparsed' in item
      ? `${item.unparsed.file.slice(root.length + 1)}:${item.unparsed.line} ${item.unparsed.reason}`
      : `${item.file.slice(root.length + 1)}:${item.record} ${item.event.type}`,
  )

test('every record is counted once, and what is not parsed is named by line', async () => {
  const path = at('mixed.log', `# comment\n${failed(1)}\nnonsense\n${failed(2)}`)
  const { items, counts } = await all([path])
  assert.deepEqual(summary(items), [
    'mixed.log:2 logon.attempted',
    'mixed.log:4 decode.not-syslog',
    'mixed.log:5 logon.attempted',
  ])
  const { bytes: _bytes, ...rest } = counts
  assert.deepEqual(rest, { files: 1, records: 5, parsed: 2, unparsed: 1, skipped: 2, warnings: 0, undated: 0 })
})

test('ids are the same in every reading and differ between records', async () => {
  const path = at('ids.log', failed(1) + failed(2))
  const ids = async () => (await all([path])).items.map((item) => ('event' in item ? item.event.id : ''))
  assert.deepEqual(await ids(), await ids())
  assert.equal(new Set(await ids()).size, 2)
})

test('directories, gzip, concatenated gzip and zip are opened; names tell where a record was', async () => {
  const directory = join(root, 'tree')
  mkdirSync(join(directory, 'a'), { recursive: true })
  writeFileSync(join(directory, 'a/auth.log.1.gz'), Buffer.concat([gzipSync(failed(1)), gzipSync(failed(2))]))
  const inner = zipSync({ 'deep/access.log': strToU8(access) })
  writeFileSync(join(directory, 'b.zip'), zipSync({ 'c.zip': inner, 'x.log.gz': gzipSync(failed(3)) }))
  symlinkSync('/etc', join(directory, 'link'))
  const { items, counts } = await all([directory])
  assert.deepEqual(summary(items), [
    'tree/a/auth.log.1.gz:1 logon.attempted',
    'tree/a/auth.log.1.gz:2 logon.attempted',
    'tree/b.zip/c.zip/deep/access.log:1 web.requested',
    'tree/b.zip/x.log.gz:1 logon.attempted',
  ])
  assert.equal(counts.files, 3)
})

test('what cannot be opened or recognised is one entry and stops nothing', async () => {
  const cut = gzipSync(failed(1).repeat(2000))
  const paths = [
    join(root, 'missing.log'),
    at('picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3])),
    at('cut.gz', cut.subarray(0, cut.length - 20)),
    at('broken.zip', 'PK\x03\x04 and then nothing'),
    at('empty.log', ''),
    at('good.log', failed(9)),
  ]
  const { items } = await all(paths)
  const reasons = summary(items).filter((line) => line.includes('replay.'))
  assert.deepEqual(
    reasons.map((line) => line.split(' ').slice(0, 2).join(' ')),
    [
      'missing.log:0 replay.no-such-file',
      'picture.png:0 replay.unknown-format',
      'cut.gz:0 replay.read-failed',
      'broken.zip:0 replay.read-failed',
    ],
  )
  assert.ok(summary(items).includes('good.log:1 logon.attempted'))
})

test('archives that unfold without end are stopped', async () => {
  const bomb = gzipSync(Buffer.alloc(3_000_000, failed(1)))
  const small = { ...unpackLimits, unpackedBytes: 1_000_000 }
  const packed = at('bomb.gz', bomb)
  let unpacked = 0
  await assert.rejects(async () => {
    for await (const input of unpack([packed], small))
      if ('bytes' in input) for await (const chunk of input.bytes) unpacked += chunk.length
  })
  assert.ok(unpacked <= 1_300_000)
  const zip = at('bomb.zip', zipSync({ 'a.log': new Uint8Array(3_000_000) }))
  const problems: string[] = []
  for await (const input of unpack([zip], small)) if ('reason' in input) problems.push(input.reason)
  assert.deepEqual(problems, ['replay.unpack-limit'])
  let nested: Uint8Array = strToU8(failed(1))
  for (let depth = 0; depth < 6; depth++) nested = gzipSync(nested)
  const deep: string[] = []
  for await (const input of unpack([at('deep.gz', nested)])) if ('reason' in input) deep.push(input.reason)
  assert.deepEqual(deep, ['replay.archive-too-deep'])
})

test('lines over a megabyte are cut and flagged, or refused where a cut record means nothing', async () => {
  const long = `Nov 22 10:00:00 web-1 app: ${'x'.repeat(2_500_000)}\n`
  const { items } = await all([at('long.log', failed(1) + long + failed(2))])
  const flagged = items.map((item) =>
    'event' in item && item.event.type === 'log.recorded' ? item.event.truncated : undefined,
  )
  assert.deepEqual(flagged, [undefined, true, undefined])
  const json = `{"type":"process.started","process":{"pid":1}}\n{"type":"x","y":"${'x'.repeat(2_500_000)}"}\n`
  assert.deepEqual(summary((await all([at('long.ndjson', json)])).items), [
    'long.ndjson:1 process.started',
    'long.ndjson:2 replay.record-too-long',
  ])
})

test('a JSON document is read record by record, whatever surrounds it', async () => {
  const call = (name: string) => ({
    eventName: name,
    eventSource: 's',
    eventTime: '2026-11-22T10:00:00Z',
    awsRegion: 'r',
  })
  const forms: Record<string, string> = {
    'one-line.json': JSON.stringify({ Records: [call('a'), call('b')] }),
    'pretty.json': JSON.stringify({ other: { Records: 1 }, Records: [call('a'), call('b')] }, null, 2),
    'array.json': JSON.stringify([call('a'), call('b')], null, 1),
    'concatenated.json': `${JSON.stringify(call('a'), null, 2)}\n${JSON.stringify(call('b'), null, 2)}`,
  }
  for (const [name, text] of Object.entries(forms))
    assert.deepEqual(summary((await all([at(name, text)])).items), [`${name}:0 cloud.called`, `${name}:1 cloud.called`])
  const lines = at('lines.ndjson', `${JSON.stringify(call('a'))}\n{broken\n${JSON.stringify(call('b'))}\n`)
  assert.deepEqual(summary((await all([lines])).items), [
    'lines.ndjson:1 cloud.called',
    'lines.ndjson:2 decode.not-json',
    'lines.ndjson:3 cloud.called',
  ])
  const cut = at('cut.json', JSON.stringify({ Records: [call('a'), call('b')] }).slice(0, -20))
  assert.deepEqual(summary((await all([cut])).items), ['cut.json:0 cloud.called', 'cut.json:1 replay.truncated-json'])
})

test('a record without a time that can be read is an event at the time of the one before it', async () => {
  const windows = (more: string) => `{"EventID":1,"Channel":"x"${more}}\n`
  const path = at(
    'undated.ndjson',
    `${windows('')}${windows(',"UtcTime":"2026-04-01 10:00:00.5"')}\n${windows(',"UtcTime":"soon"')}{"auditID":"a","stage":"x"}
{"event_type":"alert","timestamp":"later"}
{"eventName":"a","eventSource":"s","eventTime":"?"}
${windows(',"UtcTime":"2026-04-01 11:00:00"')}`,
  )
  utimesSync(path, 1_790_000_000, 1_790_000_000)
  const { items, counts } = await all([path])
  const then = Date.UTC(2026, 3, 1, 10, 0, 0, 500)
  assert.deepEqual(
    items.map((item) => ('event' in item ? [item.event.type, item.event.at] : item.unparsed.reason)),
    [
      ['windows.recorded', 1_790_000_000_000],
      ['windows.recorded', then],
      ['windows.recorded', then],
      ['kubernetes.called', then],
      ['network.alerted', then],
      ['cloud.called', then],
      ['windows.recorded', Date.UTC(2026, 3, 1, 11)],
    ],
  )
  assert.deepEqual([counts.parsed, counts.unparsed, counts.skipped, counts.undated], [7, 0, 1, 5])
})

test('a source that is named is not guessed', async () => {
  const path = at('named.log', access)
  assert.deepEqual(summary((await all([path], { source: 'sshd' })).items), ['named.log:1 decode.not-syslog'])
})

test('raw reading gives the records as they are', async () => {
  const text = '{"EventID":1,"Channel":"x"}'
  const path = at('raw.ndjson', `${text}\n\n${text}\n`)
  const items = []
  for await (const item of openRaw([path])) items.push(item)
  assert.deepEqual(
    items,
    [1, 3].map((record) => ({ text, file: path, record })),
  )
})

test('a sample fills what its events leave out, and its header is checked', () => {
  const body =
    '{"type":"process.started","process":{"pid":5,"parent":{"pid":4,"executable":"/bin/sh"}}}\n{"type":"file.written","file":{"path":"/etc/cron.d/x.SH"}}'
  const sample = readSample('attack/a.ndjson', `# synthesised, written by hand, 2026-11-20\n${body}\n`)
  assert.deepEqual(sample.problems, [])
  assert.deepEqual(sample.header, { origin: 'synthesised', how: 'written by hand', date: '2026-11-20' })
  const [started, written] = sample.events
  assert.ok(started?.type === 'process.started' && written?.type === 'file.written')
  assert.deepEqual(started.process.ancestors, [{ pid: 4, entityId: 'recorded-4', executable: '/bin/sh' }])
  assert.deepEqual([written.file.name, written.file.extension], ['x.SH', 'sh'])
  assert.deepEqual(sample.records, [2, 3])

  const lines = readSample(
    'a.sshd.log',
    `# captured, from a test host, 2026-01-05\n${failed(1).replace('Nov 22', 'Dec 31')}`,
  )
  assert.equal(new Date(lines.events[0]?.at ?? 0).toISOString(), '2025-12-31T10:00:00.000Z')
  assert.match(readSample('a.ndjson', body).problems[0]?.reason ?? '', /^sample\.bad-header/)
  const bad = readSample('a.ndjson', '# captured, x, 2026-01-05\n{"type":"process.started"}\n')
  assert.match(bad.problems[0]?.reason ?? '', /^event\.invalid-field process /)
  const pretty = readSample(
    'a.cloudtrail.json',
    `# captured, it's "x", 2026-01-05\n${JSON.stringify({ Records: [{ eventName: 'a', eventSource: 's', eventTime: '2026-01-01T00:00:00Z' }] }, null, 2)}`,
  )
  assert.deepEqual([pretty.events.length, pretty.problems], [1, []])
})
