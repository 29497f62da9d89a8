/** Matches over lines, with and without the sieve: what a replay prints must not depend on it. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createDetector, type ModelText } from '@rampart/detection'
import { createEventReader, cutRecorded, openRecorded } from '@rampart/sensor'
import fc from 'fast-check'
import { createLineSieve } from './line-sieve.ts'

const directory = mkdtempSync(join(tmpdir(), 'rampart-sieve-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const beside = fileURLToPath(new URL('../../../../../shared/data', import.meta.url))
const sigma = join(process.env.RAMPART_TEST_DATA ?? beside, 'sigma')

/** What the rules give, when each event was, and the counts; `spent` is how many lines the sieve took. */
async function replayed(path: string, own: readonly ModelText[], withSieve: boolean) {
  const { detector } = createDetector({ models: [], own })
  const lines: string[] = []
  const times: string[] = []
  let spent = 0
  const spend = createLineSieve(detector, {
    pass(assetId, at) {
      spent++
      times.push(`${assetId} ${at}`)
    },
    hold(hits, record) {
      lines.push(...hits.map(({ rule }) => `${record} ${rule.id}`))
      return true
    },
  })
  assert.ok(spend)
  const reader = createEventReader(withSieve ? { spend } : {})
  for await (const cut of cutRecorded([path], 'auto', { files: 0, bytes: 0 }))
    reader.read(cut, (item) => {
      if ('unparsed' in item) lines.push(JSON.stringify(item))
      else {
        for (const { modelId } of detector.detect(item.event)) lines.push(`${item.record} ${modelId}`)
        times.push(`${item.event.asset.id} ${item.event.at}`)
      }
    })
  return { lines, times, counts: reader.counts, spent }
}

async function agree(path: string, own: readonly ModelText[]): Promise<{ matches: number; spent: number }> {
  const plain = await replayed(path, own, false)
  const sieved = await replayed(path, own, true)
  assert.deepEqual(sieved.lines, plain.lines)
  assert.deepEqual(sieved.times, plain.times)
  assert.deepEqual(sieved.counts, plain.counts)
  assert.equal(plain.spent, 0)
  return { matches: plain.lines.length, spent: sieved.spent }
}

const rule = (id: number, category: string, detection: string) => `title: Rule ${id}
id: 00000000-0000-4000-8000-00000000000${id}
logsource: {product: windows, ${category}}
detection: {s: ${detection}, condition: ${id === 4 ? 'not s' : 's'}}
level: low
`
const rules = [
  rule(1, 'category: process_creation', '{Image|endswith: \\whoami.exe}'),
  rule(2, 'category: process_creation', '{CommandLine|re: "a[0-9]+z"}'),
  rule(3, 'service: security', '{TargetUserName|exists: true}'),
  rule(4, 'category: file_event', '[odd, C:\\Windows\\]'),
].map((text, index) => ({ path: `rule-${index}.yml`, text }))

