// Correlations against a slow reference: all events kept, every span judged from nothing. In order, late, saved and restored.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSigma, type Pipeline, parseSigma, type SigmaEngine } from '@rampart/sigma'
import fc from 'fast-check'

const runs = Number(process.env.RAMPART_PROPERTY_CASES ?? 100_000) / 50
const pipeline: Pipeline = { routes: () => ['test'], field: () => undefined }
const spanMs = 10_000
const latenessMs = 5_000

interface Shape {
  type: string
  rules: string[]
  condition?: Record<string, number | string>
}

interface Happening {
  at: number
  id: string
  record: { kind: number; user?: string; value?: number | string }
}

const shapes: Shape[] = [
  { type: 'event_count', rules: ['one'], condition: { gte: 3 } },
  { type: 'event_count', rules: ['one', 'two'], condition: { gt: 3 } },
  { type: 'value_count', rules: ['one'], condition: { field: 'value', gte: 3 } },
  { type: 'value_sum', rules: ['one', 'two'], condition: { field: 'value', gt: 5 } },
  { type: 'value_avg', rules: ['one'], condition: { field: 'value', gte: 2 } },
  { type: 'value_percentile', rules: ['one'], condition: { field: 'value', percentile: 75, gte: 3 } },
  { type: 'temporal', rules: ['one', 'two', 'three'] },
  { type: 'temporal', rules: ['one', 'two', 'three'], condition: { gte: 2 } },
  { type: 'temporal_ordered', rules: ['one', 'two', 'three'] },
  { type: 'temporal_ordered', rules: ['one', 'two', 'one'] },
]

/** Judged when their windows close. */
const closing: Shape[] = [
  { type: 'event_count', rules: ['one'], condition: { lt: 3 } },
  { type: 'event_count', rules: ['one', 'two'], condition: { eq: 2 } },
  { type: 'event_count', rules: ['one', 'two'], condition: { neq: 1 } },
  { type: 'event_count', rules: ['one', 'two'], condition: { gte: 2, lte: 3 } },
  { type: 'value_count', rules: ['one'], condition: { field: 'value', lte: 2 } },
  { type: 'value_sum', rules: ['one', 'two'], condition: { field: 'value', lt: 5 } },
  { type: 'value_avg', rules: ['one'], condition: { field: 'value', gt: 1, lt: 3 } },
  { type: 'value_percentile', rules: ['one'], condition: { field: 'value', percentile: 50, eq: 2 } },
  { type: 'value_percentile', rules: ['one', 'two'], condition: { field: 'value', lte: 34 } },
  { type: 'temporal', rules: ['one', 'two', 'three'], condition: { lt: 2 } },
]

function engineFor(shape: Shape): SigmaEngine {
  // a record of kind 4 matches rules one and two
  const base = (name: string, kinds: string): string =>
    `title: ${name}\nname: ${name}\nlogsource: {category: test}\ndetection: {s: {kind: ${kinds}}, condition: s}\n---\n`
  const correlation = { ...shape, 'group-by': ['user'], timespan: '10s' }
  const text = `${base('one', '[1, 4]')}${base('two', '[2, 4]')}${base('three', '3')}title: found\ncorrelation: ${JSON.stringify(correlation)}\n`
  const { documents, issues } = parseSigma(text, 'generated.yml')
  const compiled = compileSigma(documents, pipeline, { correlation: { allowedLatenessMs: latenessMs } })
  assert.deepEqual([...issues, ...compiled.issues], [])
  return compiled.engine
}

const kinds: Record<string, number[]> = { one: [1, 4], two: [2, 4], three: [3] }

