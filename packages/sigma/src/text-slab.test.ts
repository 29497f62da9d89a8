import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TextSlab } from './text-slab.ts'

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.integer({ min: 0, max: 600 }).map((length) => 'ÿ'.repeat(length)),
)
const act = fc.oneof(
  { weight: 3, arbitrary: text.map((put) => ({ put })) },
  { weight: 2, arbitrary: fc.nat().map((drop) => ({ drop })) },
  { weight: 1, arbitrary: fc.constant({ clear: true as const }) },
)

test('texts of any kind and length come back as they were put, whatever was dropped in between', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const slab = new TextSlab()
      const kept = new Map<number, string>()
      for (const each of acts) {
        if ('put' in each) {
          const number = slab.put(each.put)
          assert.ok(!kept.has(number), 'a number that is still in use')
          kept.set(number, each.put)
        } else if ('drop' in each) {
          const number = [...kept.keys()][each.drop % Math.max(kept.size, 1)]
          if (number === undefined) continue
          slab.drop(number)
          kept.delete(number)
        } else {
          slab.clear()
          kept.clear()
        }
        for (const [number, expected] of kept) {
          assert.equal(slab.get(number), expected)
          assert.ok(slab.equals(number, expected))
          assert.ok(!slab.equals(number, `${expected}x`))
        }
      }
    }),
    { numRuns: 300, seed: 7 },
  )
})