/** Lines of every odd kind among ordinary ones, in each place of the file. */
function* generated(count: number): Generator<string> {
  const odd: ((base: Record<string, unknown>) => string)[] = [
    (base) => JSON.stringify({ ...base, Image: 'C:\\x\\WHOAMI.exe' }),
    (base) => JSON.stringify({ ...base, CommandLine: 'run a12z' }),
    (base) => JSON.stringify({ ...base, EventID: '1' }),
    (base) => JSON.stringify({ ...base, EventID: 1.5 }),
    (base) => JSON.stringify({ ...base, UtcTime: 'yesterday' }),
    (base) => JSON.stringify({ ...base, UtcTime: undefined }),
    (base) => JSON.stringify({ ...base, UtcTime: undefined, EventTime: 1_777_000_000 }),
    (base) => JSON.stringify({ ...base, TimeCreated_SystemTime: 'never' }),
    (base) => JSON.stringify({ ...base, Channel: 'Security', EventID: 4624, TargetUserName: null }),
    (base) => JSON.stringify({ ...base, Channel: 'Security', EventID: 4624, TargetUserName: 'alice' }),
    (base) => JSON.stringify({ Correlation: null, ...base, Security: null }),
    (base) => JSON.stringify({ ...base, Note: 'a ":null and null', Channel: null }),
    (base) =>
      `{"Channel":"Security","EventID":4624,"UtcTime":"2026-04-01 10:00:00.000","Correlation":null,"TargetUserName" : null}${base ? '' : ' '}`,
    (base) => JSON.stringify({ ...base, Computer: null, type: null }),
    (base) => JSON.stringify({ ...base, EventID: 11, '': 'odd' }),
    (base) => JSON.stringify({ ...base, EventID: 11 }).replace('{', '{"__proto__":"odd",'),
    (base) => JSON.stringify({ ...base, EventID: 11 }).replace('{', '{"" :"odd",'),
    (base) => JSON.stringify({ ...base, EventID: 11, EventData: { TargetFilename: 'odd' } }),
    (base) => JSON.stringify({ ...base, EventID: 11, TargetFilename: 'C:\\Users\\a' }),
    (base) => JSON.stringify({ ...base, EventID: 11, TargetFilename: 'é C:\\Windows\\a' }),
    (base) => JSON.stringify({ ...base, Hostname: 'b.example.com' }),
    (base) => JSON.stringify({ ...base, EventId: 11 }),
    (base) => JSON.stringify({ ...base, type: 'process.started' }),
    (base) => JSON.stringify({ ...base, event_type: 'alert', timestamp: '2026-04-01T00:00:00Z' }),
    (base) => JSON.stringify({ ...base, message: '{"eventName":"x"}' }),
    (base) => JSON.stringify({ ...base, Deep: [[[1]]] }),
    (base) => JSON.stringify(base).replace('"Image"', '"\\u0049mage"'),
    (base) => JSON.stringify(base).replace('{', '{"Image":"C:\\\\whoami.exe",'),
    (base) => JSON.stringify(base).slice(0, -3),
    (base) => `${JSON.stringify(base)} x`,
    (base) => `  ${JSON.stringify(base)}`,
    (base) => `${JSON.stringify(base)}\r`,
    () => '# comment',
    () => '',
    () => 'text',
  ]
  for (let index = 0; index < count; index++) {
    const base = {
      Channel: 'Microsoft-Windows-Sysmon/Operational',
      Computer: `ws${index % 5}.example.com`,
      EventID: 1,
      UtcTime: '2026-04-01 10:00:00.000',
      Image: `C:\\Windows\\program${index % 70}.exe`,
      CommandLine: `"program" --number ${index}`,
    }
    yield index % 3 === 0 && index > 0 ? (odd[(index / 3) % odd.length]?.(base) ?? '') : JSON.stringify(base)
  }
}

test('odd and ordinary lines give the same with the sieve', async () => {
  const path = join(directory, 'generated.ndjson')
  writeFileSync(path, [...generated(6_000)].join('\n'))
  const { matches, spent } = await agree(path, rules)
  assert.ok(matches > 300, `${matches} matches`)
  assert.ok(spent > 2_000, `${spent} spent`)
})

/** Bytes of a line that nobody would write, or of an ordinary one. */
const hostileLine: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom(
      { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1 },
      { Channel: 'Security', EventID: 4624 },
      { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 11 },
      { Provider_Name: 'Microsoft-Windows-Sysmon', EventID: 11, Channel: '' },
    ),
    fc.constantFrom(
      '2026-04-01 10:00:00.123',
      '2026-04-01T10:00:00+02:00',
      '1777000000',
      '2026-13-01 10:00:00',
      '',
      '1',
    ),
    fc.constantFrom(
      ...[
        '',
        '-',
        '5770385F-C22A-43E0',
        '10.0.26100 (WinBuild)',
        '123456789',
        '123456789x',
        '133801234567890123',
        '202',
      ],
      ...[
        '/Date(1775037600000)/',
        '/x',
        '01/Apr/2026:10:00:00 +0000',
        '01/x',
        '2026-04-01 11:00:00 UTC',
        '2026-x',
        'High',
      ],
      ...['2026-04-01T12:00:00.5Z', '2026-04-01T12:00:00.123456789Z', '2026-02-30 12:00:00', 'é2026-04-01 12:00:00'],
      ...[undefined, undefined, undefined, null, 1_775_037_600],
    ),
    fc.dictionary(
      fc.constantFrom(
        'Image',
        'CommandLine',
        'TargetUserName',
        'Computer',
        'TargetFilename',
        'Note',
        'type',
        'Hostname',
      ),
      fc.oneof(
        fc.constantFrom(
          'C:\\x\\whoami.exe',
          'run a12z',
          'C:\\Windows\\x',
          'odd',
          'ws1',
          'ws2',
          '\u0001',
          '\ud800',
          null,
          1,
          {},
          [],
        ),
        fc.string(),
      ),
    ),
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      {
        weight: 4,
        arbitrary: fc.constantFrom<(line: string) => string | Buffer>(
          (line) => line.slice(0, line.length >> 1),
          (line) => line.slice(1),
          (line) => `${line}${line}`,
          (line) => `${line}\r`,
          (line) => `\ufeff${line}`,
          (line) => `\r${line}`,
          (line) => line.replace('{', '{"Image":"whoami.exe","Image":"odd",'),
          (line) => line.replace('{', '{"Image" : "C:\\\\whoami.exe" , "EventID": 1,'),
          (line) => line.replaceAll('"Image"', '"\\u0049mage"'),
          (line) => line.replace('{', '{"TimeCreated_SystemTime":"\\u0032026-05-01 10:00:00",'),
          (line) => line.replace('}', `,"Note":"${'long '.repeat(14_000)}"}`),
          (line) => line.replace('}', `,"Note":"${'longer '.repeat(160_000)}"}`),
          (line) => Buffer.from(line.replace('}', ',"Image":"\u00ff\u00e4\\\\whoami.exe"}'), 'latin1'),
          (line) => Buffer.from(line.replace('"Channel"', '"Channel\u00ff"'), 'latin1'),
          () => '',
          () => '\r',
          () => ' ',
          () => '# comment',
          () => '[]',
          () => 'null',
          () => '{',
          () => '\0\0',
        ),
      },
    ),
  )
  .map(([base, time, created, more, change]) => {
    const line = JSON.stringify({ ...base, TimeCreated_SystemTime: created, UtcTime: time, ...more })
    const changed = change?.(line) ?? line
    return typeof changed === 'string' ? Buffer.from(changed) : changed
  })