/** Whether the events, oldest first, fulfil the correlation with the last of them. */
function fulfils(shape: Shape, span: Happening[]): boolean {
  const { condition = {} } = shape
  const holds = (value: number): boolean =>
    (condition.gte === undefined || value >= Number(condition.gte)) &&
    (condition.gt === undefined || value > Number(condition.gt)) &&
    (condition.lte === undefined || value <= Number(condition.lte)) &&
    (condition.lt === undefined || value < Number(condition.lt)) &&
    (condition.eq === undefined || value === Number(condition.eq)) &&
    (condition.neq === undefined || value !== Number(condition.neq))
  const values = span.map(({ record }) => record.value).filter((value) => value !== undefined)
  const numbers = values.map(Number).filter((value) => !Number.isNaN(value))
  const matched = shape.rules.filter((rule) => span.some(({ record }) => kinds[rule]?.includes(record.kind)))
  switch (shape.type) {
    case 'event_count':
      return holds(span.length)
    case 'value_count':
      return holds(new Set(values.map(String)).size)
    case 'value_sum':
      return numbers.length > 0 && holds(numbers.reduce((sum, value) => sum + value, 0))
    case 'value_avg':
      return numbers.length > 0 && holds(numbers.reduce((sum, value) => sum + value, 0) / numbers.length)
    case 'value_percentile': {
      if (condition.percentile === undefined)
        return values.some((value) => {
          const same = values.filter((each) => String(each) === String(value))
          return holds((same.length / values.length) * 100)
        })
      const rank = Math.ceil((numbers.length * Number(condition.percentile)) / 100)
      return numbers.length > 0 && holds(numbers.sort((a, b) => a - b)[rank - 1] ?? 0)
    }
    case 'temporal':
      return shape.condition ? holds(matched.length) : matched.length === shape.rules.length
    default: {
      // some choice of events in order, the last of them the last event
      const chain = (rule: number, end: number): boolean => {
        const happening = span[end]
        if (!happening || !kinds[shape.rules[rule] ?? '']?.includes(happening.record.kind)) return false
        if (rule === 0) return true
        return span.some((_, before) => before < end && chain(rule - 1, before))
      }
      return chain(shape.rules.length - 1, span.length - 1)
    }
  }
}

/** Times at which matches are reported, by group. */
function reference(shape: Shape, happenings: Happening[]): string[] {
  const kept: Happening[] = []
  const reported = new Map<string, number>()
  const found: string[] = []
  let newest = Number.NEGATIVE_INFINITY
  for (const happening of happenings) {
    const isWanted = shape.rules.some((rule) => kinds[rule]?.includes(happening.record.kind))
    newest = Math.max(newest, happening.at)
    if (!isWanted || happening.at < newest - latenessMs || kept.some(({ id }) => id === happening.id)) continue
    kept.push(happening)
    const group = happening.record.user ?? ''
    const same = kept.filter(({ record }) => (record.user ?? '') === group)
    // by time; those of one time in the order they came
    same.sort((first, second) => first.at - second.at)
    for (const [index, end] of same.entries()) {
      if (end.at < happening.at || end.at > happening.at + spanMs) continue
      if (end.at === happening.at && index < same.indexOf(happening)) continue
      const span = same.slice(0, index + 1).filter(({ at }) => at >= end.at - spanMs)
      if (!fulfils(shape, span)) continue
      if (Math.abs(end.at - (reported.get(group) ?? Number.NEGATIVE_INFINITY)) <= spanMs) continue
      reported.set(group, end.at)
      found.push(`${group}@${end.at}`)
    }
  }
  return found
}

/** The same for windows that are judged when they close: all that was in time, group by group from its first event on. */
function referenceOfClosing(shape: Shape, happenings: Happening[]): string[] {
  const kept = new Map<string, Happening[]>()
  const seen = new Set<string>()
  let newest = Number.NEGATIVE_INFINITY
  for (const happening of happenings) {
    newest = Math.max(newest, happening.at)
    const isWanted = shape.rules.some((rule) => kinds[rule]?.includes(happening.record.kind))
    if (!isWanted || happening.at < newest - latenessMs || seen.has(happening.id)) continue
    seen.add(happening.id)
    const group = happening.record.user ?? ''
    kept.set(group, [...(kept.get(group) ?? []), happening])
  }
  const found: string[] = []
  for (const [group, all] of kept) {
    let left = all.sort((first, second) => first.at - second.at)
    while (left[0]) {
      const end = left[0].at + spanMs
      const span = left.filter(({ at }) => at <= end)
      left = left.filter(({ at }) => at > end)
      if (fulfils(shape, span)) found.push(`${group}@${end}`)
    }
  }
  return found
}

