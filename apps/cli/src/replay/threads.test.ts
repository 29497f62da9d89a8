/** A replay over several threads gives what one detector gives that sees every event in turn, and says so when it cannot. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { ModelText } from '@rampart/detection'
import { visibleJson } from '@rampart/event'
import { loadModels } from '@rampart/models'
import { type Cut, cutRecorded, openRecorded } from '@rampart/sensor'
import { strToU8, zipSync } from 'fflate'
import { createAlertBook } from './alerts.ts'
import { booked, type CutOutcome, createCutWorker, type ReadOptions } from './read-cut.ts'
import { createDetectorOf, type RuleTexts } from './rules.ts'
import { createSettler } from './settle.ts'
import { ReplayThreads } from './threads.ts'

const directory = mkdtempSync(join(tmpdir(), 'rampart-threads-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const at = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(directory, name), content)
  return join(directory, name)
}
const beside = fileURLToPath(new URL('../../../../../shared/data', import.meta.url))
const sigma = join(process.env.RAMPART_TEST_DATA ?? beside, 'sigma')

interface Printed {
  /** Lines of matches; of alerts all but their records. */
  lines: string[]
  ids: string[]
  unparsed: string[]
  counts: Record<string, number>
}

/** What the threads give, put together. */
async function replayed(paths: string[], rules: RuleTexts, matches: boolean, threads: number): Promise<Printed> {
  const options: ReadOptions = { source: 'auto', zone: 'utc', matches, json: true }
  const others = new ReplayThreads({ threads, atOnce: true, waits: true, setup: { rules, options } })
  const { detector } = await createDetectorOf(rules)
  const book = createAlertBook(detector)
  const settler = createSettler(detector, book, options)
  const counts: Record<string, number> = {
    files: 0,
    records: 0,
    parsed: 0,
    unparsed: 0,
    skipped: 0,
    warnings: 0,
    undated: 0,
  }
  const inputs = { files: 0, bytes: 0 }
  const unparsed: string[] = []
  let text = ''
  try {
    for await (const outcome of others.read(cutRecorded(paths, 'auto', inputs), createCutWorker(detector, options))) {
      for (const [name, count] of Object.entries(outcome.counts)) counts[name] = (counts[name] ?? 0) + count
      for (const each of outcome.unparsed) unparsed.push(JSON.stringify(each))
      text += settler.settle(outcome)
      assert.equal(outcome.failures, 0)
    }
    assert.equal(others.started, threads - 1)
  } finally {
    await others.stop()
  }
  const lines = matches ? text.trimEnd().split('\n') : [...book.all()].map((alert) => JSON.stringify(alert))
  return { lines, ids: [], unparsed, counts: { ...counts, ...inputs, matches: settler.matches } }
}

/** The same, slowly and obviously. */
async function inTurn(paths: string[], rules: RuleTexts, matches: boolean): Promise<Printed> {
  const { detector } = await createDetectorOf(rules)
  const book = createAlertBook(detector)
  const recorded = openRecorded(paths)
  const places = new Map<string, { file: string; record: number }>()
  const printed: Printed = { lines: [], ids: [], unparsed: [], counts: {} }
  for await (const item of recorded)
    if ('unparsed' in item) printed.unparsed.push(JSON.stringify(item.unparsed))
    else {
      const { event, file, record } = item
      places.set(event.id, { file, record })
      for (const finding of detector.detect(event)) {
        printed.ids.push(finding.id)
        const { modelId: rule, title } = finding
        if (matches)
          printed.lines.push(visibleJson({ rule, title, level: detector.model(rule)?.sigmaLevel ?? '', file, record }))
        else
          book.add(
            booked(finding),
            finding.eventIds.flatMap((id) => places.get(id) ?? places.get(id.replace(/~\d+$/, '')) ?? []),
          )
      }
    }
  if (!matches) printed.lines.push(...[...book.all()].map((alert) => JSON.stringify(alert)))
  printed.counts = { ...recorded.counts, matches: printed.ids.length }
  return printed
}

async function agree(
  paths: string[],
  rules: RuleTexts,
  counts = [1, 2, 3],
  kinds = [true, false],
): Promise<{ matches: number; titles: Set<string> }> {
  const titles = new Set<string>()
  let found = 0
  for (const matches of kinds) {
    const { ids, ...expected } = await inTurn(paths, rules, matches)
    found = ids.length
    for (const line of expected.lines) titles.add(JSON.parse(line).title)
    for (const threads of counts) {
      const { ids: _ids, ...printed } = await replayed(paths, rules, matches, threads)
      assert.deepEqual(printed, expected, `${threads} threads`)
    }
  }
  return { matches: found, titles }
}