test('hostile lines, some across the pieces of the input, give the same with the sieve', async (context) => {
  const ordinary = [...generated(400)].filter((_, index) => index % 3 !== 0).join('\n')
  let all = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(hostileLine, { minLength: 1, maxLength: 60 }),
      fc.nat(30),
      fc.boolean(),
      async (lines, repeats, isEnded) => {
        const path = join(directory, 'hostile.ndjson')
        const ended = (parts: readonly Uint8Array[]) => parts.flatMap((line) => [line, Buffer.from('\n')])
        // a first line that is a record, or else nobody would know what the input is
        const some = [Buffer.from(ordinary.slice(0, ordinary.indexOf('\n') * 7 + repeats)), ...lines]
        const around = Array.from({ length: repeats }, () => Buffer.from(ordinary))
        const bytes = Buffer.concat(ended([...some, ...around, ...lines, ...around.slice(1), ...lines]))
        writeFileSync(path, isEnded ? bytes : bytes.subarray(0, -1))
        const { spent } = await agree(path, rules)
        all += spent
      },
    ),
    { numRuns: 60, seed: Number(process.env.SEED ?? 7) },
  )
  context.diagnostic(`${all} lines were spent`)
  assert.ok(all > 10_000, `${all} spent`)
})

test('rules that look at the asset see it, which is in no line', () => {
  const { detector, issues } = createDetector({
    models: [],
    own: [{ path: 'asset.yml', text: rule(1, 'category: process_creation', '{asset.id: ws1}') }],
  })
  assert.deepEqual(issues, [])
  assert.equal(createLineSieve(detector, { pass() {}, hold: () => true }), undefined)
})

const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name))

const skip = existsSync(join(sigma, 'rules')) ? false : 'no SigmaHQ rules (set RAMPART_TEST_DATA)'
test("SigmaHQ's regression records give the same with the sieve", { skip }, async () => {
  const own = filesBelow(join(sigma, 'rules/windows'), '.yml').map((path) => ({
    path,
    text: readFileSync(path, 'utf8'),
  }))
  const records: Record<string, unknown>[] = []
  for (const path of filesBelow(join(sigma, 'regression_data'), '.json'))
    for await (const item of openRecorded([path]))
      if ('event' in item && item.event.type === 'windows.recorded') records.push(item.event.fields)
  // several times over: the matcher parses the first records of a route to learn from them
  const copies = Array.from({ length: 40 }, (_, copy) => records.map((one) => (copy % 2 === 0 ? one : reversed(one))))
  const path = join(directory, 'regression.ndjson')
  writeFileSync(path, copies.flatMap((some) => some.map((one) => JSON.stringify(one))).join('\n'))
  const { matches, spent } = await agree(path, own)
  assert.ok(matches > 500, `${matches} matches`)
  assert.ok(spent > 100, `${spent} spent`)
})

/** The record with its texts backwards, so that few rules hold. */
function reversed(record: Record<string, unknown>): Record<string, unknown> {
  const kept = /^Channel$|Time|^Computer$/
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === 'string' && !kept.test(name) ? [...value].reverse().join('') : value,
    ]),
  )
}
