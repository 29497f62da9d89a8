import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNovelty } from './novelty.ts'

const parameters = { field: 'x', per: [], learnEvents: 1, learnMs: 0 }
const limits = { groups: 3, valuesPerGroup: 4, values: 6 }

test('state stays within its bounds and what is forgotten is counted', () => {
  const novelty = createNovelty(parameters, limits)
  for (const group of ['a', 'b', 'c', 'd'])
    for (let value = 0; value < 3; value++) novelty.observe(group, `${value}`, 0)
  assert.ok(novelty.stats.groups <= 3 && novelty.stats.values <= 6)
  assert.equal(novelty.stats.forgottenGroups, 2)
  assert.equal(novelty.observe('d', '0', 0), false)
  assert.deepEqual(
    novelty.save().map(([key]) => key),
    ['c', 'd'],
  )
})

test('a full group judges no further value and says so', () => {
  const novelty = createNovelty(parameters, limits)
  for (let value = 0; value < 4; value++) novelty.observe('a', `${value}`, 0)
  assert.equal(novelty.observe('a', 'new', 0), false)
  assert.equal(novelty.stats.unjudged, 1)
})

test('long values are told apart and kept short', () => {
  const novelty = createNovelty(parameters, limits)
  const long = 'x'.repeat(100_000)
  novelty.observe(long, `${long}1`, 0)
  assert.equal(novelty.observe(long, `${long}2`, 0), true)
  assert.equal(novelty.observe(long, `${long}2`, 0), false)
  assert.ok(JSON.stringify(novelty.save()).length < 400)
})

test('restored state gives the same answers', () => {
  const first = createNovelty(parameters, limits)
  first.observe('a', '1', 5)
  const second = createNovelty(parameters, limits)
  second.restore(JSON.parse(JSON.stringify(first.save())))
  assert.equal(second.observe('a', '1', 6), false)
  assert.equal(second.observe('a', '2', 7), true)
  assert.deepEqual(second.stats, { groups: 1, values: 2, forgottenGroups: 0, unjudged: 0 })
})