const head = (id: number, source: string) =>
  `title: Rule ${id}\nid: 00000000-0000-4000-8000-0000000000${id}\nname: r${id}\nlogsource: ${source}\nlevel: low\n`
const correlation = (id: number, text: string) =>
  `title: Rule ${id}\nid: 00000000-0000-4000-8000-0000000000${id}\nlevel: high\ncorrelation: ${text}\n`
const own: ModelText[] = [
  `${head(10, '{product: windows, category: process_creation}')}detection: {s: {Image|endswith: \\whoami.exe}, condition: s}`,
  `${head(11, '{product: windows, service: security}')}detection: {s: {EventID: 4625}, condition: s}`,
  `${head(12, '{product: windows, category: process_creation}')}detection: {s: {CommandLine|re: "a[0-9]+z"}, condition: s}`,
  correlation(20, '{type: event_count, rules: [r11], group-by: [Computer], timespan: 1m, condition: {gte: 4}}'),
  correlation(
    21,
    '{type: value_count, rules: [r11], group-by: [Computer], timespan: 5m, condition: {field: TargetUserName, gte: 3}}',
  ),
  correlation(22, '{type: temporal, rules: [r10, r11], timespan: 30s, group-by: [Computer], generate: true}'),
  correlation(23, '{type: temporal_ordered, rules: [r11, r10, r12], timespan: 2m, group-by: [asset.id]}'),
  correlation(24, '{type: event_count, rules: [r12], timespan: 10s, condition: {gte: 5}}'),
  correlation(25, '{type: event_count, rules: [r10], group-by: [Computer], timespan: 20s, condition: {lt: 3}}'),
].map((text, index) => ({ path: `own-${index}.yml`, text }))
const few: RuleTexts = { models: [], own, indicators: [] }
const plain: RuleTexts = { models: [], own: own.slice(0, 3), indicators: [] }

/** Windows records of several hosts whose times run on, back a little, and back far; odd lines among them. */
function* generated(count: number): Generator<string> {
  let seed = 7
  const dice = (sides: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (seed >>> 8) % sides
  }
  let time = Date.UTC(2026, 3, 1)
  for (let index = 0; index < count; index++) {
    time += dice(4_000)
    const late = dice(20) === 0 ? dice(90_000) : dice(200) === 0 ? 86_400_000 : 0
    const base = {
      Computer: `ws${dice(6)}.example.com`,
      Filling: '-'.repeat(700),
      UtcTime: new Date(time - late).toISOString().replace('T', ' ').replace('Z', ''),
    }
    const kind = dice(40)
    if (kind === 0) yield '{"broken": '
    else if (kind === 1) yield dice(2) === 0 ? '' : '# comment'
    else if (kind === 2) yield JSON.stringify({ ...base, Channel: 'Security', EventID: 4624, Nothing: null })
    else if (kind < 12)
      yield JSON.stringify({ ...base, Channel: 'Security', EventID: 4625, TargetUserName: `user${dice(5)}` })
    else
      yield JSON.stringify({
        ...base,
        Channel: 'Microsoft-Windows-Sysmon/Operational',
        EventID: 1,
        Image: `C:\\Windows\\${dice(9) === 0 ? 'WHOAMI' : `program${dice(50)}`}.exe`,
        CommandLine: dice(8) === 0 ? `run a${dice(100)}z` : `"program" --number ${index}`,
      })
  }
}

const sshd = (index: number) =>
  `2026-11-23T02:${String(10 + (index >> 7)).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}+00:00 web-${index % 3} sshd[${3000 + index}]: Failed password for root from 203.0.113.${index % 9} port 4000 ssh2\n`

test('correlations, late events, malformed lines, archives: the same for any number of threads', async () => {
  const text = [...generated(3_000)].join('\n')
  const half = text.length >> 1
  const paths = [
    at('a.ndjson', text),
    at('b.ndjson.gz', gzipSync(text.slice(0, half))),
    at(
      'c.zip',
      zipSync({
        'x.ndjson': strToU8(text.slice(half)),
        'auth.log': strToU8(Array.from({ length: 2_000 }, (_, index) => sshd(index)).join('')),
      }),
    ),
    join(directory, 'absent.log'),
    at('d.json', `[${[...generated(1_000)].filter((line) => line.startsWith('{"C')).join(',\n')}]`),
    at('half.gz', gzipSync(text).subarray(0, 40_000)),
  ]
  const { titles } = await agree(paths, few)
  for (const id of [20, 21, 22, 23, 24]) assert.ok(titles.has(`Rule ${id}`), `no match of rule ${id}`)
  assert.ok((await agree(paths, plain)).matches > 300)
})

