/** Lines of our own events, with and without the sieve: what is found must not depend on it, and what it takes is whole. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { createDetector } from '@rampart/detection'
import type { Event } from '@rampart/event'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators, loadModels } from '@rampart/models'
import { createEventReader, cutRecorded, readSample } from '@rampart/sensor'
import fc from 'fast-check'
import { createEventSieve } from './event-sieve.ts'

const directory = mkdtempSync(join(tmpdir(), 'rampart-event-sieve-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const { models } = loadModels()
const indicators = createIndicatorSet(loadIndicators().indicators)
const baseline = fileURLToPath(new URL('../../../../test/baseline', import.meta.url))
const recorded = readdirSync(baseline)
  .filter((name) => name.endsWith('-day.ndjson.gz'))
  .flatMap((name) =>
    gunzipSync(readFileSync(join(baseline, name)))
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .slice(0, 2_500),
  )
const samples = models.flatMap((model) =>
  model.samples.flatMap(({ path, text }) => readSample(path, text).events.map((event) => JSON.stringify(event))),
)

/** Findings, state, counts and problems; `taken` are the lines that the sieve took, `events` those that were decoded. */
async function replayed(lines: readonly string[], withSieve: boolean) {
  const path = join(directory, 'events.ndjson')
  writeFileSync(path, `${lines.join('\n')}\n`)
  const { detector } = createDetector({ models, indicators })
  const found: string[] = []
  const taken: number[] = []
  const events = new Map<number, Event>()
  const spendEvents = createEventSieve(detector, {
    pass: (assetId, at) => detector.pass(assetId, at),
    hold: () => false,
  })
  const reader = createEventReader({
    reference: 1_795_404_864_000,
    ...(withSieve && {
      spendEvents(bytes, start, end, first, leave) {
        const left = new Set<number>()
        const count = spendEvents(bytes, start, end, first, (from, to, record) => {
          left.add(record)
          leave(from, to, record)
        })
        for (let record = first; record < first + count; record++) if (!left.has(record)) taken.push(record)
        return count
      },
    }),
  })
  for await (const cut of cutRecorded([path], 'events', { files: 0, bytes: 0 }))
    reader.read(cut, (item) => {
      if ('unparsed' in item) return found.push(JSON.stringify(item))
      events.set(item.record, item.event)
      for (const { id } of detector.detect(item.event)) found.push(`${item.record} ${id}`)
    })
  return { found, taken, events, counts: { ...reader.counts }, state: detector.saveState() }
}

async function agree(lines: readonly string[]): Promise<number> {
  const plain = await replayed(lines, false)
  const sieved = await replayed(lines, true)
  for (const record of sieved.taken) {
    const line = lines[record - 1] ?? ''
    assert.deepEqual(
      plain.events.get(record),
      JSON.parse(line),
      `${plain.found.find((each) => each.includes(`"line":${record},`))} ${line.slice(-700)}`,
    )
  }
  assert.deepEqual(sieved.found, plain.found)
  assert.deepEqual(sieved.counts, plain.counts)
  assert.deepEqual(sieved.state, plain.state)
  assert.equal(sieved.taken.length + sieved.events.size, plain.events.size)
  return sieved.taken.length
}

test('recorded days and all samples', async (context) => {
  const lines = [...recorded, ...samples]
  const taken = await agree(lines)
  context.diagnostic(`${taken} of ${lines.length} lines were not decoded`)
  assert.ok(taken > lines.length / 4)
})

test('a key with dots is no field within an object, though rules would find it there', async () => {
  const lines = recorded
    .filter((line) => line.includes('"file.'))
    .flatMap((line) => {
      const { process, ...event } = JSON.parse(line) as { process: { pid: number } }
      const { pid, ...rest } = process
      return [line, JSON.stringify({ ...event, process: rest, 'process.pid': pid })]
    })
  const taken = await agree(lines)
  assert.ok(taken > lines.length / 4 && taken <= lines.length / 2)
})

/** Every place of a value within a record: what has it, and under which name. */
function places(value: unknown, name = ''): [holder: Record<string, unknown>, key: string, name: string][] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Record<string, unknown>
  return Object.keys(holder).flatMap((key) => {
    const inner = Array.isArray(value) ? name : key
    return [[holder, key, inner] as [Record<string, unknown>, string, string], ...places(holder[key], inner)]
  })
}

/** Values by the name that they were seen under. */
const pool = new Map<string, unknown[]>()
const whole = [...samples, ...recorded].filter((_, index) => index % 3 === 0).map((line) => JSON.parse(line) as object)
for (const event of whole)
  for (const [holder, key, name] of places(event)) {
    const values = pool.get(name) ?? []
    pool.set(name, values)
    if (values.length < 2_000) values.push(holder[key])
  }
const odd = [
  null,
  '',
  'x'.repeat(70_000),
  'é'.repeat(200),
  -1,
  0,
  1.5,
  1e300,
  65_536,
  2 ** 53,
  true,
  [null],
  [[1]],
  { a: 1 },
  [],
  {},
  [{}],
]

/** So many of them have a value in them: what is left over and empty is dropped unseen, so nothing is emptied either. */
const filled = odd.length - 3

/** Names that many objects do not know. */
const leftOver = ['surprise', 'process.pid', 'count', 'file']

/** An event in which some values are others', of another kind, missing, or one too many. */
const changed = fc
  .tuple(
    fc.nat(),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(),
        fc.constantFrom('other', 'other', 'other', 'odd', 'gone', 'listed', 'more', 'elsewhere'),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([which, changes]) => {
    const event = structuredClone(whole[which % whole.length] ?? {})
    for (const [where, what, kind] of changes) {
      const all = places(event)
      const place = all[where % all.length]
      if (!place) continue
      const [holder, key, name] = place
      const others = pool.get(name) ?? []
      if (kind === 'other') holder[key] = structuredClone(others[what % others.length])
      else if (kind === 'odd') holder[key] = structuredClone(odd[what % (leftOver.includes(key) ? filled : odd.length)])
      else if (kind === 'listed') holder[key] = [holder[key]]
      else if (kind === 'more') holder[leftOver[what % leftOver.length] ?? ''] = structuredClone(odd[what % filled])
      else if (kind === 'elsewhere')
        Object.assign(event, { [['process', 'target', 'file', 'user'][what % 4] ?? '']: holder[key] })
      else if (Object.keys(holder).length === 1) continue
      else if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete holder[key]
    }
    return JSON.stringify(event)
  })

test('events with values of others, of other kinds, missing and left over', async (context) => {
  let taken = 0
  let lines = 0
  await fc.assert(
    fc.asyncProperty(fc.array(changed, { minLength: 2_000, maxLength: 2_000 }), async (some) => {
      // the sieve learns from whole ones
      const all = [...samples.slice(0, 500), ...some.filter((line) => line.startsWith('{'))]
      taken += await agree(all)
      lines += all.length
    }),
    { numRuns: 5, seed: Number(process.env.SEED ?? 7), endOnFailure: true },
  )
  context.diagnostic(`${taken} of ${lines} lines were not decoded`)
  assert.ok(taken > 100)
})
