import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAttackTags, tactics, techniques } from './techniques.ts'

test('the table is whole: every sub-technique has its technique, every tactic is named', () => {
  assert.equal(tactics.length, 14)
  assert.ok(techniques.size > 600)
  for (const { id, tactics: slugs } of techniques.values()) {
    if (id.includes('.')) assert.ok(techniques.has(id.slice(0, 5)), id)
    assert.ok(slugs.length > 0 && slugs.every((slug) => tactics.some((tactic) => tactic.slug === slug)), id)
  }
})

test('tags give techniques and tactics, in old and new spelling, and name what is unknown', () => {
  assert.deepEqual(
    readAttackTags(['attack.t1059.004', 'attack.defense_evasion', 'attack.g0016', 'cve.2021-1', 'attack.t9999']),
    {
      techniques: ['T1059.004'],
      tactics: ['defense-evasion'],
      unknown: ['attack.t9999'],
    },
  )
})
