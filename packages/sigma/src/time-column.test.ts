import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TimeColumn } from './time-column.ts'

const first = 1_750_000_000_000
const day = 86_400_000

for (const [what, times] of Object.entries({
  'whole milliseconds within weeks': [first, first + 20 * day, first - 20 * day, first + 1],
  'times further apart than 32 bits hold': [first, first + 1, first + 30 * day, first - 30 * day, 0, -5],
  'fractions of a millisecond': [first, first + 0.25, first + 1, 0.1],
  'a first time with a fraction': [first + 0.3, first + 1.3, first + 2],
  'times that are no numbers to count with': [first, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, first + 7],
  'an infinite first time': [Number.NEGATIVE_INFINITY, first, first + 7],
}))
  test(`gives back ${what}`, () => {
    const column = new TimeColumn(2)
    let capacity = 2
    for (const [index, at] of times.entries()) {
      if (index >= capacity) {
        capacity *= 2
        column.resize(capacity)
      }
      column.set(index, at)
    }
    assert.deepEqual(
      times.map((_, index) => column.get(index)),
      times,
    )
    column.clear(2)
    column.set(0, times[1] ?? 0)
    assert.equal(column.get(0), times[1])
  })
