import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pendingChanges } from './pending.ts'

test('a change is told when it happened, once, and not when it did not', () => {
  const told: string[] = []
  const pending = pendingChanges()
  pending.add(1, () => told.push('one'))
  pending.add(2, () => told.push('two'))
  pending.settle(2, false)
  pending.settle(1, true)
  pending.settle(1, true)
  pending.settle(3, true)
  assert.deepEqual(told, ['one'])
})

test('what has no outcome counts as happened: when there are too many, when its number comes again, and at the end', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const told: number[] = []
  const pending = pendingChanges()
  for (let number = 1; number <= 1025; number++) pending.add(number, () => told.push(number))
  assert.deepEqual(told, [1])
  pending.add(2, () => told.push(-2))
  assert.deepEqual(told, [1, 2])
  pending.stop()
  assert.equal(told.length, 1026)
})