test('the shipped models over logs of every kind', async () => {
  const models = loadModels(undefined, { samples: false }).models.map(({ path, text }) => ({ path, text }))
  const recordings = fileURLToPath(new URL('../../../../packages/sensor/src', import.meta.url))
  const paths = [
    at('auth.log', Array.from({ length: 2_000 }, (_, index) => sshd(index)).join('')),
    at('late.ndjson', [...generated(2_000)].join('\n')),
    ...['auth', 'audit', 'weblog', 'cloud', 'kubernetes', 'suricata', 'windows', 'log']
      .map((name) => join(recordings, name, 'testdata'))
      .filter(existsSync),
  ]
  const { matches, titles } = await agree(paths, { models, own: few.own, indicators: [] }, [1, 2], [false])
  assert.ok(matches > 100 && titles.size > 5, `${matches} matches of ${titles.size} models`)
})

const skip = existsSync(join(sigma, 'regression_data')) ? false : 'no SigmaHQ rules (set RAMPART_TEST_DATA)'
test("SigmaHQ's recordings, EVTX and JSON, with its rules", { skip }, async () => {
  const folder = join(sigma, 'rules/windows/process_creation')
  const texts = readdirSync(folder)
    .sort()
    .map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') }))
  const { matches } = await agree(
    [join(sigma, 'regression_data/rules/windows')],
    {
      models: [],
      own: texts,
      indicators: [],
    },
    [1, 2],
    [true],
  )
  assert.ok(matches > 30, `${matches} matches`)
})

async function threadsOf(t: TestContext, rules: RuleTexts, threads: number) {
  const options: ReadOptions = { source: 'auto', zone: 'utc', matches: true, json: true }
  const others = new ReplayThreads({ threads, atOnce: true, waits: true, setup: { rules, options } })
  t.after(() => others.stop())
  return { own: createCutWorker((await createDetectorOf(rules)).detector, options), others }
}

test('a reader that takes nothing holds the input back', async (t) => {
  const path = at('held.ndjson', [...generated(12_000)].join('\n'))
  for (const threads of [1, 2, 3]) {
    const { own, others } = await threadsOf(t, plain, threads)
    let asked = 0
    let taken = 0
    async function* counted(): AsyncGenerator<Cut> {
      for await (const cut of cutRecorded([path], 'auto', { files: 0, bytes: 0 })) {
        asked++
        yield cut
      }
    }
    for await (const _outcome of others.read(counted(), own)) {
      taken++
      // every thread has had time to answer all it was given
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      assert.ok(asked - taken <= 4 * threads + 5, `${asked} cuts asked for, ${taken} outcomes taken`)
    }
    assert.equal(taken, asked)
    assert.ok(taken > 30, `${taken} cuts`)
  }
})

test('a thread that is lost is an error with its place, and nothing is given as if it were whole', async (t) => {
  const path = at('lost.ndjson', [...generated(12_000)].join('\n'))
  for (const when of [0, 5, 20]) {
    const { own, others } = await threadsOf(t, plain, 3)
    const outcomes: CutOutcome[] = []
    await assert.rejects(async () => {
      for await (const outcome of others.read(cutRecorded([path], 'auto', { files: 0, bytes: 0 }), own)) {
        if (outcomes.length === when) void others.kill(1)
        outcomes.push(outcome)
      }
    }, /a thread was lost.*it ended with 1/)
  }
})

test('a fault in reading names the record, in this thread and in another one', async (t) => {
  const line = [...generated(20)].find((each) => each.includes('"EventID":1')) ?? ''
  const input = {
    number: 0,
    name: 'x.ndjson',
    modifiedAt: 0,
    recognised: { framing: 'lines', source: 'json' } as const,
  }
  async function* broken(): AsyncGenerator<Cut> {
    for (let first = 1; ; first++) {
      const content = { framing: 'lines', bytes: new Uint8Array(Buffer.from(`${line}\n`)), first } as const
      const odd = first === 40 ? { ...input, number: 1, recognised: null as never } : input
      yield { kind: 'records', input: odd, content, ordered: false, last: false }
    }
  }
  for (const threads of [1, 2]) {
    const { own, others } = await threadsOf(t, plain, threads)
    await assert.rejects(async () => {
      for await (const _outcome of others.read(broken(), own));
    }, /reading x\.ndjson, record 40, failed: TypeError/)
  }
})
