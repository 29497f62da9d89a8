// What checking a rule refuses is what compiling it refuses; items that are compiled directly mean what the steps of their
// modifiers make of them. Of generated items and selections.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDetection } from './check-detection.ts'
import { compileDetection, countLeaves, itemContext } from './compile-rule.ts'
import { type Condition, parseCondition } from './condition.ts'
import type { Detection, Item, Selection } from './document.ts'
import { Refusal } from './issue.ts'
import { defaultLimits } from './limits.ts'
import type { Scalar } from './located.ts'
import { compileItem, modifierNames, readItem } from './modifier.ts'
import { PipelineAnswers } from './pipeline-answers.ts'
import { countPlain, plainItem } from './plain-item.ts'

const place = { line: 3, column: 5 }
const numRuns = 20_000
const seed = Number(process.env.SEED ?? 7)
const answers = new PipelineAnswers({ routes: () => ['record'], field: () => undefined })

function contextOf(maxValues: number) {
  return itemContext({ limits: { ...defaultLimits, maxValues }, placeholders: {}, answers }, 'record', new Map())
}

const piece = fc.constantFrom(
  'a',
  'B',
  '\\',
  '\\\\',
  '*',
  '?',
  '\\*',
  '-',
  '/',
  ' ',
  '.',
  '5',
  '(',
  '%x%',
  'Σ',
  'ς',
  'É',
  'ſ',
  '😀',
)
const scalar = fc.oneof(
  { weight: 20, arbitrary: fc.array(piece, { maxLength: 4 }).map((pieces): Scalar => pieces.join('')) },
  { weight: 2, arbitrary: fc.constantFrom<Scalar>(4, 0x1f, -1.5, 1e21) },
  { weight: 1, arbitrary: fc.constantFrom<Scalar>(null, true, '192.0.2.0/24') },
)
const value = fc.tuple(scalar, fc.constantFrom('', '0x1f', '4.0')).map(([value, spelling]) => ({
  kind: 'scalar' as const,
  value,
  text: typeof value === 'number' && spelling !== '' ? spelling : String(value),
  ...place,
}))
const usual = fc.constantFrom('contains', 'startswith', 'endswith', 'all')
const modifier = fc.oneof({ weight: 15, arbitrary: usual }, fc.constantFrom('x', ...modifierNames))
const item: fc.Arbitrary<Item> = fc.record({
  field: fc.constantFrom(undefined, 'Image', 'User', 'User'),
  modifiers: fc.oneof(
    { weight: 4, arbitrary: fc.array(modifier, { maxLength: 1 }) },
    fc.array(modifier, { maxLength: 3 }),
  ),
  values: fc.array(value, { minLength: 1, maxLength: 5 }),
  isList: fc.boolean(),
  line: fc.nat(9),
  column: fc.constant(1),
})
const all: fc.Arbitrary<Selection> = fc.record({
  kind: fc.constant('all' as const),
  items: fc.array(item, { minLength: 1, maxLength: 2 }),
})
const selection: fc.Arbitrary<Selection> = fc.oneof(
  all,
  fc.record({ kind: fc.constant('any' as const), alternatives: fc.array(all, { minLength: 1, maxLength: 2 }) }),
)
const conditions = ['a', 'a and not b', '1 of a*', 'all of them', '2 of c*', 'not (a or c)']
const detection: fc.Arbitrary<Detection> = fc.record({
  selections: fc
    .array(selection, { minLength: 1, maxLength: 3 })
    .map((list) => list.map((selection, index) => ({ name: 'abc'[index] ?? '', selection, ...place }))),
  conditions: fc.constantFrom(...conditions).map((text): Detection['conditions'] => {
    const { condition }: { condition: Condition } = parseCondition(text, place)
    return [{ text, condition, ...place }]
  }),
  ...{ line: fc.constant(1), column: fc.constant(1) },
})

/** What the work gives, or why it was refused. */
function outcomeOf<Result>(work: () => Result): { result: Result } | { code: string; place: unknown; message: string } {
  try {
    return { result: work() }
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
    return { code: refusal.code, place: refusal.place, message: refusal.message }
  }
}

test('a detection is refused when it is checked as when it is compiled, and for the same reason', (context) => {
  let refused = 0
  fc.assert(
    fc.property(detection, fc.constantFrom(3, 8, 50_000), (made, maxValues) => {
      const checked = outcomeOf(() => checkDetection(made, contextOf(maxValues)))
      const compiled = outcomeOf(() => void compileDetection(made, contextOf(maxValues)))
      assert.deepEqual(checked, compiled)
      if ('code' in checked) refused++
    }),
    { numRuns, seed },
  )
  context.diagnostic(`${refused} of ${numRuns} refused`)
  assert.ok(refused > numRuns / 20 && refused < (numRuns * 19) / 20)
})

test('items compiled directly mean what their modifiers make of them', (context) => {
  let direct = 0
  fc.assert(
    fc.property(item, fc.constantFrom(3, 50_000), (made, maxValues) => {
      const items = contextOf(maxValues)
      const plain = plainItem(made, maxValues)
      const count = countPlain(made, maxValues)
      if (count !== undefined) assert.equal(countLeaves(compileItem(made, items)), count)
      if (!plain) return
      direct++
      const { tests, all, negated } = readItem(made, items)
      assert.deepEqual(plain, { tests: tests.flat(), all, negated })
    }),
    { numRuns, seed },
  )
  context.diagnostic(`${direct} of ${numRuns} directly`)
  assert.ok(direct > numRuns / 20)
})