const happening = fc.record({
  step: fc.constantFrom(0, 0, 500, 1_000, 2_500, 5_000, 10_000, 10_001, 12_000),
  late: fc.constantFrom(0, 0, 0, 0, 500, 4_999, 5_000, 5_001, 9_000),
  kind: fc.constantFrom(1, 1, 2, 3, 4, 5),
  user: fc.constantFrom('a', 'b', undefined),
  value: fc.constantFrom(1, 2, 3, '4', 'x', undefined, 0.1, '0.2', -1, 2 ** 32 + 1),
  isRepeat: fc.constantFrom(false, false, false, true),
})

const stream = fc.array(happening, { minLength: 5, maxLength: 50 }).map((steps) => {
  let clock = 1_000_000
  const happenings: Happening[] = []
  for (const [index, { step, late, kind, user, value, isRepeat }] of steps.entries()) {
    clock += step
    const before = happenings[index - 1]
    if (isRepeat && before) happenings.push(before)
    else happenings.push({ at: clock - late, id: `e${index}`, record: { kind, user, value } })
  }
  return happenings
})

/** What the engine reports of the happenings, with a restart in between. */
function reports(shape: Shape, happenings: Happening[], restartAt: number): string[] {
  let engine = engineFor(shape)
  const found: string[] = []
  const note = (matches: ReturnType<SigmaEngine['process']>): void => {
    for (const match of matches) if (match.rule.title === 'found') found.push(`${match.group?.user ?? ''}@${match.at}`)
  }
  for (const [index, { at, id, record }] of happenings.entries()) {
    if (index === restartAt) {
      const state = JSON.parse(JSON.stringify(engine.saveState()))
      engine = engineFor(shape)
      engine.restoreState(state)
    }
    note(engine.process('test', record, at, id))
  }
  note(engine.advance(Number.POSITIVE_INFINITY))
  return found
}

for (const [name, some, expectedOf] of [
  ['judged when an event arrives', shapes, reference],
  ['judged when their windows close', closing, referenceOfClosing],
] as const)
  test(`correlations ${name} agree with the reference`, (context) => {
    const reported = new Map<Shape, number>()
    fc.assert(
      fc.property(fc.constantFrom(...some), stream, fc.nat(49), (shape, happenings, restartAt) => {
        const found = reports(shape, happenings, restartAt)
        const expected = expectedOf(shape, happenings)
        reported.set(shape, (reported.get(shape) ?? 0) + expected.length)
        if (some === closing) {
          found.sort()
          expected.sort()
        }
        assert.deepEqual(found, expected, JSON.stringify({ shape, happenings, restartAt }))
      }),
      { numRuns: runs, seed: Number(process.env.SEED ?? 7) },
    )
    for (const shape of some) assert.ok((reported.get(shape) ?? 0) > 0, `${JSON.stringify(shape)} never reported`)
    context.diagnostic(`${runs} streams, ${[...reported.values()].reduce((sum, each) => sum + each, 0)} reports`)
  })

test('groups and events beyond the limits are dropped and counted', () => {
  const shape: Shape = { type: 'event_count', rules: ['one'], condition: { gte: 1_000 } }
  const { documents } = parseSigma(
    `title: one\nname: one\nlogsource: {category: test}\ndetection: {s: {kind: 1}, condition: s}\n---\ntitle: many\ncorrelation: ${JSON.stringify({ ...shape, 'group-by': ['user'], timespan: '1h' })}`,
    'bounded.yml',
  )
  const { engine } = compileSigma(documents, pipeline, { correlation: { maxGroups: 10, maxEventsPerGroup: 5 } })
  for (let index = 0; index < 100; index++)
    engine.process('test', { kind: 1, user: `u${index % 20}` }, index, `e${index}`)
  assert.equal(engine.stats.keys, 10)
  assert.equal(engine.stats.evictions, 90)
  for (let index = 0; index < 20; index++) engine.process('test', { kind: 1, user: 'u19' }, 100 + index, `f${index}`)
  assert.equal(engine.stats.evictions, 106)
})
